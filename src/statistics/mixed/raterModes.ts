/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { factorise, solveFactorised } from './cholesky.js';
import type { DesignItem } from './design.js';
import { emptyMoments, type ItemIntegral, type ItemMoments } from './itemIntegral.js';
import type { Parameters } from './parameters.js';
import type { RaterLoadings } from './raterLoadings.js';

const mostSteps = 100;
const modeTolerance = 1e-9;

/** A design at one point of the parameters. */
export interface ModelAtPoint {
  readonly items: readonly DesignItem[];
  /** Of the item that has most. */
  readonly mostVotes: number;
  readonly parameters: Parameters;
  readonly loadings: RaterLoadings;
  readonly integral: ItemIntegral;
}

/** The most likely effects of raters, items being integrated out. */
export interface RaterModes {
  readonly modes: Float64Array;
  /** The log-likelihood of the votes given the modes, less half the modes' squared length. */
  readonly value: number;
  /** Of each item, at the modes. */
  readonly moments: readonly ItemMoments[];
  /** The Cholesky factor of H, minus the second derivatives of the value by the modes. */
  readonly factor: Float64Array;
}

/**
 * Newton's method for the modes, steps halved until they climb; null where it does not converge or
 * numbers end.
 */
export function findRaterModes(model: ModelAtPoint, start: Float64Array): RaterModes | null {
  const { size } = model.loadings;
  const moments = model.items.map(emptyMoments);
  const factor = new Float64Array(size * size);
  const step = new Float64Array(size);
  let modes = start.slice();
  let tried = new Float64Array(size);
  let value = valueAt(model, modes, moments);
  for (let count = 0; count < mostSteps; count++) {
    if (!(value > -Infinity)) return null;
    fillDerivatives(model, modes, moments, step, factor);
    if (!factorise(factor, size)) return null;
    solveFactorised(factor, size, step);
    if (step.every((change) => Math.abs(change) < modeTolerance))
      return { modes, value, moments, factor };
    for (let reach = 1; ; reach /= 2) {
      for (let index = 0; index < size; index++)
        tried[index] = modes[index]! + reach * step[index]!;
      const next = valueAt(model, tried, moments);
      if (next >= value - 1e-12 * Math.abs(value)) {
        value = next;
        break;
      }
      if (reach < 1e-10) return null;
    }
    [modes, tried] = [tried, modes];
  }
  return null;
}

/**
 * Fills the moments of all items at these effects of raters; the log-likelihood of the votes less
 * half the squared length of the effects, NaN or -Infinity where numbers end.
 */
function valueAt(
  { items, integral }: ModelAtPoint,
  effects: Float64Array,
  moments: readonly ItemMoments[],
): number {
  let sum = 0;
  for (const [index, item] of items.entries()) {
    sum += integral.integrate(item, effects);
    integral.fillMoments(moments[index]!);
  }
  for (const effect of effects) sum -= 0.5 * effect * effect;
  return sum;
}

/** Fills the gradient of the value by the effects, and the lower triangle of H. */
function fillDerivatives(
  { items, loadings }: ModelAtPoint,
  effects: Float64Array,
  moments: readonly ItemMoments[],
  gradient: Float64Array,
  matrix: Float64Array,
): void {
  matrix.fill(0);
  for (let index = 0; index < loadings.size; index++) {
    matrix[index * loadings.size + index] = 1;
    gradient[index] = -effects[index]!;
  }
  for (const [index, item] of items.entries()) {
    const { scores, bends } = moments[index]!;
    for (let vote = 0; vote < scores.length; vote++)
      loadings.add(item, vote, scores[vote]!, gradient);
    loadings.addBends(item, bends, matrix);
  }
}
