import { z } from 'zod';
import type { StudyData as Live } from '../../../input/data.js';
import { StudyData as DataBefore } from '../report2/data.js';

/** What such a report was computed from, with what raters were shown and did not answer. */
export const StudyData = DataBefore.extend({
  unanswered: z
    .array(
      z.strictObject({
        item: z.int(),
        rater: z.int(),
        how: z.enum(['skipped', 'expired']),
        reason: z.enum(['unclear', 'uncomfortable', 'broken', 'expertise', 'other']).nullable(),
      }),
    )
    .nullable(),
});

/** The data of a report of a format before, which kept only how often an example was skipped. */
export const liftedData = (before: z.output<typeof DataBefore>): Live => ({
  ...before,
  unanswered: null,
});
