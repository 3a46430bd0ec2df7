import { adjustP } from '#statistics/comparison/multiplicity.js';
import { count } from '#web/format.js';
import type { Check, Difference, PairTest, PairTests } from '../schema/comparison.js';
import { turned } from './measures.js';

/** A measure of a pair before anything is said of it. */
export type Measured = Omit<Difference, 'sentence'>;

/**
 * What the intervals of a measure show: the verdict, and whether the generated set is shown to be
 * lower beside it, by less than the margin or with the margin open.
 */
export interface Finding {
  readonly verdict: Difference['verdict'];
  readonly lower: boolean;
}

/**
 * The finding of a verdict whose 95 % interval, turned so that higher is better, ends at `upper`;
 * null where there is no interval.
 */
export const findingAt = (verdict: Difference['verdict'], upper: number | null): Finding => ({
  verdict,
  lower: verdict !== 'worse' && upper !== null && upper < 0,
});

export const findingOf = ({
  verdict,
  difference,
  higherIsBetter,
}: Pick<Measured, 'verdict' | 'difference' | 'higherIsBetter'>): Finding =>
  findingAt(verdict, turned(difference, higherIsBetter)?.upper ?? null);

/** One thing that a finding claims, with the p-value that it has once corrected. */
export interface Claim {
  readonly kind: 'better' | 'worse' | 'equivalent' | 'not-worse' | 'lower';
  readonly p: number | null;
  /** It is still shown among the measures of the pair and among the compared pairs. */
  readonly stands: boolean;
}

/** The tests behind a claim: all of them must show it. */
const testsBehind: Record<Claim['kind'], readonly [keyof PairTests, ...(keyof PairTests)[]]> = {
  better: ['different'],
  worse: ['worse'],
  equivalent: ['equivalent', 'notWorse'],
  'not-worse': ['notWorse'],
  lower: ['different'],
};

/** A p-value as corrected for everything that was looked at. */
const corrected = ({ adjusted, overPairs }: PairTest): number => overPairs ?? adjusted ?? 0;

function claim(kind: Claim['kind'], tests: PairTests): Claim {
  const names = testsBehind[kind];
  // What is shown by itself has a p-value of its level at most, but for rounding.
  const lost = names.find((name) => corrected(tests[name]) > tests[name].level + 1e-9);
  return { kind, p: corrected(tests[lost ?? names[0]]), stands: lost === undefined };
}

/** Everything that a finding claims, the verdict first; nothing where all is open. */
export function claimsOf(measured: Measured): Claim[] {
  const { verdict, lower } = findingOf(measured);
  return [
    ...(verdict === 'undecided' || verdict === 'no-interval'
      ? []
      : [claim(verdict, measured.tests)]),
    ...(lower ? [claim('lower', measured.tests)] : []),
  ];
}

/** How many measures of a pair, and how many pairs, were looked at: what a finding is corrected for. */
export interface Family {
  readonly measures: number;
  readonly pairs: number;
}

/** "three measures and 15 pairs"; empty where there is nothing to correct for. */
export function familyWords({ measures, pairs }: Family, methods = false): string {
  const named = (words: string, method: string): string =>
    methods ? `${words} (${method})` : words;
  return [
    ...(measures < 2 ? [] : [named(`${measures === 2 ? 'two' : 'three'} measures`, 'Holm')]),
    ...(pairs < 2 ? [] : [named(`${count(pairs)} pairs`, 'Benjamini and Hochberg')]),
  ].join(' and ');
}

const isTested = ({ tests }: Measured): boolean => tests.different.p !== null;

/** What the findings of a pair are corrected for. */
export const familyOf = (
  differences: readonly Measured[],
  pairs: readonly (readonly Measured[])[],
): Family => ({
  measures: differences.filter(isTested).length,
  pairs: pairs.filter((pair) => pair.some(isTested)).length,
});

/** Adjusted over pairs (Benjamini and Hochberg); null under two of them. */
export function adjustedOverPairs(values: readonly (number | null)[]): (number | null)[] {
  const defined = values.filter((value) => value !== null);
  const adjusted = defined.length < 2 ? [] : [...adjustP(defined, 'benjamini-hochberg')];
  return values.map((value) => (value === null ? null : (adjusted.shift() ?? null)));
}

/**
 * The measures of all compared pairs with their tests corrected for how many pairs there are: of
 * each measure and kind of test the p-values that Holm adjusted over the measures of a pair, adjusted
 * over the pairs.
 */
export function correctedOverPairs(pairs: readonly (readonly Measured[])[]): Measured[][] {
  const testOver = (measure: Measured['measure'], name: keyof PairTests): (number | null)[] =>
    adjustedOverPairs(
      pairs.map(
        (pair) => pair.find((known) => known.measure === measure)?.tests[name].adjusted ?? null,
      ),
    );
  return pairs.map((pair, index) =>
    pair.map((measured) => {
      const test = (name: keyof PairTests): PairTest => ({
        ...measured.tests[name],
        overPairs: testOver(measured.measure, name)[index] ?? null,
      });
      return {
        ...measured,
        tests: {
          notWorse: test('notWorse'),
          worse: test('worse'),
          equivalent: test('equivalent'),
          different: test('different'),
        },
      };
    }),
  );
}

/** Whether what holds of every measure of a pair at once does so among the compared pairs too. */
export interface AtOnce {
  readonly notWorse: boolean;
  readonly equivalent: boolean;
}

/**
 * Of each pair, whether all measures at once are shown to be not worse, and equivalent: the largest
 * p-value of its measures (an intersection-union test), which needs no correction for their number,
 * adjusted over the pairs.
 */
export function atOnceOf(pairs: readonly (readonly Measured[])[]): AtOnce[] {
  const shown = (name: 'notWorse' | 'equivalent', level: number): boolean[] => {
    const largest = pairs.map((pair) => {
      const values = pair.flatMap(({ tests }) => tests[name].p ?? []);
      return values.length < Math.max(1, pair.length) ? null : Math.max(...values);
    });
    return adjustedOverPairs(largest).map((p) => p === null || p <= level + 1e-9);
  };
  const [notWorse, equivalent] = [shown('notWorse', 0.025), shown('equivalent', 0.05)];
  return pairs.map((_, index) => ({
    notWorse: notWorse[index] ?? true,
    equivalent: (equivalent[index] ?? true) && (notWorse[index] ?? true),
  }));
}

/**
 * What limits turned so that higher is better say of the generated set; `margin` is null where the
 * limits are not in its unit.
 */
export function statement(
  limits: { readonly lower: number; readonly upper: number } | null,
  neutral: number,
  margin: number | null,
): Pick<Check, 'direction' | 'margin'> {
  if (limits === null) return { direction: null, margin: null };
  return {
    direction: limits.lower > neutral ? 'better' : limits.upper < neutral ? 'worse' : 'none',
    margin:
      margin === null
        ? null
        : limits.lower > -margin
          ? 'within'
          : limits.upper < -margin
            ? 'beyond'
            : 'open',
  };
}

/** What the main interval of a measure says, in the same terms. */
export const mainStatement = ({
  difference,
  higherIsBetter,
  margin,
}: Pick<Measured, 'difference' | 'higherIsBetter' | 'margin'>): Pick<
  Check,
  'direction' | 'margin'
> => statement(turned(difference, higherIsBetter), 0, margin);
