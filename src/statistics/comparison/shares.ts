import { normalQuantile } from '../distributions.js';
import { type Estimate, type Undefined, undefinedBecause } from '../estimate.js';
import { type TestResult, zTest } from '../hypothesis.js';
import type { Equivalence } from './means.js';

/** A number of successes among trials. */
export interface Share {
  readonly successes: number;
  readonly trials: number;
}

/** The z test that two independent shares are equal, with pooled variance (default) or without. */
export function shareTest(
  first: Share,
  second: Share,
  variance: 'pooled' | 'unpooled' = 'pooled',
): TestResult {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  const [p, q] = [first.successes / first.trials, second.successes / second.trials];
  const pooled = (first.successes + second.successes) / (first.trials + second.trials);
  const squared =
    variance === 'pooled'
      ? pooled * (1 - pooled) * (1 / first.trials + 1 / second.trials)
      : (p * (1 - p)) / first.trials + (q * (1 - q)) / second.trials;
  return squared > 0 ? zTest((p - q) / Math.sqrt(squared)) : undefinedBecause('no-variance');
}

/** Equivalence of two independent shares within a margin (two one-sided Wald tests). */
export function shareEquivalence(
  first: Share,
  second: Share,
  margin: number,
): Equivalence | Undefined {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  const [p, q] = [first.successes / first.trials, second.successes / second.trials];
  const error = Math.sqrt((p * (1 - p)) / first.trials + (q * (1 - q)) / second.trials);
  if (!(error > 0)) return undefinedBecause('no-variance');
  const lower = zTest((p - q + margin) / error, 'greater');
  const upper = zTest((p - q - margin) / error, 'less');
  return { kind: 'equivalence', lower, upper, p: Math.max(lower.p, upper.p) };
}

/**
 * The ratio of the odds of two shares with a large-sample interval; undefined where a cell is
 * empty.
 */
export function oddsRatio(first: Share, second: Share, level = 0.95): Estimate {
  const [a, b, c, d] = [
    first.successes,
    first.trials - first.successes,
    second.successes,
    second.trials - second.successes,
  ];
  return ratio((a * d) / (b * c), 1 / a + 1 / b + 1 / c + 1 / d, first, second, level);
}

/** The ratio of two shares with a large-sample interval. */
export function riskRatio(first: Share, second: Share, level = 0.95): Estimate {
  const [p, q] = [first.successes / first.trials, second.successes / second.trials];
  return ratio(p / q, (1 - p) / first.successes + (1 - q) / second.successes, first, second, level);
}

/** Cohen's h: the difference of two shares on the arcsine scale. */
export function cohenH(first: Share, second: Share): Estimate {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  const angle = ({ successes, trials }: Share): number =>
    2 * Math.asin(Math.sqrt(successes / trials));
  return { kind: 'estimate', value: angle(first) - angle(second), n: first.trials + second.trials };
}

function ratio(
  value: number,
  variance: number,
  first: Share,
  second: Share,
  level: number,
): Estimate {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  if (Number.isNaN(value)) return undefinedBecause('empty-margin');
  if (!Number.isFinite(value)) return undefinedBecause('infinite');
  const n = first.trials + second.trials;
  if (!(value > 0) || !Number.isFinite(variance))
    return { kind: 'estimate', value, n, withoutInterval: undefinedBecause('infinite').because };
  const reach = normalQuantile(1 - (1 - level) / 2) * Math.sqrt(variance);
  return {
    kind: 'estimate',
    value,
    n,
    interval: {
      lower: value * Math.exp(-reach),
      upper: value * Math.exp(reach),
      level,
      method: 'log-wald',
    },
  };
}
