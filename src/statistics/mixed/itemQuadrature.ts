/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { factorise, invertFactorised, solveFactorised } from './cholesky.js';
import type { MixedDesign } from './design.js';
import type { Objective } from './maximise.js';
import { normalNodes } from './normalNodes.js';
import { type Layout, parametersAt } from './parameters.js';

const mostSteps = 100;
const modeTolerance = 1e-9;

/**
 * The log-likelihood of the cumulative-link mixed model (logit) with items integrated out by
 * quadrature and raters in Laplace's approximation, with its gradient. An item has few votes, and
 * where nearly all are right Laplace's approximation of its integral is so poor that the likelihood
 * can grow without end with the deviation of items (Joe 2008 on binary data in small clusters); a
 * rater has many votes. So: the sum over items of log ∫ P(votes of the item | item, modes of
 * raters) less half the squared length of the modes less half log det H, H over raters only.
 * Derivatives of an item's integral are moments of the votes' derivatives over the item's posterior
 * (Louis 1982).
 */
export function itemQuadratureLikelihood(design: MixedDesign, layout: Layout): Objective {
  const { itemStarts, sources, raters, levels, raterCount } = design;
  const itemCount = sources.length;
  const voteCount = raters.length;
  const top = design.values.length - 1;
  const slopes = layout.raterBySource !== null;
  const size = slopes ? 2 * raterCount : raterCount;
  let mostVotes = 0;
  for (let i = 0; i < itemCount; i++)
    mostVotes = Math.max(mostVotes, itemStarts[i + 1]! - itemStarts[i]!);
  /** Where the votes by votes of an item begin in `bends`. */
  const bendStarts = new Int32Array(itemCount + 1);
  for (let i = 0; i < itemCount; i++)
    bendStarts[i + 1] = bendStarts[i]! + (itemStarts[i + 1]! - itemStarts[i]!) ** 2;
  let modes = new Float64Array(size);
  let tried = new Float64Array(size);
  // At the effects of raters looked at last: mean scores of the votes over their item's posterior,
  // minus second derivatives of the log integrals.
  const scores = new Float64Array(voteCount);
  const bends = new Float64Array(bendStarts[itemCount]!);
  const side = new Float64Array(size);
  const matrix = new Float64Array(size * size);
  const toward = new Float64Array(voteCount);
  let nodesPerUnit = 0;
  let { places, weights: nodeShares } = normalNodes(1);
  let nodes = 0;
  // Of the item at hand. Of each vote at each node: the distribution function at the thresholds
  // around it, the score and minus its derivative.
  let [below, above, nodeScores, nodeWeights] = [
    new Float64Array(),
    new Float64Array(),
    new Float64Array(),
    new Float64Array(),
  ];
  let [growth, posterior, functional, inner] = [
    new Float64Array(),
    new Float64Array(),
    new Float64Array(),
    new Float64Array(),
  ];
  // Votes by votes: c' H^-1 c and its parts c' H^-1 e for the raters' own effects and slopes.
  const [spreads, plainSpreads, slopeSpreads] = [
    new Float64Array(mostVotes * mostVotes),
    new Float64Array(mostVotes * mostVotes),
    new Float64Array(mostVotes * mostVotes),
  ];
  const pulls = new Float64Array(mostVotes);
  // Derivatives by the linear predictor, by the deviation of items through it, and by the
  // thresholds below and above.
  const [byPredictor, byItem, byLower, byUpper] = [
    new Float64Array(mostVotes),
    new Float64Array(mostVotes),
    new Float64Array(mostVotes),
    new Float64Array(mostVotes),
  ];
  let [effect, item, rater, leaning] = [0, 0, 0, 0];
  let thresholds: Float64Array = new Float64Array(top);
  let gapTerms: Float64Array = new Float64Array(top + 1);

  /**
   * The nodes for this deviation of items: as narrow as the logistic function and an item's
   * posterior can become.
   */
  const placeNodes = (): void => {
    const wanted = Math.min(
      64,
      Math.ceil(Math.max(3, Math.abs(item) * Math.sqrt(1 + 0.3 * mostVotes))),
    );
    if (wanted === nodesPerUnit) return;
    nodesPerUnit = wanted;
    ({ places, weights: nodeShares } = normalNodes(1 / wanted));
    nodes = places.length;
    const ofVotes = (): Float64Array<ArrayBuffer> => new Float64Array(mostVotes * nodes);
    const ofNodes = (): Float64Array<ArrayBuffer> => new Float64Array(nodes);
    [below, above, nodeScores, nodeWeights, inner] = [
      ofVotes(),
      ofVotes(),
      ofVotes(),
      ofVotes(),
      ofVotes(),
    ];
    [growth, posterior, functional] = [ofNodes(), ofNodes(), ofNodes()];
  };

  const ofRater = (vector: Float64Array, vote: number, z: number): number => {
    const r = raters[vote]!;
    return rater * vector[r]! + (slopes ? z * leaning * vector[raterCount + r]! : 0);
  };
  const addToRater = (vote: number, z: number, amount: number): void => {
    const r = raters[vote]!;
    side[r]! += rater * amount;
    if (slopes) side[raterCount + r]! += z * leaning * amount;
  };

  /**
   * Fills what the votes of an item give at these effects of raters, and its posterior over the
   * nodes; the log of its integral.
   */
  const lookAtItem = (i: number, ofRaters: Float64Array): number => {
    const z = sources[i]!;
    const start = itemStarts[i]!;
    const votes = itemStarts[i + 1]! - start;
    posterior.set(nodeShares);
    let sum = 0;
    for (let one = 0; one < votes; one++) {
      const offset = z * effect + ofRater(ofRaters, start + one, z);
      const level = levels[start + one]!;
      // Growth is that of the odds: exp(predictor - threshold) without an exponential for each
      // node.
      const lowOdds = level > 0 ? Math.exp(offset - thresholds[level - 1]!) : Infinity;
      const highOdds = level < top ? Math.exp(offset - thresholds[level]!) : 0;
      const at = one * nodes;
      for (let node = 0; node < nodes; node++) {
        const odds = lowOdds * growth[node]!;
        const lower = 1 / (1 + odds);
        const upper = 1 / (1 + highOdds * growth[node]!);
        const notLower = level > 0 ? odds * lower : 1;
        below[at + node] = lower;
        above[at + node] = upper;
        nodeScores[at + node] = upper - notLower;
        nodeWeights[at + node] = lower * notLower + upper * (1 - upper);
        posterior[node]! *= notLower * upper;
      }
      sum += gapTerms[level]!;
      // The product of many chances would leave the range of numbers.
      if (one === votes - 1 || one % 16 === 15) {
        let total = 0;
        for (let node = 0; node < nodes; node++) total += posterior[node]!;
        for (let node = 0; node < nodes; node++) posterior[node]! /= total;
        sum += Math.log(total);
      }
    }
    return sum;
  };

  /** The mean scores of the item at hand and minus the second derivatives of its log integral. */
  const bendItem = (i: number): void => {
    const start = itemStarts[i]!;
    const votes = itemStarts[i + 1]! - start;
    const corner = bendStarts[i]!;
    for (let one = 0; one < votes; one++) {
      const a = one * nodes;
      let mean = 0;
      let weight = 0;
      for (let node = 0; node < nodes; node++) {
        mean += posterior[node]! * nodeScores[a + node]!;
        weight += posterior[node]! * nodeWeights[a + node]!;
      }
      scores[start + one] = mean;
      for (let other = 0; other <= one; other++) {
        const b = other * nodes;
        let sum = 0;
        for (let node = 0; node < nodes; node++)
          sum += posterior[node]! * (nodeScores[a + node]! - mean) * nodeScores[b + node]!;
        const bend = (one === other ? weight : 0) - sum;
        bends[corner + one * votes + other] = bend;
        bends[corner + other * votes + one] = bend;
      }
    }
  };

  /**
   * The log-likelihood of the votes at these effects of raters less half the squared length, with
   * scores and bends; NaN or -Infinity where numbers end.
   */
  const valueAt = (ofRaters: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < itemCount; i++) {
      sum += lookAtItem(i, ofRaters);
      bendItem(i);
    }
    for (const mode of ofRaters) sum -= 0.5 * mode * mode;
    return sum;
  };

  /** The Cholesky factor of H in `matrix`, the gradient by the modes in `side`. */
  const factoriseRaters = (): boolean => {
    matrix.fill(0);
    for (let r = 0; r < size; r++) {
      matrix[r * size + r] = 1;
      side[r] = -modes[r]!;
    }
    for (let i = 0; i < itemCount; i++) {
      const z = sources[i]!;
      const start = itemStarts[i]!;
      const votes = itemStarts[i + 1]! - start;
      const plain = rater * rater;
      const mixed = z * rater * leaning;
      const slope = z * z * leaning * leaning;
      for (let one = 0; one < votes; one++) {
        const row = raters[start + one]!;
        addToRater(start + one, z, scores[start + one]!);
        for (let other = 0; other < votes; other++) {
          const column = raters[start + other]!;
          const bend = bends[bendStarts[i]! + one * votes + other]!;
          if (row >= column) matrix[row * size + column]! += bend * plain;
          if (!slopes) continue;
          matrix[(raterCount + row) * size + column]! += bend * mixed;
          if (row >= column)
            matrix[(raterCount + row) * size + raterCount + column]! += bend * slope;
        }
      }
    }
    return factorise(matrix, size);
  };

  /** Newton's method for the modes; the value at them, or null where it does not settle. */
  const findModes = (): number | null => {
    let value = valueAt(modes);
    for (let step = 0; step < mostSteps; step++) {
      if (!(value > -Infinity) || !factoriseRaters()) return null;
      solveFactorised(matrix, size, side);
      if (side.every((change) => Math.abs(change) < modeTolerance)) return value;
      for (let reach = 1; ; reach /= 2) {
        for (let r = 0; r < size; r++) tried[r] = modes[r]! + reach * side[r]!;
        const next = valueAt(tried);
        if (next >= value - 1e-12 * Math.abs(value)) {
          value = next;
          break;
        }
        if (reach < 1e-10) return null;
      }
      [modes, tried] = [tried, modes];
    }
    return null;
  };

  /** Fills the spreads of an item. */
  const spreadItem = (i: number, inverse: Float64Array): void => {
    const z = sources[i]!;
    const start = itemStarts[i]!;
    const votes = itemStarts[i + 1]! - start;
    for (let one = 0; one < votes; one++) {
      const row = raters[start + one]!;
      for (let other = 0; other < votes; other++) {
        const column = raters[start + other]!;
        let plain = rater * inverse[row * size + column]!;
        let slope = 0;
        if (slopes) {
          plain += z * leaning * inverse[(raterCount + row) * size + column]!;
          slope =
            rater * inverse[row * size + raterCount + column]! +
            z * leaning * inverse[(raterCount + row) * size + raterCount + column]!;
        }
        plainSpreads[one * votes + other] = plain;
        slopeSpreads[one * votes + other] = slope;
        spreads[one * votes + other] = rater * plain + z * leaning * slope;
      }
    }
  };

  /**
   * Derivatives of -1/2 log det H, and of the log integral where `toward` is given, for the votes
   * of an item: one pass over its nodes. That of log det H is the derivative of E(W . Q - s' Q s +
   * 2 m' Q s) over the item's posterior, with Q = c' H^-1 c and m = E(s) held; `toward` adds E(t'
   * s), by which the modes move.
   */
  const alongItem = (i: number, toward: Float64Array | null): void => {
    const start = itemStarts[i]!;
    const votes = itemStarts[i + 1]! - start;
    functional.fill(0);
    for (let one = 0; one < votes; one++) {
      let held = 0;
      inner.fill(0, one * nodes, (one + 1) * nodes);
      for (let other = 0; other < votes; other++) {
        const spread = spreads[one * votes + other]!;
        held += spread * scores[start + other]!;
        for (let node = 0; node < nodes; node++)
          inner[one * nodes + node]! += spread * nodeScores[other * nodes + node]!;
      }
      const pull = 2 * held + (toward === null ? 0 : toward[start + one]!);
      pulls[one] = pull;
      const own = spreads[one * votes + one]!;
      for (let node = 0; node < nodes; node++) {
        const at = one * nodes + node;
        functional[node]! +=
          own * nodeWeights[at]! + (pull - inner[one * nodes + node]!) * nodeScores[at]!;
      }
    }
    let mean = 0;
    for (let node = 0; node < nodes; node++) mean += posterior[node]! * functional[node]!;
    const whole = toward === null ? 0 : 1;
    for (let node = 0; node < nodes; node++)
      functional[node] = posterior[node]! * (whole - 0.5 * (functional[node]! - mean));
    for (let one = 0; one < votes; one++) {
      const own = spreads[one * votes + one]!;
      let [sum, sumOfItem, sumOfLower, sumOfUpper] = [0, 0, 0, 0];
      for (let node = 0; node < nodes; node++) {
        const at = one * nodes + node;
        const lower = below[at]!;
        const upper = above[at]!;
        const weight = 0.5 * posterior[node]!;
        const pull = pulls[one]! - 2 * inner[one * nodes + node]!;
        const lowTurn = weight * lower * (1 - lower) * (own * (1 - 2 * lower) + pull);
        const highTurn = weight * upper * (1 - upper) * (own * (1 - 2 * upper) + pull);
        const moved = functional[node]! * nodeScores[at]! + lowTurn + highTurn;
        sum += moved;
        sumOfItem += places[node]! * moved;
        sumOfLower -= functional[node]! * lower + lowTurn;
        sumOfUpper += functional[node]! * (1 - upper) - highTurn;
      }
      byPredictor[one] = sum;
      byItem[one] = sumOfItem;
      byLower[one] = sumOfLower;
      byUpper[one] = sumOfUpper;
    }
  };

  const gradientAt = (gradient: Float64Array): void => {
    gradient.fill(0);
    const inverse = invertFactorised(matrix, size);
    side.fill(0);
    for (let i = 0; i < itemCount; i++) {
      lookAtItem(i, modes);
      spreadItem(i, inverse);
      alongItem(i, null);
      for (let vote = itemStarts[i]!; vote < itemStarts[i + 1]!; vote++)
        addToRater(vote, sources[i]!, byPredictor[vote - itemStarts[i]!]!);
    }
    // How the modes move with the parameters, by way of one more solution with H.
    solveFactorised(matrix, size, side);
    for (let vote = 0, i = 0; vote < voteCount; vote++) {
      if (vote === itemStarts[i + 1]!) i++;
      toward[vote] = -2 * ofRater(side, vote, sources[i]!);
    }
    for (let i = 0; i < itemCount; i++) {
      const z = sources[i]!;
      const start = itemStarts[i]!;
      const votes = itemStarts[i + 1]! - start;
      lookAtItem(i, modes);
      spreadItem(i, inverse);
      alongItem(i, toward);
      for (let one = 0; one < votes; one++) {
        const r = raters[start + one]!;
        const level = levels[start + one]!;
        const score = scores[start + one]!;
        gradient[0]! += z * byPredictor[one]!;
        gradient[layout.item]! += byItem[one]!;
        gradient[layout.rater]! += modes[r]! * byPredictor[one]! + score * side[r]!;
        if (layout.raterBySource !== null)
          gradient[layout.raterBySource]! +=
            z * (modes[raterCount + r]! * byPredictor[one]! + score * side[raterCount + r]!);
        const gap =
          level > 0 && level < top
            ? 1 / Math.expm1(thresholds[level]! - thresholds[level - 1]!)
            : 0;
        if (level > 0) gradient[level]! += byLower[one]! - gap;
        if (level < top) gradient[level + 1]! += byUpper[one]! + gap;
        // What H changes by through the deviations of raters.
        for (let other = 0; other < votes; other++) {
          const bend = bends[bendStarts[i]! + one * votes + other]!;
          gradient[layout.rater]! -= bend * plainSpreads[one * votes + other]!;
          if (layout.raterBySource !== null)
            gradient[layout.raterBySource]! -= bend * z * slopeSpreads[one * votes + other]!;
        }
      }
    }
  };

  return (point, gradient) => {
    const parameters = parametersAt(layout, point);
    if (parameters === null) return -Infinity;
    ({ effect, thresholds, item, rater, leaning, gapTerms } = parameters);
    placeNodes();
    for (let node = 0; node < nodes; node++) growth[node] = Math.exp(item * places[node]!);
    const value = findModes();
    if (value === null) {
      modes.fill(0);
      return -Infinity;
    }
    let logDeterminant = 0;
    for (let r = 0; r < size; r++) logDeterminant += 2 * Math.log(matrix[r * size + r]!);
    gradientAt(gradient);
    return value - 0.5 * logDeterminant;
  };
}
