import { chiSquareTail, normalCdf, tCdf } from './distributions.js';
import type { Undefined } from './estimate.js';

/** Which differences count against the hypothesis of none. */
export type Alternative = 'two-sided' | 'greater' | 'less';

/** What a hypothesis test gives back. Never NaN. */
export interface Test {
  readonly kind: 'test';
  readonly statistic: number;
  readonly p: number;
  readonly alternative: Alternative;
  readonly degreesOfFreedom?: number;
}
export type TestResult = Test | Undefined;

/** A z statistic as a test. */
export function zTest(z: number, alternative: Alternative = 'two-sided'): Test {
  return {
    kind: 'test',
    statistic: z,
    p: fromTails(normalCdf(z), normalCdf(-z), alternative),
    alternative,
  };
}

/** A t statistic as a test. */
export function tTest(
  t: number,
  degreesOfFreedom: number,
  alternative: Alternative = 'two-sided',
): Test {
  return {
    kind: 'test',
    statistic: t,
    degreesOfFreedom,
    p: fromTails(tCdf(t, degreesOfFreedom), tCdf(-t, degreesOfFreedom), alternative),
    alternative,
  };
}

/** A chi-square statistic as a test. */
export function chiSquareTest(statistic: number, degreesOfFreedom: number): Test {
  return {
    kind: 'test',
    statistic,
    degreesOfFreedom,
    p: chiSquareTail(statistic, degreesOfFreedom),
    alternative: 'two-sided',
  };
}

/**
 * The p-value from the chances of a statistic this low or lower and this high or higher; two-sided
 * is twice the smaller.
 */
export function fromTails(lower: number, upper: number, alternative: Alternative): number {
  return Math.min(
    1,
    alternative === 'less' ? lower : alternative === 'greater' ? upper : 2 * Math.min(lower, upper),
  );
}
