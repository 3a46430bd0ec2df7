import { textForRaters } from '#datasets/behaviour.js';
import { findingTitle } from '#datasets/findingWords.js';
import { count, decimalsApart, fixed, percent, plural } from '#web/format.js';
import type { Figure } from '#figure.js';
import { rangeBeside } from './digits.js';
import type { AgreementSection, DatasetSection } from './schema/report.js';

/**
 * "95 % interval 87.5 to 97.2 %", with the digits that tell its limits from a threshold; or why there
 * is none.
 */
export function shareInterval({ lower, upper, because }: Figure, threshold?: number): string {
  if (lower === null || upper === null) return `no interval: ${because ?? 'none is defined'}`;
  const marks = threshold === undefined ? [] : [threshold];
  return `95 % interval ${rangeBeside({ lower, upper }, 'percent', marks)} %`;
}

export const scaleInterval = (figure: Figure): string =>
  figure.lower === null || figure.upper === null
    ? `no interval: ${figure.because ?? 'none is defined'}`
    : `95 % interval ${fixed(figure.lower)} to ${fixed(figure.upper)}`;

/** What the intervals of agreement hold for; empty where there are none. */
export function agreementOver(sections: readonly AgreementSection[]): string {
  const found = sections.filter(
    ({ observed, alpha }) => (alpha.method ?? observed.method) !== null,
  );
  const alone = found.filter(
    ({ observed, alpha, overItems }) =>
      overItems === null ||
      (alpha.method === overItems.alpha.method && observed.method === overItems.observed.method),
  ).length;
  return found.length === 0
    ? ''
    : alone === 0
      ? 'intervals over examples and raters'
      : alone === found.length
        ? 'intervals over examples, for these raters alone'
        : 'intervals over examples and raters, under four raters over examples alone';
}

/** A difference of shares in points: "−2.0 points". */
export const points = (share: number, digits = 1): string =>
  `${share >= 0 ? '+' : ''}${fixed(share * 100, digits)} points`;

/** 0.9 → "90 %", 0.925 → "92.5 %". */
export const plainPercent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;

export const plainPoints = (share: number): string => {
  const value = Number((share * 100).toFixed(2));
  return `${value} ${value === 1 ? 'point' : 'points'}`;
};

/** Whose the judgments of excluded raters are: "of one excluded rater", "of 2 excluded raters". */
export const ofExcluded = (raters: number): string =>
  raters === 0
    ? 'of excluded raters'
    : `of ${raters === 1 ? 'one excluded rater' : plural(raters, 'excluded rater')}`;

/**
 * What keeps examples of a set out of samples, with how many of them have it: "50 examples: 40
 * “Repeated”, 12 “Choice missing” (one can have several)".
 */
export function findingCounts({
  examples,
  eligible,
  leftOut,
}: Pick<DatasetSection['sampling'], 'examples' | 'eligible' | 'leftOut'>): string {
  const all = leftOut.reduce((sum, entry) => sum + entry.count, 0);
  const out = examples - eligible;
  const found = leftOut.map((one) => `${count(one.count)} “${findingTitle(one.finding)}”`);
  const several = all > out ? ' (one example can have several of these)' : '';
  return `${plural(out, 'example')}: ${found.join(', ')}${several}`;
}

/** A probability in whole per cent that never claims certainty. */
export const probability = (value: number): string =>
  value > 0.99 ? 'over 99 %' : value < 0.01 ? 'under 1 %' : percent(value, 0);

/**
 * A p-value with three digits, more where it would read like a level of .025 or .05, that never
 * claims to be zero: "0.012", "0.0252", "< 0.001"; a dash where there
 * is none.
 */
export const pValue = (p: number | null): string =>
  p === null ? '–' : p < 0.001 ? '< 0.001' : fixed(p, decimalsApart([p], [0.025, 0.05], 3));

/** What raters read of a dataset's behaviour; empty where nobody had described it. */
export const readByRaters = ({ behaviourText }: Pick<DatasetSection, 'behaviourText'>): string =>
  textForRaters(behaviourText).trim();

/** "12 raters, who weigh as much as 4.3 with equal work; the busiest gave 41 % of the judgments". */
export const workWords = (
  { effectiveRaters, largestShare }: NonNullable<DatasetSection['work']>,
  raters: number,
): string =>
  `${plural(raters, 'rater')}${raters === 1 ? '' : `, who weigh as much as ${fixed(effectiveRaters, 1)} with equal work; the busiest gave ${percent(largestShare)} of the judgments`}`;
