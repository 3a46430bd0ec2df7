/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { MixedDesign } from './design.js';

/**
 * Where the parameters of the model stand in its point: the effect, the thresholds, then the
 * standard deviations.
 */
export interface Layout {
  readonly thresholds: number;
  readonly item: number;
  readonly rater: number;
  /** Null where raters have no slope of their own. */
  readonly raterBySource: number | null;
  readonly size: number;
}

export function layoutOf(design: MixedDesign, leanings: boolean): Layout {
  const item = design.values.length;
  return {
    thresholds: 1,
    item,
    rater: item + 1,
    raterBySource: leanings ? item + 2 : null,
    size: item + (leanings ? 3 : 2),
  };
}

/** Beyond this a standard deviation of log odds is running away. */
export const largestDeviation = 30;

/** The parameters by name. */
export interface Parameters {
  readonly effect: number;
  readonly thresholds: Float64Array;
  readonly item: number;
  readonly rater: number;
  /** 0 where raters have no slope of their own. */
  readonly leaning: number;
  /**
   * log(1 - exp(-gap)) of each level, gap being the distance of the thresholds around it; 0 for the
   * outer levels.
   */
  readonly gapTerms: Float64Array;
}

/**
 * The parameters at a point, or null where the thresholds do not rise or a deviation runs away:
 * there is no likelihood.
 */
export function parametersAt(layout: Layout, point: Float64Array): Parameters | null {
  const thresholds = point.slice(layout.thresholds, layout.item);
  const [item, rater, leaning] = [
    point[layout.item]!,
    point[layout.rater]!,
    layout.raterBySource === null ? 0 : point[layout.raterBySource]!,
  ];
  if (Math.max(Math.abs(item), Math.abs(rater), Math.abs(leaning)) > largestDeviation) return null;
  const gapTerms = new Float64Array(layout.item);
  for (let level = 1; level < thresholds.length; level++) {
    const gap = thresholds[level]! - thresholds[level - 1]!;
    if (!(gap > 0)) return null;
    gapTerms[level] = Math.log(-Math.expm1(-gap));
  }
  return { effect: point[0]!, thresholds, item, rater, leaning, gapTerms };
}
