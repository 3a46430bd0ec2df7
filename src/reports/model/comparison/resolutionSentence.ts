import { count, percent } from '#web/format.js';
import type { Resolution } from '../schema/comparison.js';

const either = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** Up to so many times the examples that there are, an open question is nearly decided. */
const nearly = 1.05;

/**
 * What would narrow the interval, and how many of each would decide, if the difference stays as
 * seen; what would change nothing is not named.
 * @param examples how many there are over both sets
 */
export function whatWouldDecide(
  { doubled, halfWidth, needed }: Resolution,
  examples: number,
): string {
  const ways = [
    ...(needed?.examples == null ? [] : [`${count(needed.examples)} examples of each kind`]),
    ...(needed?.overlap == null ? [] : [`${count(needed.overlap)} judgments for each example`]),
    ...(needed?.raters == null ? [] : [`${count(needed.raters)} raters`]),
  ];
  const close = needed?.examples != null && 2 * needed.examples <= nearly * examples;
  const decides =
    ways.length === 0
      ? 'If the difference is as seen, no reasonable number of examples, judgments or raters decides it by itself.'
      : [
          `${close ? 'It is nearly decided: if' : 'If'} the difference is as seen, a study of about `,
          `${ways.join(', or ')}${ways.length > 1 ? ', each alone,' : ''} has an even chance to decide it.`,
        ].join('');
  const narrower = (reach: number): number => Math.max(0, 1 - reach / halfWidth);
  const levers = [
    { words: 'examples', by: narrower(doubled.examples) },
    ...(doubled.overlap === null
      ? []
      : [{ words: 'judgments for each example', by: narrower(doubled.overlap) }]),
    { words: 'raters', by: narrower(doubled.raters) },
  ]
    .filter(({ by }) => percent(by, 0) !== percent(0, 0))
    .toSorted((left, right) => right.by - left.by);
  const [best, ...rest] = levers;
  if (best === undefined) return decides;
  const alike = rest.filter(({ by }) => percent(by, 0) === percent(best.by, 0));
  const less = rest.filter((lever) => !alike.includes(lever));
  const first = either.format([best, ...alike].map(({ words }) => words));
  const others = less.map(({ words, by }) => `; twice as many ${words} by ${percent(by, 0)}`);
  const most = less.length > 0 && alike.length === 0 ? ' most,' : '';
  return [
    `${decides} Twice as many ${first} would narrow the interval${most} by ${percent(best.by, 0)}`,
    ...others,
    '.',
  ].join('');
}
