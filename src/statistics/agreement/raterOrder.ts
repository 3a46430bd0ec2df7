/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/** How often two raters gave the same answer to the items that both judged. */
export interface PairCount {
  readonly first: number;
  readonly second: number;
  readonly items: number;
  readonly agreed: number;
}

/**
 * Items at the agreement of all pairs together that are added to every two groups, so that a chance
 * hit on two items counts for little.
 */
const borrowedItems = 4;

/**
 * An order of raters in which those who agree stand together, those who agree with most others
 * first and outliers last: the leaves of an average-linkage tree over the agreement of all pairs
 * between two groups, pairs weighted by their shared items. Equal cases keep the order in which the
 * raters came.
 * @param pairs every pair once; pairs without shared items may be left out
 */
export function orderRaters(raterCount: number, pairs: readonly PairCount[]): number[] {
  const shared = new Float64Array(raterCount * raterCount);
  const agreed = new Float64Array(raterCount * raterCount);
  let [allShared, allAgreed] = [0, 0];
  for (const pair of pairs) {
    for (const cell of [
      pair.first * raterCount + pair.second,
      pair.second * raterCount + pair.first,
    ]) {
      shared[cell]! += pair.items;
      agreed[cell]! += pair.agreed;
    }
    allShared += pair.items;
    allAgreed += pair.agreed;
  }
  const usual = allShared === 0 ? 0 : allAgreed / allShared;
  const between = (one: readonly number[], other: readonly number[]): number => {
    let [items, hits] = [borrowedItems, borrowedItems * usual];
    for (const first of one) {
      for (const second of other) {
        items += shared[first * raterCount + second]!;
        hits += agreed[first * raterCount + second]!;
      }
    }
    return hits / items;
  };
  const everybody = Array.from({ length: raterCount }, (_, rater) => rater);
  const standing = (group: readonly number[]): number =>
    between(
      group,
      everybody.filter((rater) => !group.includes(rater)),
    );
  let groups = everybody.map((rater) => [rater]);
  while (groups.length > 1) {
    let best = { one: 0, other: 1, agreement: -1 };
    for (let one = 0; one < groups.length; one++) {
      for (let other = one + 1; other < groups.length; other++) {
        const agreement = between(groups[one]!, groups[other]!);
        if (agreement > best.agreement + 1e-12) best = { one, other, agreement };
      }
    }
    const [one, other] = [groups[best.one]!, groups[best.other]!];
    const joined =
      one.length < other.length ||
      (one.length === other.length && standing(other) > standing(one) + 1e-12)
        ? [...other, ...one]
        : [...one, ...other];
    groups = groups.toSpliced(best.other, 1).with(best.one, joined);
  }
  return groups.flat();
}
