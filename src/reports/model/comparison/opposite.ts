import type { Figure } from '#figure.js';
import { fixed } from '#web/format.js';
import type { Difference } from '../schema/comparison.js';

const points = (value: number): string => `${fixed(Math.abs(value) * 100, 1)} points`;
const signedPoints = (value: number): string =>
  `${value > 0 ? '+' : ''}${fixed(value * 100, 1)} points`;

/** Half a point: less than this either way is no direction worth a sentence. */
const least = 0.005;

/**
 * Why label agreement by majority and by vote point opposite ways, with a space before it; empty
 * where they do not, one of them is missing, or one is under half a point.
 * @param byMajority labels upheld over complete examples, generated minus human-written
 * @param overComplete label agreement by vote over the same complete examples; null where there is
 *   none
 */
export function oppositeSentence(
  { difference }: Pick<Difference, 'difference'>,
  byMajority: Figure | null,
  overComplete: number | null,
): string {
  const [votes, majority] = [difference.value ?? 0, byMajority?.value ?? 0];
  if (votes * majority >= 0 || Math.min(Math.abs(votes), Math.abs(majority)) < least) return '';
  const [by, than] =
    majority > 0
      ? ['more', 'lower for the generated set']
      : ['fewer', 'higher for the generated set'];
  const stillOpposite =
    overComplete !== null && overComplete * majority < 0 && Math.abs(overComplete) >= least;
  const over =
    overComplete === null ? '' : `, over which the votes differ by ${signedPoints(overComplete)}`;
  return [
    ` By majority it is the other way round, with ${points(majority)} ${by} labels upheld in the `,
    'generated set, since ',
    stillOpposite
      ? 'a majority counts an example alike whether all its raters agree or only most of them; '
      : `by majority only complete examples count${over}; `,
    stillOpposite
      ? 'every vote counts in the figure above, which is'
      : 'the figure above counts the votes about incomplete examples too and is',
    ` ${points(votes)} ${than}.`,
  ].join('');
}
