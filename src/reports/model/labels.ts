import { type LabelPolarity, labelPolarity } from '#statistics/consensus/labelPolarity.js';
import { labelsUpheld, majorityVote, type Vote } from '#statistics/consensus/majority.js';
import { proportion, proportionDifference } from '#statistics/proportions.js';
import type { Ratings } from '#statistics/ratings.js';
import { twoWayMean } from '#statistics/twoWay.js';
import { agreementSection } from './agreement.js';
import { undefinedBecause } from '#statistics/estimate.js';
import { type Figure, figure } from '#figure.js';
import type { AgreementSection } from './schema/report.js';
import type { LabelSection } from './schema/labels.js';
import {
  type Arm,
  type ArmJudgment,
  choseLabel,
  isComplete,
  ratingsOfArm,
  votesOf,
} from './votes.js';
import { grouped } from '#statistics/groupedBy.js';

const largestChoices = (arm: Arm): number =>
  arm.items.reduce((most, item) => Math.max(most, item.choices.length), 0);

/** A share of complete items; where there are none, the reason says that of them alone. */
export const shareOfComplete = (successes: number, items: number): Figure =>
  figure(items === 0 ? undefinedBecause('no-complete-items') : proportion(successes, items));

/** Indexes of complete items: those whose majority is final. */
export const completeItems = (arm: Arm): number[] =>
  [...arm.items.keys()].filter((index) => isComplete(arm, index));

/**
 * Complete items that some of their raters were asked about and answered: a question may be added
 * or removed while a study runs.
 */
export const answeredItems = (arm: Arm, answered: (judgment: ArmJudgment) => boolean): number[] =>
  completeItems(arm).filter((index) => arm.ofItem[index]?.some(answered));

/**
 * The vote about every item's label, and the labels of complete items (−1 where an item is
 * incomplete or has none).
 */
export function labelVote(arm: Arm): { vote: Vote; labels: Int32Array } {
  const vote = majorityVote(
    ratingsOfArm(arm, Math.max(1, largestChoices(arm)), (judgment) => judgment.label),
  );
  return {
    vote,
    labels: Int32Array.from(arm.items, (item, index) =>
      isComplete(arm, index) ? (item.label ?? -1) : -1,
    ),
  };
}

/**
 * Labels upheld by majority and by vote; null where no item carries a label or nobody was asked.
 */
export function labelSection(arm: Arm): LabelSection | null {
  if (!arm.items.some((item) => item.label !== null)) return null;
  if (arm.judgments.length > 0 && arm.judgments.every((judgment) => judgment.label === null))
    return null;
  const { vote, labels } = labelVote(arm);
  const upheld = labelsUpheld(vote, labels);
  const groups = grouped(
    completeItems(arm).filter((index) => (labels[index] ?? -1) >= 0),
    (index) => arm.items[index]?.choices[arm.items[index]?.label ?? 0]?.key ?? '',
  );
  const byLabel = [...groups]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([label, indexes]) => {
      const kept = indexes.filter(
        (index) => vote.outcome[index] === 'majority' && vote.label[index] === labels[index],
      ).length;
      return { label, share: shareOfComplete(kept, indexes.length), upheld: kept };
    });
  return {
    upheld: shareOfComplete(upheld.upheld, upheld.items),
    upheldCount: upheld.upheld,
    overruled: upheld.overruled,
    undecided: upheld.undecided,
    ties: upheld.ties,
    items: upheld.items,
    byVote: figure(twoWayMean(votesOf(arm, choseLabel))),
    byLabel,
    betweenLabels: betweenLabels(byLabel),
  };
}

/** Whether the labels of an arm are reversed, by what its raters chose. */
export const polarityOf = (label: LabelSection, arm: Arm): LabelPolarity =>
  labelPolarity({
    upheld: label.upheldCount,
    overruled: label.overruled,
    complete: label.items,
    labelled: arm.items.filter((item) => item.label !== null).length,
  });

/** Whether raters have overruled the labels of an arm, so that these look reversed. */
export function isOverruled(arm: Arm): boolean {
  const label = labelSection(arm);
  return label !== null && polarityOf(label, arm).kind === 'reversed';
}

/** The first label's share minus the second's, where a set has two labels. */
function betweenLabels(byLabel: LabelSection['byLabel']): LabelSection['betweenLabels'] {
  const [first, second] = byLabel;
  if (first === undefined || second === undefined || byLabel.length > 2) return null;
  return {
    first: first.label,
    second: second.label,
    difference: figure(
      proportionDifference(
        { successes: first.upheld, trials: first.share.n },
        { successes: second.upheld, trials: second.share.n },
      ),
    ),
  };
}

/** The chosen choices of the examples with this many. */
export const labelRatings = (arm: Arm, choices: number): Ratings =>
  ratingsOfArm(arm, choices, (judgment, item) =>
    item.choices.length === choices ? judgment.label : null,
  );

/** Agreement on labels for each number of choices apart, the group with most items first. */
export function labelAgreement(
  arm: Arm,
  seed: string,
): { choices: number; share: number; agreement: AgreementSection }[] {
  const sizes = grouped(arm.items.keys(), (index) => arm.items[index]?.choices.length ?? 0);
  return [...sizes]
    .filter(([choices]) => choices >= 2)
    .toSorted(
      ([leftSize, left], [rightSize, right]) => right.length - left.length || leftSize - rightSize,
    )
    .map(([choices, indexes]) => {
      const keys = arm.items[indexes[0] ?? 0]?.choices.map((choice) => choice.key) ?? [];
      return {
        choices,
        share: indexes.length / arm.items.length,
        agreement: agreementSection(labelRatings(arm, choices), {
          categories: keys,
          metric: 'nominal',
          seed: `${seed} label ${choices}`,
        }),
      };
    });
}
