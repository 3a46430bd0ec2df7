/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, randomInteger } from '#statistics/random.js';
import { type BlockAnswers, blockAnswers, jointAnswers } from '#statistics/rings/blockAnswers.js';
import { furtherEvidence } from '#statistics/rings/furtherEvidence.js';
import { fitIndependent } from '#statistics/rings/independent.js';
import { ringPower } from '#statistics/rings/ringPower.js';
import { effectiveRaters, findRings, type Rings } from '#statistics/rings/rings.js';
import { bestGroup, costOfMember, logRatio } from '#statistics/rings/search.js';
import { proposalFor } from '#statistics/raterQuality/policy.js';
import { raterSignals } from '#statistics/raterQuality/signals.js';
import { type CrowdPlan, plantedCrowd, usualCrowd } from '../support/plantedCrowd.js';

const honestOnly: CrowdPlan = { ...usualCrowd, eachCareless: 0, ring: 0, model: 0 };
const search = (plan: CrowdPlan, seed: string, replicates = 40): Rings & { kinds: string[] } => {
  const crowd = plantedCrowd(plan, createRandom(seed));
  const leftOut = Uint8Array.from(raterSignals(crowd.judged), (signals) =>
    proposalFor(signals).kind === 'flag' ? 1 : 0,
  );
  const found = findRings(blockAnswers(crowd.judged, crowd.blockItems), {
    seed,
    replicates,
    leftOut,
  });
  if (found.kind === 'not-possible') throw new Error(found.because);
  return { ...found, kinds: [...crowd.kinds] };
};
const randomBlock = (raterCount: number, itemCount: number, seed: number): BlockAnswers => {
  const random = createRandom(seed);
  const column = (count: number): Int32Array =>
    Int32Array.from({ length: raterCount * itemCount }, () => randomInteger(count, random));
  return {
    raterCount,
    itemCount,
    labelCount: 2,
    levelCount: 5,
    labels: column(2),
    levels: column(5),
  };
};

test('a ring of five that copies is named whole, with nobody else', () => {
  for (const seed of ['ring a', 'ring b']) {
    const { rings, kinds, effectiveRaters } = search({ ...usualCrowd, model: 0, honest: 33 }, seed);
    const ring = rings.find(({ members }) => members.some((rater) => kinds[rater] === 'ring'));
    expect(ring?.members.map((rater) => kinds[rater])).toEqual(Array(5).fill('ring'));
    expect(ring?.copied.lower).toBeGreaterThan(0.8);
    expect(ring?.support.every((each) => each > 5)).toBe(true);
    expect(effectiveRaters.value).toBeLessThan(47);
    expect(effectiveRaters.lower).toBeLessThanOrEqual(effectiveRaters.value);
    expect(effectiveRaters.upper).toBeGreaterThanOrEqual(effectiveRaters.value);
  }
});

test('studies without copying seldom name anybody', () => {
  let alarms = 0;
  for (let seed = 0; seed < 8; seed++)
    if (search({ ...honestOnly, honest: 20 }, `alone ${seed}`, 40).rings.length > 0) alarms++;
  expect(alarms).toBeLessThanOrEqual(3);
});

test('labels alone, few items and few raters cannot show a ring', () => {
  const reason = (answers: BlockAnswers): string => {
    const found = findRings(answers, { seed: 1, replicates: 10 });
    return found.kind === 'not-possible' ? found.reason : 'sought';
  };
  const answers = randomBlock(10, 8, 1);
  expect(reason({ ...answers, levelCount: 1, levels: new Int32Array(80) })).toBe('labels-alone');
  expect(reason(randomBlock(10, 4, 1))).toBe('too-few-items');
  expect(reason(randomBlock(4, 8, 1))).toBe('too-few-raters');
  expect(ringPower({ ...answers, levelCount: 1 }, { seed: 1 })).toEqual([]);
});

test('chances add up to 1 and keep what raters and items have in common', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 5, max: 12 }), (seed, raters) => {
      const answers = randomBlock(raters, 8, seed);
      answers.labels[3] = -1;
      const { chances, cellCount, usual } = fitIndependent(answers);
      for (let at = 0; at < raters * 8; at++) {
        let sum = 0;
        for (let cell = 0; cell < cellCount; cell++) sum += chances[at * cellCount + cell]!;
        expect(sum).toBeCloseTo(1, 9);
      }
      expect(usual.reduce((sum, each) => sum + each, 0)).toBeCloseTo(8, 9);
    }),
    { numRuns: 20 },
  );
});

