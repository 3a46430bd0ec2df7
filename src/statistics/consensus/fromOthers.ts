/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Ratings, ratingsOf } from '../ratings.js';
import { normaliseLogs } from './posteriors.js';

/** What is taken to be true of raters before their votes on other items are looked at. */
export interface Assumption {
  /**
   * How many judgments per true answer a rater's confusion matrix is drawn towards that of all.
   * Infinity: all raters have one matrix, that of even errors.
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
  /**
   * How frequent each answer is: `own`, estimated from the other items with a prior of eight, or
   * `equal`, all alike. Default `own`.
   */
  readonly frequencies?: 'own' | 'equal';
}

export interface FromOthers {
  readonly posterior: Float64Array;
  /**
   * Natural logarithm of the probability of each item's votes given the votes on all others, summed
   * over items: how well votes are predicted that were left out.
   */
  readonly logPredictive: number;
  /** The expected share of right answers among all votes. */
  readonly accuracy: number;
}

/** Judgments per answer by which `particular` errors are drawn towards `even` ones. */
const drawnToEven = 10;
/** Items of the prior of the frequencies, the same number for every answer. */
const itemsBefore = 8;

/** What the items' answers make of raters, over all items. */
interface Counts {
  readonly items: number;
  /** Expected votes that are right. */
  readonly right: number;
  /** By truth: expected items, and expected votes on them. */
  readonly weights: Float64Array;
  readonly votes: Float64Array;
  /** Expected votes of all raters by answer and truth; empty where raters are not counted apart. */
  readonly pooled: Float64Array;
  /** Expected votes by rater, answer and truth, and by rater and truth; empty like `pooled`. */
  readonly own: Float64Array;
  readonly totals: Float64Array;
}

function count(ratings: Ratings, posterior: Float64Array, apart: boolean): Counts {
  const { itemCount, raterCount, categoryCount: size, itemStart, raters, values } = ratings;
  const weights = new Float64Array(size);
  const votes = new Float64Array(size);
  const pooled = new Float64Array(apart ? size * size : 0);
  const own = new Float64Array(apart ? raterCount * size * size : 0);
  const totals = new Float64Array(apart ? raterCount * size : 0);
  let items = 0;
  let right = 0;
  for (let item = 0; item < itemCount; item++) {
    const offset = item * size;
    if (ratingsOf(ratings, item) === 0) continue;
    items++;
    for (let truth = 0; truth < size; truth++) weights[truth]! += posterior[offset + truth]!;
    for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
      const rater = raters[row]!;
      const answer = values[row]!;
      right += posterior[offset + answer]!;
      if (!apart) continue;
      for (let truth = 0; truth < size; truth++) {
        const share = posterior[offset + truth]!;
        votes[truth]! += share;
        pooled[answer * size + truth]! += share;
        own[(rater * size + answer) * size + truth]! += share;
        totals[rater * size + truth]! += share;
      }
    }
  }
  return { items, right, weights, votes, pooled, own, totals };
}

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
  { drawn, errors, accuracy: given, frequencies = 'own' }: Assumption,
): FromOthers {
  const { itemCount, categoryCount: size, itemStart, raters, values, counts } = ratings;
  const { items, right, weights, votes, pooled, own, totals } = count(
    ratings,
    posterior,
    drawn !== Infinity,
  );
  const all = values.length;
  const next = new Float64Array(itemCount * size);
  let logPredictive = 0;
  for (let item = 0; item < itemCount; item++) {
    const of = ratingsOf(ratings, item);
    if (of === 0) continue;
    const offset = item * size;
    let here = 0;
    for (let truth = 0; truth < size; truth++)
      here += posterior[offset + truth]! * counts[offset + truth]!;
    const accuracy = given ?? (right - here + 1) / (all - of + size);
    const wrong = (1 - accuracy) / (size - 1);
    const [logRight, logWrong] = [Math.log(accuracy), Math.log(wrong)];
    for (let truth = 0; truth < size; truth++) {
      const share = posterior[offset + truth]!;
      const agreeing = counts[offset + truth]!;
      let log =
        frequencies === 'equal'
          ? -Math.log(size)
          : Math.log((weights[truth]! - share + itemsBefore / size) / (items - 1 + itemsBefore));
      if (drawn === Infinity) log += agreeing * logRight + (of - agreeing) * logWrong;
      else
        for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
          const rater = raters[row]!;
          const answer = values[row]!;
          let chance = answer === truth ? accuracy : wrong;
          if (errors === 'particular')
            chance =
              (without(pooled[answer * size + truth]!, share * counts[offset + answer]!) +
                drawnToEven * chance) /
              (without(votes[truth]!, share * of) + drawnToEven);
          log += Math.log(
            (without(own[(rater * size + answer) * size + truth]!, share) + drawn * chance) /
              (without(totals[rater * size + truth]!, share) + drawn),
          );
        }
      next[offset + truth] = log;
    }
    logPredictive += normaliseLogs(next, offset, size);
  }
  return { posterior: next, logPredictive, accuracy: given ?? (right + 1) / (all + size) };
}

/** Never below 0, which rounding alone could bring about. */
const without = (sum: number, part: number): number => Math.max(0, sum - part);
