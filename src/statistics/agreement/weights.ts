/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
/** How much two different answers still agree, for weighted coefficients (Gwet 2014, chapter 3). */
export const weightings = {
  identity: 'an answer agrees with itself only',
  linear: 'agreement falls with the distance of the values',
  quadratic: 'agreement falls with the squared distance of the values',
  ratio: 'agreement falls with the squared ratio of difference and sum of the values',
  ordinal:
    "Gwet's ordinal weights: agreement falls with the number of pairs of ranks between the answers",
} as const;
export type Weighting = keyof typeof weightings;

/**
 * Whether these values can be ratios: none is negative. (a - b) / (a + b) means nothing otherwise:
 * -3 and 3 would agree, or the sum would be 0.
 */
export function areRatios(values: Float64Array): boolean {
  return values.every((value) => value >= 0);
}

/**
 * The square table of weights, row by row: 1 on the diagonal, less elsewhere; 1 everywhere where all
 * values are the same.
 * @param values the numeric value of each category, in declared order
 * @throws RangeError for ratio weights of negative values
 */
export function weightTable(weighting: Weighting, values: Float64Array): Float64Array {
  if (weighting === 'ratio' && !areRatios(values))
    throw new RangeError('Ratio weights need values that are not negative.');
  const size = values.length;
  const table = new Float64Array(size * size);
  const lowest = values.reduce((low, value) => Math.min(low, value), Infinity);
  const highest = values.reduce((high, value) => Math.max(high, value), -Infinity);
  const span = size === 0 ? 0 : highest - lowest;
  const farthest = span === 0 ? 1 : relative(highest, lowest);
  const ranks = rank(values);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const distance = span === 0 ? 0 : Math.abs(values[row]! - values[column]!) / span;
      const steps = Math.abs(ranks[row]! - ranks[column]!);
      table[row * size + column] =
        row === column
          ? 1
          : weighting === 'identity'
            ? 0
            : weighting === 'linear'
              ? 1 - distance
              : weighting === 'quadratic'
                ? 1 - distance * distance
                : weighting === 'ratio'
                  ? 1 - (relative(values[row]!, values[column]!) / farthest) ** 2
                  : 1 - (steps * (steps + 1)) / (size * (size - 1));
    }
  }
  return table;
}

/** Category indexes as values: what stands in where nobody says what the answers are worth. */
export function indexValues(categoryCount: number): Float64Array {
  return Float64Array.from({ length: categoryCount }, (_, index) => index);
}

function relative(one: number, other: number): number {
  return one + other === 0 ? 0 : (one - other) / (one + other);
}

function rank(values: Float64Array): Float64Array {
  const order = [...values.keys()].toSorted((one, other) => values[one]! - values[other]!);
  const ranks = new Float64Array(values.length);
  for (const [index, category] of order.entries()) ranks[category] = index;
  return ranks;
}
