/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { factorise, invertFactorised, solveFactorised } from './cholesky.js';
import type { MixedDesign } from './design.js';
import type { Objective } from './maximise.js';
import { type Layout, parametersAt } from './parameters.js';

const mostSteps = 100;
const modeTolerance = 1e-9;

/**
 * The log-likelihood of the cumulative-link mixed model (logit) in Laplace's approximation, with
 * its exact gradient: the sum of log P(vote | modes) less half the squared length of the modes less
 * half log det H, random effects in units of their standard deviations (Tierney and Kadane 1986; as
 * in the packages lme4, Bates et al. 2015, and ordinal, Christensen 2019). log P is taken as log
 * F(a) + log F(-c) + log(1 - exp(c - a)) for a vote between c and a, so that its derivatives by the
 * linear predictor are F(a) + F(c) - 1 and -(f(a) + f(c)). H couples items with raters only: items
 * are eliminated, and a matrix of raters (and their slopes) is left to factorise. The likelihood is
 * even in each standard deviation, which is why 0 needs no bound: it is a smooth point like any
 * other. A call starts from the modes of the call before.
 */
export function laplaceLikelihood(design: MixedDesign, layout: Layout): Objective {
  const { itemStarts, sources, raters, levels, raterCount } = design;
  const itemCount = sources.length;
  const voteCount = raters.length;
  const top = design.values.length - 1;
  const slopes = layout.raterBySource !== null;
  const size = slopes ? 2 * raterCount : raterCount;
  let itemModes = new Float64Array(itemCount);
  let raterModes = new Float64Array(size);
  let [triedItems, triedRaters] = [new Float64Array(itemCount), new Float64Array(size)];
  const below = new Float64Array(voteCount);
  const above = new Float64Array(voteCount);
  const weights = new Float64Array(voteCount);
  const leverages = new Float64Array(voteCount);
  const itemWeights = new Float64Array(itemCount);
  const diagonal = new Float64Array(itemCount);
  const itemSide = new Float64Array(itemCount);
  const raterSide = new Float64Array(size);
  const matrix = new Float64Array(size * size);
  let [effect, item, rater, leaning] = [0, 0, 0, 0];
  let thresholds: Float64Array = new Float64Array(top);
  let gapTerms: Float64Array = new Float64Array(top + 1);

  /**
   * Fills what the votes give at these effects; the log-likelihood of the votes less half the
   * squared length.
   */
  const votesAt = (ofItems: Float64Array, ofRaters: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < itemCount; i++) {
      const z = sources[i]!;
      const common = z * effect + item * ofItems[i]!;
      let weightsOfItem = 0;
      for (let vote = itemStarts[i]!; vote < itemStarts[i + 1]!; vote++) {
        const r = raters[vote]!;
        const predictor =
          common + rater * ofRaters[r]! + (slopes ? z * leaning * ofRaters[raterCount + r]! : 0);
        const level = levels[vote]!;
        let [lower, upper] = [0, 1];
        if (level > 0) {
          const distance = thresholds[level - 1]! - predictor;
          const tail = Math.exp(-Math.abs(distance));
          lower = (distance > 0 ? 1 : tail) / (1 + tail);
          sum -= Math.log1p(tail) + Math.max(0, distance);
        }
        if (level < top) {
          const distance = thresholds[level]! - predictor;
          const tail = Math.exp(-Math.abs(distance));
          upper = (distance > 0 ? 1 : tail) / (1 + tail);
          sum -= Math.log1p(tail) + Math.max(0, -distance);
        }
        sum += gapTerms[level]!;
        below[vote] = lower;
        above[vote] = upper;
        const weight = lower * (1 - lower) + upper * (1 - upper);
        weights[vote] = weight;
        weightsOfItem += weight;
      }
      itemWeights[i] = weightsOfItem;
      sum -= 0.5 * ofItems[i]! * ofItems[i]!;
    }
    for (let r = 0; r < size; r++) sum -= 0.5 * ofRaters[r]! * ofRaters[r]!;
    return sum;
  };

  /** The Cholesky factor of the matrix of raters that is left of H, in `matrix`. */
  const factoriseRaters = (): boolean => {
    matrix.fill(0);
    for (let r = 0; r < size; r++) matrix[r * size + r] = 1;
    for (let i = 0; i < itemCount; i++) {
      const z = sources[i]!;
      const ofItem = 1 + item * item * itemWeights[i]!;
      diagonal[i] = ofItem;
      const [plain, mixed, slope] = [rater * rater, z * rater * leaning, z * z * leaning * leaning];
      const shared = (item * item) / ofItem;
      for (let one = itemStarts[i]!; one < itemStarts[i + 1]!; one++) {
        for (let other = itemStarts[i]!; other < itemStarts[i + 1]!; other++) {
          const entry =
            (one === other ? weights[one]! : 0) - shared * weights[one]! * weights[other]!;
          const [row, column] = [raters[one]!, raters[other]!];
          if (row >= column) matrix[row * size + column]! += entry * plain;
          if (!slopes) continue;
          matrix[(raterCount + row) * size + column]! += entry * mixed;
          if (row >= column)
            matrix[(raterCount + row) * size + raterCount + column]! += entry * slope;
        }
      }
    }
    return factorise(matrix, size);
  };

  /** Solves H x = side in place. */
  const solve = (): void => {
    for (let i = 0; i < itemCount; i++) {
      const share = (item * itemSide[i]!) / diagonal[i]!;
      for (let vote = itemStarts[i]!; vote < itemStarts[i + 1]!; vote++)
        addToRater(vote, sources[i]!, -share * weights[vote]!);
    }
    solveFactorised(matrix, size, raterSide);
    for (let i = 0; i < itemCount; i++) {
      let sum = itemSide[i]!;
      for (let vote = itemStarts[i]!; vote < itemStarts[i + 1]!; vote++)
        sum -= item * weights[vote]! * ofRater(raterSide, vote, sources[i]!);
      itemSide[i] = sum / diagonal[i]!;
    }
  };

  const addToRater = (vote: number, z: number, amount: number): void => {
    const r = raters[vote]!;
    raterSide[r]! += rater * amount;
    if (slopes) raterSide[raterCount + r]! += z * leaning * amount;
  };
  const ofRater = (vector: Float64Array, vote: number, z: number): number => {
    const r = raters[vote]!;
    return rater * vector[r]! + (slopes ? z * leaning * vector[raterCount + r]! : 0);
  };

  /** Newton's method for the modes; the value at them, or null where it does not converge. */
  const findModes = (): number | null => {
    let value = votesAt(itemModes, raterModes);
    for (let step = 0; step < mostSteps; step++) {
      if (!factoriseRaters()) return null;
      for (let r = 0; r < size; r++) raterSide[r] = -raterModes[r]!;
      for (let i = 0; i < itemCount; i++) {
        let sum = -itemModes[i]!;
        for (let vote = itemStarts[i]!; vote < itemStarts[i + 1]!; vote++) {
          const slope = below[vote]! + above[vote]! - 1;
          sum += item * slope;
          addToRater(vote, sources[i]!, slope);
        }
        itemSide[i] = sum;
      }
      solve();
      if (largest(itemSide) < modeTolerance && largest(raterSide) < modeTolerance) return value;
      let reach = 1;
      for (; ; reach /= 2) {
        for (let i = 0; i < itemCount; i++) triedItems[i] = itemModes[i]! + reach * itemSide[i]!;
        for (let r = 0; r < size; r++) triedRaters[r] = raterModes[r]! + reach * raterSide[r]!;
        const tried = votesAt(triedItems, triedRaters);
        if (tried >= value - 1e-12 * Math.abs(value)) {
          value = tried;
          break;
        }
        if (reach < 1e-10) return null;
      }
      [itemModes, triedItems] = [triedItems, itemModes];
      [raterModes, triedRaters] = [triedRaters, raterModes];
    }
    return null;
  };

  const gradientAt = (gradient: Float64Array): void => {
    gradient.fill(0);
    const inverse = invertFactorised(matrix, size);
    raterSide.fill(0);
    for (let i = 0; i < itemCount; i++) {
      const z = sources[i]!;
      const [start, end] = [itemStarts[i]!, itemStarts[i + 1]!];
      const ofItem = diagonal[i]!;
      const shared = (item * item) / ofItem;
      // Of each vote: the item's weighted sum of c' S^-1 c, of c' S^-1 e(rater) and of c' S^-1
      // e(slope).
      let squared = 0;
      for (let vote = start; vote < end; vote++) {
        const column = raters[vote]!;
        let [ownPlain, ownSlope, sumPlain, sumSlope] = [0, 0, 0, 0];
        for (let other = start; other < end; other++) {
          const row = raters[other]!;
          let plain = rater * inverse[row * size + column]!;
          let slope = 0;
          if (slopes) {
            plain += z * leaning * inverse[(raterCount + row) * size + column]!;
            slope =
              rater * inverse[row * size + raterCount + column]! +
              z * leaning * inverse[(raterCount + row) * size + raterCount + column]!;
          }
          sumPlain += weights[other]! * plain;
          sumSlope += weights[other]! * slope;
          if (other === vote) [ownPlain, ownSlope] = [plain, slope];
        }
        const sum = rater * sumPlain + z * leaning * sumSlope;
        squared += weights[vote]! * sum;
        leverages[vote] = rater * ownPlain + z * leaning * ownSlope - 2 * shared * sum;
        gradient[layout.item]! += (weights[vote]! * item * sum) / ofItem;
        gradient[layout.rater]! -= weights[vote]! * (ownPlain - shared * sumPlain);
        if (layout.raterBySource !== null)
          gradient[layout.raterBySource]! -= weights[vote]! * z * (ownSlope - shared * sumSlope);
      }
      const ownVariance = (1 + shared * squared) / ofItem;
      gradient[layout.item]! -= itemWeights[i]! * item * ownVariance;
      let bend = 0;
      for (let vote = start; vote < end; vote++) {
        leverages[vote]! += item * item * ownVariance;
        const turned = leverages[vote]! * (bendOf(below[vote]!) + bendOf(above[vote]!));
        bend -= turned;
        addToRater(vote, z, -turned);
      }
      itemSide[i] = item * bend;
    }
    // How the modes move with the parameters, by way of one more solution with H.
    solve();
    for (let i = 0; i < itemCount; i++) {
      const z = sources[i]!;
      for (let vote = itemStarts[i]!; vote < itemStarts[i + 1]!; vote++) {
        const r = raters[vote]!;
        const level = levels[vote]!;
        const [lower, upper] = [below[vote]!, above[vote]!];
        const slope = lower + upper - 1;
        const moved = item * itemSide[i]! + ofRater(raterSide, vote, z);
        // The derivative by the linear predictor, modes held and moving.
        const byPredictor =
          slope +
          0.5 * leverages[vote]! * (bendOf(lower) + bendOf(upper)) +
          0.5 * weights[vote]! * moved;
        gradient[0]! += z * byPredictor;
        gradient[layout.item]! += itemModes[i]! * byPredictor - 0.5 * slope * itemSide[i]!;
        gradient[layout.rater]! += raterModes[r]! * byPredictor - 0.5 * slope * raterSide[r]!;
        if (layout.raterBySource !== null)
          gradient[layout.raterBySource]! +=
            z *
            (raterModes[raterCount + r]! * byPredictor - 0.5 * slope * raterSide[raterCount + r]!);
        const gap =
          level > 0 && level < top
            ? 1 / Math.expm1(thresholds[level]! - thresholds[level - 1]!)
            : 0;
        if (level > 0)
          gradient[level]! -=
            lower +
            gap +
            0.5 * leverages[vote]! * bendOf(lower) +
            0.5 * lower * (1 - lower) * moved;
        if (level < top)
          gradient[level + 1]! +=
            1 -
            upper +
            gap -
            0.5 * leverages[vote]! * bendOf(upper) -
            0.5 * upper * (1 - upper) * moved;
      }
    }
  };

  return (point, gradient) => {
    const parameters = parametersAt(layout, point);
    if (parameters === null) return -Infinity;
    ({ effect, thresholds, item, rater, leaning, gapTerms } = parameters);
    const value = findModes();
    if (value === null) {
      itemModes.fill(0);
      raterModes.fill(0);
      return -Infinity;
    }
    let logDeterminant = 0;
    for (let i = 0; i < itemCount; i++) logDeterminant += Math.log(diagonal[i]!);
    for (let r = 0; r < size; r++) logDeterminant += 2 * Math.log(matrix[r * size + r]!);
    gradientAt(gradient);
    return value - 0.5 * logDeterminant;
  };
}

/** The derivative of the logistic density where the distribution function has this value. */
function bendOf(probability: number): number {
  return probability * (1 - probability) * (1 - 2 * probability);
}

function largest(vector: Float64Array): number {
  let found = 0;
  for (const value of vector) found = Math.max(found, Math.abs(value));
  return found;
}
