/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { chiSquareQuantile, normalQuantile, tQuantile } from './distributions.js';
import { type Bounds, type Estimated, tInterval, undefinedReasons } from './estimate.js';
import { type PairPart, partOf, sharedCovariance, type VotedPair } from './pooledPair.js';
import { fewestRaters } from './twoWay.js';
import { assumedBetweenRaters } from './twoWay/arm.js';
import type { Votes } from './votes.js';

/** What many pairs show together of one measure. */
export interface Pooled {
  readonly kind: 'pooled';
  /** The mean difference over pairs, first minus second; `n` counts the pairs. */
  readonly difference: Estimated;
  readonly degreesOfFreedom: number;
  /** Where the true difference of one further pair lies; null under five pairs or without an interval. */
  readonly prediction: Bounds | null;
  /**
   * The standard deviation of the true differences between pairs, with the interval that the spread
   * of the differences seen leaves for it.
   */
  readonly between: number;
  readonly betweenInterval: Bounds | null;
  /** The share of the variance of a pair's difference that lies between pairs (I²), 0 to 1. */
  readonly heterogeneity: number;
  readonly raters: number;
  /** As many raters with equal work would tell as much: N² / Σn². */
  readonly effectiveRaters: number;
}

export interface PooledOptions {
  readonly level?: number;
  /** The lowest and highest value that a vote can have; 0 and 1 unless given. */
  readonly scale?: Bounds;
}

/** Fewer pairs than this say nothing about further pairs. */
export const fewestPairs = 3;

/**
 * From fewer than this a further pair has no interval, nor has the spread between pairs: where three
 * differences lie close together by chance, both would read as if pairs hardly differed.
 */
export const fewestForSpread = 5;

/** The level of the upper limit of τ² in the prediction interval. */
const predictionCaution = 0.8;

/**
 * The mean difference over pairs of sets that were judged by the same raters: a random-effects
 * model with pairs, raters and items, fitted by moments. The difference of pair p is d = δ + u +
 * what its raters and items add; u has mean 0 and variance τ² and is the pair's own, and raters who
 * judged several pairs make these differ together.
 *
 * The variance within a pair is the two-way one (`twoWay.ts`), raters' part corrected for the work
 * that each did. τ² is the variance of the differences less what lies within pairs, plus what
 * raters share over pairs (Hedges and Olkin 1985, ch. 9, with covariances), the two together never
 * below 0. Its interval takes the same away from the limits that chi-square gives the spread, the
 * spread being counted, for the upper one, as no smaller than what lies within pairs and what is
 * assumed below: differences that lie closer together do so by chance, and say no more of τ. Pairs are weighted by
 * 1 / (τ² + σ² h), h being the sum of 1 / items of both sets and σ² the same for all pairs: a
 * variance of the pair's own would be smaller where its share is near 0 or 1, and lean the mean
 * there. The standard error is that of Hartung and Knapp (2001), from the spread of the
 * differences, not below what the variance within pairs gives (Knapp and Hartung 2003; differences
 * that lie close together by chance would seem to be known better than each of them is), plus the
 * covariance of pairs through their raters: the part of the variance over
 * raters (Cameron, Gelbach and Miller 2011) that is not within pairs, left out where it is
 * negative. t has the smaller of pairs - 1 and effective raters - 1 degrees of freedom: where shares
 * lie near 1 and few people do most of the work, degrees of freedom between the two, after
 * Satterthwaite, hold .87 (bench/pooled.ts).
 *
 * The prediction interval of Higgins, Thompson and Spiegelhalter (2009), value ± t sqrt(τ² + SE²),
 * falls to .84 where τ² is taken as estimated; here it has the upper end of a one-sided 80 % interval
 * of τ² by the same rule, with which it holds .94 or more of normal differences at every τ. Its t has the degrees of
 * freedom of that sum after Satterthwaite (1946): pairs - 1 for τ², those of the mean for SE². It
 * stands from five pairs on, and so does the interval of τ.
 *
 * Near 0 and 1 all of these variances rest on few votes, and at unanimity they are 0. So the
 * assumption stands beside them that serves one set there (`assumedVariance`).
 *
 * Pairs must have no items in common: a set that stands in several would count several times.
 *
 * Null without pairs. Under three pairs or four raters the mean stands without an interval.
 * @throws RangeError where the arrays of a set differ in length or a value is off the scale
 */
