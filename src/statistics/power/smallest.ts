import type { Undefined } from '../estimate.js';
import type { Simulated } from './tally.js';

/** What a size should give: a chance at least so high, or a half-width at most so wide. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** The smallest size that reaches a goal. */
export interface SmallestSize {
  readonly kind: 'reached';
  readonly items: number;
  readonly value: Simulated;
  /**
   * The sizes that two Monte Carlo errors leave possible; the upper one is null where it lies
   * beyond the sizes tried.
   */
  readonly between: readonly [number, number | null];
}

/** No size that was tried reaches the goal. */
export interface NotReached {
  readonly kind: 'not-reached';
  /** The largest size tried and what it gives. */
  readonly most: number;
  readonly value: Simulated;
}

/** Sizes to try, from 10 up to `most`, in steps of at most a fifth that people would name. */
export function sizesUpTo(most: number): number[] {
  const sizes: number[] = [];
  const step = (size: number): number =>
    size < 50 ? 2 : size < 100 ? 5 : size < 300 ? 10 : size < 1000 ? 25 : size < 3000 ? 100 : 250;
  for (let size = 10; size <= most; size += step(size)) sizes.push(size);
  return sizes;
}

/**
 * The smallest size from which on every larger one reaches the goal as well, so that a lucky one
 * does not count.
 * @param sizes what each size gives, in ascending order
 */
export function smallestSize(
  sizes: readonly { readonly items: number; readonly simulated: Simulated | Undefined }[],
  goal: Goal,
): SmallestSize | NotReached | Undefined {
  const defined: { items: number; value: Simulated }[] = [];
  for (const { items, simulated } of sizes)
    if (!('kind' in simulated)) defined.push({ items, value: simulated });
  const last = defined.at(-1);
  if (last === undefined) {
    const undefinedOne = sizes
      .map(({ simulated }) => simulated)
      .find((simulated) => 'kind' in simulated);
    if (undefinedOne === undefined) throw new RangeError('No size was tried.');
    return undefinedOne;
  }
  /** With the value moved towards the goal by so many errors. */
  const reached = (errors: number): { items: number; value: Simulated } | undefined => {
    const meets = ({ value, error }: Simulated): boolean =>
      'atLeast' in goal
        ? value + errors * error >= goal.atLeast
        : value - errors * error <= goal.atMost;
    return defined[defined.findLastIndex(({ value }) => !meets(value)) + 1];
  };
  const found = reached(0);
  if (found === undefined) return { kind: 'not-reached', most: last.items, value: last.value };
  return {
    kind: 'reached',
    items: found.items,
    value: found.value,
    between: [reached(2)?.items ?? found.items, reached(-2)?.items ?? null],
  };
}
