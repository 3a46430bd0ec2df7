/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalCdf } from '../distributions.js';
import { type Ratings, ratingsOf } from '../ratings.js';

export const discriminationReasons = {
  'too-few-votes': 'fewer than four raters judged the item who also judged others',
  unanimous: 'everybody gave the same answer',
  'equal-skill': 'the raters of the item agree with others equally often elsewhere',
} as const;

export type Discrimination =
  | {
      readonly kind: 'estimate';
      /**
       * Correlation over the item's raters between their agreement elsewhere and agreeing with the
       * most frequent answer here, from -1 to 1.
       */
      readonly value: number;
      /**
       * How probable a value as low as this is if who agrees has nothing to do with skill
       * (permutation: exact where up to 20,000 splits are possible, else normal).
       */
      readonly pLow: number;
      readonly n: number;
    }
  | {
      readonly kind: 'undefined';
      readonly reason: keyof typeof discriminationReasons;
      readonly because: string;
    };

/** An item as a measured object. */
export interface ItemMeasure {
  readonly item: number;
  readonly votes: number;
  /**
   * The share of pairs of raters who disagree about it: 0 easy for all, above .5 hopeless. -1 with
   * fewer than two votes.
   */
  readonly difficulty: number;
  readonly discrimination: Discrimination;
  /**
   * The answer that raters weighted by their agreement elsewhere prefer; -1 for none. Where it is
   * not the most frequent one, the best disagree with the rest.
   */
  readonly answerOfTheBest: number;
  readonly mostFrequent: number;
}

/**
 * Difficulty and discrimination of every item. A rater's skill is their mean agreement with each
 * other rater on all other items, so that no item speaks about itself.
 */
export function measureItems(ratings: Ratings): ItemMeasure[] {
  const { raterCount, categoryCount: size, itemStart, raters, values, counts } = ratings;
  const agreed = new Float64Array(raterCount);
  const compared = new Float64Array(raterCount);
  const agreementOf = (row: number, item: number): number =>
    (counts[item * size + values[row]!]! - 1) / (ratingsOf(ratings, item) - 1);
  for (let row = 0; row < values.length; row++) {
    const item = ratings.items[row]!;
    if (ratingsOf(ratings, item) < 2) continue;
    agreed[raters[row]!]! += agreementOf(row, item);
    compared[raters[row]!]!++;
  }
  return Array.from({ length: ratings.itemCount }, (_, item) => {
    const votes = ratingsOf(ratings, item);
    const own = counts.subarray(item * size, (item + 1) * size);
    const most = Math.max(0, ...own);
    const leaders = [...own.keys()].filter((category) => own[category] === most);
    const mostFrequent = votes > 0 && leaders.length === 1 ? leaders[0]! : -1;
    if (votes < 2)
      return {
        item,
        votes,
        difficulty: -1,
        discrimination: undefinedDiscrimination('too-few-votes'),
        answerOfTheBest: -1,
        mostFrequent,
      };
    const skills: number[] = [];
    const withMost: boolean[] = [];
    const weights = new Float64Array(size);
    for (let row = itemStart[item]!; row < itemStart[item + 1]!; row++) {
      const rater = raters[row]!;
      if (compared[rater]! < 2) continue;
      const skill = (agreed[rater]! - agreementOf(row, item)) / (compared[rater]! - 1);
      skills.push(skill);
      withMost.push(values[row] === (mostFrequent >= 0 ? mostFrequent : leaders[0]));
      weights[values[row]!]! += logOdds(skill, size);
    }
    const heaviest = Math.max(...weights);
    const best = [...weights.keys()].filter((category) => weights[category]! >= heaviest - 1e-12);
    const answerOfTheBest = skills.length > 0 && best.length === 1 && heaviest > 0 ? best[0]! : -1;
    const agreeing = own.reduce((sum, count) => sum + count * (count - 1), 0);
    return {
      item,
      votes,
      difficulty: 1 - agreeing / (votes * (votes - 1)),
      discrimination: discriminate(skills, withMost),
      answerOfTheBest,
      mostFrequent,
    };
  });
}

/**
 * Items that point at the guidelines or at the example, not at people: raters disagree, and those
 * who agree most elsewhere are not with the rest. The most telling first. With many items some fall
 * below any threshold by chance: `expectedByChance` says how many.
 */
export function probableGuidelineFaults(
  measures: readonly ItemMeasure[],
  threshold = 0.05,
): { faults: ItemMeasure[]; tested: number; expectedByChance: number } {
  const tested = measures.flatMap((measure) =>
    measure.discrimination.kind === 'estimate'
      ? [{ measure, discrimination: measure.discrimination }]
      : [],
  );
  const faults = tested
    .filter(({ discrimination }) => discrimination.value < 0 && discrimination.pLow <= threshold)
    .toSorted(
      (one, other) =>
        one.discrimination.pLow - other.discrimination.pLow ||
        one.discrimination.value - other.discrimination.value ||
        one.measure.item - other.measure.item,
    )
    .map(({ measure }) => measure);
  return { faults, tested: tested.length, expectedByChance: tested.length * threshold };
}

function discriminate(skills: readonly number[], agreeing: readonly boolean[]): Discrimination {
  const n = skills.length;
  if (n < 4) return undefinedDiscrimination('too-few-votes');
  const inside = agreeing.filter(Boolean).length;
  if (inside === 0 || inside === n) return undefinedDiscrimination('unanimous');
  const mean = skills.reduce((sum, skill) => sum + skill, 0) / n;
  const deviations = skills.map((skill) => skill - mean);
  const spread = deviations.reduce((sum, deviation) => sum + deviation * deviation, 0);
  if (spread < 1e-12) return undefinedDiscrimination('equal-skill');
  const observed = deviations.reduce(
    (sum, deviation, index) => sum + (agreeing[index] === true ? deviation : 0),
    0,
  );
  const value = Math.max(
    -1,
    Math.min(1, observed / Math.sqrt((spread * inside * (n - inside)) / n)),
  );
  return {
    kind: 'estimate',
    value,
    pLow: exactLow(deviations, inside, observed) ?? normalCdf(value * Math.sqrt(n - 1)),
    n,
  };
}

/**
 * The share of all ways to choose `inside` raters whose sum is at most the observed one; null where
 * there are too many ways.
 */
function exactLow(deviations: readonly number[], inside: number, observed: number): number | null {
  let ways = 1;
  for (let chosen = 1; chosen <= inside; chosen++)
    ways = (ways * (deviations.length - inside + chosen)) / chosen;
  if (ways > 20_000) return null;
  let low = 0;
  let all = 0;
  const choose = (from: number, left: number, sum: number): void => {
    if (left === 0) {
      all++;
      if (sum <= observed + 1e-12) low++;
      return;
    }
    for (let index = from; index <= deviations.length - left; index++)
      choose(index + 1, left - 1, sum + deviations[index]!);
  };
  choose(0, inside, 0);
  return low / all;
}

/** How much a vote of a rater of this agreement is worth, not less than nothing. */
function logOdds(skill: number, size: number): number {
  const bounded = Math.max(0.01, Math.min(0.99, skill));
  return Math.max(0, Math.log((bounded * Math.max(1, size - 1)) / (1 - bounded)));
}

function undefinedDiscrimination(reason: keyof typeof discriminationReasons): Discrimination {
  return { kind: 'undefined', reason, because: discriminationReasons[reason] };
}
