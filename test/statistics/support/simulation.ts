import { type Random, randomNormal, sampleWithoutReplacement } from '#statistics/random.js';
import {
  twoWayDifference,
  type TwoWayEstimate,
  twoWayMean,
  type Votes,
} from '#statistics/twoWay.js';

/**
 * Variances of the simulated relevance votes (protocol: items, raters, rater × source, what is
 * left).
 */
export interface Variances {
  readonly item: number;
  readonly rater: number;
  readonly raterBySource: number;
  readonly residual: number;
}

export interface Design {
  readonly itemsPerArm: number;
  readonly overlap: number;
  readonly raters: number;
  readonly variances: Variances;
}

/**
 * Two arms judged by the same raters, each item by `overlap` of them; the true means are both 0.
 */
export function simulateArms(design: Design, random: Random): [Votes, Votes] {
  const { variances } = design;
  const raterEffects = Array.from(
    { length: design.raters },
    () => Math.sqrt(variances.rater) * randomNormal(random),
  );
  const raters = raterEffects.map((_, rater) => rater);
  const arm = (): Votes => {
    const leanings = raters.map(() => Math.sqrt(variances.raterBySource) * randomNormal(random));
    const size = design.itemsPerArm * design.overlap;
    const votes = {
      items: new Int32Array(size),
      raters: new Int32Array(size),
      values: new Float64Array(size),
    };
    let index = 0;
    for (let item = 0; item < design.itemsPerArm; item++) {
      const itemEffect = Math.sqrt(variances.item) * randomNormal(random);
      for (const rater of sampleWithoutReplacement(raters, design.overlap, random)) {
        votes.items[index] = item;
        votes.raters[index] = rater;
        votes.values[index] =
          itemEffect +
          (raterEffects[rater] ?? 0) +
          (leanings[rater] ?? 0) +
          Math.sqrt(variances.residual) * randomNormal(random);
        index++;
      }
    }
    return votes;
  };
  return [arm(), arm()];
}

export interface Coverage {
  readonly mean: number;
  readonly difference: number;
  /**
   * Width of the interval of the difference over the width that a known variance would give (1.96
   * true errors each side).
   */
  readonly widthRatio: number;
  readonly fallbacks: number;
}

/** How often the intervals contain the truth. */
export function coverage(design: Design, runs: number, random: Random): Coverage {
  let mean = 0;
  let difference = 0;
  let width = 0;
  let squares = 0;
  let fallbacks = 0;
  const hit = (estimate: TwoWayEstimate): number =>
    estimate.kind === 'estimate' &&
    estimate.interval !== undefined &&
    estimate.interval.lower <= 0 &&
    0 <= estimate.interval.upper
      ? 1
      : 0;
  for (let run = 0; run < runs; run++) {
    const [first, second] = simulateArms(design, random);
    const estimate = twoWayDifference(first, second);
    mean += hit(twoWayMean(first));
    difference += hit(estimate);
    if (estimate.kind === 'undefined') continue;
    width += (estimate.interval?.upper ?? 0) - (estimate.interval?.lower ?? 0);
    squares += estimate.value ** 2;
    if (estimate.fallback) fallbacks++;
  }
  return {
    mean: mean / runs,
    difference: difference / runs,
    widthRatio: width / runs / (2 * 1.96 * Math.sqrt(squares / runs)),
    fallbacks: fallbacks / runs,
  };
}
