import { z } from 'zod';
import type { ReportModel as Live } from '../../../model/schema/report.js';
import { ReportModel as ModelBefore } from '../report2/report.js';
import { PairSection, SuiteSection } from './comparison.js';
import { DatasetSection, Provisional } from './dataset.js';
import { Line, liftedSettings, StudySettings } from './study.js';

/**
 * The numbers of a report as `assay-report-3` has them, with intervals for real crowds, agreement
 * over examples and raters, and pairs pooled; what it kept of the format before is taken from there.
 * What is released is never changed here.
 */
export const ReportModel = ModelBefore.extend({
  format: z.literal('assay-report-3'),
  study: ModelBefore.shape.study.extend({ settings: StudySettings }),
  provisional: Provisional.nullable(),
  totals: ModelBefore.shape.totals.extend({
    dropped: z
      .strictObject({ items: z.int(), counted: z.int(), excluded: z.int(), simulated: z.int() })
      .nullable(),
  }),
  suite: SuiteSection.nullable(),
  pairs: z.array(PairSection),
  datasets: z.array(DatasetSection),
  raters: z.array(
    ModelBefore.shape.raters.element.extend({
      leanings: z.array(
        z.strictObject({
          measure: z.enum(['label-votes', 'relevance', 'unclear']),
          unit: z.enum(['points', 'scale']),
          difference: z.number(),
          generated: z.int(),
          human: z.int(),
        }),
      ),
    }),
  ),
  asked: z
    .array(
      z.strictObject({
        line: Line,
        known: z.array(z.string()),
        written: z.string(),
        open: z.boolean(),
      }),
    )
    .nullable(),
});

/**
 * A report of a format before, which said neither how raters shared the work, nor what an upheld
 * example took, nor how they lean to a source, nor what was left unanswered, nor what its verdicts
 * still waited for, knew no dropped examples, and corrected no test of a pair for how many pairs
 * there were.
 */
export const lifted = (
  before: Omit<z.output<typeof ModelBefore>, 'format'> & Pick<Live, 'format'>,
): Live => ({
  ...before,
  study: { ...before.study, settings: liftedSettings(before.study.settings) },
  totals: { ...before.totals, dropped: null },
  provisional: null,
  pairs: before.pairs.map((pair) => ({
    ...pair,
    leanings: [],
    completeness: null,
    differences: pair.differences.map((difference) => ({
      ...difference,
      tests: {
        notWorse: { ...difference.tests.notWorse, overPairs: null },
        worse: { ...difference.tests.worse, overPairs: null },
        equivalent: { ...difference.tests.equivalent, overPairs: null },
        different: { ...difference.tests.different, overPairs: null },
      },
    })),
  })),
  datasets: before.datasets.map((dataset) => ({
    ...dataset,
    origin: null,
    work: null,
    provisional: null,
    effort: null,
    tipping: null,
  })),
  raters: before.raters.map((rater) => ({ ...rater, leanings: [] })),
  asked: null,
});
