import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, eligibleExamples } from '#studies/eligibility.js';
import { sampleExamples } from '#studies/sampling.js';
import { buildDataset } from '../support/builders.js';
import { testDatabase } from '../support/database.js';

const candidates: fc.Arbitrary<Candidate[]> = fc
  .array(fc.constantFrom(null, 0, 1, 2), { maxLength: 200 })
  .map((labels) => labels.map((label, index) => ({ id: index + 1, label })));

test('a sample holds each candidate at most once, as many as were asked for, and the same ones for the same seed', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 1, max: 250 }), fc.string(), (list, size, seed) => {
      const sample = sampleExamples(list, size, seed);
      expect(sample).toHaveLength(Math.min(size, list.length));
      expect(new Set(sample.map((one) => one.id)).size).toBe(sample.length);
      expect(sample.every((one) => list.includes(one))).toBe(true);
      expect(sampleExamples(list, size, seed)).toEqual(sample);
    }),
  );
});

test('labels stand in the sample in their proportion, off by less than one', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 1, max: 250 }), fc.string(), (list, size, seed) => {
      const sample = sampleExamples(list, size, seed);
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
  }));
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (seed) => {
      const ids = sampleExamples(sorted, 100, seed).map((one) => one.id);
      expect(ids.filter((id) => id <= 100).length).toBeLessThan(50);
      expect(ids.filter((id) => id > 200)).toHaveLength(50);
      expect(ids).not.toEqual(ids.toSorted((left, right) => left - right));
    }),
  );
});

test('every example is drawn about as often as every other over many seeds', () => {
  const list = Array.from({ length: 20 }, (_, index) => ({ id: index, label: index % 2 }));
  const drawn = Array.from({ length: 20 }, () => 0);
  for (let seed = 0; seed < 2000; seed += 1)
    for (const one of sampleExamples(list, 6, `seed ${seed}`))
      drawn[one.id] = (drawn[one.id] ?? 0) + 1;
  // Expected 600 each with a standard deviation of 20; seeds are fixed, so this cannot flicker.
  for (const times of drawn) expect(Math.abs(times - 600)).toBeLessThan(100);
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