export function pooledDifference(
  pairs: readonly VotedPair[],
  { level = 0.95, scale = { lower: 0, upper: 1 } }: PooledOptions = {},
): Pooled | null {
  const width = scale.upper - scale.lower;
  const bounds = { lower: -width, upper: width };
  const raterCount =
    1 + Math.max(-1, ...pairs.flatMap((pair) => [top(pair.first), top(pair.second)]));
  const parts = pairs.flatMap((pair) => {
    const part = partOf(pair, raterCount, scale);
    return part === null ? [] : [part];
  });
  if (parts.length === 0) return null;
  const n = parts.length;
  const equal = new Float64Array(n).fill(1 / n);
  const within = parts.reduce((sum, part) => sum + part.within, 0) / n;
  const alike = sharedCovariance(parts, equal) / (1 - 1 / n || 1);
  const spread = n > 1 ? spreadOf(parts, equal) / (1 - 1 / n) : 0;
  const noise = Math.max(0, within - alike);
  const between = Math.max(0, spread - noise);
  const weights = weightsOf(parts, between);
  const value = meanOf(parts, weights);
  const votesOfRater = new Float64Array(raterCount);
  for (const { votes } of parts)
    for (let rater = 0; rater < raterCount; rater++) votesOfRater[rater]! += votes[rater]!;
  const raters = votesOfRater.reduce((count, votes) => count + (votes > 0 ? 1 : 0), 0);
  const effectiveRaters =
    sumOf(votesOfRater) ** 2 / votesOfRater.reduce((sum, votes) => sum + votes * votes, 0);
  const known = {
    kind: 'pooled',
    between: Math.sqrt(between),
    heterogeneity: between > 0 ? between / (between + Math.max(0, within)) : 0,
    raters,
    effectiveRaters,
  } as const;
  const alone = (withoutInterval: string): Pooled => ({
    ...known,
    difference: { kind: 'estimate', value, n, withoutInterval },
    degreesOfFreedom: n - 1,
    prediction: null,
    betweenInterval: null,
  });
  if (n < fewestPairs) return alone(undefinedReasons['too-few-pairs']);
  if (raters < fewestRaters) return alone(undefinedReasons['too-few-raters']);
  const ofPairs = Math.max(
    spreadOf(parts, weights) / (n - 1),
    parts.reduce((sum, { within: own }, pair) => sum + weights[pair]! ** 2 * own, 0),
  );
  const ofRaters = Math.max(0, (sharedCovariance(parts, weights) * n) / (n - 1));
  const assumed = width ** 2 * assumedVariance(parts, { weights, effectiveRaters, level });
  const standardError = Math.sqrt(ofPairs + ofRaters + assumed);
  const degreesOfFreedom = Math.max(1, Math.min(n, effectiveRaters) - 1);
  const most = Math.max(spread, noise + n * assumed);
  const upper = betweenAt(1 - predictionCaution, most, noise, n) ** 2;
  const reach =
    tQuantile(
      1 - (1 - level) / 2,
      satterthwaite([upper, n - 1], [standardError ** 2, degreesOfFreedom]),
    ) * Math.sqrt(upper + standardError ** 2);
  return {
    ...known,
    difference: {
      kind: 'estimate',
      value,
      n,
      standardError,
      ...tInterval(value, standardError, degreesOfFreedom, level, 'pooled-pairs', bounds),
    },
    degreesOfFreedom,
    prediction:
      n < fewestForSpread
        ? null
        : {
            lower: Math.max(bounds.lower, value - reach),
            upper: Math.min(bounds.upper, value + reach),
          },
    betweenInterval:
      n < fewestForSpread
        ? null
        : {
            lower: betweenAt(1 - (1 - level) / 2, spread, noise, n),
            upper: betweenAt((1 - level) / 2, most, noise, n),
          },
  };
}

/**
 * What is added to the variance of the mean difference, on a scale from 0 to 1, so that unanimity,
 * the first differing vote and everything between follow one rule. Wilson's limits of a share of n
 * votes (`twoWay/limits.ts`) reach z² / n where all agree. With z² / n squared as a variance for
 * each side, t × its root reaches at least as far. 1 / n is the assumption of `twoWay/arm.ts` over
 * all pairs, one unit beside the information in the votes, so that it vanishes as they differ.
 */
function assumedVariance(
  parts: readonly PairPart[],
  {
    weights,
    effectiveRaters,
    level,
  }: { weights: Float64Array; effectiveRaters: number; level: number },
): number {
  const z = normalQuantile(1 - (1 - level) / 2);
  return [0, 1].reduce((sum, side) => {
    let [value, votes, ofItems] = [0, 0, 0];
    for (const [pair, { arms }] of parts.entries()) {
      const arm = arms[side]!;
      value += weights[pair]! * arm.value;
      votes += arm.votes;
      ofItems += weights[pair]! ** 2 * arm.assumed;
    }
    const information = Math.max(0, votes * value * (1 - value) - 1);
    const inverse = (ofItems + assumedBetweenRaters / effectiveRaters) / (information + 1);
    return sum + (z * inverse) ** 2;
  }, 0);
}

function weightsOf(parts: readonly PairPart[], between: number): Float64Array {
  const scales = parts.reduce((sum, { scale }) => sum + scale, 0);
  const unit =
    Math.max(
      0,
      parts.reduce((sum, part) => sum + part.within, 0),
    ) / scales;
  const precisions = Float64Array.from(parts, ({ scale }) => {
    const variance = between + unit * scale;
    return variance > 0 ? 1 / variance : 1;
  });
  const all = sumOf(precisions);
  return precisions.map((precision) => precision / all);
}

const meanOf = (parts: readonly PairPart[], weights: Float64Array): number =>
  parts.reduce((sum, { value }, pair) => sum + weights[pair]! * value, 0);

/** The weighted mean square of the differences around their mean; weights add up to 1. */
function spreadOf(parts: readonly PairPart[], weights: Float64Array): number {
  const centre = meanOf(parts, weights);
  return parts.reduce((sum, { value }, pair) => sum + weights[pair]! * (value - centre) ** 2, 0);
}

/** Degrees of freedom of the sum of two variances, each with its own (Satterthwaite 1946). */
const satterthwaite = (...variances: readonly (readonly [number, number])[]): number =>
  variances.reduce((sum, [variance]) => sum + variance, 0) ** 2 /
  variances.reduce((sum, [variance, degrees]) => sum + variance ** 2 / degrees, 0);

/** The standard deviation between pairs that leaves this chance of a spread as small as seen. */
const betweenAt = (chance: number, spread: number, noise: number, n: number): number =>
  Math.sqrt(Math.max(0, (spread * (n - 1)) / chiSquareQuantile(chance, n - 1) - noise));

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);

const top = ({ raters }: Votes): number =>
  raters.reduce((highest, rater) => Math.max(highest, rater), -1);
