import { normalQuantile } from '#statistics/distributions.js';
import { type Random, randomNormal } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';

/** How the work is shared: alike, by Zipf's law, or three raters twenty times as much as others. */
export type Work = 'equal' | 'zipf' | 'three';

/** A population of items and raters, and how a study draws from it. */
export interface Crowd {
  readonly items: number;
  readonly overlap: number;
  readonly raters: number;
  readonly work: Work;
  /** Standard deviation among raters, on the logit scale. */
  readonly spread: number;
  /**
   * In what raters differ: how often they are right, how readily they say the second of two
   * answers, or how high they answer on a scale of five, where items differ much and most answers
   * are high, or where items differ little and most answers lie in the middle.
   */
  readonly differ: 'skill' | 'leaning' | 'scale' | 'middle';
  /** The share of items whose true answer is the second; on the scale, its centre. */
  readonly prevalence: number;
}

/** The logit of being right about an item of mean difficulty, by a mean rater: .90. */
const skill = 2.2;

/** Where the answers of a scale part, and the standard deviation of items, on the logit scale. */
const scales = {
  scale: { cuts: [-3, -2, -1, 0], items: 1.5 },
  middle: { cuts: [-3, -1, 1, 3], items: 0.5 },
} as const;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const isScale = (differ: Crowd['differ']): differ is keyof typeof scales => differ in scales;

function chancesOf(
  { differ, prevalence }: Crowd,
  item: { readonly effect: number; readonly positive: boolean },
  rater: number,
): number[] {
  if (isScale(differ)) {
    const { cuts, items } = scales[differ];
    const centre = items * item.effect + rater + Math.log(prevalence / (1 - prevalence));
    const above = [1, ...cuts.map((cut) => logistic(centre - cut)), 0];
    return above.slice(1).map((next, answer) => (above[answer] ?? 0) - next);
  }
  const sign = item.positive ? 1 : -1;
  const yes = logistic(sign * (skill + item.effect + (differ === 'skill' ? rater : sign * rater)));
  return [1 - yes, yes];
}

const grid = Array.from({ length: 120 }, (_, index) => normalQuantile((index + 0.5) / 120));

export type CrowdTruth = Readonly<
  Record<'observed' | 'kappa' | 'gwet' | 'brennanPrediger' | 'ordinal', number>
>;

/**
 * The coefficients over infinitely many items and raters of the population, every two ratings of an
 * item by two random raters: what a study with any overlap estimates.
 */
export function truthOf(crowd: Crowd): CrowdTruth {
  const size = isScale(crowd.differ) ? 5 : 2;
  const kinds = isScale(crowd.differ) ? [true] : [true, false];
  const items = kinds.flatMap((positive) =>
    grid.map((effect) => {
      const mean = Array.from({ length: size }, () => 0);
      for (const rater of grid)
        for (const [answer, chance] of chancesOf(
          crowd,
          { effect, positive },
          crowd.spread * rater,
        ).entries())
          mean[answer] = (mean[answer] ?? 0) + chance / grid.length;
      const share = kinds.length === 1 ? 1 : positive ? crowd.prevalence : 1 - crowd.prevalence;
      return { mean, weight: share / grid.length };
    }),
  );
  const shares = Array.from({ length: size }, (_, answer) =>
    items.reduce((sum, { mean, weight }) => sum + weight * (mean[answer] ?? 0), 0),
  );
  let below = 0;
  const middle = shares.map((share) => {
    below += share;
    return below - share / 2;
  });
  const pairs = (distance: (one: number, other: number) => number, mean: number[]): number =>
    mean.reduce(
      (sum, one, row) =>
        sum + mean.reduce((part, other, column) => part + one * other * distance(row, column), 0),
      0,
    );
  const apart = (one: number, other: number): number => (one === other ? 0 : 1);
  const ranks = (one: number, other: number): number =>
    ((middle[one] ?? 0) - (middle[other] ?? 0)) ** 2;
  const observed = (distance: typeof apart): number =>
    items.reduce((sum, { mean, weight }) => sum + weight * pairs(distance, mean), 0);
  const disagreement = observed(apart);
  const gwet = 1 - pairs(apart, shares) / (size - 1);
  return {
    observed: 1 - disagreement,
    kappa: 1 - disagreement / pairs(apart, shares),
    gwet: 1 - disagreement / gwet,
    brennanPrediger: 1 - disagreement / (1 - 1 / size),
    ordinal: 1 - observed(ranks) / pairs(ranks, shares),
  };
}

/** One study, or several arms of one with the same raters; who judges what has nothing to do with how. */
export function drawCrowd(crowd: Crowd, random: Random, arms = 1): Ratings[] {
  const effects = Array.from({ length: crowd.raters }, () => crowd.spread * randomNormal(random));
  const work = effects.map((_, rater) =>
    crowd.work === 'equal' ? 1 : crowd.work === 'zipf' ? 1 / (rater + 1) : rater < 3 ? 20 : 1,
  );
  return Array.from({ length: arms }, () => {
    const rows: { item: number; rater: number; value: number }[] = [];
    for (let item = 0; item < crowd.items; item++) {
      const own = { effect: randomNormal(random), positive: random() < crowd.prevalence };
      const order = work
        .map((share, rater) => ({ rater, key: Math.log(1 - random()) / share }))
        .toSorted((one, other) => other.key - one.key);
      for (const { rater } of order.slice(0, crowd.overlap)) {
        let left = random();
        const chances = chancesOf(crowd, own, effects[rater] ?? 0);
        const value = chances.findIndex((chance) => (left -= chance) < 0);
        rows.push({ item, rater, value: value === -1 ? chances.length - 1 : value });
      }
    }
    return buildRatings({
      items: Int32Array.from(rows, (row) => row.item),
      raters: Int32Array.from(rows, (row) => row.rater),
      values: Int32Array.from(rows, (row) => row.value),
      itemCount: crowd.items,
      raterCount: crowd.raters,
      categoryCount: isScale(crowd.differ) ? 5 : 2,
    });
  });
}
