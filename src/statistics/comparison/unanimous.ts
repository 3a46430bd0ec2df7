import { type Estimate, undefinedBecause } from '../estimate.js';
import { proportionDifference } from '../proportions.js';
import type { Votes } from '../twoWay.js';

/**
 * The difference of two shares where every vote of each arm says the same, so that nothing varies
 * and the two-way interval has no width: Newcombe's interval (1998b, method 10), items as units.
 * What raters share cannot be seen in it. Undefined where votes differ within an arm, or are not 0
 * or 1.
 */
export function unanimousDifference(first: Votes, second: Votes, level = 0.95): Estimate {
  const [one, other] = [unanimous(first), unanimous(second)];
  if (one === null || other === null) return undefinedBecause('no-data');
  return proportionDifference(one, other, level);
}

function unanimous({ items, values }: Votes): { successes: number; trials: number } | null {
  const value = values[0];
  if ((value !== 0 && value !== 1) || values.some((other) => other !== value)) return null;
  const trials = new Set(items).size;
  return { successes: value * trials, trials };
}
