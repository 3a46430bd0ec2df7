import { z } from 'zod';
import type { ReportModel as Live } from '../../../model/schema/report.js';
import { ReportModel as ModelBefore } from '../report2/report.js';
import { PairSection, SuiteSection } from './comparison.js';
import { DatasetSection, Provisional } from './dataset.js';

/**
 * The numbers of a report as `assay-report-3` has them, with intervals for real crowds, agreement
 * over examples and raters, and pairs pooled; what it kept of the format before is taken from there.
 * What is released is never changed here.
 */
export const ReportModel = ModelBefore.extend({
  format: z.literal('assay-report-3'),
  provisional: Provisional.nullable(),
  suite: SuiteSection.nullable(),
  pairs: z.array(PairSection),
  datasets: z.array(DatasetSection),
});

/**
 * A report of a format before, which did not say how raters shared the work, nor what its verdicts
 * still waited for, and corrected no test of a pair for how many pairs there were.
 */
export const lifted = (
  before: Omit<z.output<typeof ModelBefore>, 'format'> & Pick<Live, 'format'>,
): Live => ({
  ...before,
  provisional: null,
  pairs: before.pairs.map((pair) => ({
    ...pair,
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
  datasets: before.datasets.map((dataset) => ({ ...dataset, work: null, provisional: null })),
});
