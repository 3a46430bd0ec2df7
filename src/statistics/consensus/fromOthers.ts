/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Ratings, ratingsOf } from '../ratings.js';
import { normaliseLogs } from './posteriors.js';

/** What is taken to be true of raters before their votes on other items are looked at. */
export interface Assumption {
  /**
   * How many judgments per true answer a rater's confusion matrix is drawn towards that of all.
   * Infinity: all raters have one matrix.
   */
  readonly drawn: number;
  /**
   * `even`: the matrix of all has one accuracy, and a wrong answer is any of the others alike.
   * `particular`: it is estimated cell by cell, drawn towards the even one by ten judgments an
   * answer.
   */
  readonly errors: 'even' | 'particular';
  /** The accuracy of all raters together; by default estimated from the other items. */
  readonly accuracy?: number;
}

export interface FromOthers {
  readonly posterior: Float64Array;
  /**
   * Natural logarithm of the probability of each item's votes given the votes on all others, summed
   * over items: how well votes are foretold that were left out.
   */
  readonly logPredictive: number;
  /** The expected share of right answers among all votes. */
  readonly accuracy: number;
}

/** Judgments per answer by which `particular` errors are drawn towards `even` ones. */
const drawnToEven = 10;
/** Items that are counted beforehand, the same number for every answer. */
const itemsBefore = 8;

/**
 * The probabilities of every item's answers from what its raters did on the other items. Answers of
 * the others are those of `posterior`; the item's own part is taken out of all counts, so that no
 * vote speaks for itself, and what is not known of accuracies, matrices and frequencies is averaged
 * over with their Dirichlet priors. It is one step of collapsed variational inference in its
 * zero-order form (Asuncion, Welling, Smyth and Teh 2009).
 */
export function fromOthers(
  ratings: Ratings,
  posterior: Float64Array,
  { drawn, errors, accuracy: given }: Assumption,
): FromOthers {
  const { itemCount, categoryCount: size, itemStart, raters, values, counts } = ratings;
  const votes = values.length;
  const alike = drawn === Infinity;
  const weights = new Float64Array(size);
  const pooled = new Float64Array(size * size);
  const pooledTotals = new Float64Array(size);
  const own = new Float64Array(alike ? 0 : ratings.raterCount * size * size);
  const totals = new Float64Array(alike ? 0 : ratings.raterCount * size);
  let items = 0;
  let right = 0;
  for (let item = 0; item < itemCount; item++) {
    const of = ratingsOf(ratings, item);
    if (of === 0) continue;
    items++;
    const offset = item * size;
    for (let truth = 0; truth < size; truth++) {
      const share = posterior[offset + truth]!;
      weights[truth]! += share;
      pooledTotals[truth]! += share * of;
      right += share * counts[offset + truth]!;
      for (let answer = 0; answer < size; answer++)
        pooled[answer * size + truth]! += share * counts[offset + answer]!;
    }
    if (alike) continue;
    for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
      const rater = raters[row]!;
      const cell = (rater * size + values[row]!) * size;
      for (let truth = 0; truth < size; truth++) {
        own[cell + truth]! += posterior[offset + truth]!;
        totals[rater * size + truth]! += posterior[offset + truth]!;
      }
    }
  }
  const next = new Float64Array(itemCount * size);
  let logPredictive = 0;
  for (let item = 0; item < itemCount; item++) {
    const of = ratingsOf(ratings, item);
    if (of === 0) continue;
    const offset = item * size;
    let here = 0;
    for (let truth = 0; truth < size; truth++)
      here += posterior[offset + truth]! * counts[offset + truth]!;
    const accuracy = given ?? (right - here + 1) / (votes - of + size);
    const wrong = (1 - accuracy) / (size - 1);
    for (let truth = 0; truth < size; truth++) {
      const share = posterior[offset + truth]!;
      let log = Math.log(
        (weights[truth]! - share + itemsBefore / size) / (items - 1 + itemsBefore),
      );
      const basis = (answer: number): number => {
        const even = answer === truth ? accuracy : wrong;
        if (errors === 'even') return even;
        const seen = pooled[answer * size + truth]! - share * counts[offset + answer]!;
        return (
          (Math.max(0, seen) + drawnToEven * even) /
          (Math.max(0, pooledTotals[truth]! - share * of) + drawnToEven)
        );
      };
      if (alike)
        for (let answer = 0; answer < size; answer++) {
          const given = counts[offset + answer]!;
          if (given > 0) log += given * Math.log(basis(answer));
        }
      else
        for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
          const rater = raters[row]!;
          const answer = values[row]!;
          log += Math.log(
            (Math.max(0, own[(rater * size + answer) * size + truth]! - share) +
              drawn * basis(answer)) /
              (Math.max(0, totals[rater * size + truth]! - share) + drawn),
          );
        }
      next[offset + truth] = log;
    }
    logPredictive += normaliseLogs(next, offset, size);
  }
  return { posterior: next, logPredictive, accuracy: given ?? (right + 1) / (votes + size) };
}
