/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { addRow, rowCount, rowTimes, type SparseRows } from './sparse.js';

export interface LogisticOptions {
  /**
   * Strength of the pull towards zero: half of it times the squared length of the weights is added
   * to the loss.
   */
  readonly penalty?: number;
  readonly mostSteps?: number;
}

/**
 * Weights of a logistic regression with a ridge penalty (no intercept: give a column of ones where
 * one is wanted). Minimised by L-BFGS (Liu and Nocedal 1989) from zero, so that equal rows in equal
 * order give equal weights.
 * @param positive 1 where the outcome occurred, 0 where it did not
 */
export function fitLogistic(
  rows: SparseRows,
  positive: ArrayLike<number>,
  options: LogisticOptions = {},
): Float64Array {
  const penalty = options.penalty ?? 1;
  const count = rowCount(rows);
  const loss = (weights: Float64Array, gradient: Float64Array): number => {
    let sum = 0;
    for (let column = 0; column < weights.length; column++) {
      gradient[column] = penalty * weights[column]!;
      sum += 0.5 * penalty * weights[column]! * weights[column]!;
    }
    for (let row = 0; row < count; row++) {
      const score = rowTimes(rows, row, weights);
      const tail = Math.exp(-Math.abs(score));
      sum += Math.log1p(tail) + Math.max(0, score) - positive[row]! * score;
      addRow(
        rows,
        row,
        (score >= 0 ? 1 / (1 + tail) : tail / (1 + tail)) - positive[row]!,
        gradient,
      );
    }
    return sum;
  };
  return minimise(loss, rows.columnCount, options.mostSteps ?? 100);
}

/** A smooth function: writes the gradient at a point and returns the value there. */
type Smooth = (point: Float64Array, gradient: Float64Array) => number;

const memory = 8;
const closeEnough = 1e-3;

function minimise(value: Smooth, dimension: number, mostSteps: number): Float64Array {
  let point = new Float64Array(dimension);
  let gradient = new Float64Array(dimension);
  let current = value(point, gradient);
  const moves: Float64Array[] = [];
  const turns: Float64Array[] = [];
  const target = closeEnough * Math.max(1e-12, norm(gradient));
  for (let step = 0; step < mostSteps && norm(gradient) > target; step++) {
    const direction = towards(gradient, moves, turns);
    const slope = dot(direction, gradient);
    if (!(slope < 0)) break;
    let reach = step === 0 ? 1 / Math.max(1, norm(gradient)) : 1;
    let next = new Float64Array(0);
    let nextGradient = new Float64Array(dimension);
    let reached = Infinity;
    for (let cut = 0; cut < 30; cut++, reach /= 2) {
      next = point.map((coordinate, index) => coordinate + reach * direction[index]!);
      reached = value(next, nextGradient);
      if (reached <= current + 1e-4 * reach * slope) break;
    }
    if (!(reached < current)) break;
    const move = next.map((coordinate, index) => coordinate - point[index]!);
    const turn = nextGradient.map((coordinate, index) => coordinate - gradient[index]!);
    if (dot(move, turn) > 1e-12 * dot(turn, turn)) {
      moves.push(move);
      turns.push(turn);
      if (moves.length > memory) {
        moves.shift();
        turns.shift();
      }
    }
    point = next;
    gradient = nextGradient;
    current = reached;
  }
  return point;
}

/** The direction of descent from the last moves and turns of the gradient (two-loop recursion). */
function towards(
  gradient: Float64Array,
  moves: readonly Float64Array[],
  turns: readonly Float64Array[],
): Float64Array {
  const direction = gradient.map((coordinate) => -coordinate);
  const shares = new Float64Array(moves.length);
  for (let index = moves.length - 1; index >= 0; index--) {
    shares[index] = dot(moves[index]!, direction) / dot(moves[index]!, turns[index]!);
    add(direction, -shares[index]!, turns[index]!);
  }
  const last = moves.length - 1;
  if (last >= 0) {
    const scale = dot(moves[last]!, turns[last]!) / dot(turns[last]!, turns[last]!);
    for (let index = 0; index < direction.length; index++) direction[index]! *= scale;
  }
  for (let index = 0; index < moves.length; index++) {
    add(
      direction,
      shares[index]! - dot(turns[index]!, direction) / dot(moves[index]!, turns[index]!),
      moves[index]!,
    );
  }
  return direction;
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += one[index]! * other[index]!;
  return sum;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function add(vector: Float64Array, factor: number, other: Float64Array): void {
  for (let index = 0; index < vector.length; index++) vector[index]! += factor * other[index]!;
}
