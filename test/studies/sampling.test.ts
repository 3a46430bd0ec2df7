import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, eligibleExamples } from '#studies/eligibility.js';
import { sampleExamples } from '#studies/sampling.js';
import { buildDataset } from '../support/builders.js';
import { testDatabase } from '../support/database.js';

const candidates: fc.Arbitrary<Candidate[]> = fc
  .array(
    fc.record({
      label: fc.constantFrom(null, 0, 1, 2),
      confidence: fc.constantFrom(null, 0, 0.2, 0.4, 0.5, 0.7, 0.9, 1),
    }),
    { maxLength: 200 },
  )
  .map((facts) => facts.map((fact, index) => ({ id: index + 1, ...fact })));

/** What a study draws from a dataset without a part. */
const drawn = (list: readonly Candidate[], size: number, seed: string): readonly Candidate[] =>
  sampleExamples(list, { size, seed, part: null }).drawn;

test('a sample holds each candidate at most once, as many as were asked for, and the same ones for the same seed', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 1, max: 250 }), fc.string(), (list, size, seed) => {
      const sample = drawn(list, size, seed);
      expect(sample).toHaveLength(Math.min(size, list.length));
      expect(new Set(sample.map((one) => one.id)).size).toBe(sample.length);
      expect(sample.every((one) => list.includes(one))).toBe(true);
      expect(drawn(list, size, seed)).toEqual(sample);
    }),
  );
});

test('labels stand in the sample in their proportion, off by less than one', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 1, max: 250 }), fc.string(), (list, size, seed) => {
      const sample = drawn(list, size, seed);
      for (const label of [null, 0, 1, 2]) {
        const share =
          (list.filter((one) => one.label === label).length * sample.length) /
          Math.max(1, list.length);
        expect(Math.abs(sample.filter((one) => one.label === label).length - share)).toBeLessThan(
          1,
        );
      }
    }),
  );
});

test('the first n are not the sample: of a sorted file every part is drawn, in another order than the file’s', () => {
  const sorted = Array.from({ length: 400 }, (_, index) => ({
    id: index + 1,
    label: index < 200 ? 0 : 1,
    confidence: null,
  }));
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (seed) => {
      const ids = drawn(sorted, 100, seed).map((one) => one.id);
      expect(ids.filter((id) => id <= 100).length).toBeLessThan(50);
      expect(ids.filter((id) => id > 200)).toHaveLength(50);
      expect(ids).not.toEqual(ids.toSorted((left, right) => left - right));
    }),
  );
});

test('every example is drawn about as often as every other over many seeds', () => {
  const list = Array.from({ length: 20 }, (_, index) => ({
    id: index,
    label: index % 2,
    confidence: null,
  }));
  const times = Array.from({ length: 20 }, () => 0);
  for (let seed = 0; seed < 2000; seed += 1)
    for (const one of drawn(list, 6, `seed ${seed}`)) times[one.id] = (times[one.id] ?? 0) + 1;
  // Expected 600 each with a standard deviation of 20; seeds are fixed, so this cannot flicker.
  for (const often of times) expect(Math.abs(often - 600)).toBeLessThan(100);
});

const mixed = Array.from({ length: 500 }, (_, index) => ({
  id: index + 1,
  label: index % 7 === 0 ? null : index % 3,
  confidence: index % 11 === 0 ? null : ((index * 37) % 101) / 101,
}));

test('what was kept, and a dataset without a part, is drawn as it always was', () => {
  // Printed by the version before there were parts.
  const before =
    '204 381 314 310 273 301 96 19 152 148 78 63 414 125 141 220 107 93 476 20 404 291 79 408 ' +
    '482 471 150 442 117 262 161 382 268 453 349 445 1 100 485 315 338 436 328 106 17 194 248 ' +
    '60 83 243 235 340 323 475 87 411 61 249 110 14';
  for (const part of [null, 'kept'] as const) {
    const sample = sampleExamples(mixed, { size: 60, seed: 'study dataset', part });
    expect(sample.drawn.map(({ id }) => id).join(' ')).toBe(before);
  }
});

test('what was dropped is drawn by label and band of confidence, in proportion', () => {
  const { strata } = sampleExamples(mixed, { size: 100, seed: 'dropped', part: 'dropped' });
  const scored = strata.filter(({ label, band }) => label !== null && band !== null);
  const all = scored.reduce((sum, { eligible }) => sum + eligible, 0);
  for (const { eligible, drawn: found } of scored)
    expect(Math.abs(found - (eligible * 100) / all)).toBeLessThan(1);
  expect(scored.reduce((sum, stratum) => sum + stratum.drawn, 0)).toBe(100);
  const bands = new Map<number, number>();
  for (const { band, eligible } of strata)
    if (band !== null) bands.set(band, (bands.get(band) ?? 0) + eligible);
  expect(bands.size).toBe(5);
  for (const count of bands.values()) expect(Math.abs(count - 454 / 5)).toBeLessThan(6);
});

test('the strata count every candidate and every one that was drawn once', () => {
  fc.assert(
    fc.property(
      candidates,
      fc.integer({ min: 1, max: 250 }),
      fc.constantFrom(null, 'kept' as const, 'dropped' as const),
      (list, size, part) => {
        const sample = sampleExamples(list, { size, seed: 'strata', part });
        const drawable =
          part === 'dropped'
            ? list.filter(({ label, confidence }) => label !== null && confidence !== null)
            : list;
        expect(sample.drawn).toHaveLength(Math.min(size, drawable.length));
        expect(sample.drawn.every((one) => drawable.includes(one))).toBe(true);
        const sum = (of: (stratum: (typeof sample.strata)[number]) => number): number =>
          sample.strata.reduce((total, stratum) => total + of(stratum), 0);
        expect(sum(({ eligible }) => eligible)).toBe(list.length);
        expect(sum(({ drawn: found }) => found)).toBe(sample.drawn.length);
        for (const { label, from, to, eligible } of sample.strata)
          expect(
            list.filter(
              ({ label: own, confidence }) =>
                own === label &&
                (confidence === null
                  ? from === null
                  : from !== null && to !== null && confidence >= from && confidence <= to),
            ),
          ).toHaveLength(eligible);
      },
    ),
  );
});

test('examples with a finding that is left out are never candidates', async () => {
  const { db } = await testDatabase();
  let built = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.subarray(['duplicate', 'nul', 'truncated']), { minLength: 1, maxLength: 12 }),
      fc.subarray(['duplicate', 'nul', 'truncated']),
      async (rows, excluded) => {
        const publicId = await buildDataset(db, {
          name: `set ${(built += 1)}`,
          examples: rows.map((findings, index) => ({ text: `Row ${index}`, findings })),
        });
        const { id } = await db
          .selectFrom('dataset')
          .select('id')
          .where('public_id', '=', publicId)
          .executeTakeFirstOrThrow();
        const found = await eligibleExamples(db, id, excluded);
        expect(found).toHaveLength(
          rows.filter((findings) => !findings.some((finding) => excluded.includes(finding))).length,
        );
      },
    ),
    { numRuns: 15 },
  );
});
