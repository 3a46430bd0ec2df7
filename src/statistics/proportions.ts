import { betaQuantile, normalQuantile } from './distributions.js';
import { type Estimate, type Interval, undefinedBecause } from './estimate.js';

/** The ways to put an interval around one proportion. */
export type ProportionMethod =
  | 'wilson'
  | 'wilson-continuity'
  | 'clopper-pearson'
  | 'agresti-coull'
  | 'jeffreys'
  | 'wald';

/** The ways to put an interval around a difference of two independent proportions. */
export type DifferenceMethod = 'newcombe' | 'miettinen' | 'agresti-caffo' | 'wald';

/**
 * The Wilson score interval of a proportion (Wilson 1927; Newcombe 1998, method 3).
 * Exactly 0 below at no success and exactly 1 above at nothing but successes.
 * @param successes from 0 to trials; need not be whole (for planning)
 * @param trials more than 0
 * @throws RangeError outside those limits
 */
export function wilsonInterval(successes: number, trials: number, level = 0.95): Interval {
  check(successes, trials);
  const z = normalQuantile(1 - (1 - level) / 2);
  return { ...wilsonLimits(successes / trials, trials, z * z), level, method: 'wilson' };
}

/**
 * Wilson's limits of any share from 0 to 1 that is known as well as one of so many independent
 * trials: 0 to 1 without trials.
 * @param squared the squared quantile, of the normal or of t
 */
export function wilsonLimits(
  share: number,
  trials: number,
  squared: number,
): { readonly lower: number; readonly upper: number } {
  const scale = trials + squared;
  const centre = trials * share + squared / 2;
  const reach = Math.sqrt(squared * (trials * share * (1 - share) + squared / 4));
  return {
    lower: share === 0 ? 0 : Math.max(0, (centre - reach) / scale),
    upper: share === 1 ? 1 : Math.min(1, (centre + reach) / scale),
  };
}

/** The interval of a proportion by any of the known methods. Arguments as for `wilsonInterval`. */
export function proportionInterval(
  successes: number,
  trials: number,
  method: ProportionMethod,
  level = 0.95,
): Interval {
  check(successes, trials);
  if (method === 'wilson') return wilsonInterval(successes, trials, level);
  const [lower, upper] = limits[method](successes, trials, level);
  return { lower, upper, level, method };
}

/** A share of units with its Wilson interval; undefined where there are no units. */
export function proportion(successes: number, trials: number, level = 0.95): Estimate {
  if (trials === 0) return undefinedBecause('no-data');
  return {
    kind: 'estimate',
    value: successes / trials,
    n: trials,
    interval: wilsonInterval(successes, trials, level),
  };
}

/**
 * First share minus second share with an interval for independent samples, by default Newcombe's
 * hybrid of the two Wilson intervals (Newcombe 1998, method 10). The other two methods are for
 * comparison and can reach past -1 and 1, as they do where they are published.
 */
export function proportionDifference(
  first: { readonly successes: number; readonly trials: number },
  second: { readonly successes: number; readonly trials: number },
  level = 0.95,
  method: DifferenceMethod = 'newcombe',
): Estimate {
  if (first.trials === 0 || second.trials === 0) return undefinedBecause('no-data');
  check(first.successes, first.trials);
  check(second.successes, second.trials);
  const [lower, upper] = differenceLimits[method](
    first.successes,
    first.trials,
    second.successes,
    second.trials,
    level,
  );
  return {
    kind: 'estimate',
    value: first.successes / first.trials - second.successes / second.trials,
    n: first.trials + second.trials,
    interval: { lower, upper, level, method },
  };
}

type Limits = [lower: number, upper: number];

const limits: Record<
  Exclude<ProportionMethod, 'wilson'>,
  (successes: number, trials: number, level: number) => Limits
