import { normalQuantile, tQuantile } from '../distributions.js';
import type { Arm } from './arm.js';
import { type Shared, squaredErrorOfDifference } from './shared.js';

/** The ends of an interval. */
export interface Limits {
  readonly lower: number;
  readonly upper: number;
}

/** How many standard errors an interval of some level reaches: normal, and t at any freedom. */
export interface Reach {
  readonly z: number;
  readonly t: (degreesOfFreedom: number) => number;
}

/** The reach of an interval at a level between 0 and 1. */
export function reachAt(level: number): Reach {
  const p = 1 - (1 - level) / 2;
  return { z: normalQuantile(p), t: (degreesOfFreedom) => tQuantile(p, degreesOfFreedom) };
}

const knots = 400;

/**
 * The same by interpolation between knots that are even in 1 / degrees of freedom (from 1 on): right
 * to 4 digits, and fast enough to be asked a million times.
 */
export function tabulatedReach(level: number): Reach {
  const exact = reachAt(level);
  const table = Float64Array.from({ length: knots + 1 }, (_, knot) =>
    knot === 0 ? exact.z : exact.t(knots / knot),
  );
  return {
    z: exact.z,
    t(degreesOfFreedom) {
      const at = knots / Math.max(1, degreesOfFreedom);
      const below = Math.min(knots - 1, Math.floor(at));
      const [low, high] = [table[below] ?? NaN, table[below + 1] ?? NaN];
      return low + (at - below) * (high - low);
    },
  };
}

/** The variance of an estimate that lies x away: constant + linear × x - square × x². */
interface Quadratic {
  readonly constant: number;
  readonly linear: number;
  readonly square: number;
}

/** The x that is z standard errors, by the variance at x. */
function solved({ constant, linear, square }: Quadratic, z: number): number {
  const [half, whole] = [(z * z * linear) / 2, 1 + z * z * square];
  return (half + Math.sqrt(Math.max(0, half * half + z * z * constant * whole))) / whole;
}

/** What the limits need to know of an arm. */
type Share = Pick<Arm, 'value' | 'effectiveVotes' | 'squaredError'>;

/**
 * Wilson's limits (1927) of a share of `effectiveVotes` independent votes, each of them as many
 * times further from the share as t reaches beyond the normal distribution; within 0 and 1.
 */
export function limitsOfMean(
  { value, effectiveVotes, squaredError, degreesOfFreedom }: Share & Pick<Arm, 'degreesOfFreedom'>,
  { z, t }: Reach,
): Limits {
  const more = t(degreesOfFreedom) / z;
  const away = (linear: number): number =>
    more *
    solved(
      {
        constant: squaredError,
        linear: linear / effectiveVotes,
        square: 1 / effectiveVotes,
      },
      z,
    );
  return {
    lower: value === 0 ? 0 : Math.max(0, value - away(2 * value - 1)),
    upper: value === 1 ? 1 : Math.min(1, value + away(1 - 2 * value)),
  };
}

/**
 * The limits of a difference of two means, as those of a single mean: the score interval. A
 * difference that lies x away puts the two means x apart from where they are, the one that rests on
 * fewer effective votes by more, as far as each stays on the scale, and has the variance of means at
 * those places, with the covariance that was found. Each limit is as many times further from the
 * difference as t reaches beyond the normal distribution; within -1 and 1. A higher level never
 * gives nearer limits. Miettinen and Nurminen (1985) put the means where they are most likely; this
 * split puts both at the mean of all votes where no difference is tried, as they do, and leaves a
 * quadratic equation elsewhere.
 */
export function limitsOfDifference(
  one: Share,
  other: Share,
  { correlation, degreesOfFreedom }: Pick<Shared, 'correlation' | 'degreesOfFreedom'>,
  { z, t }: Reach,
): Limits {
  const more = t(degreesOfFreedom) / z;
  const value = one.value - other.value;
  return {
    lower: Math.max(-1, value - more * apart(one, other, correlation, z)),
    upper: Math.min(1, value + more * apart(other, one, correlation, z)),
  };
}

/** How far the first mean can lie below, and the second above, what they are, together. */
function apart(down: Share, up: Share, correlation: number, z: number): number {
  const constant = squaredErrorOfDifference(down, up, correlation);
  const part = up.effectiveVotes / (down.effectiveVotes + up.effectiveVotes);
  const found = solved(
    {
      constant,
      linear:
        (part * (2 * down.value - 1)) / down.effectiveVotes +
        ((1 - part) * (1 - 2 * up.value)) / up.effectiveVotes,
      square: part ** 2 / down.effectiveVotes + (1 - part) ** 2 / up.effectiveVotes,
    },
    z,
  );
  // A mean that has come to the end of the scale has no variance left, and the other goes on alone.
  const common = down.squaredError + up.squaredError - constant;
  if ((1 - part) * found >= 1 - up.value)
    return alone(down.value, 1 - up.value, down.effectiveVotes, common, z);
  if (part * found >= down.value)
    return alone(1 - up.value, down.value, up.effectiveVotes, common, z);
  return found;
}

/** One mean moves by x - `moved`, from `room` to its end of the scale; the other has moved. */
function alone(room: number, moved: number, votes: number, common: number, z: number): number {
  const [whole, rest] = [room + moved, 1 - room - moved];
  return solved(
    {
      constant: (whole * rest) / votes - common,
      linear: (whole - rest) / votes,
      square: 1 / votes,
    },
    z,
  );
}
