import fc from 'fast-check';
import { expect, test } from 'vitest';
import { likelihoodOf, shareOf, shareOfSampled } from '#generation/scoring/share.js';

const listed = (logProbability: number) => ({ logProbability, bound: false });
const bound = (logProbability: number) => ({ logProbability, bound: true });

test('the shares of the replies of a question sum to one, also where probabilities vanish', () => {
  const logs = fc.array(fc.double({ min: -5_000, max: -0.01, noNaN: true }), {
    minLength: 2,
    maxLength: 6,
  });
  fc.assert(
    fc.property(logs, (values) => {
      const choices = values.map(listed);
      const shares = values.map((_, wanted) => shareOf(choices, wanted)?.value ?? Number.NaN);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    }),
  );
});

test('a reply outside of the list counts as its bound, and as no more than what is left', () => {
  const share = shareOf([listed(Math.log(0.6)), bound(Math.log(0.2))], 0);
  expect(share?.value).toBeCloseTo(0.75, 12);
  expect(share?.mass).toBeCloseTo(0.8, 12);
  // A server that lists one token bounds the other reply by the same figure: it has the rest.
  const rest = shareOf([listed(Math.log(0.6)), bound(Math.log(0.6))], 1, 'most');
  expect(rest?.value).toBeCloseTo(0.4, 12);
  expect(rest?.mass).toBeCloseTo(1, 12);
  expect(shareOf([bound(-3), bound(-3)], 0)).toBeNull();
});

test('a wanted reply outside of the list counts as nothing, or as its bound where the most is asked', () => {
  const replies = [bound(Math.log(0.29)), listed(Math.log(0.3))];
  expect(shareOf(replies, 0)?.value).toBe(0);
  expect(shareOf(replies, 0)?.mass).toBeCloseTo(0.59, 12);
  expect(shareOf([bound(Math.log(0.3)), listed(Math.log(0.3))], 0)?.value).toBe(0);
  expect(shareOf(replies, 0, 'most')?.value).toBeCloseTo(0.29 / 0.59, 12);
  // Whatever the other reply has below its bound, the listed one has no more than all of it.
  expect(shareOf(replies, 1, 'most')?.value).toBe(1);
});

test('a bound never gives a reply more than its share with the true figure', () => {
  const probabilities = fc.tuple(
    fc.double({ min: 0.001, max: 0.5, noNaN: true }),
    fc.double({ min: 0.0001, max: 0.5, noNaN: true }),
    fc.double({ min: 1, max: 50, noNaN: true }),
  );
  fc.assert(
    fc.property(probabilities, ([wanted, other, looseness]) => {
      const true_ = shareOf([listed(Math.log(wanted)), listed(Math.log(other))], 0);
      const bounded = shareOf([listed(Math.log(wanted)), bound(Math.log(other * looseness))], 0);
      expect(bounded?.value).toBeLessThanOrEqual((true_?.value ?? 0) + 1e-9);
    }),
  );
});

test('answers are counted among those that chose', () => {
  const choices = ['agree', 'disagree'];
  expect(shareOfSampled(['agree', 'agree', '"disagree"', 'well'], choices, 0)).toEqual({
    value: 2 / 3,
    mass: 0.75,
  });
  expect(shareOfSampled(['well'], choices, 0)).toBeNull();
});

test('the likelihood of a text is for each of its characters', () => {
  expect(likelihoodOf(-6, 'né😀')).toBe(-2);
});
