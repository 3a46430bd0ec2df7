import { type LabelPolarity, labelPolarity } from '#statistics/consensus/labelPolarity.js';
import { labelsUpheld, majorityVote, type Vote } from '#statistics/consensus/majority.js';
import { proportion, proportionDifference } from '#statistics/proportions.js';
import { twoWayMean } from '#statistics/twoWay.js';
import { agreementSection } from './agreement.js';
import { figure } from '#figure.js';
import type { AgreementSection, LabelSection } from './schema/report.js';
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

/** Complete items by place: those whose majority is final. */
export const completePlaces = (arm: Arm): number[] =>
  [...arm.items.keys()].filter((place) => isComplete(arm, place));

/**
 * Complete items that some of their raters were asked about and answered: a question may be added
 * or removed while a study runs.
 */
export const answeredPlaces = (arm: Arm, answered: (judgment: ArmJudgment) => boolean): number[] =>
  completePlaces(arm).filter((place) => arm.ofItem[place]?.some(answered));

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
    labels: Int32Array.from(arm.items, (item, place) =>
      isComplete(arm, place) ? (item.label ?? -1) : -1,
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
    completePlaces(arm).filter((place) => (labels[place] ?? -1) >= 0),
    (place) => arm.items[place]?.choices[arm.items[place]?.label ?? 0]?.key ?? '',
  );
  const byLabel = [...groups]
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([label, places]) => {
      const kept = places.filter(
        (place) => vote.outcome[place] === 'majority' && vote.label[place] === labels[place],
      ).length;
      return { label, share: figure(proportion(kept, places.length)), upheld: kept };
    });
  return {
    upheld: figure(upheld.share),
    upheldCount: upheld.upheld,
    overruled: upheld.overruled,
    undecided: upheld.undecided,
    ties: upheld.ties,
    items: upheld.items,
    byVote: figure(twoWayMean(votesOf(arm, choseLabel), { bounds: { lower: 0, upper: 1 } })),
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

/** Agreement on labels for each number of choices apart, the group with most items first. */
export function labelAgreement(
  arm: Arm,
  seed: string,
): { choices: number; share: number; agreement: AgreementSection }[] {
  const sizes = grouped(arm.items.keys(), (place) => arm.items[place]?.choices.length ?? 0);
  return [...sizes]
    .filter(([choices]) => choices >= 2)
    .toSorted(
      ([leftSize, left], [rightSize, right]) => right.length - left.length || leftSize - rightSize,
    )
    .map(([choices, places]) => {
      const within = new Set(places);
      const ratings = ratingsOfArm(arm, choices, (judgment) =>
        within.has(judgment.place) ? judgment.label : null,
      );
      const keys = arm.items[places[0] ?? 0]?.choices.map((choice) => choice.key) ?? [];
      return {
        choices,
        share: places.length / arm.items.length,
        agreement: agreementSection(ratings, {
          categories: keys,
          metric: 'nominal',
          seed: `${seed} label ${choices}`,
        }),
      };
    });
}
