import fc from 'fast-check';
import { expect, test } from 'vitest';
import { secretsOf, WrongKey } from '#platforms/secrets.js';
import {
  decidedBy,
  type Heard,
  submissionStates,
  type SubmissionState,
} from '#platforms/states.js';

const secrets = secretsOf('a key that is long enough for a test of it');
const other = secretsOf('another key that is long enough for a test');

test('a sealed text opens at its place, under its key and unchanged, and nowhere else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, byte) => {
      const kept = text.toWellFormed();
      const sealed = secrets.seal('platform_account.secret 1', kept);
      expect(secrets.open('platform_account.secret 1', sealed)).toBe(kept);
      expect(() => secrets.open('platform_account.secret 2', sealed)).toThrow(WrongKey);
      expect(() => other.open('platform_account.secret 1', sealed)).toThrow(WrongKey);
      const changed = Buffer.from(sealed);
      changed[byte % changed.length] = (changed[byte % changed.length] ?? 0) ^ 1;
      expect(() => secrets.open('platform_account.secret 1', changed)).toThrow(WrongKey);
      expect(() => secrets.open('platform_account.secret 1', changed.subarray(0, 20))).toThrow(
        WrongKey,
      );
    }),
    { numRuns: 20 },
  );
});

test('a fingerprint is one of a person at a platform within a project', () => {
  const person = { project: 'p', platform: 'prolific', id: '5f1' };
  const printOf = (part: Partial<typeof person>): string =>
    secrets.fingerprint({ ...person, ...part });
  expect(printOf({})).toBe(secrets.fingerprint(person));
  const prints = [{}, { project: 'q' }, { platform: 'template' }, { id: '5f2' }].map(printOf);
  expect(new Set(prints).size).toBe(4);
  expect(printOf({})).not.toContain('5f1');
});

const states = Object.keys(submissionStates) as SubmissionState[];
const heard = fc.array(
  fc.record<Heard>({
    state: fc.constantFrom(...states),
    reported: fc.constantFrom('A', 'B'),
    occurredAt: fc.integer({ min: 0, max: 5 }),
  }),
  { minLength: 1, maxLength: 12 },
);

test('what holds of a submission depends on no order and on no repetition', () => {
  fc.assert(
    fc.property(
      heard.chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray([...list, ...list], { minLength: list.length * 2 }),
        ),
      ),
      ([list, shuffled]) => {
        expect(decidedBy(shuffled)).toEqual(decidedBy(list));
      },
    ),
    { numRuns: 1000 },
  );
});

test('each pair of states, one after the other: what holds then', () => {
  const final = ['approved', 'partly-approved', 'rejected', 'returned', 'screened-out'];
  for (const first of states)
    for (const second of states) {
      const held = decidedBy([
        { state: first, reported: first, occurredAt: 1 },
        { state: second, reported: second, occurredAt: 2 },
      ])?.state;
      const [firstStays, secondStays] = [first, second].map(
        (state) => final.includes(state) || state === 'unknown',
      );
      expect([first, second, held]).toEqual([
        first,
        second,
        firstStays === true && secondStays !== true ? first : second,
      ]);
    }
  expect(decidedBy([])).toBeUndefined();
});
