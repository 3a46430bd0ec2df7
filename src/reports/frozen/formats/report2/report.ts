import { z } from 'zod';
import { ReportModel as ModelBefore } from '../report1/report.js';
import { DatasetSection } from './dataset.js';
import { Form } from './study.js';

const { study } = ModelBefore.shape;

/**
 * The numbers of a report as `assay-report-2` has them, which added questions with several answers;
 * what it kept of the format before is taken from there. What is released is never changed here.
 */
export const ReportModel = ModelBefore.extend({
  format: z.literal('assay-report-2'),
  study: study.extend({ forms: z.array(study.shape.forms.element.extend({ form: Form })) }),
  datasets: z.array(DatasetSection),
});
