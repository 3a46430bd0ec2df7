import { z } from 'zod';
import { DatasetSection as DatasetBefore } from '../report2/dataset.js';
import { ReportModel as ModelBefore } from '../report2/report.js';
import type { ReportModel as Live } from '../../../model/schema/report.js';

const DatasetSection = DatasetBefore.extend({
  work: z.strictObject({ effectiveRaters: z.number(), largestShare: z.number() }).nullable(),
});

/**
 * The numbers of a report as `assay-report-3` has them, which said how unequally raters shared the
 * work; what it kept of the format before is taken from there. What is released is never changed
 * here.
 */
export const ReportModel = ModelBefore.extend({
  format: z.literal('assay-report-3'),
  datasets: z.array(DatasetSection),
});

/** A report of a format before, which did not say any of this. */
export const lifted = (
  before: Omit<z.output<typeof ModelBefore>, 'format'> & Pick<Live, 'format'>,
): Live => ({
  ...before,
  datasets: before.datasets.map((dataset) => ({ ...dataset, work: null })),
});
