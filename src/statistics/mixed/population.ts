/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { MaximumLikelihood } from './fit.js';
import { normalNodes } from './normalNodes.js';
import type { Layout } from './parameters.js';

/**
 * The share of each level that the model expects of new raters on new items of one source: the
 * integral over the sum of their effects, which is one normal variable.
 * @param point the parameters of the model, as `Layout` arranges them
 * @param source 1/2 for the first source, -1/2 for the second
 */
export function expectedShares(layout: Layout, point: Float64Array, source: number): Float64Array {
  const leaning = layout.raterBySource === null ? 0 : source * point[layout.raterBySource]!;
  const deviation = Math.hypot(point[layout.item]!, point[layout.rater]!, leaning);
  const { abscissae, weights } = normalNodes(1 / (2 + deviation));
  const levels = layout.item;
  const upTo = new Float64Array(levels).fill(0, 0, levels - 1);
  upTo[levels - 1] = 1;
  for (let level = 0; level < levels - 1; level++) {
    const centre = point[layout.thresholds + level]! - source * point[0]!;
    for (const [node, abscissa] of abscissae.entries())
      upTo[level]! += weights[node]! / (1 + Math.exp(deviation * abscissa - centre));
  }
  return upTo.map((share, level) => share - (level > 0 ? upTo[level - 1]! : 0));
}

/**
 * A smooth function of the parameters at the estimate, and its standard error by the delta method.
 */
export function deltaMethod(
  fit: MaximumLikelihood,
  value: (point: Float64Array) => number,
): { value: number; standardError: number } {
  const { point, covariance, layout } = fit;
  const slopes = point.map((coordinate, index) => {
    const step = 1e-5 * Math.max(1, Math.abs(coordinate));
    const [low, high] = [point.slice(), point.slice()];
    low[index] = coordinate - step;
    high[index] = coordinate + step;
    return (value(high) - value(low)) / (2 * step);
  });
  let variance = 0;
  for (let row = 0; row < layout.size; row++)
    for (let column = 0; column < layout.size; column++)
      variance += slopes[row]! * covariance[row * layout.size + column]! * slopes[column]!;
  return { value: value(point), standardError: Math.sqrt(Math.max(0, variance)) };
}
