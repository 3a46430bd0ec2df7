/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { factorise, invertFactorised } from './cholesky.js';

/**
 * A smooth function: writes its gradient at a point and returns its value, -Infinity where it has
 * none.
 */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface Maximum {
  readonly point: Float64Array;
  readonly value: number;
  /** Half of gradient' H^-1 gradient: how much higher the quadratic at the point still goes. */
  readonly gain: number;
}

/**
 * The gain below which a search has arrived; estimates are then within about 1e-6 of their standard
 * errors.
 */
export const closeEnough = 1e-12;

/**
 * The maximum of a function by the method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal and
 * Wright 2006, algorithm 6.1) with steps halved until they climb.
 * @param curvature an approximation of the inverse of minus the Hessian, positive definite, row
 *   after row
 */
export function maximise(
  objective: Objective,
  start: Float64Array,
  curvature: Float64Array,
  mostSteps = 200,
): Maximum {
  const size = start.length;
  const inverse = curvature.slice();
  let point = start.slice();
  let gradient = new Float64Array(size);
  let value = objective(point, gradient);
  let gain = Infinity;
  for (let step = 0; step < mostSteps; step++) {
    const direction = times(inverse, gradient);
    gain = 0.5 * dot(direction, gradient);
    if (!(gain > closeEnough)) break;
    const nextGradient = new Float64Array(size);
    let [next, reached, reach] = [point, -Infinity, 1];
    for (; reach > 1e-10; reach /= 2) {
      next = point.map((coordinate, index) => coordinate + reach * direction[index]!);
      reached = objective(next, nextGradient);
      if (reached >= value + 1e-4 * reach * gain - 1e-13 * Math.abs(value)) break;
    }
    if (!(reach > 1e-10)) break;
    update(
      inverse,
      next.map((coordinate, index) => coordinate - point[index]!),
      nextGradient.map((slope, index) => gradient[index]! - slope),
    );
    [point, gradient, value] = [next, nextGradient, reached];
  }
  return { point, value, gain };
}

/**
 * The inverse of minus the Hessian takes in what one move taught about the turn of the gradient.
 */
function update(inverse: Float64Array, move: Float64Array, turn: Float64Array): void {
  const bend = dot(move, turn);
  if (!(bend > 1e-10 * Math.sqrt(dot(move, move) * dot(turn, turn)))) return;
  const size = move.length;
  const turned = times(inverse, turn);
  const factor = (1 + dot(turn, turned) / bend) / bend;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      inverse[row * size + column]! +=
        factor * move[row]! * move[column]! -
        (move[row]! * turned[column]! + turned[row]! * move[column]!) / bend;
    }
  }
}

/**
 * Minus the Hessian at a point, from central differences of the gradient; null where the function
 * ends nearby.
 */
export function curvatureAt(objective: Objective, point: Float64Array): Float64Array | null {
  const size = point.length;
  const matrix = new Float64Array(size * size);
  const [low, high] = [new Float64Array(size), new Float64Array(size)];
  for (let row = 0; row < size; row++) {
    const step = 1e-4 * Math.max(1, Math.abs(point[row]!));
    const moved = point.slice();
    moved[row] = point[row]! - step;
    const before = objective(moved, low);
    moved[row] = point[row]! + step;
    const after = objective(moved, high);
    if (before === -Infinity || after === -Infinity) return null;
    for (let column = 0; column < size; column++) {
      const slope = (low[column]! - high[column]!) / (2 * step);
      matrix[row * size + column]! += 0.5 * slope;
      matrix[column * size + row]! += 0.5 * slope;
    }
  }
  return matrix;
}

/** The inverse of a symmetric matrix, or null where it is not positive definite. */
export function inverseOf(matrix: Float64Array, size: number): Float64Array | null {
  const factor = matrix.slice();
  return factorise(factor, size) ? invertFactorised(factor, size) : null;
}

/**
 * The inverse of a symmetric matrix, with as much added to its diagonal as makes it positive
 * definite.
 */
export function dampedInverse(matrix: Float64Array, size: number): Float64Array {
  let scale = 1;
  for (let row = 0; row < size; row++) scale = Math.max(scale, Math.abs(matrix[row * size + row]!));
  for (let damping = 0; ; damping = damping === 0 ? 1e-3 * scale : damping * 4) {
    const damped = matrix.slice();
    for (let row = 0; row < size; row++) damped[row * size + row]! += damping;
    const inverse = inverseOf(damped, size);
    if (inverse !== null) return inverse;
  }
}

export function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => {
    let sum = 0;
    for (let column = 0; column < size; column++)
      sum += matrix[row * size + column]! * vector[column]!;
    return sum;
  });
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!;
  return sum;
}
