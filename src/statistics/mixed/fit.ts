/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import type { MixedDesign } from './design.js';
import { itemQuadratureLikelihood } from './itemQuadrature.js';
import { laplaceLikelihood } from './laplace.js';
import { curvatureAt, dampedInverse, inverseOf, maximise, type Objective } from './maximise.js';
import { largestDeviation, type Layout, layoutOf } from './parameters.js';

/** How the integral over items and raters is taken. */
export const approximations = {
  laplace: 'Laplace approximation',
  quadrature: 'items integrated by quadrature, raters by the Laplace approximation',
} as const;
export type Approximation = keyof typeof approximations;

/** The maximum of the likelihood. */
export interface MaximumLikelihood {
  readonly kind: 'maximum';
  readonly layout: Layout;
  /** The effect, the thresholds, then the standard deviations (0 or more). */
  readonly point: Float64Array;
  /** Minus the Hessian at the point, row after row. */
  readonly curvature: Float64Array;
  /**
   * Of the point, row after row; rows of standard deviations at 0 are 0, as they do not move with
   * the others.
   */
  readonly covariance: Float64Array;
  readonly logLikelihood: number;
  readonly objective: Objective;
}

/** A standard deviation below this is 0: the likelihood there differs by its square. */
const negligible = 1e-4;
const mostRounds = 8;

/** Fits the cumulative-link mixed model by maximum likelihood. */
export function maximumLikelihood(
  design: MixedDesign,
  leanings: boolean,
  approximation: Approximation,
): MaximumLikelihood | Undefined {
  const layout = layoutOf(design, leanings);
  const objective =
    approximation === 'laplace'
      ? laplaceLikelihood(design, layout)
      : itemQuadratureLikelihood(design, layout);
  let point = startingPoint(design, layout);
  let curvature = curvatureAt(objective, point);
  for (let round = 0; round < mostRounds; round++) {
    if (curvature === null) return undefinedBecause('not-converged');
    const found = maximise(objective, point, dampedInverse(curvature, layout.size));
    if (found.value === -Infinity) return undefinedBecause('not-converged');
    const unmoved =
      round > 0 && found.point.every((value, index) => Math.abs(value - point[index]!) < 1e-5);
    point = found.point.map((value, index) =>
      index < layout.item ? value : Math.abs(value) < negligible ? 0 : Math.abs(value),
    );
    if (point.slice(layout.item).some((deviation) => deviation > 0.8 * largestDeviation))
      return undefinedBecause('unbounded-variance');
    if (unmoved && found.gain < 1e-6) {
      const covariance = covarianceOf(curvature, point, layout);
      if (covariance === null) return undefinedBecause('not-converged');
      return {
        kind: 'maximum',
        layout,
        point,
        curvature,
        covariance,
        logLikelihood: objective(point, new Float64Array(layout.size)),
        objective,
      };
    }
    curvature = curvatureAt(objective, point);
    const ridge = curvature === null ? -1 : ridgeAt(curvature, point, layout);
    if (ridge >= 0) {
      point[ridge] = 0.5;
      curvature = curvatureAt(objective, point);
    }
  }
  return undefinedBecause('not-converged');
}

/**
 * The standard deviation that is 0 though the likelihood climbs from there to both sides, or -1.
 */
function ridgeAt(curvature: Float64Array, point: Float64Array, layout: Layout): number {
  return point.findIndex(
    (value, index) =>
      index >= layout.item && value === 0 && curvature[index * layout.size + index]! < 0,
  );
}

/** Thresholds from the shares of the levels, moderate deviations, no effect. */
function startingPoint(design: MixedDesign, layout: Layout): Float64Array {
  const counts = new Float64Array(design.values.length);
  for (const level of design.levels) counts[level]!++;
  const point = new Float64Array(layout.size);
  let sum = 0;
  for (let level = 0; level < counts.length - 1; level++) {
    sum += counts[level]!;
    point[layout.thresholds + level] = 1.2 * Math.log(sum / (design.levels.length - sum));
  }
  point[layout.item] = 0.8;
  point[layout.rater] = 0.6;
  if (layout.raterBySource !== null) point[layout.raterBySource] = 0.4;
  return point;
}

function covarianceOf(
  curvature: Float64Array,
  point: Float64Array,
  layout: Layout,
): Float64Array | null {
  const free = [...point.keys()].filter((index) => index < layout.item || point[index]! > 0);
  const inner = inverseOf(submatrix(curvature, layout.size, free), free.length);
  if (inner === null) return null;
  const covariance = new Float64Array(layout.size * layout.size);
  for (const [row, at] of free.entries())
    for (const [column, other] of free.entries())
      covariance[at * layout.size + other] = inner[row * free.length + column]!;
  return covariance;
}

/** The rows and columns of a square matrix that are kept. */
export function submatrix(
  matrix: Float64Array,
  size: number,
  kept: readonly number[],
): Float64Array {
  return Float64Array.from(
    kept.flatMap((row) => kept.map((column) => matrix[row * size + column]!)),
  );
}
