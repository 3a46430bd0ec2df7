/** How many raters give most of the judgments where the work is unequal. */
export const fewBusiest = 5;

/**
 * The share of the judgments that each rater gives: the five busiest together `busiest` (0 to 1) in
 * equal parts, the others the rest in equal parts. Equal for all where `busiest` is not given, is
 * less than equal work would give them, or there are no others.
 */
export function workShares(raters: number, busiest?: number): Float64Array {
  const equal = fewBusiest / raters;
  if (busiest === undefined || raters <= fewBusiest || busiest <= equal)
    return new Float64Array(raters).fill(1 / raters);
  return Float64Array.from({ length: raters }, (_, rater) =>
    rater < fewBusiest ? busiest / fewBusiest : (1 - busiest) / (raters - fewBusiest),
  );
}

/** How many raters with equal shares would weigh as these do: 1 / Σ share². */
export function effectiveRaters(shares: Float64Array): number {
  return 1 / shares.reduce((sum, share) => sum + share * share, 0);
}
