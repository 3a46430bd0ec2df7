import { type Random, randomNormal, sampleWithoutReplacement } from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';

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

/** The scale of the simulated votes; what lies beyond it is put at its end. */
export const wide = { lower: -4, upper: 4 };

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
        const value =
          itemEffect +
          (raterEffects[rater] ?? 0) +
          (leanings[rater] ?? 0) +
          Math.sqrt(variances.residual) * randomNormal(random);
        votes.values[index] = Math.max(wide.lower, Math.min(wide.upper, value));
        index++;
      }
    }
    return votes;
  };
  return [arm(), arm()];
}
