import type { Figure } from '#figure.js';
import { fixed } from '#web/format.js';
import type { Difference } from '../schema/comparison.js';

const points = (value: number): string => `${fixed(Math.abs(value) * 100, 1)} points`;

/**
 * Why label agreement by majority and by vote point opposite ways, with a space before it; empty
 * where they do not, or one of them is missing.
 * @param byMajority labels upheld, generated minus human-written
 */
export function oppositeSentence(
  { difference }: Pick<Difference, 'difference'>,
  byMajority: Figure | null,
): string {
  const [votes, majority] = [difference.value ?? 0, byMajority?.value ?? 0];
  // What would be printed as no difference points nowhere.
  if (votes * majority >= 0 || Math.min(Math.abs(votes), Math.abs(majority)) < 0.0005) return '';
  const [by, than] =
    majority > 0
      ? ['more', 'lower for the generated set']
      : ['fewer', 'higher for the generated set'];
  return ` By majority it is the other way round, with ${points(majority)} ${by} labels upheld in the generated set, since a majority counts an example alike whether all its raters agree or only most of them; every vote counts in the figure above, which is ${points(votes)} ${than}.`;
}
