/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
/** How p-values of one family are adjusted, and what is kept below the level. */
export const adjustments = {
  bonferroni: 'Bonferroni: the chance of any false finding',
  holm: 'Holm (1979): the chance of any false finding, step-down',
  hochberg:
    'Hochberg (1988): the chance of any false finding, step-up, for independent or positively dependent tests',
  'benjamini-hochberg': 'Benjamini and Hochberg (1995): the expected share of false findings',
  'benjamini-yekutieli':
    'Benjamini and Yekutieli (2001): the expected share of false findings under any dependence',
} as const;
export type Adjustment = keyof typeof adjustments;

/**
 * Adjusted p-values in the order given: reject where one is at most the level.
 * @throws RangeError for a p-value outside 0 to 1
 */
export function adjustP(values: ArrayLike<number>, adjustment: Adjustment): Float64Array {
  const m = values.length;
  const order = Array.from({ length: m }, (_, index) => index).sort(
    (one, other) => values[one]! - values[other]!,
  );
  for (const index of order)
    if (!(values[index]! >= 0 && values[index]! <= 1))
      throw new RangeError(`A p-value lies between 0 and 1; got ${values[index]}.`);
  let harmonic = 0;
  for (let rank = 1; rank <= m; rank++) harmonic += 1 / rank;
  const adjusted = new Float64Array(m);
  const factor = (position: number): number => {
    switch (adjustment) {
      case 'bonferroni':
        return m;
      case 'holm':
      case 'hochberg':
        return m - position;
      case 'benjamini-hochberg':
        return m / (position + 1);
      case 'benjamini-yekutieli':
        return (m * harmonic) / (position + 1);
    }
  };
  if (adjustment === 'bonferroni' || adjustment === 'holm') {
    let highest = 0;
    for (let position = 0; position < m; position++) {
      const own = factor(position) * values[order[position]!]!;
      highest = adjustment === 'holm' ? Math.max(highest, own) : own;
      adjusted[order[position]!] = Math.min(1, highest);
    }
    return adjusted;
  }
  let lowest = 1;
  for (let position = m - 1; position >= 0; position--) {
    lowest = Math.min(lowest, factor(position) * values[order[position]!]!);
    adjusted[order[position]!] = lowest;
  }
  return adjusted;
}
