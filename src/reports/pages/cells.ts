import { decimalsApart, fixed, percent } from '#web/format.js';
import type { Check } from '../model/schema/comparison.js';
import type { Figure } from '#figure.js';

/**
 * How a figure stands in a cell of a table: the estimate, its interval, or why there is none.
 * Shares are percentages.
 */
export const share = (figure: Figure): string =>
  figure.value === null ? '–' : percent(figure.value);

export const shareRange = (figure: Figure): string =>
  figure.lower === null || figure.upper === null
    ? (figure.because ?? '')
    : `${fixed(figure.lower * 100, 1)} to ${fixed(figure.upper * 100, 1)}`;

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

type Quantity = Check['quantity'];

/**
 * A difference of a pair without its unit: shares in points, everything else as it is, with the
 * digits that tell it from no difference and, where one is given, from the margin.
 */
export function size(value: number, quantity: Quantity, margin = 0): string {
  const factor = quantity === 'points' ? 100 : 1;
  const marks = [0, margin * factor, -margin * factor];
  const shown = value * factor;
  return fixed(shown, decimalsApart([shown], marks, quantity === 'points' ? 1 : 2));
}

/** The same with its unit. */
export const difference = (value: number | null, quantity: Quantity, margin = 0): string =>
  value === null
    ? '–'
    : `${size(value, quantity, margin)}${quantity === 'points' ? ' points' : ''}`;

export function differenceRange(
  { lower, upper }: { readonly lower: number | null; readonly upper: number | null },
  quantity: Quantity,
  margin = 0,
): string {
  if (lower === null || upper === null) return '';
  return `${size(lower, quantity, margin)} to ${size(upper, quantity, margin)}`;
}

/** What each set reaches in a measure of a pair. */
export const level = (value: number | null, unit: 'points' | 'scale'): string =>
  value === null ? '–' : unit === 'points' ? percent(value) : fixed(value);

export const sourceWord = (source: 'generated' | 'human'): string =>
  source === 'generated' ? 'generated' : 'human-written';

/** A finding of the health check as it is said in a sentence. */
export const findingInWords = (name: string): string => name.replaceAll('-', ' ');
