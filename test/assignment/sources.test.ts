import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Arm, furthestApart, sourcesInOrder } from '#assignment/sources.js';

/** The sources that one rater meets, in order, while both have items. */
function walk(seed: string, length: number, behaviourId = 1): Arm[] {
  const seen = new Map<Arm, number>([
    ['generated', 0],
    ['human', 0],
  ]);
  return Array.from({ length }, () => {
    const [drawn] = sourcesInOrder({ seed, behaviourId, seen }).order;
    if (drawn === undefined) throw new Error('no source');
    seen.set(drawn, (seen.get(drawn) ?? 0) + 1);
    return drawn;
  });
}

const seeds = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `rater ${index}`);
const share = (hits: readonly boolean[]): number => hits.filter(Boolean).length / hits.length;

test('at no moment are the sources more than three apart, whatever the seed', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 9 }),
      (seed, length, behaviourId) => {
        let ahead = 0;
        for (const source of walk(seed, length, behaviourId)) {
          ahead += source === 'generated' ? 1 : -1;
          if (Math.abs(ahead) > furthestApart) return false;
        }
        return true;
      },
    ),
  );
});

test('at three apart the source that lags behind is forced, and at no other moment', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 0, max: 50 }),
      fc.integer({ min: -3, max: 3 }),
      (seed, human, ahead) => {
        const seen = new Map<Arm, number>([
          ['generated', human + Math.max(ahead, -human)],
          ['human', human],
        ]);
        const difference = (seen.get('generated') ?? 0) - human;
        const { order, forced } = sourcesInOrder({ seed, behaviourId: 1, seen });
        return (
          forced === (Math.abs(difference) === 3) &&
          (!forced || order[0] === (difference > 0 ? 'human' : 'generated'))
        );
      },
    ),
  );
});

test('the coin is fair: over raters the first source, and every later one, is either as often', () => {
  const walks = seeds(4000).map((seed) => walk(seed, 20));
  for (const place of [0, 1, 2, 5, 10, 19])
    expect(
      Math.abs(share(walks.map((sources) => sources[place] === 'generated')) - 0.5),
    ).toBeLessThan(0.035);
});

test('whoever knows the source of one item, and says that the next is the other one, is right in less than three of five', () => {
  const walks = seeds(1000).map((seed) => walk(seed, 40));
  const other = walks.flatMap((sources) =>
    sources.slice(1).map((source, index) => source !== sources[index]),
  );
  // A walk between two walls that are six apart turns in 7 of 12 steps.
  expect(share(other)).toBeGreaterThan(0.5);
  expect(share(other)).toBeLessThan(0.6);
});

test('runs of one source are of many lengths', () => {
  const lengths = new Set<number>();
  for (const seed of seeds(200)) {
    let run = 0;
    const sources = walk(seed, 40);
    for (const [index, source] of sources.entries()) {
      run = source === sources[index - 1] ? run + 1 : 1;
      if (source !== sources[index + 1]) lengths.add(run);
    }
  }
  expect([...lengths].toSorted((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('raters and behaviours have coins of their own', () => {
  const different = new Set(
    seeds(50).flatMap((seed) => [1, 2].map((behaviour) => walk(seed, 20, behaviour).join())),
  );
  expect(different.size).toBeGreaterThan(95);
  expect(walk('rater 1', 20)).toEqual(walk('rater 1', 20));
});

test('a source alone is never forced', () => {
  expect(
    sourcesInOrder({ seed: 'x', behaviourId: 1, seen: new Map([['human', 9]]) }),
  ).toMatchObject({ order: ['human'], forced: false });
});
