/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { verdictOf, type VerdictKind } from '../comparison/verdict.js';
import { type Undefined, undefinedBecause } from '../estimate.js';
import { wilsonInterval } from '../proportions.js';
import { fewestRaters } from '../twoWay.js';
import type { Limits } from '../twoWay/limits.js';
import type { RunningEstimate } from './runningTwoWay.js';

/** A mean or share over simulated studies with its Monte Carlo standard error. */
export interface Simulated {
  readonly value: number;
  readonly error: number;
}

/** Labels upheld by a strict majority; a tie is not upheld. */
export interface SimulatedMajority {
  /** The share upheld. */
  readonly share: Simulated;
  /** Half of the width of its Wilson interval. */
  readonly halfWidth: Simulated;
  /** Chance that the lower limit reaches the threshold; null where there is none. */
  readonly reaches: Simulated | null;
}

/**
 * How the comparison of a pair comes out, by the two-way interval of the difference in mean
 * answers.
 */
export interface SimulatedComparison {
  readonly kind: 'comparison';
  readonly halfWidth: Simulated | Undefined;
  /** Chance that the set is shown to be not worse within the margin, at one-sided 2.5 %. */
  readonly notWorse: Simulated;
  /** Chance that the 95 % interval leaves out no difference. */
  readonly different: Simulated;
  readonly verdicts: Readonly<Record<VerdictKind, Simulated>>;
}

/**
 * A share of runs; its error as if there were two more of each kind (Agresti and Coull 1998), so
 * that it is never 0.
 */
export function simulatedShare(count: number, runs: number): Simulated {
  const padded = (count + 2) / (runs + 4);
  return { value: count / runs, error: Math.sqrt((padded * (1 - padded)) / (runs + 4)) };
}

/** Counts a number over runs. */
export interface MeanTally {
  note(value: number): void;
  /** Undefined where nothing was noted. */
  simulated(): Simulated | Undefined;
}

export function meanTally(): MeanTally {
  let [noted, sum, squares] = [0, 0, 0];
  return {
    note(value) {
      noted++;
      sum += value;
      squares += value * value;
    },
    simulated() {
      if (noted === 0) return undefinedBecause('no-variation');
      const value = sum / noted;
      return {
        value,
        error: Math.sqrt(Math.max(0, squares / noted - value * value) / Math.max(1, noted - 1)),
      };
    },
  };
}

const halfOf = ({ lower, upper }: Limits): number => (upper - lower) / 2;

/** Half of the width of the interval of a mean; what has under four raters is left out. */
export function halfWidthTally(): {
  note(estimate: RunningEstimate): void;
  simulated(): Simulated | Undefined;
} {
  const width = meanTally();
  return {
    note({ raters, interval }) {
      if (raters >= fewestRaters) width.note(halfOf(interval));
    },
    simulated: () => width.simulated(),
  };
}

/**
 * The Wilson interval of so many items by how many of them are upheld: half of its width, and
 * whether it reaches the threshold.
 */
export interface WilsonTable {
  readonly halfWidth: Float64Array;
  readonly reaches: readonly boolean[] | null;
}

export function wilsonTable(items: number, threshold: number | undefined): WilsonTable {
  const intervals = Array.from({ length: items + 1 }, (_, upheld) => wilsonInterval(upheld, items));
  return {
    halfWidth: Float64Array.from(intervals, ({ lower, upper }) => (upper - lower) / 2),
    reaches: threshold === undefined ? null : intervals.map(({ lower }) => lower >= threshold),
  };
}

export function majorityTally({ halfWidth, reaches }: WilsonTable): {
  note(upheld: number): void;
  simulated(runs: number): SimulatedMajority | Undefined;
} {
  const [share, width] = [meanTally(), meanTally()];
  let reached = 0;
  return {
    note(upheld) {
      share.note(upheld / (halfWidth.length - 1));
      width.note(halfWidth[upheld]!);
      if (reaches !== null && reaches[upheld] === true) reached++;
    },
    simulated(runs) {
      const [meanShare, meanWidth] = [share.simulated(), width.simulated()];
      if ('kind' in meanShare) return meanShare;
      if ('kind' in meanWidth) return meanWidth;
      return {
        share: meanShare,
        halfWidth: meanWidth,
        reaches: reaches === null ? null : simulatedShare(reached, runs),
      };
    },
  };
}

export function comparisonTally(margin: number): {
  note(estimate: RunningEstimate): void;
  simulated(runs: number): SimulatedComparison;
} {
  const width = meanTally();
  const counts: Record<VerdictKind, number> = {
    better: 0,
    'not-worse': 0,
    equivalent: 0,
    worse: 0,
    undecided: 0,
    'no-interval': 0,
  };
  let [notWorse, different] = [0, 0];
  return {
    note({ raters, interval, equivalence }) {
      if (raters < fewestRaters) {
        counts['no-interval']++;
        return;
      }
      width.note(halfOf(interval));
      counts[verdictOf(interval, equivalence, margin)]++;
      if (interval.lower > -margin) notWorse++;
      if (interval.lower > 0 || interval.upper < 0) different++;
    },
    simulated(runs) {
      const chance = (kind: VerdictKind): Simulated => simulatedShare(counts[kind], runs);
      return {
        kind: 'comparison',
        halfWidth: width.simulated(),
        notWorse: simulatedShare(notWorse, runs),
        different: simulatedShare(different, runs),
        verdicts: {
          better: chance('better'),
          'not-worse': chance('not-worse'),
          equivalent: chance('equivalent'),
          worse: chance('worse'),
          undecided: chance('undecided'),
          'no-interval': chance('no-interval'),
        },
      };
    },
  };
}
