/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { logFactorial } from './comparison/logFactorial.js';
import type { Share } from './comparison/shares.js';
import { betaCdf, betaQuantile, logBeta } from './distributions.js';
import { type Estimated, type Undefined, undefinedBecause } from './estimate.js';

/**
 * Many sets' shares, drawn together by what they have in common (beta-binomial, empirical Bayes).
 */
export interface ShrunkenShares {
  readonly kind: 'shrunken';
  /** The share that the sets scatter around. */
  readonly centre: number;
  /**
   * How alike the sets are: a set counts as if it had this many more observations at the centre.
   * Infinite scatterlessness is reported as `mostAlike`.
   */
  readonly alikeness: number;
  /** True where the sets scatter no more than chance explains. */
  readonly onlyChance: boolean;
  /**
   * Per set, in the order given: the estimate with its equal-tailed interval. `n` is the set's own
   * number of trials.
   */
  readonly sets: readonly Estimated[];
  /** Per set, the beta distribution behind its interval. */
  readonly posteriors: readonly { readonly alpha: number; readonly beta: number }[];
}

/** Stands for sets that do not differ at all. */
export const mostAlike = 1e6;

/**
 * The beta-binomial of a suite by maximum likelihood, and what it makes of each set. Sets without
 * trials take part with the centre. Intervals do not take centre and alikeness as known, which
 * would leave them no width where sets look alike: they are those of beta distributions with the
 * mean and variance of the posterior over both (`posteriorOf`).
 */
export function shrinkShares(shares: readonly Share[], level = 0.95): ShrunkenShares | Undefined {
  const used = shares.filter(({ trials }) => trials > 0);
  if (used.length === 0) return undefinedBecause('no-data');
  if (used.length < 2) return undefinedBecause('too-few-values');
  const { centre, alikeness } = mostLikely(used);
  const [alpha, beta] = [centre * alikeness, (1 - centre) * alikeness];
  const posterior = posteriorOf(used);
  const posteriors = shares.map(posterior);
  return {
    kind: 'shrunken',
    centre,
    alikeness,
    onlyChance: alikeness >= mostAlike * 0.99,
    posteriors,
    sets: shares.map(({ successes, trials }, set) => {
      const value = (alpha + successes) / (alpha + beta + trials);
      const { alpha: a, beta: b } = posteriors[set]!;
      return {
        kind: 'estimate',
        value,
        n: trials,
        interval: {
          lower: Math.min(value, betaQuantile((1 - level) / 2, a, b)),
          upper: Math.max(value, betaQuantile(1 - (1 - level) / 2, a, b)),
          level,
          method: 'beta-posterior',
        },
      };
    }),
  };
}

/** How many sets lie below a threshold, and how many would by chance. */
export interface BelowThreshold {
  readonly kind: 'below';
  readonly observed: number;
  /** Expected to be observed below if every set truly were at the common share. */
  readonly byChance: number;
  /** Expected to be truly below, from the posteriors. */
  readonly truly: number;
  /** Per set: the posterior probability that it is truly below. */
  readonly probabilities: Float64Array;
  /**
   * The chance that at least one set would be observed below though all are at the common share.
   */
  readonly anyByChance: number;
}

/**
 * Sets below a threshold that was declared beforehand: seen, by chance alone, and truly. `shrunken`
 * are the same shares drawn together, where that was done before.
 */
export function setsBelow(
  shares: readonly Share[],
  threshold: number,
  shrunken: ShrunkenShares | Undefined = shrinkShares(shares),
): BelowThreshold | Undefined {
  if (shrunken.kind === 'undefined') return shrunken;
  const all = shares.reduce(
    (sum, { successes, trials }) => ({
      successes: sum.successes + successes,
      trials: sum.trials + trials,
    }),
    { successes: 0, trials: 0 },
  );
  const common = all.successes / all.trials;
  let byChance = 0;
  let none = 1;
  for (const { trials } of shares) {
    if (trials === 0) continue;
    // Observed below means a count under threshold times trials, exactly on it being not below.
    const chance = binomialAtMost(Math.ceil(threshold * trials - 1e-9) - 1, trials, common);
    byChance += chance;
    none *= 1 - chance;
  }
  const probabilities = Float64Array.from(shrunken.posteriors, ({ alpha, beta }) =>
    betaCdf(threshold, alpha, beta),
  );
  return {
    kind: 'below',
    observed: shares.filter(
      ({ successes, trials }) => trials > 0 && successes < threshold * trials - 1e-9,
    ).length,
    byChance,
    truly: probabilities.reduce((sum, probability) => sum + probability, 0),
    probabilities,
    anyByChance: 1 - none,
  };
}

/** The exact one-sided p-value that a share is not below the threshold (binomial). */
export function shareBelowTest({ successes, trials }: Share, threshold: number): number {
  return trials === 0 ? 1 : binomialAtMost(successes, trials, threshold);
}

/** The exact one-sided p-value that a share is not above the threshold (binomial). */
export function shareAboveTest({ successes, trials }: Share, threshold: number): number {
  return trials === 0 ? 1 : binomialAtMost(trials - successes, trials, 1 - threshold);
}

/** P(X <= x) of n trials with chance p. */
export function binomialAtMost(x: number, n: number, p: number): number {
  if (x < 0) return 0;
  if (x >= n || p <= 0) return 1;
  return p >= 1 ? 0 : 1 - betaCdf(p, x + 1, n - x);
}

/** P(X = x) of n trials with chance p. */
export function binomialChance(x: number, n: number, p: number): number {
  if (p <= 0 || p >= 1) return x === (p <= 0 ? 0 : n) ? 1 : 0;
  return Math.exp(
    logFactorial(n) -
      logFactorial(x) -
      logFactorial(n - x) +
      x * Math.log(p) +
      (n - x) * Math.log(1 - p),
  );
}

