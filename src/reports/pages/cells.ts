import { fixed, percent } from '#web/format.js';
import type { Figure } from '#figure.js';
import { besideMarks, marginMarks, type Quantity, rangeBeside } from '../model/digits.js';

/**
 * How a figure stands in a cell of a table: the estimate, its interval, or why there is none.
 * Shares are percentages, with the digits that tell them from a threshold where one is given.
 */
export const share = (figure: Figure, threshold?: number): string =>
  figure.value === null ? '–' : `${besideMarks(figure.value, 'percent', marksOf(threshold))} %`;

export const shareRange = (figure: Figure, threshold?: number): string =>
  rangeBeside(figure, 'percent', marksOf(threshold)) || (figure.because ?? '');

const marksOf = (threshold: number | undefined): readonly number[] =>
  threshold === undefined ? [] : [threshold];

export const plain = (figure: Figure, digits = 2): string =>
  figure.value === null ? '–' : fixed(figure.value, digits);

export const range = (figure: Figure, digits = 2): string =>
  figure.lower === null || figure.upper === null
    ? (figure.because ?? '')
    : `${fixed(figure.lower, digits)} to ${fixed(figure.upper, digits)}`;

/** "[.61, .74]" beside an estimate, or the reason in brackets where there is no estimate. */
export function beside(figure: Figure, digits = 2): string {
  if (figure.value === null) return `(${figure.because ?? 'none is defined'})`;
  return figure.lower === null || figure.upper === null
    ? ''
    : `[${fixed(figure.lower, digits)}, ${fixed(figure.upper, digits)}]`;
}

/** The same of a share, in percent. */
export const shareBeside = ({ lower, upper }: Figure): string =>
  lower === null || upper === null ? '' : `[${fixed(lower * 100, 1)}, ${fixed(upper * 100, 1)}]`;

/** The interval over examples alone, where the figure has another one. */
export const besideAlone = (figure: Figure, alone: Figure | null): string =>
  alone === null || alone.lower === null || alone.method === figure.method
    ? ''
    : ` alone ${beside(alone)}`;

/**
 * A difference of a pair without its unit: shares in points, everything else as it is, with the
 * digits that tell it from no difference and, where one is given, from the margin.
 */
export const size = (value: number, quantity: Quantity, margin = 0): string =>
  besideMarks(value, quantity, marginMarks(margin));

/** The same with its unit. */
export const difference = (value: number | null, quantity: Quantity, margin = 0): string =>
  value === null
    ? '–'
    : `${size(value, quantity, margin)}${quantity === 'points' ? ' points' : ''}`;

export const differenceRange = (
  limits: { readonly lower: number | null; readonly upper: number | null },
  quantity: Quantity,
  margin = 0,
): string => rangeBeside(limits, quantity, marginMarks(margin));

/** What each set reaches in a measure of a pair. */
export const level = (value: number | null, unit: 'points' | 'scale'): string =>
  value === null ? '–' : unit === 'points' ? percent(value) : fixed(value);

export const sourceWord = (source: 'generated' | 'human'): string =>
  source === 'generated' ? 'generated' : 'human-written';
