/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimated, Undefined } from '../estimate.js';
import type { Votes } from '../votes.js';
import { mixedDesign } from './design.js';
import { fitMixedModel, type MixedModelFit, type MixedModelOptions } from './model.js';
import { expectedShares } from './population.js';

/** A logistic mixed model, fitted. */
export interface LogisticMixedFit extends MixedModelFit {
  /**
   * The share of ones expected of new raters on new items of the first source, and of the second.
   */
  readonly first: number;
  readonly second: number;
  /** The first share minus the second, with its interval. */
  readonly difference: Estimated;
}

/**
 * The logistic mixed model of votes that are 0 or 1 (label chosen, called unclear): source + (1 |
 * item) + (1 | rater) + (0 + source | rater), by maximum likelihood. It is the cumulative-link
 * model of two levels; the intercept is minus its threshold. Rater indexes mean the same people in
 * both arms; item indexes are each arm's own. Undefined where a source has no votes, all votes are
 * equal, one source has no 0 or no 1 (complete separation), a variance runs away, or the search
 * does not converge.
 * @throws RangeError where a value is neither 0 nor 1
 */
export function fitLogisticMixed(
  first: Votes,
  second: Votes,
  options: MixedModelOptions = {},
): LogisticMixedFit | Undefined {
  for (const value of [...first.values, ...second.values])
    if (value !== 0 && value !== 1)
      throw new RangeError(`Votes of a logistic model are 0 or 1; got ${value}.`);
  const design = mixedDesign(first, second);
  if (design.kind === 'undefined') return design;
  const fitted = fitMixedModel(design, options);
  if (fitted.kind === 'undefined') return fitted;
  const { layout, point } = fitted.fit;
  const share = (at: Float64Array, source: number): number =>
    expectedShares(layout, at, source)[1]!;
  return {
    ...fitted.shared,
    first: share(point, 0.5),
    second: share(point, -0.5),
    difference: fitted.derived((at) => share(at, 0.5) - share(at, -0.5), { lower: -1, upper: 1 }),
  };
}
