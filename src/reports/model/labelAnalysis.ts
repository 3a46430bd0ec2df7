import { type ItemMeasure, measureItems } from '#statistics/consensus/items.js';
import { type LabelErrors, probableLabelErrors } from '#statistics/consensus/labelErrors.js';
import { consensus, type Panel } from '#statistics/consensus/panel.js';
import { expectedInformation, posteriorEntropy } from '#statistics/consensus/uncertainty.js';
import { buildRatings } from '#statistics/ratings.js';
import { softLabels } from '#statistics/softLabels.js';
import type { StudyData } from '../study/data.js';
import { grouped } from '../study/grouped.js';
import { type Arm, armOf, votesOf } from './votes.js';

/** What the label votes about one item come to. Lists run over its choices; null where nobody has voted. */
export interface ItemAnalysis {
  readonly votes: number;
  /** Index of the most probable choice; null also where several are equally probable. */
  readonly consensus: number | null;
  readonly posterior: readonly number[] | null;
  /** Shares of the votes as they were cast, without smoothing. */
  readonly softLabel: readonly number[] | null;
  /** Entropy of the soft label in bits. */
  readonly entropy: number | null;
  /** Share of pairs of raters who disagree; null under two votes. */
  readonly difficulty: number | null;
  /** How probable it is that the dataset's label is wrong; null where it has none. */
  readonly labelWrong: number | null;
  /** What is not known of the answer, and what one more judgment is expected to tell of it, in bits. */
  readonly doubt: number | null;
  readonly information: number | null;
}

/** Items with the same number of choices, analysed together: only they share the codes of their answers. Indexes of items are places in the arm. */
export interface ChoiceGroup {
  readonly choices: number;
  readonly keys: readonly string[];
  readonly places: readonly number[];
  /** Raters of the study by their index in the models. */
  readonly raters: readonly number[];
  readonly panel: Panel;
  readonly measures: readonly ItemMeasure[];
  /** Null where no rated item carries a label. */
  readonly errors: LabelErrors | null;
}

export interface LabelAnalysis {
  /** By place in the arm. */
  readonly items: readonly ItemAnalysis[];
  /** Groups in which somebody voted, the one with most items first. */
  readonly groups: readonly ChoiceGroup[];
}

const bitsPerNat = 1 / Math.LN2;
const unrated: ItemAnalysis = { votes: 0, consensus: null, posterior: null, softLabel: null, entropy: null, difficulty: null, labelWrong: null, doubt: null, information: null };

/** The ratings of items with this many choices over the raters who gave them. */
function analyseGroup(arm: Arm, choices: number, places: readonly number[]): { group: ChoiceGroup; items: Map<number, ItemAnalysis> } | null {
  const within = new Set(places);
  const votes = votesOf(arm, (judgment) => (within.has(judgment.place) ? judgment.label : null));
  const raters = [...new Set(votes.raters)].toSorted((one, other) => one - other);
  const indexOf = new Map(raters.map((rater, index) => [rater, index]));
  const ratings = buildRatings({ items: votes.items, raters: votes.raters.map((rater) => indexOf.get(rater) ?? 0), values: Int32Array.from(votes.values), itemCount: arm.items.length, raterCount: raters.length, categoryCount: choices });
  const panel = consensus(ratings);
  if (panel.kind === 'undefined') return null;
  const measures = measureItems(ratings);
  const errors = probableLabelErrors(ratings, panel, Int32Array.from(arm.items, (item, place) => (within.has(place) ? (item.label ?? -1) : -1)));
  const wrong = new Map(errors.kind === 'undefined' ? [] : errors.ranked.map((suspect) => [suspect.item, suspect.probability]));
  const soft = new Map(softLabels(ratings).map((label) => [label.item, label]));
  const doubts = posteriorEntropy(panel);
  const information = expectedInformation({ ...panel.dawidSkene, posterior: panel.posterior });
  const items = new Map(places.map((place): [number, ItemAnalysis] => {
    const measure = measures[place];
    const label = soft.get(place);
    const doubt = { doubt: (doubts[place] ?? 0) * bitsPerNat, information: (information[place] ?? 0) * bitsPerNat };
    if (measure === undefined || label === undefined) return [place, { ...unrated, ...doubt }];
    const agreed = panel.label[place] ?? -1;
    return [place, {
      votes: measure.votes,
      consensus: agreed === -1 ? null : agreed,
      posterior: Array.from(panel.posterior.subarray(place * choices, (place + 1) * choices)),
      softLabel: Array.from(label.shares),
      entropy: label.entropy,
      difficulty: measure.difficulty < 0 ? null : measure.difficulty,
      labelWrong: wrong.get(place) ?? null,
      ...doubt,
    }];
  }));
  const keys = arm.items[places[0] ?? 0]?.choices.map((choice) => choice.key) ?? [];
  return { group: { choices, keys, places, raters, panel, measures, errors: errors.kind === 'undefined' ? null : errors }, items };
}

/**
 * Consensus, difficulty and doubt of every item of an arm, computed apart for each number of choices. Everything that the
 * report and the files say of single labels comes from here. An item in whose group nobody voted is all null.
 */
export function analyseLabels(arm: Arm): LabelAnalysis {
  const sizes = [...grouped(arm.items.keys(), (place) => arm.items[place]?.choices.length ?? 0)].filter(([choices]) => choices >= 2);
  const found = sizes
    .toSorted(([leftSize, left], [rightSize, right]) => right.length - left.length || leftSize - rightSize)
    .flatMap(([choices, places]) => analyseGroup(arm, choices, places) ?? []);
  const items = arm.items.map((_, place) => found.map((group) => group.items.get(place)).find((item) => item !== undefined) ?? unrated);
  return { items, groups: found.map(({ group }) => group) };
}

/** The analysis of every item of these datasets (by default all of a study) by its index in the study. */
export function analysedItems(data: StudyData, datasets: Iterable<number> = data.datasets.keys()): Map<number, ItemAnalysis> {
  const found = new Map<number, ItemAnalysis>();
  const indexes = grouped(data.items.keys(), (index) => data.items[index]?.dataset ?? -1);
  for (const dataset of datasets) {
    const { items } = analyseLabels(armOf(data, dataset));
    for (const [place, index] of (indexes.get(dataset) ?? []).entries()) found.set(index, items[place] ?? unrated);
  }
  return found;
}
