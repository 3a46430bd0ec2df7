import { raterLeaning } from '#statistics/raterLeaning.js';
import type { Votes } from '#statistics/votes.js';
import { figure } from '#figure.js';
import { plural } from '#web/format.js';
import { besideMarks, rangeBeside } from '../digits.js';
import type { Leaning } from '../schema/comparison.js';
import type { Measure } from './measures.js';

/** The votes of these raters alone. */
const votesBy = ({ items, raters, values }: Votes, kept: ReadonlySet<number>): Votes => ({
  items: items.filter((_, vote) => kept.has(raters[vote] ?? -1)),
  raters: raters.filter((rater) => kept.has(rater)),
  values: values.filter((_, vote) => kept.has(raters[vote] ?? -1)),
});

/**
 * How much raters who judged enough of both sets differ in their leaning to one of them, for each
 * measure.
 */
export const leaningsOf = (measures: readonly Measure[], shared: ReadonlySet<number>): Leaning[] =>
  measures.flatMap(({ measure, subject, unit, margin, generated, human, scale }) => {
    const found = raterLeaning(votesBy(generated, shared), votesBy(human, shared), { scale });
    if (found.kind === 'undefined') return [];
    const known = { measure, deviation: figure(found) };
    return [{ ...known, sentence: leaningSentence(known, { subject, unit, margin }) }];
  });

/** How much raters differ, and what it means for the verdict. */
function leaningSentence(
  { deviation: { value, lower, upper, n, because } }: Omit<Leaning, 'sentence'>,
  { subject, unit, margin }: Pick<Measure, 'subject' | 'unit' | 'margin'>,
): string {
  if (value === null) return '';
  const words = unit === 'points' ? ' points' : '';
  if (lower === null || upper === null)
    return `In ${subject} it cannot be said how much raters differ in their leaning to one set: ${because ?? 'there is no interval'}.`;
  const limits = rangeBeside({ lower, upper }, unit, [margin]);
  const seen = `standard deviation ${besideMarks(value, unit, [margin])}${words} over ${plural(n, 'rater')}, 95 % interval ${limits}${words}`;
  return lower > 0
    ? `In ${subject} raters differ in their leaning to one set by more than their examples explain (${seen}): the verdict, whose interval counts raters as a sample, is about such raters on average and not about each of them.`
    : `In ${subject} nothing shows that raters differ in their leaning to one set beyond what their examples explain (${seen}): the interval of the verdict allows for such leanings in any case.`;
}
