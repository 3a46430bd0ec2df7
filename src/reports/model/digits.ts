import { decimalsApart, fixed } from '#web/format.js';
import type { Check } from './schema/comparison.js';

/** What a figure is in: shares are printed in per cent or points, all else as it is. */
const units = {
  percent: { factor: 100, digits: 1 },
  points: { factor: 100, digits: 1 },
  scale: { factor: 1, digits: 2 },
  chance: { factor: 1, digits: 2 },
  delta: { factor: 1, digits: 2 },
} as const satisfies Record<Check['quantity'] | 'percent', unknown>;
export type Quantity = keyof typeof units;

/** What the limits of a difference must not read like: no difference, and either margin. */
export const marginMarks = (margin: number): readonly number[] => [0, margin, -margin];

/**
 * Numbers as texts, all with as many digits as tell each of them from the marks beside which it is
 * read (a margin, a threshold, 0): "worse by 0.30" must not stand where the margin of 0.3 is open.
 * Values and marks are on their own scale, shares from 0 to 1.
 */
export function printedBeside(
  values: readonly number[],
  quantity: Quantity,
  marks: readonly number[],
): string[] {
  const { factor, digits } = units[quantity];
  const shown = values.map((value) => value * factor);
  const decimals = decimalsApart(
    shown,
    marks.map((mark) => mark * factor),
    digits,
  );
  return shown.map((value) => fixed(value, decimals));
}

/** One number in this way. */
export const besideMarks = (value: number, quantity: Quantity, marks: readonly number[]): string =>
  printedBeside([value], quantity, marks).join('');

/** The limits of an interval: "−5.002 to 1.300"; empty where there is none. */
export const rangeBeside = (
  { lower, upper }: { readonly lower: number | null; readonly upper: number | null },
  quantity: Quantity,
  marks: readonly number[],
): string =>
  lower === null || upper === null
    ? ''
    : printedBeside([lower, upper], quantity, marks).join(' to ');
