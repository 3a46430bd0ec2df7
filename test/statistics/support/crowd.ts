/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalQuantile } from '#statistics/distributions.js';
import { type Random, randomNormal } from '#statistics/random.js';
import { twoWayDifference, type TwoWayEstimate, twoWayMean } from '#statistics/twoWay.js';
import type { Limits } from '#statistics/twoWay/limits.js';
import type { Votes } from '#statistics/votes.js';

/** How a crowd shares the work: weights by which raters are drawn for an item. */
export const workings = {
  equal: () => 1,
  zipf: (rater: number) => 1 / (rater + 1),
  lognormal: (_rater: number, random: Random) => Math.exp(randomNormal(random)),
  five: (rater: number) => (rater < 5 ? 1 : 0.05),
  three: (rater: number) => (rater < 3 ? 1 : 0.01),
} as const satisfies Record<string, (rater: number, random: Random) => number>;
export type Working = keyof typeof workings;

/** Votes on labels, or ratings from 1 to 5, about two sets by one crowd. */
export interface Crowd {
  readonly raters: number;
  readonly working: Working;
  readonly items: readonly [number, number];
  readonly overlap: number;
  /** What is chosen with these shares, for labels; null for ratings of relevance. */
  readonly shares: readonly [number, number] | null;
  /** Standard deviations behind the answers: of log odds for labels, of the rating for relevance. */
  readonly item: number;
  readonly rater: number;
  readonly leaning: number;
  /** The share of raters who answer labels by a toss of a coin. */
  readonly bad: number;
}

/** Twenty raters with equal work, 97 % of whose votes are for the label of either set. */
export const labelCrowd: Crowd = {
  raters: 20,
  working: 'equal',
  items: [100, 100],
  overlap: 3,
  shares: [0.97, 0.97],
  item: 1.5,
  rater: 0.7,
  leaning: 0,
  bad: 0,
};

/** The same people rating relevance. */
export const ratingCrowd: Crowd = {
  ...labelCrowd,
  shares: null,
  item: 0.5,
  rater: Math.sqrt(0.15),
};

const residual = Math.sqrt(0.41);
/** Between the answers 1 to 5: their shares are near those of published sets, with a mean of 4.4. */
const cuts = [-2.05, -1.7, -1.1, -0.25];

const expit = (x: number): number => 1 / (1 + Math.exp(-x));

/** The mean of a function of a normal variable with this standard deviation, by its quantiles. */
function meanOver(deviation: number, of: (x: number) => number): number {
  const nodes = 400;
  let sum = 0;
  for (let node = 0; node < nodes; node++)
    sum += of(deviation * normalQuantile((node + 0.5) / nodes));
  return sum / nodes;
}

