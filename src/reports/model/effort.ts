import type { DatasetFacts } from '../input/data.js';
import type { Figure } from '#figure.js';
import type { LabelSection } from './schema/labels.js';
import type { Effort } from './schema/weightedConfidence.js';
import type { Arm } from './votes.js';

const perMinute = 60_000;
const each = (amount: number, of: number | null): number | null =>
  of !== null && of > 0 ? amount / of : null;

/** How many of so many examples a share of them makes, with its limits. */
const times = (share: Figure, examples: number): Figure => ({
  ...share,
  value: share.value === null ? null : share.value * examples,
  lower: share.lower === null ? null : share.lower * examples,
  upper: share.upper === null ? null : share.upper * examples,
});

/**
 * Human minutes and money for each example whose label is upheld; null where the set comes from no
 * generation. What models and reviewers took is shared by all eligible examples that would be
 * upheld, what raters took by those that they upheld. Minutes of raters are active ones: judgments
 * without them are counted apart, and taken to be as long where minutes are shared out. What raters
 * are paid is not known here.
 */
export function effortOf(
  arm: Arm,
  dataset: DatasetFacts,
  label: LabelSection | null,
): Effort | null {
  const { generated } = dataset;
  if (generated === null || label === null) return null;
  const examples = times(label.upheld, dataset.sampling.eligible);
  const measured = arm.judgments.flatMap(({ activeMs }) => activeMs ?? []);
  const minutes = measured.reduce((sum, active) => sum + active, 0) / perMinute;
  return {
    examples,
    stages: generated.effort.map(({ stage, modelCost, reviewMinutes }) => ({
      stage,
      cost: modelCost,
      minutes: reviewMinutes,
      costEach: each(modelCost, examples.value),
      minutesEach: each(reviewMinutes, examples.value),
    })),
    raters: {
      minutes,
      judgments: arm.judgments.length,
      measured: measured.length,
      upheld: label.upheldCount,
      minutesEach:
        measured.length === 0
          ? null
          : each((minutes * arm.judgments.length) / measured.length, label.upheldCount),
    },
  };
}
