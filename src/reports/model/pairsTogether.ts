import { count, plural } from '#web/format.js';
import type { PairSection } from './schema/report.js';
import type { SuitePair, SuiteSection } from './schema/suite.js';
import { falseFindings } from './threshold.js';

/**
 * With more pairs than this the first sentences count differences instead of telling the answers
 * one by one, and the overview has a table of them.
 */
export const mostPairsOneByOne = 4;

const isLabels = ({ measure }: PairSection['differences'][number]): boolean =>
  measure === 'label-votes';

/** The tests of label agreement over the compared pairs; none where there are fewer than two. */
export const pairsOf = (compared: readonly PairSection[]): SuitePair[] =>
  compared.flatMap(({ generated, behaviour, differences }) =>
    differences.filter(isLabels).flatMap(({ tests, difference }): SuitePair[] => {
      const { p, overPairs } = tests.different;
      if (p === null || overPairs === null) return [];
      const higher = (difference.value ?? 0) > 0;
      const shown = overPairs > falseFindings ? 'none' : higher ? 'higher' : 'lower';
      return [{ generated, behaviour, p, adjusted: overPairs, shown }];
    }),
  );

/**
 * How many comparisons show a difference in label agreement, corrected for how much was looked at;
 * nothing where none was tested.
 */
export function pairsSentences(
  { pairs }: Pick<SuiteSection, 'pairs'>,
  compared: readonly PairSection[],
): string[] {
  if (pairs.length === 0) return [];
  const inSome = (kind: SuitePair['shown']): string => {
    const some = pairs.filter(({ shown }) => shown === kind).length;
    return some === 0 ? 'none' : some === pairs.length ? `all ${count(some)}` : count(some);
  };
  const open = inSome('none');
  const untested =
    compared.filter(({ differences }) => differences.some(isLabels)).length - pairs.length;
  const without = plural(untested, 'compared pair has', 'compared pairs have');
  return [
    [
      `Of ${plural(pairs.length, 'tested pair')}, the generated set is shown to be higher in label `,
      `agreement in ${inSome('higher')} and lower in ${inSome('lower')}, corrected for how many `,
      'measures and pairs were compared',
      open === 'none'
        ? ''
        : `; in ${open} no difference is shown, which does not mean that there is none`,
      untested === 0 ? '.' : `. ${without} no test, since raters are too few.`,
    ].join(''),
  ];
}