/** The log odds of a share among good raters, so that the whole crowd gives `share`. */
function interceptFor(share: number, { item, rater, leaning, bad }: Crowd): number {
  const good = (share - bad / 2) / (1 - bad);
  const deviation = Math.hypot(item, rater, leaning);
  let [low, high] = [-20, 20];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (meanOver(deviation, (x) => expit(middle + x)) < good) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The mean that sets of such a crowd have in truth. */
export function truthOf(crowd: Crowd): readonly [number, number] {
  if (crowd.shares !== null) return crowd.shares;
  const deviation = Math.hypot(crowd.item, crowd.rater, crowd.leaning, residual);
  const mean = meanOver(deviation, (x) => 1 + cuts.filter((cut) => x > cut).length);
  return [mean, mean];
}

/** Makes a function that draws both sets anew, raters included. */
export function crowdDrawer(crowd: Crowd): (random: Random) => [Votes, Votes] {
  const { raters, working, overlap, shares, item, rater, leaning, bad } = crowd;
  const intercepts = shares?.map((share) => interceptFor(share, crowd)) ?? [0, 0];
  return (random) => {
    const weights = Float64Array.from({ length: raters }, (_, index) =>
      workings[working](index, random),
    );
    const own = weights.map(() => rater * randomNormal(random));
    const careless = Array.from(weights, () => random() < bad);
    const answer = (behind: number, by: number, intercept: number): number =>
      shares === null
        ? 1 + cuts.filter((cut) => behind + residual * randomNormal(random) > cut).length
        : Number(careless[by] === true ? random() < 0.5 : random() < expit(intercept + behind));
    const arm = (index: 0 | 1): Votes => {
      const leanings = own.map((effect) => effect + leaning * randomNormal(random));
      const size = crowd.items[index] * overlap;
      const votes = {
        items: new Int32Array(size),
        raters: new Int32Array(size),
        values: new Float64Array(size),
      };
      for (let vote = 0; vote < size;) {
        const effect = item * randomNormal(random);
        const about = vote / overlap;
        for (const by of chosen(weights, overlap, random)) {
          votes.items[vote] = about;
          votes.raters[vote] = by;
          votes.values[vote] = answer(effect + leanings[by]!, by, intercepts[index]!);
          vote++;
        }
      }
      return votes;
    };
    return [arm(0), arm(1)];
  };
}

/** Different raters, one after the other with chances as their weights. */
function chosen(weights: Float64Array, count: number, random: Random): number[] {
  const left = Float64Array.from(weights);
  return Array.from({ length: count }, () => {
    let at = random() * left.reduce((sum, weight) => sum + weight, 0);
    let by = left.findIndex((weight) => (at -= weight) < 0);
    if (by < 0) by = left.findLastIndex((weight) => weight > 0);
    left[by] = 0;
    return by;
  });
}

/** What the intervals of a crowd come to, as shares of the runs. */
export interface Covered {
  /** The interval of the first set's mean holds the truth. */
  readonly mean: number;
  /** That of the difference leaves out the true difference. */
  readonly typeOne: number;
  /** It lies above no difference; above the negative margin. */
  readonly better: number;
  readonly notWorse: number;
  /** Median widths. */
  readonly widthOfMean: number;
  readonly widthOfDifference: number;
}

export type Rule = (
  first: Votes,
  second: Votes,
) => { mean: Limits | null; difference: Limits | null };

const limits = (estimate: TwoWayEstimate): Limits | null =>
  estimate.kind === 'estimate' ? (estimate.interval ?? null) : null;

/** The rule that reports use. */
export const twoWayRule =
  (scale: { readonly lower: number; readonly upper: number }): Rule =>
  (first, second) => ({
    mean: limits(twoWayMean(first, { scale })),
    difference: limits(twoWayDifference(first, second, { scale })),
  });

export const scaleOf = ({ shares }: Crowd): { lower: number; upper: number } =>
  shares === null ? { lower: 1, upper: 5 } : { lower: 0, upper: 1 };

/** Applies rules to the same simulated studies. */
export function coverageOf(
  crowd: Crowd,
  rules: readonly Rule[],
  { runs, margin, random }: { runs: number; margin: number; random: Random },
): Covered[] {
  const draw = crowdDrawer(crowd);
  const [truth, other] = truthOf(crowd);
  const counts = rules.map(() => ({ mean: 0, typeOne: 0, better: 0, notWorse: 0 }));
  const widths = rules.map((): [number[], number[]] => [[], []]);
  for (let run = 0; run < runs; run++) {
    const [first, second] = draw(random);
    for (const [index, rule] of rules.entries()) {
      const { mean, difference } = rule(first, second);
      const count = counts[index]!;
      if (mean !== null && mean.lower <= truth && truth <= mean.upper) count.mean++;
      if (mean !== null) widths[index]![0].push(mean.upper - mean.lower);
      if (difference === null) continue;
      if (difference.lower > truth - other || difference.upper < truth - other) count.typeOne++;
      if (difference.lower > 0) count.better++;
      if (difference.lower > -margin) count.notWorse++;
      widths[index]![1].push(difference.upper - difference.lower);
    }
  }
  const middle = (values: number[]): number =>
    values.toSorted((one, two) => one - two)[Math.floor(values.length / 2)] ?? NaN;
  return counts.map(({ mean, typeOne, better, notWorse }, index) => ({
    mean: mean / runs,
    typeOne: typeOne / runs,
    better: better / runs,
    notWorse: notWorse / runs,
    widthOfMean: middle(widths[index]![0]),
    widthOfDifference: middle(widths[index]![1]),
  }));
}
