import { twoWayDifference } from '#statistics/twoWay.js';
import { itemMeans, type Votes } from '#statistics/votes.js';
import { mean } from '#statistics/summary.js';
import type { ItemFacts } from '../../input/data.js';
import { figure } from '#figure.js';
import { type Arm, choseLabel, votesOf } from '../votes.js';
import type { LabelDifference } from '../schema/comparison.js';

const ownLabel = (item: ItemFacts): string | undefined =>
  item.label === null ? undefined : item.choices[item.label]?.key;

/**
 * Generated minus human-written in label agreement by vote, for each own label that both sets have;
 * quality can depend on the label.
 */
export function differencesByLabel(generated: Arm, human: Arm): LabelDifference[] {
  const labels = new Set(generated.items.flatMap((item) => ownLabel(item) ?? []));
  const shared = [...new Set(human.items.flatMap((item) => ownLabel(item) ?? []))]
    .filter((label) => labels.has(label))
    .toSorted((left, right) => left.localeCompare(right));
  if (shared.length < 2) return [];
  return shared.flatMap((label): LabelDifference[] => {
    const [ours, theirs] = [generated, human].map((arm) =>
      votesOf(arm, (judgment, item) =>
        ownLabel(item) === label ? choseLabel(judgment, item) : null,
      ),
    ) as [Votes, Votes];
    const [one, other] = [itemMeans(ours), itemMeans(theirs)];
    const [ourShare, theirShare] = [mean(one), mean(other)];
    if (ourShare === null || theirShare === null) return [];
    return [
      {
        label,
        generated: { examples: one.length, share: ourShare },
        human: { examples: other.length, share: theirShare },
        difference: figure(twoWayDifference(ours, theirs)),
      },
    ];
  });
}
