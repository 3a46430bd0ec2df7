import { type Random, randomNormal, shuffle } from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';

/** A crowd that skips examples of two sets of one size, none of which is to be skipped more. */
export interface SkippingCrowd {
  readonly raters: number;
  readonly items: number;
  readonly overlap: number;
  /** The chance to skip an example, at the median rater. */
  readonly chance: number;
  /** Standard deviations of its log odds between raters, items, and leanings to one set. */
  readonly rater: number;
  readonly item: number;
  readonly leaning: number;
}

/** What came of one set: what was skipped (1) or answered (0), and the shares that are missing. */
export interface SkippedSet {
  readonly votes: Votes;
  readonly missing: readonly number[];
}

/** Draws both sets: raters are asked in random order until an example has its judgments. */
export function drawSkipping(
  { raters, items, overlap, chance, rater, item, leaning }: SkippingCrowd,
  random: Random,
): [SkippedSet, SkippedSet] {
  const base = Math.log(chance / (1 - chance));
  const own = Array.from({ length: raters }, () => rater * randomNormal(random));
  const set = (): SkippedSet => {
    const leanings = own.map((effect) => effect + leaning * randomNormal(random));
    const rows: { item: number; rater: number; value: number }[] = [];
    const missing = Array.from({ length: items }, (_, about) => {
      const effect = item * randomNormal(random);
      let answered = 0;
      for (const by of shuffle([...own.keys()], random)) {
        if (answered === overlap) break;
        const odds = base + effect + (leanings[by] ?? 0);
        const skipped = random() < 1 / (1 + Math.exp(-odds));
        rows.push({ item: about, rater: by, value: Number(skipped) });
        if (!skipped) answered++;
      }
      return (overlap - answered) / overlap;
    });
    return {
      votes: {
        items: Int32Array.from(rows, (row) => row.item),
        raters: Int32Array.from(rows, (row) => row.rater),
        values: Float64Array.from(rows, (row) => row.value),
      },
      missing,
    };
  };
  return [set(), set()];
}
