import { count } from '#web/format.js';
import { mainStatement } from './findings.js';
import { worseWords } from './sentences.js';
import type { Check, Difference } from '../schema/comparison.js';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** What a check says of the generated set, in words. */
export function checkWords(
  { direction, margin }: Pick<Check, 'direction' | 'margin'>,
  said: Pick<Difference, 'margin' | 'unit'>,
): string {
  const way = { better: 'generated better', worse: 'generated worse', none: 'no difference shown' };
  const words = [
    ...(direction === null ? [] : [way[direction]]),
    ...(margin === null || direction === 'better'
      ? []
      : [
          margin === 'within'
            ? `not ${worseWords(said)}`
            : margin === 'beyond'
              ? worseWords(said)
              : `open whether ${worseWords(said)}`,
        ]),
  ];
  return words.join(', ');
}

type Main = Pick<Difference, 'measure' | 'subject' | 'unit' | 'margin' | 'difference'> &
  Pick<Difference, 'higherIsBetter'>;

/**
 * In a few sentences: do the other methods come to what the main interval says? Whether there is a
 * difference, and what holds against the margin, are counted apart; a comparison is one method on
 * one measure.
 */
export function agreementSentence(differences: readonly Main[], checks: readonly Check[]): string {
  const compared = checks.flatMap((check) => {
    const main = differences.find(({ measure }) => measure === check.measure);
    return check.agrees === null || main === undefined
      ? []
      : [{ check, main, expected: mainStatement(main) }];
  });
  if (compared.length === 0)
    return checks.length === 0
      ? ''
      : 'There is no main interval with which the other methods could be compared.';
  // A test of no difference knows no margin: that it finds none says nothing about equivalence.
  const tally = (what: 'direction' | 'margin', words: (alike: string) => string): string[] => {
    const known = compared.filter(({ check }) => check[what] !== null);
    const alike = known.filter(({ check, expected }) => check[what] === expected[what]).length;
    return known.length === 0
      ? []
      : [words(`${alike === known.length ? 'all' : `${count(alike)} of`} ${count(known.length)}`)];
  };
  const counts = list.format([
    ...tally('direction', (alike) => `${alike} agree on whether there is a difference`),
    ...tally('margin', (alike) => `${alike} on what holds against the margin`),
  ]);
  const others = compared.filter(({ check }) => check.agrees !== true);
  const said = `Comparisons by other methods, each one method on one measure, beside the main interval: ${counts}.`;
  if (others.length === 0) return said;
  const opposite = others.some(
    ({ check, main }) =>
      check.direction !== 'none' &&
      check.direction !== null &&
      main.difference.value !== null &&
      (check.direction === 'better') !== (main.difference.value > 0 === main.higherIsBetter),
  );
  const named = others.map(
    ({ check, main }) => `${main.subject}, ${check.method} (${checkWords(check, main)})`,
  );
  const caution = ' Some point the opposite way, so that neither should be relied on.';
  return `${said} They differ in ${named.join('; ')}.${opposite ? caution : ''}`;
}
