import fc from 'fast-check';
import { expect, test } from 'vitest';
import { setDrawer } from '#statistics/power/draw.js';
import {
  addItem,
  emptyArm,
  runningDifference,
  runningMean,
  type RunningArm,
} from '#statistics/power/runningTwoWay.js';
import { createRandom } from '#statistics/random.js';
import { twoWayDifference, twoWayMean } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';

const design = fc.record({
  items: fc.integer({ min: 1, max: 12 }),
  overlap: fc.integer({ min: 1, max: 4 }),
  raters: fc.integer({ min: 4, max: 9 }),
  cuts: fc.constantFrom([-1], [-1.5, -0.5, 0.5]),
  seed: fc.nat(),
});

/** The same simulated set as votes and as running sums. */
function bothOf(
  given: { items: number; overlap: number; raters: number; cuts: readonly number[] },
  random: () => number,
): [Votes, RunningArm] {
  const drawn = setDrawer(given, [
    { lowest: 0, cuts: given.cuts, item: 0.4, rater: 0.2, leaning: 0.1 },
  ])(new Float64Array(given.raters), random);
  const answers = drawn.answers[0] ?? new Uint8Array();
  const arm = emptyArm(given.raters, {
    overlap: given.overlap,
    highest: given.cuts.length,
  });
  for (let item = 0; item < given.items; item++)
    addItem(arm, answers, drawn.raters, item * given.overlap);
  return [
    {
      items: Int32Array.from(answers, (_, vote) => Math.floor(vote / given.overlap)),
      raters: drawn.raters.slice(),
      values: Float64Array.from(answers),
    },
    arm,
  ];
}

test('growing sums give the two-way interval that the votes give', () => {
  fc.assert(
    fc.property(design, (given) => {
      const random = createRandom(given.seed);
      const scale = { lower: 0, upper: given.cuts.length };
      const [votes, arm] = bothOf(given, random);
      const [otherVotes, otherArm] = bothOf({ ...given, items: given.items + 2 }, random);
      for (const [estimate, running] of [
        [twoWayMean(votes, { scale }), runningMean(arm)],
        [twoWayDifference(votes, otherVotes, { scale }), runningDifference(arm, otherArm)],
      ] as const) {
        if (estimate.kind === 'undefined') return expect.unreachable();
        expect(running.value).toBeCloseTo(estimate.value, 12);
        expect(running.raters >= 4).toBe(estimate.limitsAt !== null);
        // The simulation looks t up in a table.
        for (const [level, limits] of [
          [0.95, running.interval],
          [0.9, running.equivalence],
        ] as const) {
          if (estimate.limitsAt === null) continue;
          const exact = estimate.limitsAt(level);
          expect(limits.lower).toBeCloseTo(exact.lower, 3);
          expect(limits.upper).toBeCloseTo(exact.upper, 3);
        }
      }
    }),
    { seed: 91, numRuns: 300 },
  );
});