test('the likelihood ratio of a pair is that of its formula, and averages 1 without copying', () => {
  const answers = randomBlock(6, 8, 4);
  const joint = jointAnswers(answers);
  const fitted = fitIndependent(answers, joint);
  const c = 0.7;
  let log = 0;
  for (let place = 0; place < 8; place++) {
    let sum = 0;
    for (let z = 0; z < 10; z++) {
      const weigh = (rater: number): number => {
        const at = rater * 8 + place;
        const chance = fitted.chances[at * 10 + joint[at]!]!;
        return 1 - c + (joint[at] === z ? c / chance : 0);
      };
      sum += fitted.usual[place * 10 + z]! * weigh(1) * weigh(4);
    }
    log += Math.log(sum);
  }
  expect(logRatio(fitted, joint, [1, 4], c)).toBeCloseTo(log, 9);
  // One item: the expectation of the ratio over all answers of both under independence is 1.
  let expectation = 0;
  for (let a = 0; a < 10; a++)
    for (let b = 0; b < 10; b++) {
      const other = new Int32Array(joint.length).fill(-1);
      [other[8], other[32]] = [a, b];
      const chance = fitted.chances[8 * 10 + a]! * fitted.chances[32 * 10 + b]!;
      expectation += chance * Math.exp(logRatio(fitted, other, [1, 4], c));
    }
  expect(expectation).toBeCloseTo(1, 9);
});

test('the best group has the score of its likelihood ratio', () => {
  for (let seed = 0; seed < 4; seed++) {
    const answers = randomBlock(30, 12, seed);
    for (const rater of [2, 5, 9])
      for (let place = 0; place < 12; place++) {
        answers.labels[rater * 12 + place] = answers.labels[place]!;
        answers.levels[rater * 12 + place] = answers.levels[place]!;
      }
    const joint = jointAnswers(answers);
    const fitted = fitIndependent(answers, joint);
    const group = bestGroup(fitted, joint, new Uint8Array(30).fill(1))!;
    expect(group.members).toEqual([0, 2, 5, 9]);
    const score = logRatio(fitted, joint, group.members, 0.8) - 3 * costOfMember(30);
    expect(group.score).toBeCloseTo(score, 6);
    const without = bestGroup(
      fitted,
      joint,
      Uint8Array.from({ length: 30 }, (_, at) => at % 2),
    );
    expect(without?.members.every((rater) => rater % 2 === 1)).toBe(true);
  }
});

test('straight-liners are set apart, and raters who follow a model', () => {
  const plan = { ...usualCrowd, ring: 0, honest: 34, exempt: 8 };
  const crowd = plantedCrowd(plan, createRandom('model'));
  const found = findRings(blockAnswers(crowd.judged, crowd.blockItems), {
    seed: 1,
    replicates: 40,
    model: { labels: crowd.modelLabels.slice(0, 16), levels: new Int32Array(16).fill(-1) },
  });
  if (found.kind === 'not-possible') throw new Error(found.because);
  const kinds = (apart: readonly { rater: number }[]): string[] =>
    apart.map(({ rater }) => crowd.kinds[rater]!);
  expect(kinds(found.straightLiners)).toEqual(['straight', 'straight']);
  expect(kinds(found.modelLike).filter((kind) => kind === 'model')).toHaveLength(4);
  expect(kinds(found.modelLike)).not.toContain('honest');
});

test('power grows with the share copied', () => {
  const crowd = plantedCrowd({ ...honestOnly, honest: 30 }, createRandom('power'));
  const answers = blockAnswers(crowd.judged, crowd.blockItems);
  const [all, most, none] = ringPower(answers, {
    seed: 1,
    replicates: 60,
    runs: 40,
    copied: [1, 0.8, 0.2],
  });
  expect(all!.noticed).toBeGreaterThan(0.85);
  expect(all!.noticed).toBeGreaterThanOrEqual(most!.noticed);
  expect(most!.noticed).toBeGreaterThan(none!.noticed);
  expect(none!.noticed).toBeLessThan(0.2);
});

test('effective raters by hand', () => {
  const copied = { value: 1, lower: 0.5, upper: 1 };
  expect(effectiveRaters(50, [])).toEqual({ value: 50, lower: 50, upper: 50 });
  expect(effectiveRaters(50, [{ members: [1, 2, 3, 4, 5], copied }])).toEqual({
    value: 46,
    lower: 46,
    upper: 47.5,
  });
});

test('arrival, pace and device stand beside what random groups show', () => {
  const paces = Float64Array.from({ length: 200 }, (_, at) => Math.sin(at * at + at));
  for (const rater of [1, 2]) paces.copyWithin(rater * 10, 0, 10);
  const arrivals = Float64Array.from({ length: 20 }, (_, rater) =>
    rater < 3 ? rater : 1000 * rater,
  );
  const devices = Int32Array.from({ length: 20 }, (_, rater) => (rater < 3 ? 7 : rater + 10));
  const input = { raterCount: 20, itemCount: 10, paces, arrivals, devices };
  const found = furtherEvidence([0, 1, 2], input, { seed: 1, replicates: 400 });
  expect(found.arrival).toMatchObject({ value: 2 });
  expect(found.device).toMatchObject({ value: 3 });
  expect(found.pace?.value).toBeCloseTo(1, 9);
  for (const figure of [found.arrival, found.device, found.pace])
    expect(figure?.p).toBeLessThan(0.02);
  expect(furtherEvidence([0, 1], { raterCount: 20, itemCount: 10 }, { seed: 1 })).toEqual({
    pace: null,
    arrival: null,
    device: null,
  });
});
