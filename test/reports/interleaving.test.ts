import { describe, expect, test } from 'vitest';
import { sharedRaters } from '#reports/model/gate.js';
import { isInterleaved, type Walk } from '#reports/model/interleaving.js';
import { computeReport } from '#reports/model/report.js';
import { armOf } from '#reports/model/votes.js';
import type { StudyData } from '#reports/input/data.js';
import { createRandom, type Random } from '#statistics/random.js';
import { plantedPair } from './plantedPair.js';

/**
 * Sources as they are drawn for a rater: by a coin, the one that lags where the other is three
 * ahead.
 */
function drawn(items: number, random: Random): boolean[] {
  let ahead = 0;
  return Array.from({ length: items }, () => {
    const generated = Math.abs(ahead) >= 3 ? ahead < 0 : random() < 0.5;
    ahead += generated ? 1 : -1;
    return generated;
  });
}

/** All of one source, then all of the other. */
const oneFirst = (items: number, generatedFirst: boolean): Walk =>
  Array.from({ length: items }, (_, position) => position < items / 2 === generatedFirst);

/**
 * How many of so many studies are refused, and how many the mean of sizes with its limit of 0.2
 * would have refused.
 */
function refused(studies: number, walks: () => Walk[]): { refused: number; before: number } {
  const found = { refused: 0, before: 0 };
  const meanPosition = (walk: Walk, source: boolean): number => {
    const positions = walk.flatMap((own, position) =>
      own === source ? [(position + 0.5) / walk.length] : [],
    );
    return positions.reduce((sum, position) => sum + position, 0) / positions.length;
  };
  for (let study = 0; study < studies; study++) {
    const own = walks();
    if (!isInterleaved(own)) found.refused++;
    if (
      own.reduce(
        (sum, walk) => sum + Math.abs(meanPosition(walk, true) - meanPosition(walk, false)),
        0,
      ) /
        own.length >
      0.2
    )
      found.before++;
  }
  return found;
}

describe('the order in which raters met two sources', () => {
  test('what a draw by coin gives is refused in less than one study in a hundred', () => {
    const random = createRandom('sound');
    const studies = 400;
    let before = 0;
    for (const raters of [5, 8, 12, 20]) {
      for (const items of [10, 12, 15, 20, 40]) {
        const found = refused(studies, () =>
          Array.from({ length: raters }, () => drawn(items, random)),
        );
        expect(found.refused / studies, `${raters} raters, ${items} items`).toBeLessThanOrEqual(
          0.01,
        );
        before = Math.max(before, found.before / studies);
      }
    }
    // The limit that was there before, on the same studies.
    expect(before).toBeGreaterThan(0.1);
    expect(
      refused(studies, () => Array.from({ length: 3 }, () => drawn(10, random))).refused / studies,
    ).toBeLessThan(0.03);
  });

  const faults: [string, (raters: number, items: number) => Walk[]][] = [
    [
      'all raters met one source first',
      (raters, items) => Array.from({ length: raters }, () => oneFirst(items, false)),
    ],
    [
      'four raters in five met one source first, the others the other',
      (raters, items) =>
        Array.from({ length: raters }, (_, rater) => oneFirst(items, rater % 5 === 4)),
    ],
    [
      'half of the raters met one source first and half the other',
      (raters, items) =>
        Array.from({ length: raters }, (_, rater) => oneFirst(items, rater % 2 === 0)),
    ],
  ];
  test.each(faults)('%s: always refused', (_, walks) => {
    for (const raters of [5, 10, 20])
      for (const items of [10, 20, 40]) expect(isInterleaved(walks(raters, items))).toBe(false);
  });

  test('three raters in four met one source first, the others both mixed: refused nearly always', () => {
    const random = createRandom('most');
    for (const raters of [8, 12, 20]) {
      for (const items of [10, 20, 40]) {
        const found = refused(100, () =>
          Array.from({ length: raters }, (_, rater) =>
            rater % 4 < 3 ? oneFirst(items, false) : drawn(items, random),
          ),
        );
        expect(found.refused / 100).toBeGreaterThan(0.95);
      }
    }
  });

  test('taking turns is a mixture, whichever source begins', () => {
    for (const items of [10, 20, 40])
      expect(
        isInterleaved(
          Array.from({ length: 5 }, () =>
            Array.from({ length: items }, (_, position) => position % 2 === 0),
          ),
        ),
      ).toBe(true);
  });

  test('no walk is no mixture', () => expect(isInterleaved([])).toBe(false));
});

/**
 * A pair of sets of which each rater met ten examples, sources as drawn or one first; examples have
 * as many judgments as it takes.
 */
function judgedInOrder(walkOf: (rater: number) => Walk, raters: number): StudyData {
  const whole = plantedPair({ examples: 40, raters, overlap: raters });
  const judgments = Array.from({ length: raters }, (_, rater) => {
    const own = [0, 1].map((set) =>
      whole.judgments.filter(
        (judgment) => judgment.rater === rater && whole.items[judgment.item]?.dataset === set,
      ),
    );
    const next = [rater, rater];
    return walkOf(rater).flatMap((generated, position) => {
      const set = generated ? 0 : 1;
      const judgment = own[set]?.[(next[set] ?? 0) % 40];
      next[set] = (next[set] ?? 0) + 1;
      return judgment === undefined
        ? []
        : [{ ...judgment, submittedAt: 1_790_000_000_000 + position * 10_000 + rater }];
    });
  }).flat();
  const counts = new Map<number, number>();
  for (const { item } of judgments) counts.set(item, (counts.get(item) ?? 0) + 1);
  return {
    ...whole,
    items: whole.items.map((item, index) => ({ ...item, overlap: counts.get(index) ?? 1 })),
    judgments,
  };
}

const gateOf = (data: StudyData) =>
  computeReport(data, { fingerprint: 'f', computedAt: 1, version: '0', mixedModels: false })
    .pairs[0]?.gate ?? [];
const passes = (data: StudyData, name: string): boolean =>
  (gateOf(data).find((check) => check.name === name)?.state ?? expect.unreachable(name)) ===
  'passed';

test('a report over raters with ten items each, as the coin draws them, is not refused for their order or for four of one source', () => {
  const random = createRandom('report');
  for (let study = 0; study < 3; study++) {
    const walks = Array.from({ length: 12 }, () => drawn(10, random));
    const data = judgedInOrder((rater) => walks[rater] ?? [], 12);
    for (const name of ['Interleaved and unmarked', 'Shared raters', 'Judgments by shared raters'])
      expect(passes(data, name), name).toBe(true);
    expect(sharedRaters(armOf(data, 0), armOf(data, 1)).size).toBe(12);
  }
  expect(
    passes(
      judgedInOrder(() => oneFirst(10, false), 12),
      'Interleaved and unmarked',
    ),
  ).toBe(false);
});

test('raters with little or lopsided work are not shared', () => {
  const walkOf = (generated: number, human: number): Walk => [
    ...Array<boolean>(generated).fill(true),
    ...Array<boolean>(human).fill(false),
  ];
  const shared = (generated: number, human: number): number => {
    const data = judgedInOrder(() => walkOf(generated, human), 3);
    return sharedRaters(armOf(data, 0), armOf(data, 1)).size;
  };
  expect([shared(5, 5), shared(6, 4), shared(4, 7), shared(30, 5)]).toEqual([3, 3, 3, 3]);
  expect([shared(4, 4), shared(5, 4), shared(4, 8), shared(3, 7)]).toEqual([0, 0, 0, 0]);
});
