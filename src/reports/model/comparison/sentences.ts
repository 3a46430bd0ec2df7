import type { Figure } from '#figure.js';
import { besideMarks, differenceMarks } from '../digits.js';
import { plainPoints } from '../words.js';
import { type Claim, claimsOf, type Finding, findingOf, type Measured } from './findings.js';
import { turned } from './measures.js';
import { whatWouldDecide } from './resolutionSentence.js';
import type { Difference } from '../schema/comparison.js';

type Unit = Difference['unit'];

/** "7.1 points", "0.21", from the number in digits. */
const amount = (size: string, unit: Unit): string => `${size}${unit === 'points' ? ' points' : ''}`;

/** "5 points", "0.3". */
export const marginWords = (margin: number, unit: Unit): string =>
  unit === 'points' ? plainPoints(margin) : String(margin);

/** "worse by more than 5 points"; with a margin of 0 "worse". */
export const worseWords = ({ margin, unit }: Pick<Difference, 'margin' | 'unit'>): string =>
  margin === 0 ? 'worse' : `worse by more than ${marginWords(margin, unit)}`;

/** "7.1 points worse to 2.3 points better", from limits turned so that higher is better. */
export function span(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  { unit, margin }: Pick<Difference, 'unit' | 'margin'>,
): string {
  const [from, to] = [lower, upper].map((limit) =>
    besideMarks(Math.abs(limit), unit, differenceMarks(unit, margin)),
  ) as [string, string];
  if (lower >= 0) return `${from} to ${amount(to, unit)} better`;
  if (upper <= 0) return `${from} to ${amount(to, unit)} worse`;
  return `${amount(from, unit)} worse to ${amount(to, unit)} better`;
}

const claimWords: Record<Exclude<Claim['kind'], 'lower'>, string> = {
  better: 'better',
  'not-worse': 'not worse by more than the margin',
  equivalent: 'equivalent within the margin',
  worse: 'worse by more than the margin',
};

/**
 * What is said of the generated set where the margin stands beside it: "worse, open by how much";
 * "(by itself)" where that is not shown once corrected.
 */
export function findingWords(
  { verdict, lower }: Finding,
  stands: (kind: Claim['kind']) => boolean = () => true,
): string {
  const words = (said: string, kind: Claim['kind']): string =>
    `${said}${stands(kind) ? '' : ' (by itself)'}`;
  if (verdict === 'no-interval') return 'no interval';
  if (verdict === 'undecided') return lower ? words('worse, open by how much', 'lower') : 'open';
  return `${words(claimWords[verdict], verdict)}${lower ? `; ${words('lower', 'lower')}` : ''}`;
}

/** The same with the margin in it: "not worse by more than 5 points". */
export function findingAgainst(
  finding: Finding,
  { margin, unit }: Pick<Difference, 'margin' | 'unit'>,
  stands?: (kind: Claim['kind']) => boolean,
): string {
  const words = findingWords(finding, stands);
  if (margin === 0) return words.replace(' by more than the margin', '');
  return finding.verdict === 'undecided' && !finding.lower
    ? `${words} at a margin of ${marginWords(margin, unit)}`
    : words.replace('the margin', marginWords(margin, unit));
}

const standsIn =
  (measured: Measured) =>
  (kind: Claim['kind']): boolean =>
    claimsOf(measured).every((known) => known.kind !== kind || known.stands);

/** What is said of a measure in a cell of a table, the margin standing beside it. */
export const saidBeside = (measured: Measured): string =>
  findingWords(findingOf(measured), standsIn(measured));

/** The same with the margin in it. */
export const saidAgainst = (measured: Measured): string =>
  findingAgainst(findingOf(measured), measured, standsIn(measured));

/** What is left to say where there is no interval over raters. */
function withoutInterval(said: Measured, byMajority: Figure | null): string {
  const { subject, unit, difference, higherIsBetter } = said;
  if (difference.value === null)
    return `Nothing can be said about the difference in ${subject}: ${difference.because ?? 'there is no interval'}.`;
  const why = difference.because ?? 'there is no interval';
  const limits = byMajority === null ? null : turned(byMajority, higherIsBetter);
  const alone =
    limits === null
      ? ''
      : ` By majority, raters taken as they are, the judgments fit anything from ${span(limits, said)} (95 % interval).`;
  return `Nothing can be said about the difference in ${subject} beyond these raters: ${why}. The difference seen is ${amount(besideMarks(difference.value, unit), unit)}.${alone}`;
}

const capital = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

/**
 * What the intervals allow to say of one measure, in plain words; where that is not shown once
 * corrected for how much was looked at, it is marked as what the measure says by itself, and the
 * answer over all measures says why.
 * @param byMajority the same difference by majority, for where there is no interval over raters;
 *   null where there is none
 */
export function differenceSentence(said: Measured, byMajority: Figure | null): string {
  const { subject, unit, verdict, difference, equivalence, higherIsBetter, margin, resolution } =
    said;
  const limits = turned(difference, higherIsBetter);
  if (verdict === 'no-interval' || limits === null) return withoutInterval(said, byMajority);
  const interval = `(95 % interval: ${span(limits, said)})`;
  const claims = claimsOf(said);
  const [first] = claims;
  const lead =
    first === undefined || first.stands ? `In ${subject}` : `${capital(subject)} by itself:`;
  const lower = claims.find(({ kind }) => kind === 'lower');
  const behind =
    lower === undefined
      ? ''
      : ` ${lower.stands ? 'It' : 'By itself it'} is lower, but by less than that.`;
  switch (verdict) {
    case 'better':
      return `${lead} the generated set is better ${interval}.`;
    case 'worse':
      return `${lead} the generated set is ${worseWords(said)} ${interval}.`;
    case 'equivalent': {
      const narrower = turned(equivalence, higherIsBetter) ?? limits;
      const narrow = `(90 % interval, as the test of equivalence asks: ${span(narrower, said)})`;
      const within = `they differ by less than ${marginWords(margin, unit)} either way`;
      return `${lead} the two sets are equivalent: ${within} ${narrow}.${behind}`;
    }
    case 'not-worse':
      return `${lead} the generated set is shown to be not ${worseWords(said)} ${interval}.${behind}`;
    case 'undecided': {
      const fits = `the judgments fit anything from ${span(limits, said)} (95 % interval)`;
      const more = `more than ${marginWords(margin, unit)}`;
      const open =
        lower === undefined
          ? `Whether the generated set is ${worseWords(said)} in ${subject} is open: ${fits}.`
          : `${lead} the generated set is worse; whether by ${more} is open ${interval}.`;
      return resolution === null ? open : `${open} ${whatWouldDecide(resolution, difference.n)}`;
    }
  }
}
