import { labelVote } from './labels.js';
import { listedItem } from './listedItem.js';
import { type Arm, isComplete } from './votes.js';
import type { EveryItem, ItemState } from './schema/everyItem.js';

/** Items listed one by one; those of larger sets stand in the tables alone. */
const mostListed = 1000;

/** Every item of a dataset in the order of its file, the first thousand of them. */
export function everyItem(arm: Arm): EveryItem[] {
  const { vote } = labelVote(arm);
  const stateOf = (index: number): ItemState => {
    const label = arm.items[index]?.label ?? null;
    if (!isComplete(arm, index)) return 'incomplete';
    if (label === null || (arm.ofItem[index] ?? []).every((judgment) => judgment.label === null))
      return 'unlabelled';
    if (vote.outcome[index] !== 'majority') return 'undecided';
    return vote.label[index] === label ? 'upheld' : 'overruled';
  };
  return [...arm.items.keys()]
    .toSorted((left, right) => (arm.items[left]?.line ?? 0) - (arm.items[right]?.line ?? 0))
    .slice(0, mostListed)
    .map((index) => {
      const judgments = arm.ofItem[index] ?? [];
      const ratings = judgments.flatMap(({ relevance }) => (relevance === null ? [] : [relevance]));
      return {
        ...listedItem(arm, index),
        state: stateOf(index),
        judgments: judgments.length,
        unclear: judgments.filter((judgment) => judgment.ambiguous === true).length,
        relevance:
          ratings.length === 0
            ? null
            : ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length,
      };
    });
}
