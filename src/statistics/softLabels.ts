/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { entropy, normalised } from './comparison/divergence.js';
import { type Estimate, undefinedBecause } from './estimate.js';
import { forEachItem, type Ratings } from './ratings.js';

/** What raters said about one item, and what a further rater would say. */
export interface SoftLabel {
  readonly item: number;
  readonly ratings: number;
  /** Shares of the votes as they were cast, over the declared answers in their order. */
  readonly voteShares: Float64Array;
  /**
   * The soft label: how probable each answer is of one further rater of this crowd. Null where no
   * item has two ratings, since then nothing is known of how raters differ about an item.
   */
  readonly expected: Float64Array | null;
  /**
   * Entropy of the vote shares in bits, and over the most there can be (0 unanimous, 1 all answers
   * alike).
   */
  readonly entropy: number;
  readonly normalisedEntropy: number;
}

/** Votes on items with the same counts, which are as probable as each other. */
interface Pattern {
  readonly counts: readonly number[];
  readonly total: number;
  items: number;
}

/**
 * Soft labels of all items with a rating. A few votes are a small sample of what a crowd says of an
 * item, so that their shares are too extreme: of a further rater no answer is certain, and none
 * impossible.
 *
 * Each item has one leading answer, whose frequencies are estimated. Given that it is t, the votes
 * on the item are Dirichlet-multinomial (Mosimann 1962) with mean q at t, the rest of 1 spread
 * evenly over the other answers, and concentration a: large where raters err alike on all items,
 * small where items have shares of their own. The distribution of one further vote is averaged
 * over a grid of q and a, each weighted by how probable it makes all votes: where these are few or
 * unanimous an estimate would be too sure, and a further rater then never differ.
 */
export function softLabels(ratings: Ratings): SoftLabel[] {
  const patterns = patternsOf(ratings);
  const expected = expectedVotes([...patterns.values()], ratings.categoryCount);
  const found: SoftLabel[] = [];
  forEachItem(ratings, (counts, total, item) => {
    if (total === 0) return;
    const shares = normalised(Float64Array.from(counts))!;
    const bits = entropy(shares);
    const value = bits.kind === 'estimate' ? bits.value : 0;
    found.push({
      item,
      ratings: total,
      voteShares: shares,
      expected: expected?.get(patterns.get(counts.join(' '))!) ?? null,
      entropy: value,
      normalisedEntropy: shares.length < 2 ? 0 : value / Math.log2(shares.length),
    });
  });
  return found;
}

function patternsOf(ratings: Ratings): Map<string, Pattern> {
  const patterns = new Map<string, Pattern>();
  forEachItem(ratings, (counts, total) => {
    if (total === 0) return;
    const key = counts.join(' ');
    const known = patterns.get(key);
    if (known === undefined) patterns.set(key, { counts: [...counts], total, items: 1 });
    else known.items++;
  });
  return patterns;
}

/** Where q lies between chance and 1. */
const leads = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.995];
const concentrations = [0.1, 0.3, 1, 2, 4, 8, 16, 50, 400];
/** Items of the prior of the frequencies of leading answers, spread evenly over them. */
const itemsBefore = 1;
const steps = 20;

/**
 * The distribution of a further vote for each pattern; null where no item has two ratings, or only
 * one answer is possible.
 */
function expectedVotes(
  patterns: readonly Pattern[],
  size: number,
): Map<Pattern, Float64Array> | null {
  if (size < 2 || patterns.every(({ total }) => total < 2)) return null;
  const fits = leads.flatMap((lead) =>
    concentrations.map((concentration) => fit(patterns, size, { lead, concentration })),
  );
  const highest = Math.max(...fits.map(({ log }) => log));
  const weights = fits.map(({ log }) => Math.exp(log - highest));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(
    patterns.map((pattern, index) => [
      pattern,
      Float64Array.from({ length: size }, (_, answer) =>
        fits.reduce(
          (sum, { expected }, at) => sum + (weights[at]! / all) * expected[index * size + answer]!,
          0,
        ),
      ),
    ]),
  );
}

/** Frequencies of leading answers by expectation-maximisation, and what follows from them. */
function fit(
  patterns: readonly Pattern[],
  size: number,
  { lead, concentration }: { readonly lead: number; readonly concentration: number },
): { log: number; expected: Float64Array } {
  const q = (1 + lead * (size - 1)) / size;
  const [right, wrong] = [concentration * q, (concentration * (1 - q)) / (size - 1)];
  // The probability of a pattern's votes given each leading answer, over the largest of these.
  const likelihoods = new Float64Array(patterns.length * size);
  const scales = new Float64Array(patterns.length);
  for (const [index, { counts, total }] of patterns.entries()) {
    let common = -logRising(concentration, total);
    for (const count of counts) common += logRising(wrong, count);
    let most = -Infinity;
    for (let answer = 0; answer < size; answer++) {
      const log = logRising(right, counts[answer]!) - logRising(wrong, counts[answer]!);
      likelihoods[index * size + answer] = log;
      most = Math.max(most, log);
    }
    for (let cell = index * size; cell < (index + 1) * size; cell++)
      likelihoods[cell] = Math.exp(likelihoods[cell]! - most);
    scales[index] = common + most;
  }
  const items = patterns.reduce((sum, pattern) => sum + pattern.items, itemsBefore);
  let frequencies = new Float64Array(size).fill(1 / size);
  const probabilityOf = (index: number): number => {
    let sum = 0;
    for (let answer = 0; answer < size; answer++)
      sum += frequencies[answer]! * likelihoods[index * size + answer]!;
    return sum;
  };
  for (let step = 0; step < steps; step++) {
    const next = new Float64Array(size).fill(itemsBefore / size);
    for (const [index, pattern] of patterns.entries()) {
      const part = pattern.items / probabilityOf(index);
      for (let answer = 0; answer < size; answer++)
        next[answer]! += part * frequencies[answer]! * likelihoods[index * size + answer]!;
    }
    frequencies = next.map((sum) => sum / items);
  }
  const expected = new Float64Array(patterns.length * size);
  let log = 0;
  for (const [index, { counts, total, items: alike }] of patterns.entries()) {
    const probability = probabilityOf(index);
    log += alike * (scales[index]! + Math.log(probability));
    for (let answer = 0; answer < size; answer++) {
      const leading = (frequencies[answer]! * likelihoods[index * size + answer]!) / probability;
      expected[index * size + answer] =
        (counts[answer]! + wrong + leading * (right - wrong)) / (total + concentration);
    }
  }
  return { log, expected };
}

/** The logarithm of x (x + 1) … (x + n - 1). */
function logRising(x: number, n: number): number {
  let sum = 0;
  for (let step = 0; step < n; step++) sum += Math.log(x + step);
  return sum;
}

/**
 * The mean Manhattan distance of vote shares and predicted distributions over the same answers (0
 * to 2; LeWiDi 2025).
 * @param predicted items × answers, row by row, in the order of the soft labels
 */
export function softLabelDistance(labels: readonly SoftLabel[], predicted: Float64Array): Estimate {
  if (labels.length === 0) return undefinedBecause('no-data');
  const size = labels[0]!.voteShares.length;
  if (predicted.length !== labels.length * size)
    throw new RangeError(
      `Predictions need ${labels.length * size} shares; got ${predicted.length}.`,
    );
  let sum = 0;
  for (const [index, { voteShares }] of labels.entries())
    for (let answer = 0; answer < size; answer++)
      sum += Math.abs(voteShares[answer]! - predicted[index * size + answer]!);
  return { kind: 'estimate', value: sum / labels.length, n: labels.length };
}
