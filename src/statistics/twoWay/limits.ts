import { normalQuantile, tQuantile } from '../distributions.js';
import type { Arm } from './arm.js';

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

/**
 * Wilson's limits (1927) of a share of `effectiveVotes` independent votes, each of them as many
 * times further from the share as t reaches beyond the normal distribution; within 0 and 1.
 */
export function limitsOfMean(
  {
    value,
    effectiveVotes,
    degreesOfFreedom: own,
  }: Pick<Arm, 'value' | 'effectiveVotes' | 'degreesOfFreedom'>,
  { z, t }: Reach,
  degreesOfFreedom = own,
): Limits {
  const more = t(degreesOfFreedom) / z;
  const square = (z * z) / effectiveVotes;
  const centre = (value + square / 2) / (1 + square);
  const half = Math.sqrt(square * value * (1 - value) + (square * square) / 4) / (1 + square);
  return {
    lower: value === 0 ? 0 : Math.max(0, value - more * (value - centre + half)),
    upper: value === 1 ? 1 : Math.min(1, value + more * (centre + half - value)),
  };
}

/**
 * The limits of a difference of two means from the limits of each and their correlation (MOVER: Zou
 * and Donner 2008, equation 7), both with the fewer degrees of freedom of the two. Where one mean's
 * limit has reached the end of the scale and the correlation is high, a higher level can give a
 * limit that is a little nearer; up to 99 % that is rare.
 */
export function limitsOfDifference(
  one: Arm,
  other: Arm,
  correlation: number,
  reach: Reach,
): Limits {
  const degreesOfFreedom = Math.min(one.degreesOfFreedom, other.degreesOfFreedom);
  const [first, second] = [
    limitsOfMean(one, reach, degreesOfFreedom),
    limitsOfMean(other, reach, degreesOfFreedom),
  ];
  const value = one.value - other.value;
  const apart = (a: number, b: number): number =>
    Math.sqrt(Math.max(0, a * a + b * b - 2 * correlation * a * b));
  return {
    lower: value - apart(one.value - first.lower, second.upper - other.value),
    upper: value + apart(first.upper - one.value, other.value - second.lower),
  };
}
