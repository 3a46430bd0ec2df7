import { count } from '#web/format.js';
import type { Figure } from '#figure.js';
import { besideMarks, type Quantity } from '../model/digits.js';

/** What a figure is in, and so how it is scaled; as many digits as the page prints. */
export const units = {
  percent: { factor: 100, quantity: 'percent' },
  points: { factor: 100, quantity: 'points' },
  scale: { factor: 1, quantity: 'scale' },
  coefficient: { factor: 1, quantity: 'delta' },
} as const satisfies Record<string, { factor: number; quantity: Quantity }>;
export type Unit = keyof typeof units;

/** A figure as it is printed: rounded text with ASCII signs, null where there is none. */
export interface PrintedFigure {
  readonly value: string | null;
  readonly lower: string | null;
  readonly upper: string | null;
  readonly n: number;
}

/**
 * A figure in the digits of the page, the same for every figure of a unit; a limit has more where
 * these tell it from a mark, such as a margin, and so has a share beside a threshold.
 */
export function printed(figure: Figure, unit: Unit, marks: readonly number[] = []): PrintedFigure {
  const { quantity } = units[unit];
  const write = (value: number | null, apart: readonly number[]): string | null =>
    value === null ? null : besideMarks(value, quantity, apart).replace('−', '-');
  const interval = figure.lower !== null && figure.upper !== null;
  return {
    value: write(figure.value, unit === 'percent' ? marks : []),
    lower: interval ? write(figure.lower, marks) : null,
    upper: interval ? write(figure.upper, marks) : null,
    n: figure.n,
  };
}

/**
 * A number of a figure in its unit, as a file has it that is computed with: rounded only where a
 * computer’s arithmetic ends.
 */
export const inFull = (value: number | null, unit: Unit): number | null =>
  value === null ? null : Number((value * units[unit].factor).toFixed(10)) + 0;

const realMinus = (text: string): string => text.replace('-', '−');
const endings: Record<Unit, string> = {
  percent: ' %',
  points: ' points',
  scale: '',
  coefficient: '',
};

/** A figure in a sentence: "60 % (95 % interval 39 to 78, n = 20)", or why there is none. */
export function figureInWords(figure: Figure, unit: Unit, marks: readonly number[] = []): string {
  const { value, lower, upper, n } = printed(figure, unit, marks);
  if (value === null) return `not defined: ${figure.because ?? 'none is defined'}`;
  const interval =
    lower === null || upper === null
      ? `no interval: ${figure.because ?? 'none is defined'}`
      : `${levelInWords(figure)} interval ${realMinus(lower)} to ${realMinus(upper)}`;
  return `${realMinus(value)}${endings[unit]} (${interval}, n = ${count(n)})`;
}

/** "95 %": the confidence level of a figure's interval. */
export const levelInWords = (figure: Pick<Figure, 'level'>): string =>
  figure.level === null ? '' : `${Number((figure.level * 100).toFixed(2))} %`;
