/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wilsonInterval } from '#statistics/proportions.js';
import { createRandom } from '#statistics/random.js';
import {
  highestThreshold,
  type Policy,
  proposalFor,
  refusedThreshold,
} from '#statistics/raterQuality/policy.js';
import { type Measured, silent } from '#statistics/raterQuality/signal.js';
import {
  type RaterSignals,
  type SignalName,
  signalNames,
} from '#statistics/raterQuality/signals.js';
import { raterSignals } from '#statistics/raterQuality/signals.js';
import { carelessWays, plantedCrowd, usualCrowd } from '../support/plantedCrowd.js';

const nothing = Object.fromEntries(
  Object.keys(signalNames).map((name) => [name, silent('too-few')]),
) as unknown as RaterSignals;
const share = (value: number, lower: number, upper: number): Measured => ({
  kind: 'measured',
  value,
  lower,
  upper,
  limits: 'confidence',
  n: 20,
  rows: new Int32Array(20),
});

test('the limit flags, not the value, and silent signals never do', () => {
  expect(proposalFor(nothing)).toEqual({ kind: 'nothing', reasons: [] });
  expect(proposalFor({ ...nothing, skill: share(0.7, 0.5, 0.91) }).kind).toBe('nothing');
  const flagged = proposalFor({ ...nothing, skill: share(0.7, 0.5, 0.89) });
  expect(flagged.kind).toBe('flag');
  expect(flagged.reasons[0]).toMatchObject({
    rule: { signal: 'skill', threshold: 0.9, consequence: 'ask' },
    limit: 0.89,
  });
});

test('rules look at the side they name, and a run counts beyond what is expected', () => {
  const policy: Policy = [
    { signal: 'firstChoice', side: 'above', threshold: 0.7, consequence: 'warn' },
    { signal: 'labelRun', side: 'above', threshold: 10, consequence: 'stop' },
  ];
  const run: Measured = { ...share(15, 2, 20), limits: 'expected' };
  expect(proposalFor({ ...nothing, firstChoice: share(0.9, 0.6, 1) }, policy).kind).toBe('nothing');
  expect(proposalFor({ ...nothing, firstChoice: share(0.9, 0.8, 1) }, policy).kind).toBe('flag');
  expect(proposalFor({ ...nothing, labelRun: run }, policy).kind).toBe('nothing');
  expect(proposalFor({ ...nothing, labelRun: { ...run, upper: 12 } }, policy).kind).toBe('flag');
});

test('thresholds that so many judgments cannot show are refused by name', () => {
  expect(refusedThreshold({ by: 'pass', threshold: 0.9, n: 8 })).toBe('above-size');
  expect(refusedThreshold({ by: 'pass', threshold: 0.67, n: 8 })).toBeNull();
  expect(refusedThreshold({ by: 'value', threshold: 0.8, n: 4 })).toBe('above-size');
  expect(refusedThreshold({ by: 'flag', threshold: 0.99, n: 5 })).toBe('above-size');
  expect(refusedThreshold({ by: 'flag', threshold: 0.3, n: 5 })).toBe('below-size');
  expect(refusedThreshold({ by: 'flag', threshold: 0.87, n: 16 })).toBeNull();
  expect(refusedThreshold({ by: 'flag', threshold: 1, n: 16 })).toBe('outside-scale');
  expect(refusedThreshold({ by: 'flag', threshold: NaN, n: 16 })).toBe('outside-scale');
});

test('a threshold that is not refused flags or passes somebody, and more than one mistake', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 99 }),
      (n, hundredths) => {
        const threshold = hundredths / 100;
        const flag = refusedThreshold({ by: 'flag', threshold, n });
        const flags = (right: number): boolean => wilsonInterval(right, n).upper < threshold;
        expect(flag === null).toBe(flags(0) && !flags(n - 1));
        const passes = wilsonInterval(n, n).lower >= threshold;
        expect(refusedThreshold({ by: 'pass', threshold, n }) === null).toBe(passes);
      },
    ),
  );
});

test('the highest threshold grows with the number of judgments', () => {
  expect(highestThreshold({ by: 'pass', n: 16 })).toBe(0.8);
  expect(highestThreshold({ by: 'pass', n: 12 })).toBe(0.75);
  expect(highestThreshold({ by: 'pass', n: 100 })).toBe(0.96);
});

test('the default policy finds careless raters and spares honest ones', () => {
  const tally = { careless: 0, found: 0, honest: 0, suspected: 0 };
  for (let seed = 0; seed < 5; seed++) {
    const crowd = plantedCrowd(usualCrowd, createRandom(`policy test ${seed}`));
    for (const [rater, signals] of raterSignals(crowd.judged).entries()) {
      const flagged = proposalFor(signals).kind === 'flag' ? 1 : 0;
      const kind = crowd.kinds[rater]!;
      if (kind === 'honest') {
        tally.honest++;
        tally.suspected += flagged;
      } else if (carelessWays.some((way) => way === kind)) {
        tally.careless++;
        tally.found += flagged;
      }
    }
  }
  expect(tally.found / tally.careless).toBeGreaterThanOrEqual(0.9);
  expect(tally.suspected / tally.honest).toBeLessThanOrEqual(0.02);
  expect(tally.found / (tally.found + tally.suspected)).toBeGreaterThanOrEqual(0.9);
});

test('every signal that a policy can name exists', () => {
  const names: SignalName[] = Object.keys(signalNames) as SignalName[];
  const crowd = plantedCrowd(usualCrowd, createRandom('names'));
  expect(Object.keys(raterSignals(crowd.judged)[0]!).toSorted()).toEqual(names.toSorted());
});
