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

/** The value at which a quantity shows no difference. */
const nothing: Record<Check['quantity'], number> = { points: 0, scale: 0, chance: 0.5, delta: 0 };

/** What the limits of a difference must not read like: no difference, and either margin. */
export const differenceMarks = (quantity: Check['quantity'], margin = 0): readonly number[] =>
  margin === 0 ? [nothing[quantity]] : [nothing[quantity], margin, -margin];

/**
 * A number as text, with as many digits as tell it from the marks beside which it is read (a margin,
 * a threshold, 0): "worse by 0.30" must not stand where the margin of 0.3 is open. Value and marks
 * are on their own scale, shares from 0 to 1. Without marks, the usual digits of the quantity.
 */
export function besideMarks(
  value: number,
  quantity: Quantity,
  marks: readonly number[] = [],
): string {
  const { factor, digits } = units[quantity];
  const shown = value * factor;
  return fixed(
    shown,
    decimalsApart(
      [shown],
      marks.map((mark) => mark * factor),
      digits,
    ),
  );
}

/** The limits of an interval, each with its digits: "−5.002 to 1.3"; empty where there is none. */
export const rangeBeside = (
  { lower, upper }: { readonly lower: number | null; readonly upper: number | null },
  quantity: Quantity,
  marks: readonly number[],
  between = ' to ',
): string =>
  lower === null || upper === null
    ? ''
    : [lower, upper].map((limit) => besideMarks(limit, quantity, marks)).join(between);
