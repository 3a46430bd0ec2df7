import { comparedRatings } from '#statistics/consensus/compared.js';
import { type ItemMeasure, measureItems } from '#statistics/consensus/items.js';
import { type LabelErrors, probableLabelErrors } from '#statistics/consensus/labelErrors.js';
import { consensus, type Panel } from '#statistics/consensus/panel.js';
import { expectedInformation, posteriorEntropy } from '#statistics/consensus/uncertainty.js';
import type { UndefinedReason } from '#statistics/estimate.js';
import { buildRatings, type Ratings, ratingsOf } from '#statistics/ratings.js';
import { softLabels } from '#statistics/softLabels.js';
import { plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { grouped } from '#statistics/groupedBy.js';
import { type Arm, armOf, votesOf } from './votes.js';

/**
 * What the label votes about one item come to. Lists run over its choices; null where nobody has
 * voted. What a model of raters says (consensus, posterior, labelWrong, doubt, information) is null
 * too where the votes tell nothing of how reliable their raters are: such an item has its votes and
 * nothing beyond them.
 */
export interface ItemAnalysis {
  readonly votes: number;
  /** Index of the most probable choice; null also where several are equally probable. */
  readonly consensus: number | null;
  readonly posterior: readonly number[] | null;
  /** Shares of the votes as they were cast. */
  readonly voteShares: readonly number[] | null;
  /**
   * How probable each choice is of a further rater; null also where no item with so many choices has
   * two votes.
   */
  readonly softLabel: readonly number[] | null;
  /** Entropy of the vote shares in bits; null under two votes. */
  readonly entropy: number | null;
  /** Share of pairs of raters who disagree; null under two votes. */
  readonly difficulty: number | null;
  /** How probable it is that the dataset's label is wrong; null where it has none. */
  readonly labelWrong: number | null;
  /**
   * What is not known of the answer, and what one more judgment is expected to tell of it, in bits.
   */
  readonly doubt: number | null;
  readonly information: number | null;
}

/**
 * Items with the same number of choices that are modelled together: only they share the codes of
 * their answers. Indexes of items run within the arm.
 */
export interface ChoiceGroup {
  readonly choices: number;
  readonly keys: readonly string[];
  /** Those items whose votes tell something of their raters. */
  readonly indexes: readonly number[];
  /** Raters of the study by their index in the models. */
  readonly raters: readonly number[];
  readonly panel: Panel;
  /** Null where no modelled item carries a label. */
  readonly errors: LabelErrors | null;
}

export interface LabelAnalysis {
  /** By index in the arm. */
  readonly items: readonly ItemAnalysis[];
  /**
   * Votes, difficulty and discrimination of every item with two choices or more, in no particular
   * order.
   */
  readonly measures: readonly ItemMeasure[];
  /** Groups for which there is a model, the one with most items first. */
  readonly groups: readonly ChoiceGroup[];
  /** Why there is no group, as "because" goes on; empty where there is one. */
  readonly withoutModel: string;
}

const bitsPerNat = 1 / Math.LN2;
const unrated: ItemAnalysis = {
  votes: 0,
  consensus: null,
  posterior: null,
  voteShares: null,
  softLabel: null,
  entropy: null,
  difficulty: null,
  labelWrong: null,
  doubt: null,
  information: null,
};

/** Why votes give no model of raters, in the words of a report. */
const uncompared: Partial<Record<UndefinedReason, string>> = {
  'no-pairs':
    'no example has two votes on its label, and a single vote tells nothing of how reliable its rater is',
  'inseparable-raters':
    'no three raters judged the same examples as each other, so that it cannot be told which of two errs where they disagree',
};
const nobody = 'nobody has judged a label';

/** Items with this many choices, and the votes about them. */
interface Votes {
  readonly choices: number;
  readonly indexes: readonly number[];
  readonly ratings: Ratings;
}

function votesAbout(arm: Arm, choices: number, indexes: readonly number[]): Votes {
  const within = new Set(indexes);
  const { items, raters, values } = votesOf(arm, (judgment) =>
    within.has(judgment.armItem) ? judgment.label : null,
  );
  return {
    choices,
    indexes,
    ratings: buildRatings({
      items,
      raters,
      values: Int32Array.from(values),
      itemCount: arm.items.length,
      raterCount: arm.raterCount,
      categoryCount: choices,
    }),
  };
}

/**
 * The model of those votes that tell something of raters, over the raters who gave them; or why
 * there is none.
 */
function groupOf(arm: Arm, { choices, indexes, ratings }: Votes): ChoiceGroup | UndefinedReason {
  const compared = comparedRatings(ratings);
  if ('kind' in compared) return compared.reason;
  const raters = [...new Set(compared.raters)].toSorted((one, other) => one - other);
  const indexOf = new Map(raters.map((rater, index) => [rater, index]));
  const modelled = buildRatings({
    ...compared,
    raters: compared.raters.map((rater) => indexOf.get(rater) ?? 0),
    raterCount: raters.length,
  });
  const panel = consensus(modelled);
  if (panel.kind === 'undefined') return panel.reason;
  const own = new Set(indexes);
  const errors = probableLabelErrors(
    modelled,
    panel,
    Int32Array.from(arm.items, (item, index) => (own.has(index) ? (item.label ?? -1) : -1)),
  );
  return {
    choices,
    keys: arm.items[indexes[0] ?? 0]?.choices.map((choice) => choice.key) ?? [],
    indexes: indexes.filter((index) => ratingsOf(modelled, index) > 0),
    raters,
    panel,
    errors: errors.kind === 'undefined' ? null : errors,
  };
}

/** What the votes themselves say of each item. */
function votedItems(
  { indexes, ratings }: Votes,
  measures: readonly ItemMeasure[],
): Map<number, ItemAnalysis> {
  const soft = new Map(softLabels(ratings).map((label) => [label.item, label]));
  return new Map(
    indexes.map((index): [number, ItemAnalysis] => {
      const [measure, label] = [measures[index], soft.get(index)];
      if (measure === undefined || label === undefined) return [index, unrated];
      const compared = measure.difficulty >= 0;
      return [
        index,
        {
          ...unrated,
          votes: measure.votes,
          voteShares: Array.from(label.voteShares),
          softLabel: label.expected && Array.from(label.expected),
          entropy: compared ? label.entropy : null,
          difficulty: compared ? measure.difficulty : null,
        },
      ];
    }),
  );
}

/** What the model says of each item beyond its votes. */
function modelledItems({
  choices,
  indexes,
  panel,
  errors,
}: ChoiceGroup): Map<number, Partial<ItemAnalysis>> {
  const wrong = new Map(
    (errors?.ranked ?? []).map((suspect) => [suspect.item, suspect.probability]),
  );
  const doubts = posteriorEntropy(panel);
  const information = expectedInformation(panel);
  return new Map(
    indexes.map((index): [number, Partial<ItemAnalysis>] => {
      const agreed = panel.label[index] ?? -1;
      return [
        index,
        {
          consensus: agreed === -1 ? null : agreed,
          posterior: Array.from(panel.posterior.subarray(index * choices, (index + 1) * choices)),
          labelWrong: wrong.get(index) ?? null,
          doubt: (doubts[index] ?? 0) * bitsPerNat,
          information: (information[index] ?? 0) * bitsPerNat,
        },
      ];
    }),
  );
}

/**
 * Consensus, difficulty and doubt of every item of an arm, computed apart for each number of
 * choices. Everything that the report and the files say of single labels comes from here, so that
 * here alone it is decided which votes are modelled.
 */
export function analyseLabels(arm: Arm): LabelAnalysis {
  const sizes = [
    ...grouped(arm.items.keys(), (index) => arm.items[index]?.choices.length ?? 0),
  ].filter(([choices]) => choices >= 2);
  const votes = sizes
    .toSorted(
      ([leftSize, left], [rightSize, right]) => right.length - left.length || leftSize - rightSize,
    )
    .map(([choices, indexes]) => votesAbout(arm, choices, indexes));
  const items = arm.items.map(() => unrated);
  const measures: ItemMeasure[] = [];
  const groups: ChoiceGroup[] = [];
  const reasons: UndefinedReason[] = [];
  for (const about of votes) {
    const measured = measureItems(about.ratings);
    for (const [index, item] of votedItems(about, measured)) items[index] = item;
    measures.push(...about.indexes.flatMap((index) => measured[index] ?? []));
    const group = groupOf(arm, about);
    if (typeof group === 'string') {
      reasons.push(group);
      continue;
    }
    groups.push(group);
    for (const [index, said] of modelledItems(group))
      items[index] = { ...(items[index] ?? unrated), ...said };
  }
  const reason =
    reasons.find((known) => known === 'inseparable-raters') ??
    reasons.find((known) => known === 'no-pairs');
  return {
    items,
    measures,
    groups: groups.toSorted((one, other) => other.indexes.length - one.indexes.length),
    withoutModel:
      groups.length > 0 ? '' : reason === undefined ? nobody : (uncompared[reason] ?? nobody),
  };
}

/**
 * Modelled examples under which raters are hardly known: one label in twenty or more is called
 * wrong for nothing.
 */
const fewModelled = 10;

/**
 * What must be said beside the models: examples that they leave out, and that they rest on few;
 * each begins with a blank.
 */
export function cautionsOf({ items }: LabelAnalysis): string {
  const leftOut = items.filter((item) => item.votes > 0 && item.posterior === null).length;
  const few =
    items.filter((item) => item.posterior !== null).length < fewModelled
      ? ` Fewer than ${fewModelled} examples tell little of how reliable raters are: read the votes.`
      : '';
  const others =
    leftOut === 0
      ? ''
      : ` ${plural(leftOut, 'judged example')} with a single vote, or with raters who cannot be told apart, ${leftOut === 1 ? 'is' : 'are'} left out: nothing is said there beyond the votes.`;
  return `${others}${few}`;
}

/**
 * The analysis of every item of these datasets (by default all of a study) by its index in the
 * study.
 */
export function analysedItems(
  data: StudyData,
  datasets: Iterable<number> = data.datasets.keys(),
): Map<number, ItemAnalysis> {
  const found = new Map<number, ItemAnalysis>();
  const indexes = grouped(data.items.keys(), (index) => data.items[index]?.dataset ?? -1);
  for (const dataset of datasets) {
    const { items } = analyseLabels(armOf(data, dataset));
    for (const [at, index] of (indexes.get(dataset) ?? []).entries())
      found.set(index, items[at] ?? unrated);
  }
  return found;
}
