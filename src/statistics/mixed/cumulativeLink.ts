/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimated, Undefined } from '../estimate.js';
import type { Votes } from '../votes.js';
import { mixedDesign } from './design.js';
import { fitMixedModel, type MixedModelFit, type MixedModelOptions } from './model.js';
import { expectedShares } from './population.js';

export interface CumulativeLinkOptions extends MixedModelOptions {
  /**
   * The values of the whole scale, so that those never used can be named; without it only used ones
   * are known.
   */
  readonly scale?: readonly number[];
}

/** A cumulative-link mixed model, fitted. */
export interface CumulativeLinkMixedFit extends MixedModelFit {
  /** The values that were used, in rising order: the levels of the model. */
  readonly levels: readonly number[];
  /** Values of the scale that nobody used; the model knows nothing of them. */
  readonly unused: readonly number[];
  /**
   * The share of each level expected of new raters on new items of the first source, and of the
   * second.
   */
  readonly first: readonly number[];
  readonly second: readonly number[];
  /**
   * The chance that a vote on a new item of the first source is above another rater's on a new item
   * of the second, equal votes counting half, with its interval.
   */
  readonly superiority: Estimated;
}

/**
 * The cumulative-link mixed model (proportional odds, logit) of votes on an ordered scale: source +
 * (1 | item) + (1 | rater) + (0 + source | rater), by maximum likelihood. Values only say the order
 * of the levels; levels never used are dropped. Rater indexes mean the same people in both arms;
 * item indexes are each arm's own. Undefined where a source has no votes, all votes are equal, no
 * vote of one source is above any of the other (complete separation), a variance runs away, or the
 * search does not converge.
 * @throws RangeError where a value is not a finite number
 */
export function fitCumulativeLinkMixed(
  first: Votes,
  second: Votes,
  options: CumulativeLinkOptions = {},
): CumulativeLinkMixedFit | Undefined {
  const design = mixedDesign(first, second);
  if (design.kind === 'undefined') return design;
  const fitted = fitMixedModel(design, options);
  if (fitted.kind === 'undefined') return fitted;
  const { layout, point } = fitted.fit;
  const used = new Set(design.values);
  return {
    ...fitted.shared,
    levels: design.values,
    unused: (options.scale ?? []).filter((value) => !used.has(value)),
    first: [...expectedShares(layout, point, 0.5)],
    second: [...expectedShares(layout, point, -0.5)],
    superiority: fitted.derived(
      (at) => superiorityOf(expectedShares(layout, at, 0.5), expectedShares(layout, at, -0.5)),
      { lower: 0, upper: 1 },
    ),
  };
}

function superiorityOf(first: Float64Array, second: Float64Array): number {
  let lower = 0;
  let sum = 0;
  for (let level = 0; level < first.length; level++) {
    sum += first[level]! * (lower + 0.5 * second[level]!);
    lower += second[level]!;
  }
  return sum;
}
