import type { DatasetFacts } from '../input/data.js';
import type { LabelSection } from './schema/report.js';
import type { Effort } from './schema/weightedConfidence.js';
import type { Arm } from './votes.js';

const perMinute = 60_000;
const each = (amount: number, of: number): number | null => (of > 0 ? amount / of : null);

/**
 * Human minutes and money for each example whose label is upheld; null where the set comes from no
 * generation. What models and reviewers took is shared by all eligible examples that would be
 * upheld, what raters took by those that they upheld. What raters are paid is not known here.
 */
export function effortOf(
  arm: Arm,
  dataset: DatasetFacts,
  label: LabelSection | null,
): Effort | null {
  const { generated } = dataset;
  if (generated === null || label === null) return null;
  const examples = dataset.sampling.eligible * (label.upheld.value ?? 0);
  const minutes =
    arm.judgments.reduce(
      (sum, { activeMs, shownAt, submittedAt }) => sum + (activeMs ?? submittedAt - shownAt),
      0,
    ) / perMinute;
  return {
    examples,
    stages: generated.effort.map(({ stage, modelCost, reviewMinutes }) => ({
      stage,
      cost: modelCost,
      minutes: reviewMinutes,
      costEach: each(modelCost, examples),
      minutesEach: each(reviewMinutes, examples),
    })),
    raters: {
      minutes,
      judgments: arm.judgments.length,
      upheld: label.upheldCount,
      minutesEach: each(minutes, label.upheldCount),
    },
  };
}
