import { z } from 'zod';
import { StudyData as DataBefore } from '../report1/data.js';
import { Form, RegisteredPlan } from './study.js';

const { study, judgments, forms } = DataBefore.shape;
const registration = study.shape.registration.unwrap();

/** What such a report was computed from. Answers may name several options. */
export const StudyData = DataBefore.extend({
  study: study.extend({ registration: registration.extend({ plan: RegisteredPlan }).nullable() }),
  judgments: z.array(
    judgments.element.extend({
      others: z.record(
        z.string(),
        z.union([z.boolean(), z.number(), z.string(), z.array(z.string())]),
      ),
    }),
  ),
  forms: z.array(forms.element.extend({ form: Form })),
});
