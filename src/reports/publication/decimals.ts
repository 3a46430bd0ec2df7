import { count, decimalsApart } from '#web/format.js';
import type { Figure } from '#figure.js';

/**
 * What a figure is in, and so how it is scaled and how finely it is written where no interval
 * tells.
 */
export const units = {
  percent: { factor: 100, most: 2 },
  points: { factor: 100, most: 2 },
  scale: { factor: 1, most: 3 },
  coefficient: { factor: 1, most: 3 },
} as const;
export type Unit = keyof typeof units;

/** A figure as it is printed: rounded text with ASCII signs, null where there is none. */
export interface PrintedFigure {
  readonly value: string | null;
  readonly lower: string | null;
  readonly upper: string | null;
  readonly n: number;
}

/**
 * Decimals that a figure may carry: those of the second significant digit of half its interval's
 * width. Without an interval, those of one unit in n: none under 100 units, one from there on,
 * for shares; one more digit otherwise.
 */
export function decimalsOf(figure: Pick<Figure, 'lower' | 'upper' | 'n'>, unit: Unit): number {
  const { factor, most } = units[unit];
  const half =
    figure.lower === null || figure.upper === null
      ? 0
      : ((figure.upper - figure.lower) * factor) / 2;
  if (half > 0) return Math.min(most, Math.max(0, 1 - Math.floor(Math.log10(half))));
  const share = unit === 'percent' || unit === 'points';
  return (figure.n >= 100 ? 1 : 0) + (share ? 0 : 1);
}

/** "-0.0" reads as a direction that is not there. */
const rounded = (value: number, decimals: number): string => {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

/**
 * A figure rounded to what its interval carries; with marks, such as a margin, its limits have the
 * digits that tell them from these.
 */
export function printed(figure: Figure, unit: Unit, marks: readonly number[] = []): PrintedFigure {
  const { factor } = units[unit];
  const decimals = decimalsApart(
    [figure.lower, figure.upper].flatMap((limit) => (limit === null ? [] : [limit * factor])),
    marks.map((mark) => mark * factor),
    decimalsOf(figure, unit),
  );
  const write = (value: number | null): string | null =>
    value === null ? null : rounded(value * units[unit].factor, decimals);
  const interval = figure.lower !== null && figure.upper !== null;
  return {
    value: write(figure.value),
    lower: interval ? write(figure.lower) : null,
    upper: interval ? write(figure.upper) : null,
    n: figure.n,
  };
}

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