const alikenessNodes = 40;
const centreNodes = 25;
/** How far the nodes of the centre reach, in standard errors of its logit. */
const reach = 5;

/**
 * What the sets say of any of them, with centre and alikeness unknown: the shrinkage alikeness /
 * (alikeness + typical trials) is uniform from 0 to 1 beforehand (Christiansen and Morris 1997),
 * the centre has Jeffreys' prior. Both are integrated out over a grid; the mixture of beta
 * distributions that is left is given as the one with its mean and variance.
 */
function posteriorOf(used: readonly Share[]): (share: Share) => { alpha: number; beta: number } {
  const different = new Map<string, { share: Share; count: number }>();
  for (const share of used) {
    const key = `${share.successes} ${share.trials}`;
    different.set(key, { share, count: (different.get(key)?.count ?? 0) + 1 });
  }
  const [successes, trials] = used.reduce(
    ([x, n], share) => [x + share.successes, n + share.trials],
    [0, 0],
  );
  const typical = trials / used.length;
  const pooled = (successes + 0.5) / (trials + 1);
  const nodes: { alpha: number; beta: number; weight: number }[] = [];
  for (let row = 0; row < alikenessNodes; row++) {
    const shrinkage = (row + 0.5) / alikenessNodes;
    const alikeness = (typical * shrinkage) / (1 - shrinkage);
    // How much more the sets' shares scatter than chance, and with them the centre.
    const excess = (alikeness + typical) / (alikeness + 1);
    const step =
      (2 * reach * Math.sqrt(excess / ((trials + 1) * pooled * (1 - pooled)))) / (centreNodes - 1);
    for (let column = 0; column < centreNodes; column++) {
      const centre =
        1 /
        (1 +
          Math.exp(-(Math.log(pooled / (1 - pooled)) + (column - (centreNodes - 1) / 2) * step)));
      const [alpha, beta] = [centre * alikeness, (1 - centre) * alikeness];
      const own = logBeta(alpha, beta);
      let weight = Math.log(step) + 0.5 * Math.log(centre * (1 - centre));
      for (const { share, count } of different.values())
        weight +=
          count * (logBeta(alpha + share.successes, beta + share.trials - share.successes) - own);
      if (Number.isFinite(weight)) nodes.push({ alpha, beta, weight });
    }
  }
  const most = nodes.reduce((largest, { weight }) => Math.max(largest, weight), -Infinity);
  const known = nodes.map(({ alpha, beta, weight }) => ({
    alpha,
    beta,
    weight: Math.exp(weight - most),
  }));
  const all = known.reduce((sum, { weight }) => sum + weight, 0);
  return ({ successes: x, trials: n }) => {
    let [mean, square] = [0, 0];
    for (const { alpha, beta, weight } of known) {
      const total = alpha + beta + n;
      const share = (alpha + x) / total;
      mean += (weight / all) * share;
      square += (weight / all) * (share * share + (share * (1 - share)) / (total + 1));
    }
    const size = (mean * (1 - mean)) / Math.max(square - mean * mean, 1e-15) - 1;
    return { alpha: mean * size, beta: (1 - mean) * size };
  };
}

function mostLikely(shares: readonly Share[]): { centre: number; alikeness: number } {
  const [successes, trials] = shares.reduce(
    ([x, n], share) => [x + share.successes, n + share.trials],
    [0, 0],
  );
  // Half an observation of each kind keeps the centre off 0 and 1.
  const pooled = Math.min(Math.max(successes / trials, 0.5 / (trials + 1)), 1 - 0.5 / (trials + 1));
  const logLikelihood = (centre: number, alikeness: number): number => {
    const [a, b] = [centre * alikeness, (1 - centre) * alikeness];
    const own = logBeta(a, b);
    return shares.reduce(
      (sum, { successes: x, trials: n }) => sum + logBeta(a + x, b + n - x) - own,
      0,
    );
  };
  const centreAt = (alikeness: number): number => {
    const logit = maximum(
      (position) => logLikelihood(1 / (1 + Math.exp(-position)), alikeness),
      Math.log(pooled / (1 - pooled)) - 3,
      Math.log(pooled / (1 - pooled)) + 3,
    );
    return 1 / (1 + Math.exp(-logit));
  };
  const logAlikeness = maximum(
    (position) => logLikelihood(centreAt(Math.exp(position)), Math.exp(position)),
    Math.log(0.1),
    Math.log(mostAlike),
  );
  const alikeness = Math.exp(logAlikeness);
  // Beyond this the likelihood is flat to the last digits of the logarithms: the sets are alike.
  if (
    alikeness > 2e4 ||
    logLikelihood(pooled, mostAlike) >= logLikelihood(centreAt(alikeness), alikeness) - 1e-6
  )
    return { centre: pooled, alikeness: mostAlike };
  return { centre: centreAt(alikeness), alikeness };
}

/** The position of the maximum of a function with one peak (golden section). */
function maximum(f: (position: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let left = high - ratio * (high - low);
  let right = low + ratio * (high - low);
  let [atLeft, atRight] = [f(left), f(right)];
  for (let step = 0; step < 36 && high - low > 1e-6; step++) {
    if (atLeft < atRight) {
      low = left;
      left = right;
      atLeft = atRight;
      right = low + ratio * (high - low);
      atRight = f(right);
    } else {
      high = right;
      right = left;
      atRight = atLeft;
      left = high - ratio * (high - low);
      atLeft = f(left);
    }
  }
  return (low + high) / 2;
}
