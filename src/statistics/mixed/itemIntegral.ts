/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { DesignItem } from './design.js';
import { normalNodes } from './normalNodes.js';
import type { Parameters } from './parameters.js';
import type { RaterLoadings } from './raterLoadings.js';

/** Derivatives of the log integral of an item by the linear predictors of its votes. */
export interface ItemMoments {
  /** First derivatives: of each vote, the mean of its score over the item's posterior. */
  readonly scores: Float64Array;
  /** Minus second derivatives, votes by votes. */
  readonly bends: Float64Array;
}

/** Room for the moments of an item. */
export function emptyMoments({ levels }: DesignItem): ItemMoments {
  return {
    scores: new Float64Array(levels.length),
    bends: new Float64Array(levels.length ** 2),
  };
}

/**
 * The integral of the chance of an item's votes over the item's effect, at one point of the
 * parameters: a sum over nodes. One object serves all items in turn; its arrays are about the item
 * that `integrate` was given last.
 */
export class ItemIntegral {
  /** Of each node, in deviations of items. */
  readonly abscissae: Float64Array;
  /** Of each node, its share of the integral. */
  readonly posterior: Float64Array;
  /**
   * Of each vote at each node, node after node: the distribution function at the thresholds below
   * and above the vote, its score (the derivative of its log chance by its linear predictor), and
   * minus the score's derivative.
   */
  readonly below: Float64Array;
  readonly above: Float64Array;
  readonly scores: Float64Array;
  readonly weights: Float64Array;
  readonly #parameters: Parameters;
  readonly #loadings: RaterLoadings;
  readonly #shares: Float64Array;
  /** Of each node, what the item's effect there multiplies the odds by. */
  readonly #growth: Float64Array;

  /** @param mostVotes the votes of the item that has most */
  constructor(parameters: Parameters, loadings: RaterLoadings, mostVotes: number) {
    const { abscissae, weights } = normalNodes(1 / nodesPerUnit(parameters.item, mostVotes));
    this.#parameters = parameters;
    this.#loadings = loadings;
    this.#shares = weights;
    this.#growth = abscissae.map((abscissa) => Math.exp(parameters.item * abscissa));
    this.abscissae = abscissae;
    this.posterior = new Float64Array(abscissae.length);
    this.below = new Float64Array(mostVotes * abscissae.length);
    this.above = new Float64Array(mostVotes * abscissae.length);
    this.scores = new Float64Array(mostVotes * abscissae.length);
    this.weights = new Float64Array(mostVotes * abscissae.length);
  }

  /** Fills the arrays for an item at these effects of raters; the log of its integral. */
  integrate(item: DesignItem, effects: Float64Array): number {
    const { posterior } = this;
    const { gapTerms } = this.#parameters;
    const votes = item.levels.length;
    posterior.set(this.#shares);
    let sum = 0;
    for (let vote = 0; vote < votes; vote++) {
      this.#multiply(item, vote, effects);
      sum += gapTerms[item.levels[vote]!]!;
      // The product of many chances would leave the range of numbers.
      if (vote === votes - 1 || vote % 16 === 15) {
        let total = 0;
        for (let node = 0; node < posterior.length; node++) total += posterior[node]!;
        for (let node = 0; node < posterior.length; node++) posterior[node]! /= total;
        sum += Math.log(total);
      }
    }
    return sum;
  }

  /** Multiplies the posterior by the chance of a vote, its gap term left out. */
  #multiply(item: DesignItem, vote: number, effects: Float64Array): void {
    const { below, above, scores, weights, posterior } = this;
    const { effect, thresholds } = this.#parameters;
    const growth = this.#growth;
    const nodes = growth.length;
    const top = thresholds.length;
    const level = item.levels[vote]!;
    const offset = item.source * effect + this.#loadings.shift(item, vote, effects);
    // Growth is that of the odds: exp(predictor - threshold) without an exponential for each node.
    const lowOdds = level > 0 ? Math.exp(offset - thresholds[level - 1]!) : Infinity;
    const highOdds = level < top ? Math.exp(offset - thresholds[level]!) : 0;
    const at = vote * nodes;
    for (let node = 0; node < nodes; node++) {
      const odds = lowOdds * growth[node]!;
      const lower = 1 / (1 + odds);
      const upper = 1 / (1 + highOdds * growth[node]!);
      const notLower = level > 0 ? odds * lower : 1;
      below[at + node] = lower;
      above[at + node] = upper;
      scores[at + node] = upper - notLower;
      weights[at + node] = lower * notLower + upper * (1 - upper);
      posterior[node]! *= notLower * upper;
    }
  }

  /** Fills the moments of the item that was integrated last (Louis 1982). */
  fillMoments(moments: ItemMoments): void {
    const { posterior, scores, weights } = this;
    const nodes = posterior.length;
    const votes = moments.scores.length;
    for (let one = 0; one < votes; one++) {
      const a = one * nodes;
      let mean = 0;
      let weight = 0;
      for (let node = 0; node < nodes; node++) {
        mean += posterior[node]! * scores[a + node]!;
        weight += posterior[node]! * weights[a + node]!;
      }
      moments.scores[one] = mean;
      for (let other = 0; other <= one; other++) {
        const b = other * nodes;
        let sum = 0;
        for (let node = 0; node < nodes; node++)
          sum += posterior[node]! * (scores[a + node]! - mean) * scores[b + node]!;
        const bend = (one === other ? weight : 0) - sum;
        moments.bends[one * votes + other] = bend;
        moments.bends[other * votes + one] = bend;
      }
    }
  }
}

/** As narrow as the logistic function and an item's posterior can become. */
function nodesPerUnit(deviation: number, mostVotes: number): number {
  return Math.min(64, Math.ceil(Math.max(3, Math.abs(deviation) * Math.sqrt(1 + 0.3 * mostVotes))));
}
