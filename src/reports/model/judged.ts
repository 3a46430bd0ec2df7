import { labelVote } from './labels.js';
import { type Arm, isComplete } from './votes.js';

/** Shares kept by the filter curve, from everything down. */
export const keptShares = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1] as const;

/** An example with a label, a confidence and all its judgments. */
export interface Judged {
  /** Among the items of its dataset. */
  readonly index: number;
  readonly confidence: number;
  /** 1 where a majority chose the label, else 0. */
  readonly upheld: number;
}

/** In an order that does not depend on how they were stored: by confidence, outcome and line. */
export function judgedItems(arm: Arm): Judged[] {
  const { vote } = labelVote(arm);
  return arm.items
    .flatMap((item, index): Judged[] =>
      item.confidence === null ||
      item.label === null ||
      !isComplete(arm, index) ||
      vote.outcome[index] === 'none'
        ? []
        : [
            {
              index,
              confidence: item.confidence,
              upheld: Number(
                vote.outcome[index] === 'majority' && vote.label[index] === item.label,
              ),
            },
          ],
    )
    .toSorted(
      (left, right) =>
        left.confidence - right.confidence ||
        left.upheld - right.upheld ||
        (arm.items[left.index]?.line ?? 0) - (arm.items[right.index]?.line ?? 0),
    );
}
