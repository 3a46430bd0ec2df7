import { z } from 'zod';
import type { StudyData as Live } from '../../../input/data.js';
import { StudyData as DataBefore } from '../report2/data.js';
import { Line, liftedSettings, StudySettings } from './study.js';

const { study } = DataBefore.shape;
const registration = study.shape.registration.unwrap();
const Part = z.enum(['kept', 'dropped']).nullable();

const Stratum = z.strictObject({
  part: Part,
  label: z.int().nullable(),
  band: z.int().nullable(),
  from: z.number().nullable(),
  to: z.number().nullable(),
  eligible: z.int(),
  drawn: z.int(),
  mean: z.number().nullable(),
});

const StageEffort = z.strictObject({
  stage: z.string(),
  modelCost: z.number().nonnegative(),
  reviewMinutes: z.number().nonnegative(),
});

/**
 * What such a report was computed from, with what raters were shown and did not answer, and how
 * what a generation kept and dropped was sampled.
 */
export const StudyData = DataBefore.extend({
  study: study.extend({
    settings: StudySettings,
    registration: registration
      .extend({ plan: registration.shape.plan.extend({ settings: StudySettings }) })
      .nullable(),
  }),
  datasets: z.array(
    DataBefore.shape.datasets.element.extend({
      part: Part,
      generated: z
        .strictObject({
          generation: z.string(),
          publication: z.string(),
          purpose: z.string().nullable(),
          responsible: z.string().nullable(),
          effort: z.array(StageEffort),
        })
        .nullable(),
      strata: z.array(Stratum).nullable(),
    }),
  ),
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
  judgments: z.array(DataBefore.shape.judgments.element.extend({ visibleMs: z.int().nullable() })),
  asked: z
    .array(
      z.strictObject({
        line: Line,
        known: z.array(z.string()),
        enough: z.boolean(),
        written: z.string(),
      }),
    )
    .nullable(),
});

/**
 * The data of a report of a format before, which kept only how often an example was skipped, and
 * knew no generations and no strata.
 */
export const liftedData = (before: z.output<typeof DataBefore>): Live => ({
  ...before,
  study: {
    ...before.study,
    settings: liftedSettings(before.study.settings),
    registration:
      before.study.registration === null
        ? null
        : {
            ...before.study.registration,
            plan: {
              ...before.study.registration.plan,
              settings: liftedSettings(before.study.registration.plan.settings),
            },
          },
  },
  datasets: before.datasets.map((dataset) => ({
    ...dataset,
    part: null,
    generated: null,
    strata: null,
  })),
  judgments: before.judgments.map((judgment) => ({ ...judgment, visibleMs: null })),
  unanswered: null,
  asked: null,
});
