/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Ratings } from '../ratings.js';

/**
 * Items with the same counts are one pattern: most coefficients see nothing else of an item, so
 * they cost as much as there are patterns, not items.
 */
export interface Patterns {
  /** The pattern of each item; -1 for items without ratings. */
  readonly patternOfItem: Int32Array;
  /** An item of each pattern, to read its counts from. */
  readonly exampleOf: Int32Array;
  /** How many items each pattern has. */
  readonly multiplicity: Float64Array;
}

const known = new WeakMap<Ratings, Patterns>();

/** The patterns of these ratings, found once for each `Ratings` object. */
export function patternsOf(ratings: Ratings): Patterns {
  const before = known.get(ratings);
  if (before !== undefined) return before;
  const found = findPatterns(ratings);
  known.set(ratings, found);
  return found;
}

function findPatterns({ itemCount, itemStart, categoryCount: size, counts }: Ratings): Patterns {
  const patternOfItem = new Int32Array(itemCount).fill(-1);
  const examples: number[] = [];
  const multiplicity: number[] = [];
  let capacity = 16;
  while (capacity < 2 * itemCount) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  for (let item = 0; item < itemCount; item++) {
    if (itemStart[item] === itemStart[item + 1]) continue;
    const from = item * size;
    let hash = 0x811c9dc5;
    for (let category = 0; category < size; category++)
      hash = Math.imul(hash ^ counts[from + category]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (capacity - 1);
    for (;;) {
      const pattern = slots[slot]!;
      if (pattern < 0) {
        slots[slot] = examples.length;
        patternOfItem[item] = examples.length;
        examples.push(item);
        multiplicity.push(1);
        break;
      }
      const example = examples[pattern]! * size;
      let category = 0;
      while (category < size && counts[from + category] === counts[example + category]) category++;
      if (category === size) {
        patternOfItem[item] = pattern;
        multiplicity[pattern]!++;
        break;
      }
      slot = (slot + 1) & (capacity - 1);
    }
  }
  return {
    patternOfItem,
    exampleOf: Int32Array.from(examples),
    multiplicity: Float64Array.from(multiplicity),
  };
}
