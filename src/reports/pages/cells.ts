import { fixed, percent } from '#web/format.js';
import type { Figure } from '#figure.js';
import type { Check } from '../model/schema/comparison.js';
import { besideMarks, differenceMarks, rangeBeside } from '../model/digits.js';

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

/** A difference of a pair without its unit: shares in points, everything else as it is. */
export const size = (value: number, quantity: Check['quantity']): string =>
  besideMarks(value, quantity);

/** The same with its unit. */
export const difference = (value: number | null, quantity: Check['quantity']): string =>
  value === null ? '–' : `${size(value, quantity)}${quantity === 'points' ? ' points' : ''}`;

/** Its limits, told from no difference and, where one is given, from the margin. */
export const differenceRange = (
  limits: { readonly lower: number | null; readonly upper: number | null },
  quantity: Check['quantity'],
  margin = 0,
): string => rangeBeside(limits, quantity, differenceMarks(quantity, margin));

/** "−7.0 [−14.0, −0.1]", or why there is no interval. */
export function differenceBeside(
  { value, lower, upper, because }: Figure,
  quantity: Check['quantity'],
  margin = 0,
): string {
  if (value === null) return `(${because ?? 'none is defined'})`;
  const limits = rangeBeside({ lower, upper }, quantity, differenceMarks(quantity, margin), ', ');
  return `${size(value, quantity)}${limits === '' ? '' : ` [${limits}]`}`;
}

/** What each set reaches in a measure of a pair. */
export const level = (value: number | null, unit: 'points' | 'scale'): string =>
  value === null ? '–' : unit === 'points' ? percent(value) : fixed(value);

export const sourceWord = (source: 'generated' | 'human'): string =>
  source === 'generated' ? 'generated' : 'human-written';
