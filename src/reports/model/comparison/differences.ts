import { adjustP } from '#statistics/comparison/multiplicity.js';
import {
  detectableDifference,
  neededFor,
  plannedReach,
  varianceShares,
} from '#statistics/comparison/resolution.js';
import { type Verdict, verdict } from '#statistics/comparison/verdict.js';
import { type Estimate, valueOf } from '#statistics/estimate.js';
import {
  twoWayDifference,
  type TwoWayEstimate,
  type TwoWayEstimated,
  twoWayMean,
} from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';
import { figure } from '#figure.js';
import type { Measured } from './findings.js';
import type { Measure } from './measures.js';
import type { Difference, PairTest, PairTests, Resolution } from '../schema/comparison.js';

const levels = {
  notWorse: 0.025,
  worse: 0.025,
  equivalent: 0.05,
  different: 0.05,
} as const satisfies Record<keyof PairTests, number>;

const rawTests = ({
  nonInferiority,
  inferiority,
  equivalence,
  difference,
}: Verdict): Record<keyof PairTests, number | null> => ({
  notWorse: nonInferiority,
  worse: inferiority,
  equivalent: equivalence,
  different: difference,
});

/**
 * The p-values of one kind of test over the measures, each with Holm's adjustment among those that
 * exist.
 */
function withHolm(values: readonly (number | null)[], level: number): PairTest[] {
  const defined = values.filter((value) => value !== null);
  const adjusted = [...adjustP(defined, 'holm')];
  return values.map((p) => ({
    p,
    adjusted: p === null ? null : (adjusted.shift() ?? null),
    overPairs: null,
    level,
  }));
}

/** The most votes that one item of a set has. */
function mostVotesOf({ items }: Votes): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (const item of items) {
    const votes = (counts.get(item) ?? 0) + 1;
    counts.set(item, votes);
    most = Math.max(most, votes);
  }
  return most;
}

function resolutionOf(
  estimate: TwoWayEstimate,
  found: Verdict,
  { margin, higherIsBetter, generated, human }: Measure,
): Resolution | null {
  if (estimate.kind === 'undefined' || estimate.standardError === undefined) return null;
  const shares = varianceShares(estimate);
  if (shares === null) return null;
  const reach = (times: Parameters<typeof plannedReach>[2]): number =>
    plannedReach(estimate, shares, times);
  const overlap = estimate.votes / estimate.n;
  const needed =
    found.kind === 'undecided'
      ? neededFor(estimate, shares, {
          reach: decidingReach(estimate, higherIsBetter ? -margin : margin),
          mostVotes: Math.max(mostVotesOf(generated), mostVotesOf(human)),
        })
      : null;
  return {
    shares,
    halfWidth: reach({}),
    doubled: {
      examples: reach({ examples: 2 }),
      overlap: 2 * overlap <= estimate.raters ? reach({ overlap: 2 }) : null,
      raters: reach({ raters: 2 }),
    },
    needed:
      needed === null
        ? null
        : { ...needed, examples: needed.examples === null ? null : Math.ceil(needed.examples / 2) },
  };
}

/**
 * The half-width at which the limit on the side of `bound` would come to stand there, the interval
 * keeping its shape.
 */
function decidingReach({ value, interval }: TwoWayEstimated, bound: number): number {
  if (interval === undefined) return NaN;
  const { lower, upper } = interval;
  const side = bound < value ? value - lower : upper - value;
  return (Math.abs(value - bound) * (upper - lower)) / (2 * side);
}

/** The main result of one measure, and the verdict and study facts that follow from it. */
interface Found extends Pick<Difference, 'detectable' | 'resolution'> {
  readonly estimate: Estimate;
  /** With the 90 % interval of the two one-sided tests. */
  readonly equivalence: Estimate;
  readonly verdict: Verdict;
}

function foundOf(measure: Measure): Found {
  const { generated, human, margin, higherIsBetter, scale } = measure;
  const estimate = twoWayDifference(generated, human, { scale });
  const limitsAt = estimate.kind === 'estimate' ? estimate.limitsAt : null;
  const said = verdict(limitsAt, { margin, higherIsBetter });
  return {
    estimate,
    equivalence: twoWayDifference(generated, human, { scale, level: 0.9 }),
    verdict: said,
    detectable:
      estimate.kind === 'undefined'
        ? null
        : detectableDifference(estimate, {
            higherIsBetter,
            largest: scale.upper - scale.lower,
          }),
    resolution: resolutionOf(estimate, said, measure),
  };
}

/**
 * Generated minus human-written in every primary measure, by vote with the two-way interval, with
 * verdict, tests and what would sharpen them.
 */
export function differencesOf(measures: readonly Measure[]): Measured[] {
  const found = measures.map((measure) => ({ ...foundOf(measure), measure }));
  const raw = found.map((each) => rawTests(each.verdict));
  const tested = (name: keyof PairTests): PairTest[] =>
    withHolm(
      raw.map((tests) => tests[name]),
      levels[name],
    );
  const tests = {
    notWorse: tested('notWorse'),
    worse: tested('worse'),
    equivalent: tested('equivalent'),
    different: tested('different'),
  };
  return found.map(
    ({ measure, estimate, equivalence, verdict, detectable, resolution }, index): Measured => {
      const { generated, human, title, subject, unit, higherIsBetter, margin, scale } = measure;
      const at = (name: keyof PairTests): PairTest =>
        tests[name][index] ?? { p: null, adjusted: null, overPairs: null, level: levels[name] };
      return {
        measure: measure.measure,
        title,
        subject,
        unit,
        higherIsBetter,
        generated: valueOf(twoWayMean(generated, { scale })),
        human: valueOf(twoWayMean(human, { scale })),
        difference: figure(estimate),
        equivalence: figure(equivalence),
        margin,
        verdict: verdict.kind,
        tests: {
          notWorse: at('notWorse'),
          worse: at('worse'),
          equivalent: at('equivalent'),
          different: at('different'),
        },
        detectable,
        resolution,
      };
    },
  );
}
