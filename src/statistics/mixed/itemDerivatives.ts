/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { ItemIntegral } from './itemIntegral.js';

/**
 * Derivatives of an item's part in the likelihood: what the predictors of its votes, the deviation
 * of items and the thresholds around the votes change in -1/2 log det H and in the log integral.
 * All are moments over the item's posterior. That of log det H is the derivative of
 * E(W . Q - s' Q s + 2 m' Q s), Q = c' H^-1 c the spreads of the votes, s their scores, W their
 * weights, m = E(s) held. One object serves all items in turn; its arrays are about the item that
 * `fill` was given last.
 */
export class ItemDerivatives {
  /** Of each vote, by its predictor, and by the deviation of items through its predictor. */
  readonly byPredictor: Float64Array;
  readonly byItem: Float64Array;
  /** Of each vote, by the thresholds below and above it. */
  readonly byLower: Float64Array;
  readonly byUpper: Float64Array;
  readonly #integral: ItemIntegral;
  /** Of each vote, what its score is multiplied by in the functional, Q s left out. */
  readonly #pulls: Float64Array;
  /** Q s, of each vote at each node. */
  readonly #spreadScores: Float64Array;
  /** Of each node, what its share of the posterior counts in a mean of scores. */
  readonly #nodeWeights: Float64Array;

  /** @param mostVotes the votes of the item that has most */
  constructor(integral: ItemIntegral, mostVotes: number) {
    const nodes = integral.abscissae.length;
    this.#integral = integral;
    this.byPredictor = new Float64Array(mostVotes);
    this.byItem = new Float64Array(mostVotes);
    this.byLower = new Float64Array(mostVotes);
    this.byUpper = new Float64Array(mostVotes);
    this.#pulls = new Float64Array(mostVotes);
    this.#spreadScores = new Float64Array(mostVotes * nodes);
    this.#nodeWeights = new Float64Array(nodes);
  }

  /**
   * Fills the derivatives for the item that was integrated last.
   * @param means its mean scores
   * @param spreads c' H^-1 c, votes by votes
   * @param toward null for the derivatives of -1/2 log det H alone; else those of the log integral
   *   are added, and those of -1/2 E(toward' s), by which the modes move
   */
  fill(means: Float64Array, spreads: Float64Array, toward: Float64Array | null): void {
    this.#weighNodes(means, spreads, toward);
    const { abscissae, posterior, below, above, scores } = this.#integral;
    const nodeWeights = this.#nodeWeights;
    const spreadScores = this.#spreadScores;
    const nodes = abscissae.length;
    const votes = means.length;
    for (let vote = 0; vote < votes; vote++) {
      const own = spreads[vote * votes + vote]!;
      const held = this.#pulls[vote]!;
      let [byPredictor, byItem, byLower, byUpper] = [0, 0, 0, 0];
      for (let node = 0; node < nodes; node++) {
        const at = vote * nodes + node;
        const lower = below[at]!;
        const upper = above[at]!;
        const weight = 0.5 * posterior[node]!;
        const pull = held - 2 * spreadScores[at]!;
        const lowTurn = weight * lower * (1 - lower) * (own * (1 - 2 * lower) + pull);
        const highTurn = weight * upper * (1 - upper) * (own * (1 - 2 * upper) + pull);
        const moved = nodeWeights[node]! * scores[at]! + lowTurn + highTurn;
        byPredictor += moved;
        byItem += abscissae[node]! * moved;
        byLower -= nodeWeights[node]! * lower + lowTurn;
        byUpper += nodeWeights[node]! * (1 - upper) - highTurn;
      }
      this.byPredictor[vote] = byPredictor;
      this.byItem[vote] = byItem;
      this.byLower[vote] = byLower;
      this.byUpper[vote] = byUpper;
    }
  }

  /**
   * Fills the weights of the nodes: what moving the posterior changes in the functional, and in the
   * log integral where `toward` is given.
   */
  #weighNodes(means: Float64Array, spreads: Float64Array, toward: Float64Array | null): void {
    const { posterior, scores, weights } = this.#integral;
    const functional = this.#nodeWeights;
    const spreadScores = this.#spreadScores;
    const nodes = posterior.length;
    const votes = means.length;
    functional.fill(0);
    for (let one = 0; one < votes; one++) {
      const a = one * nodes;
      let held = 0;
      spreadScores.fill(0, a, a + nodes);
      for (let other = 0; other < votes; other++) {
        const b = other * nodes;
        const spread = spreads[one * votes + other]!;
        held += spread * means[other]!;
        for (let node = 0; node < nodes; node++)
          spreadScores[a + node]! += spread * scores[b + node]!;
      }
      const pull = 2 * held + (toward === null ? 0 : toward[one]!);
      this.#pulls[one] = pull;
      const own = spreads[one * votes + one]!;
      for (let node = 0; node < nodes; node++)
        functional[node]! +=
          own * weights[a + node]! + (pull - spreadScores[a + node]!) * scores[a + node]!;
    }
    let mean = 0;
    for (let node = 0; node < nodes; node++) mean += posterior[node]! * functional[node]!;
    const whole = toward === null ? 0 : 1;
    for (let node = 0; node < nodes; node++)
      functional[node] = posterior[node]! * (whole - 0.5 * (functional[node]! - mean));
  }
}