> = {
  'wilson-continuity': (successes, trials, level) => {
    const z = normalQuantile(1 - (1 - level) / 2);
    const share = successes / trials;
    const scale = 2 * (trials + z * z);
    const lower =
      (2 * successes +
        z * z -
        1 -
        z * Math.sqrt(z * z - 2 - 1 / trials + 4 * share * (trials * (1 - share) + 1))) /
      scale;
    const upper =
      (2 * successes +
        z * z +
        1 +
        z * Math.sqrt(z * z + 2 - 1 / trials + 4 * share * (trials * (1 - share) - 1))) /
      scale;
    return [
      successes === 0 ? 0 : Math.max(0, lower),
      successes === trials ? 1 : Math.min(1, upper),
    ];
  },
  'clopper-pearson': (successes, trials, level) => {
    const tail = (1 - level) / 2;
    return [
      successes === 0 ? 0 : betaQuantile(tail, successes, trials - successes + 1),
      successes === trials ? 1 : betaQuantile(1 - tail, successes + 1, trials - successes),
    ];
  },
  'agresti-coull': (successes, trials, level) => {
    const z = normalQuantile(1 - (1 - level) / 2);
    const padded = trials + z * z;
    const share = (successes + (z * z) / 2) / padded;
    const reach = z * Math.sqrt((share * (1 - share)) / padded);
    return [Math.max(0, share - reach), Math.min(1, share + reach)];
  },
  jeffreys: (successes, trials, level) => {
    const tail = (1 - level) / 2;
    return [
      betaQuantile(tail, successes + 0.5, trials - successes + 0.5),
      betaQuantile(1 - tail, successes + 0.5, trials - successes + 0.5),
    ];
  },
  wald: (successes, trials, level) => {
    const z = normalQuantile(1 - (1 - level) / 2);
    const share = successes / trials;
    const reach = z * Math.sqrt((share * (1 - share)) / trials);
    return [Math.max(0, share - reach), Math.min(1, share + reach)];
  },
};

const differenceLimits: Record<
  DifferenceMethod,
  (x1: number, n1: number, x2: number, n2: number, level: number) => Limits
> = {
  newcombe: (x1, n1, x2, n2, level) => {
    const one = wilsonInterval(x1, n1, level);
    const other = wilsonInterval(x2, n2, level);
    const [p, q] = [x1 / n1, x2 / n2];
    return [
      p - q - Math.hypot(p - one.lower, other.upper - q),
      p - q + Math.hypot(one.upper - p, q - other.lower),
    ];
  },
  miettinen: (x1, n1, x2, n2, level) => {
    const z = normalQuantile(1 - (1 - level) / 2);
    const difference = x1 / n1 - x2 / n2;
    const limit = (end: -1 | 1): number => {
      let inside = difference;
      let outside: number = end;
      for (let step = 0; step < 100; step++) {
        const middle = (inside + outside) / 2;
        if (Math.abs(scoreOfDifference(x1, n1, x2, n2, middle)) <= z) inside = middle;
        else outside = middle;
      }
      return inside;
    };
    return [limit(-1), limit(1)];
  },
  'agresti-caffo': (x1, n1, x2, n2, level) => waldDifference(x1 + 1, n1 + 2, x2 + 1, n2 + 2, level),
  wald: waldDifference,
};

function waldDifference(x1: number, n1: number, x2: number, n2: number, level: number): Limits {
  const z = normalQuantile(1 - (1 - level) / 2);
  const [p, q] = [x1 / n1, x2 / n2];
  const reach = z * Math.sqrt((p * (1 - p)) / n1 + (q * (1 - q)) / n2);
  return [p - q - reach, p - q + reach];
}

/**
 * The score statistic that the difference is `delta`: shares restricted to it (closed form of
 * Miettinen and Nurminen 1985).
 */
function scoreOfDifference(x1: number, n1: number, x2: number, n2: number, delta: number): number {
  const n = n1 + n2;
  const l2 = (n1 + 2 * n2) * delta - n - x1 - x2;
  const l1 = (n2 * delta - n - 2 * x2) * delta + x1 + x2;
  const l0 = x2 * delta * (1 - delta);
  const q = l2 ** 3 / (3 * n) ** 3 - (l1 * l2) / (6 * n * n) + l0 / (2 * n);
  const root = Math.sqrt(Math.max(0, l2 ** 2 / (3 * n) ** 2 - l1 / (3 * n)));
  const p = (q < 0 ? -1 : 1) * root;
  const cosine = p === 0 ? 0 : Math.max(-1, Math.min(1, q / p ** 3));
  const second = Math.max(
    0,
    Math.min(1, 2 * p * Math.cos((Math.PI + Math.acos(cosine)) / 3) - l2 / (3 * n)),
  );
  const first = Math.max(0, Math.min(1, second + delta));
  const variance = ((first * (1 - first)) / n1 + (second * (1 - second)) / n2) * (n / (n - 1));
  const distance = x1 / n1 - x2 / n2 - delta;
  if (Math.abs(distance) < 1e-15) return 0;
  return variance > 0 ? distance / Math.sqrt(variance) : Math.sign(distance) * 1e9;
}

function check(successes: number, trials: number): void {
  if (!(trials > 0) || !(successes >= 0) || successes > trials) {
    throw new RangeError(
      `A proportion needs 0 <= successes <= trials and trials > 0; got ${successes} of ${trials}.`,
    );
  }
}
