/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { itemsOf, type MixedDesign } from './design.js';
import { ItemIntegral } from './itemIntegral.js';
import type { Objective } from './maximise.js';
import { type Layout, parametersAt } from './parameters.js';
import { fillGradient } from './quadratureGradient.js';
import { effectsOfRaters, RaterLoadings } from './raterLoadings.js';
import { findRaterModes } from './raterModes.js';

/**
 * The log-likelihood of the cumulative-link mixed model (logit) with items integrated out by
 * quadrature and raters in Laplace's approximation, with its gradient. An item has few votes, and
 * where nearly all are right Laplace's approximation of its integral is so poor that the likelihood
 * can grow without end with the deviation of items (Joe 2008 on binary data in small clusters); a
 * rater has many votes. So: the sum over items of log ∫ P(votes of the item | item, modes of
 * raters) less half the squared length of the modes less half log det H, H over raters only.
 * A call starts from the modes of the call before.
 */
export function itemQuadratureLikelihood(design: MixedDesign, layout: Layout): Objective {
  const items = itemsOf(design);
  const mostVotes = items.reduce((most, { levels }) => Math.max(most, levels.length), 0);
  const size = effectsOfRaters(design, layout);
  let start: Float64Array = new Float64Array(size);
  return (point, gradient) => {
    const parameters = parametersAt(layout, point);
    if (parameters === null) return -Infinity;
    const loadings = new RaterLoadings(design, layout, parameters);
    const integral = new ItemIntegral(parameters, loadings, mostVotes);
    const model = { items, mostVotes, parameters, loadings, integral };
    const found = findRaterModes(model, start);
    start = found === null ? new Float64Array(size) : found.modes;
    if (found === null) return -Infinity;
    let logDeterminant = 0;
    for (let index = 0; index < size; index++)
      logDeterminant += 2 * Math.log(found.factor[index * size + index]!);
    fillGradient(model, found, layout, gradient);
    return found.value - 0.5 * logDeterminant;
  };
}
