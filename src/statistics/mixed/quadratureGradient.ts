/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { invertFactorised, solveFactorised } from './cholesky.js';
import type { DesignItem } from './design.js';
import { ItemDerivatives } from './itemDerivatives.js';
import type { Layout, Parameters } from './parameters.js';
import { emptySpreads } from './raterLoadings.js';
import type { ModelAtPoint, RaterModes } from './raterModes.js';

/** Fills the gradient of `itemQuadratureLikelihood` by the parameters, given the raters' modes. */
export function fillGradient(
  { items, mostVotes, parameters, loadings, integral }: ModelAtPoint,
  { modes, moments, factor }: RaterModes,
  layout: Layout,
  gradient: Float64Array,
): void {
  const inverse = invertFactorised(factor, loadings.size);
  const spreads = emptySpreads(mostVotes);
  const derivatives = new ItemDerivatives(integral, mostVotes);
  const derive = (index: number, toward: Float64Array | null): void => {
    integral.integrate(items[index]!, modes);
    loadings.spread(items[index]!, inverse, spreads);
    derivatives.fill(moments[index]!.scores, spreads.whole, toward);
  };
  // How the modes move with the parameters, by way of one more solution with H.
  const motion = new Float64Array(loadings.size);
  for (const [index, item] of items.entries()) {
    derive(index, null);
    for (let vote = 0; vote < item.levels.length; vote++)
      loadings.add(item, vote, derivatives.byPredictor[vote]!, motion);
  }
  solveFactorised(factor, loadings.size, motion);
  const toward = new Float64Array(mostVotes);
  gradient.fill(0);
  for (const [index, item] of items.entries()) {
    const { source, raters } = item;
    const { scores, bends } = moments[index]!;
    for (let vote = 0; vote < raters.length; vote++)
      toward[vote] = -2 * loadings.shift(item, vote, motion);
    derive(index, toward);
    addThresholds(item, derivatives, parameters, gradient);
    for (let vote = 0; vote < raters.length; vote++) {
      const byPredictor = derivatives.byPredictor[vote]!;
      const score = scores[vote]!;
      gradient[0]! += source * byPredictor;
      gradient[layout.item]! += derivatives.byItem[vote]!;
      // By the deviations of raters: through the predictor and the motion of the modes, then
      // through H.
      const intercept = raters[vote]!;
      const slope = loadings.raterCount + intercept;
      gradient[layout.rater]! += modes[intercept]! * byPredictor + score * motion[intercept]!;
      if (layout.raterBySource !== null)
        gradient[layout.raterBySource]! +=
          source * (modes[slope]! * byPredictor + score * motion[slope]!);
      for (let other = 0; other < raters.length; other++) {
        const pair = vote * raters.length + other;
        gradient[layout.rater]! -= bends[pair]! * spreads.byIntercept[pair]!;
        if (layout.raterBySource !== null)
          gradient[layout.raterBySource]! -= bends[pair]! * source * spreads.bySlope[pair]!;
      }
    }
  }
}

/** Adds what an item's votes give by the thresholds around them. */
function addThresholds(
  { levels }: DesignItem,
  { byLower, byUpper }: ItemDerivatives,
  { thresholds }: Parameters,
  gradient: Float64Array,
): void {
  for (let vote = 0; vote < levels.length; vote++) {
    const level = levels[vote]!;
    const inner = level > 0 && level < thresholds.length;
    const gap = inner ? 1 / Math.expm1(thresholds[level]! - thresholds[level - 1]!) : 0;
    if (level > 0) gradient[level]! += byLower[vote]! - gap;
    if (level < thresholds.length) gradient[level + 1]! += byUpper[vote]! + gap;
  }
}
