/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { type Ratings, ratingsOf } from '../ratings.js';
import type { Posteriors } from './posteriors.js';

export interface SuspectLabel {
  readonly item: number;
  /** The label that the dataset has. */
  readonly label: number;
  /** What raters make of it; -1 for a tie. */
  readonly suggestion: number;
  /**
   * The probability that the label is wrong, given the judgments and how reliable the labels of
   * this dataset turn out to be.
   */
  readonly probability: number;
  /** The same from the judgments alone, as if the label had never been given. */
  readonly byRatersAlone: number;
}

export interface LabelErrors {
  readonly kind: 'label-errors';
  /** All rated and labelled items, the most suspect first. */
  readonly ranked: readonly SuspectLabel[];
  /** The estimated share of right labels among them. */
  readonly reliability: number;
  /** How many labels are expected to be wrong: the sum of the probabilities. */
  readonly expectedWrong: number;
}

/**
 * Ranks examples by the probability that their label is wrong. The label counts as one more,
 * independent witness who is right with a probability common to the dataset and otherwise names any
 * other answer; that probability is estimated from the data (with one right and one wrong label
 * added, so that it is never 0 or 1).
 * @param labels the dataset's label per item, -1 where it has none
 */
export function probableLabelErrors(
  ratings: Ratings,
  model: Posteriors,
  labels: Int32Array,
): LabelErrors | Undefined {
  const size = model.categoryCount;
  if (size < 2) return undefinedBecause('one-declared-category');
  const items = [...labels.keys()].filter(
    (item) => labels[item]! >= 0 && ratingsOf(ratings, item) > 0,
  );
  if (items.length === 0) return undefinedBecause('no-data');
  const right = Float64Array.from(items, (item) => model.posterior[item * size + labels[item]!]!);
  const wrong = (share: number, reliability: number): number => {
    const against = ((1 - share) * (1 - reliability)) / (size - 1);
    return against / (against + share * reliability);
  };
  let reliability = 0.9;
  for (let iteration = 0, change = 1; iteration < 1000 && change > 1e-10; iteration++) {
    const expected = right.reduce((sum, share) => sum + 1 - wrong(share, reliability), 0);
    const next = (expected + 1) / (items.length + 2);
    change = Math.abs(next - reliability);
    reliability = next;
  }
  const ranked = items
    .map((item, index) => ({
      item,
      label: labels[item]!,
      suggestion: model.label[item]!,
      probability: wrong(right[index]!, reliability),
      byRatersAlone: 1 - right[index]!,
    }))
    .toSorted((one, other) => other.probability - one.probability || one.item - other.item);
  return {
    kind: 'label-errors',
    ranked,
    reliability,
    expectedWrong: ranked.reduce((sum, suspect) => sum + suspect.probability, 0),
  };
}
