/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { normalCdf, normalQuantile } from '../distributions.js';
import { type Undefined, undefinedBecause } from '../estimate.js';
import { labelVoteVariances, relevanceVariances, type VoteVariances } from './precision.js';

/**
 * How raters answer about items, for simulation: a standard normal variable behind every answer,
 * cut at fixed points. It is the sum of an effect of the item, one of the rater, one of the rater's
 * leaning to a source, and a residual; the residual variance is what is left of 1. One cut makes a
 * vote (0 or 1), four make a rating from 1 to 5.
 */
export interface AnswerModel {
  /** The number below the first cut; each cut that is passed adds 1. */
  readonly lowest: number;
  /** In ascending order; -Infinity and Infinity stand for answers that nobody gives. */
  readonly cuts: readonly number[];
  /** Variances behind the answers. */
  readonly item: number;
  readonly rater: number;
  readonly leaning: number;
}

/**
 * Variances of answers on their own scale; `leaning` is the part of a rater's that differs between
 * two sources.
 */
export interface AnswerVariances extends VoteVariances {
  readonly leaning?: number;
}

/** What is always left to the residual: effects that ask for more are scaled down together. */
const leastResidual = 0.01;

/**
 * The model with these shares of answers and these variances on the scale of the answer. Two
 * answers about one item (by one rater, by one rater about one source) covary by the item's (the
 * rater's, and with it the leaning's) variance: the correlation behind them that gives this
 * covariance is found by bisection, as for a polychoric correlation (Olsson 1979).
 * @param shares of each answer in ascending order, adding up to 1
 * @returns undefined where all answers are the same
 */
export function answerModel(
  shares: readonly number[],
  variances: AnswerVariances,
  lowest = 0,
): AnswerModel | Undefined {
  const cuts: number[] = [];
  let below = 0;
  for (const share of shares.slice(0, -1)) {
    below += share;
    cuts.push(below <= 1e-12 ? -Infinity : below >= 1 - 1e-12 ? Infinity : normalQuantile(below));
  }
  if (!cuts.some(Number.isFinite)) return undefinedBecause('no-variation');
  const correlation = (covariance: number): number => correlationBehind(cuts, covariance);
  const rater = correlation(variances.rater);
  const effects = {
    item: correlation(variances.item),
    rater,
    leaning: Math.max(0, correlation(variances.rater + (variances.leaning ?? 0)) - rater),
  };
  const scale = Math.min(1, (1 - leastResidual) / (effects.item + effects.rater + effects.leaning));
  return {
    lowest,
    cuts,
    item: effects.item * scale,
    rater: effects.rater * scale,
    leaning: effects.leaning * scale,
  };
}

/** The expected answer. */
export function meanAnswer(model: AnswerModel): number {
  return model.cuts.reduce((mean, cut) => mean + normalCdf(-cut), model.lowest);
}

/**
 * The same raters and items where the expected answer is another: everything behind the answers is
 * shifted. Undefined where the scale does not reach there.
 */
export function withMean(model: AnswerModel, mean: number): AnswerModel | Undefined {
  const at = (shift: number): AnswerModel => ({
    ...model,
    cuts: model.cuts.map((cut) => cut - shift),
  });
  let [low, high] = [-16, 16];
  if (!(meanAnswer(at(low)) < mean && mean < meanAnswer(at(high))))
    return undefinedBecause('outside-scale');
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (meanAnswer(at(middle)) < mean) low = middle;
    else high = middle;
  }
  return at((low + high) / 2);
}

/**
 * The same model where this share (0 to 1) of what raters differ by depends on the source; how much
 * they differ in all stays as it is.
 */
export function withLeaning(model: AnswerModel, share: number): AnswerModel {
  const whole = model.rater + model.leaning;
  return { ...model, rater: whole * (1 - share), leaning: whole * share };
}

/** The variances that the model has on the scale of the answer. */
export function answerVariances(model: AnswerModel): Required<AnswerVariances> {
  const item = covarianceOf(model.cuts, model.item);
  const rater = covarianceOf(model.cuts, model.rater);
  const leaning = covarianceOf(model.cuts, model.rater + model.leaning) - rater;
  return { item, rater, leaning, residual: covarianceOf(model.cuts, 1) - item - rater - leaning };
}

/**
 * The share of label votes for which item and rater effects are known: at another share the effects
 * behind the votes stay as they are.
 */
const knownShare = 0.95;

/**
 * Votes on labels where nothing else is known: the variances of `labelVoteVariances` at 95 % of
 * votes for the label, and the effects behind them at the share wanted.
 * @param share between 0 and 1
 */
export function assumedLabelAnswers(share = knownShare): AnswerModel | Undefined {
  const model = answerModel([1 - knownShare, knownShare], labelVoteVariances(knownShare));
  return 'kind' in model ? model : withMean(model, share);
}

/**
 * Ratings of relevance where nothing else is known: mean 4.4 and standard deviation .9, skewed to
 * 5, as in Perez et al. 2022 (persona sets), and the variances of `relevanceVariances`.
 */
export function assumedRelevanceAnswers(): AnswerModel | Undefined {
  return answerModel([0.02, 0.025, 0.09, 0.265, 0.6], relevanceVariances, 1);
}

/** Nodes and weights of Gauss and Legendre on (-1, 1), ten points. */
const nodes: readonly (readonly [node: number, weight: number])[] = [
  [0.1488743389816312, 0.2955242247147529],
  [0.4333953941292472, 0.2692667193099963],
  [0.6794095682990244, 0.219086362515982],
  [0.8650633666889845, 0.1494513491505806],
  [0.9739065285171717, 0.0666713443086881],
];

/**
 * P(X > h, Y > k) - P(X > h) P(Y > k) of two standard normal variables with this correlation
 * (Drezner and Wesolowsky 1990).
 */
function exceedanceCovariance(h: number, k: number, correlation: number): number {
  if (!Number.isFinite(h) || !Number.isFinite(k)) return 0;
  const top = Math.asin(correlation);
  const pieces = 4;
  let sum = 0;
  for (let piece = 0; piece < pieces; piece++) {
    for (const [node, weight] of nodes) {
      for (const signed of [node, -node]) {
        const angle = (top * (piece + (1 + signed) / 2)) / pieces;
        const sine = Math.sin(angle);
        // Where h = k the exponent is -h² / (1 + sine), which stays smooth up to a correlation of
        // 1.
        sum +=
          weight *
          Math.exp(
            h === k
              ? -(h * h) / (1 + sine)
              : -(h * h + k * k - 2 * h * k * sine) / (2 * (1 - sine * sine)),
          );
      }
    }
  }
  return (sum * top) / (2 * pieces) / (2 * Math.PI);
}

/** The covariance of two answers whose variables behind have this correlation. */
function covarianceOf(cuts: readonly number[], correlation: number): number {
  let covariance = 0;
  for (let one = 0; one < cuts.length; one++) {
    for (let other = 0; other <= one; other++)
      covariance +=
        (one === other ? 1 : 2) * exceedanceCovariance(cuts[one]!, cuts[other]!, correlation);
  }
  return covariance;
}

function correlationBehind(cuts: readonly number[], covariance: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (covarianceOf(cuts, middle) < covariance) low = middle;
    else high = middle;
  }
  return covariance > 0 ? (low + high) / 2 : 0;
}
