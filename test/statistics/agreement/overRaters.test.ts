import { expect, test } from 'vitest';
import { krippendorffAlpha } from '#statistics/agreement/alpha.js';
import { summariseAgreement } from '#statistics/agreement.js';
import { chanceCorrected } from '#statistics/agreement/chanceCorrected.js';
import { agreementDifference } from '#statistics/agreement/difference.js';
import { influencesOf } from '#statistics/agreement/influence.js';
import { overRaters } from '#statistics/agreement/overRaters.js';
import { pairAgreement, pairGwet, pairTable } from '#statistics/agreement/pair.js';
import { jackknifeAgreement } from '#statistics/agreement/resampling.js';
import { type AgreementStatistic, pointOf, settingOf } from '#statistics/agreement/setting.js';
import { weightTable } from '#statistics/agreement/weights.js';
import type { Estimate } from '#statistics/estimate.js';
import { createRandom, randomInteger } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';
import { type Crowd, drawCrowd, truthOf } from '../support/agreementCrowd.js';

const statistics: readonly (readonly [string, AgreementStatistic])[] = [
  ...(['percent-agreement', 'fleiss', 'gwet', 'brennan-prediger', 'conger'] as const).map(
    (coefficient) => [coefficient, { kind: 'coefficient', coefficient }] as const,
  ),
  ['gwet ordinal', { kind: 'coefficient', coefficient: 'gwet', weighting: 'ordinal' }],
  ['alpha nominal', { kind: 'alpha', level: 'nominal' }],
  ['alpha ordinal', { kind: 'alpha', level: 'ordinal' }],
];
const gwet = { kind: 'coefficient', coefficient: 'gwet' } as const;

/** Rows of item, rater, answer. */
function ratingsOf(rows: readonly (readonly number[])[], categoryCount = 2): Ratings {
  const column = (index: number): Int32Array => Int32Array.from(rows, (row) => row[index] ?? 0);
  const most = (index: number): number => Math.max(...column(index)) + 1;
  return buildRatings({
    items: column(0),
    raters: column(1),
    values: column(2),
    itemCount: most(0),
    raterCount: most(1),
    categoryCount,
  });
}

const scale: Crowd = {
  differ: 'scale',
  spread: 0.5,
  raters: 8,
  work: 'zipf',
  items: 60,
  overlap: 3,
  prevalence: 0.6,
};

const drawn = (crowd: Crowd, seed: string): Ratings =>
  drawCrowd(crowd, createRandom(seed))[0] ?? expect.unreachable('one study is drawn');

test.each(statistics)('%s: the influences of items are those of the jackknife', (_, statistic) => {
  const ratings = drawn(scale, 'influences');
  const found = influencesOf(settingOf(ratings, statistic));
  if (found === null) return expect.unreachable('defined');
  const point = pointOf(ratings, statistic);
  expect(point).toMatchObject({ value: expect.closeTo(found.value, 12) as number });
  const sum = (values: Float64Array): number => values.reduce((total, each) => total + each, 0);
  expect(sum(found.items)).toBeCloseTo(0, 12);
  expect(sum(found.ratings)).toBeCloseTo(0, 12);
  const { estimate } = jackknifeAgreement(ratings, statistic, 'items');
  const error = estimate.kind === 'estimate' ? (estimate.standardError ?? NaN) : NaN;
  const squares = found.items.reduce((total, each) => total + each * each, 0);
  expect(Math.sqrt((squares * 60) / 59) / error).toBeGreaterThan(0.95);
  expect(Math.sqrt((squares * 60) / 59) / error).toBeLessThan(1.05);
});

test.each([
  // Intervals over items held AC1 in 75 and 50 % of these; see bench/agreement for the grid.
  { raters: 10, work: 'equal', spread: 1, items: 100, overlap: 3, prevalence: 0.5 },
  { raters: 6, work: 'equal', spread: 1.5, items: 100, overlap: 3, prevalence: 0.5 },
  { raters: 20, work: 'zipf', spread: 1, items: 100, overlap: 2, prevalence: 0.9 },
  { raters: 20, work: 'equal', spread: 0, items: 30, overlap: 3, prevalence: 0.95 },
] as const)('the interval over items and raters holds the truth: $raters raters', (given) => {
  const crowd: Crowd = { differ: 'skill', ...given };
  const truth = truthOf(crowd);
  const random = createRandom(`coverage ${JSON.stringify(given)}`);
  const runs = 250;
  const hits = new Map<string, number>();
  const wanted = { 'percent-agreement': truth.observed, gwet: truth.gwet, fleiss: truth.kappa };
  for (let run = 0; run < runs; run++) {
    for (const ratings of drawCrowd(crowd, random)) {
      for (const coefficient of ['percent-agreement', 'gwet', 'fleiss'] as const) {
        const found = overRaters(
          ratings,
          { kind: 'coefficient', coefficient },
          chanceCorrected(ratings, coefficient),
        );
        if (holds(found, wanted[coefficient]))
          hits.set(coefficient, (hits.get(coefficient) ?? 0) + 1);
      }
    }
  }
  // .93, less two errors of the simulation.
  for (const [name, count] of hits) expect(count / runs, name).toBeGreaterThan(0.897);
});

const middle: Crowd = {
  differ: 'middle',
  spread: 0,
  raters: 10,
  work: 'equal',
  items: 100,
  overlap: 3,
  prevalence: 0.5,
};

/** How far an interval reaches below and above its value, in standard errors. */
function reaches(estimate: Estimate): readonly [below: number, above: number] {
  if (estimate.kind === 'undefined' || estimate.interval === undefined)
    return expect.unreachable('has an interval');
  const { value, interval, standardError = NaN } = estimate;
  return [(value - interval.lower) / standardError, (interval.upper - value) / standardError];
}

test.each(['ordinal', 'interval', 'ratio'] as const)(
  'alpha, %s: where most answers lie in the middle the interval reaches as far as its error says',
  (level) => {
    const random = createRandom('middle');
    for (let run = 0; run < 10; run++) {
      const [ratings] = drawCrowd(middle, random);
      if (ratings === undefined) return expect.unreachable('one study is drawn');
      const values = Float64Array.of(1, 2, 3, 4, 5);
      const statistic = { kind: 'alpha', level, values } as const;
      const found = overRaters(ratings, statistic, krippendorffAlpha(ratings, statistic));
      for (const reach of reaches(found)) {
        expect(reach).toBeGreaterThan(1.5);
        expect(reach).toBeLessThan(3.5);
      }
    }
  },
);

test('ordinal alpha near 0, most answers in the middle: the interval holds the truth', () => {
  const { ordinal } = truthOf(middle);
  const random = createRandom('middle held');
  const runs = 250;
  let [held, width] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const [ratings] = drawCrowd(middle, random);
    if (ratings === undefined) return expect.unreachable('one study is drawn');
    const statistic = { kind: 'alpha', level: 'ordinal' } as const;
    const found = overRaters(ratings, statistic, krippendorffAlpha(ratings, statistic));
    held += Number(holds(found, ordinal));
    if (found.kind === 'estimate' && found.interval !== undefined)
      width += (found.interval.upper - found.interval.lower) / runs;
  }
  expect(held / runs).toBeGreaterThan(0.897);
  expect(width).toBeLessThan(0.45);
});

test('at the lowest value the interval ends where the error says, not at 1', () => {
  // The most frequent answer stands beside a rarer one in every item.
  const rows = Array.from({ length: 60 }, (_, item) => [
    [item, item % 5, 0],
    [item, (item + 1 + (item % 3)) % 5, item % 4 === 0 ? 2 : 1],
  ]).flat();
  const ratings = ratingsOf(rows, 3);
  for (const statistic of [
    { kind: 'coefficient', coefficient: 'fleiss' },
    { kind: 'alpha', level: 'nominal' },
  ] as const) {
    const found = overRaters(ratings, statistic, pointOf(ratings, statistic));
    const [below, above] = reaches(found);
    expect(below).toBeGreaterThanOrEqual(0);
    expect(above).toBeGreaterThan(1.5);
    if (found.kind === 'estimate') expect(found.interval?.upper).toBeLessThan(0.1);
  }
});

function holds(estimate: Estimate, truth: number): boolean {
  return (
    estimate.kind === 'estimate' &&
    estimate.interval !== undefined &&
    estimate.interval.lower <= truth &&
    truth <= estimate.interval.upper
  );
}

test('intervals stay inside the possible values', () => {
  const rows = [
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 0],
    [1, 1, 0],
  ];
  for (const ratings of [
    ratingsOf(rows),
    ratingsOf([...rows, [1, 2, 1], [1, 3, 1], [0, 4, 0], [2, 4, 1], [2, 2, 0]]),
  ]) {
    const summary = summariseAgreement(ratings, { alphaLevel: 'nominal', seed: 1 });
    for (const each of [summary, summary.overItems])
      for (const [estimate, least] of [
        [each.observed, 0],
        [each.gwet, -1],
        [each.brennanPrediger, -1],
        [each.fleiss, -1],
        [each.conger, -1],
      ] as const) {
        if (estimate.kind === 'undefined') return expect.unreachable('defined');
        expect(estimate.interval?.lower ?? 0).toBeGreaterThanOrEqual(least);
        expect(estimate.interval?.upper ?? 0).toBeLessThanOrEqual(1);
      }
  }
  const pair = pairAgreement(pairTable(ratingsOf(rows), 0, 1));
  expect(pair).toMatchObject({ value: 0.5, interval: { lower: 0, upper: 1 } });
});

test('under four raters the interval over items stands, and says so', () => {
  const ratings = drawn({ ...scale, raters: 3 }, 'three');
  const summary = summariseAgreement(ratings, { alphaLevel: 'ordinal', seed: 1 });
  expect(summary.gwet).toEqual(summary.overItems.gwet);
  expect(summary.gwet).toMatchObject({ interval: { method: 'gwet-t' } });
  expect(summary.alpha).toMatchObject({ interval: { method: 'bootstrap-percentile' } });
  const more = summariseAgreement(drawn(scale, 'more'), { alphaLevel: 'ordinal', seed: 1 });
  expect(more.alpha).toMatchObject({ interval: { method: 'agreement-two-way' } });
  expect(more.overItems.alpha).toMatchObject({ interval: { method: 'bootstrap-percentile' } });
});

test('one item gives the coefficient without an interval', () => {
  const one = ratingsOf([
    [0, 0, 0],
    [0, 1, 0],
    [0, 2, 1],
  ]);
  const found = chanceCorrected(one, 'percent-agreement');
  expect(found).toMatchObject({
    kind: 'estimate',
    value: expect.closeTo(1 / 3, 12) as number,
    withoutInterval: 'there is only one item',
  });
  expect(chanceCorrected(one, 'gwet').kind).toBe('estimate');
  expect(overRaters(one, gwet, chanceCorrected(one, 'gwet'))).not.toHaveProperty('interval');
});

test('two raters who use one of the possible answers agree', () => {
  const rows = [
    [0, 0, 0],
    [0, 1, 0],
    [1, 0, 0],
    [1, 1, 0],
  ];
  for (const possible of [1, 2]) {
    const ratings = ratingsOf(rows, possible);
    expect(pairAgreement(pairTable(ratings, 0, 1))).toMatchObject({ value: 1 });
    expect(chanceCorrected(ratings, 'percent-agreement')).toMatchObject({ value: 1 });
  }
  expect(pairGwet(pairTable(ratingsOf(rows), 0, 1))).toMatchObject({ value: 1 });
});

test('ratios of negative values are refused, and zeros are one answer', () => {
  const ratings = ratingsOf([
    [0, 0, 0],
    [0, 1, 1],
    [1, 0, 1],
    [1, 1, 1],
    [2, 0, 0],
    [2, 1, 0],
  ]);
  const negative = { values: Float64Array.of(-3, 3) };
  for (const refused of [
    krippendorffAlpha(ratings, { level: 'ratio', ...negative }),
    chanceCorrected(ratings, 'gwet', { weighting: 'ratio', ...negative }),
    chanceCorrected(ratings, 'krippendorff', { weighting: 'ratio', ...negative }),
  ])
    expect(refused).toMatchObject({ kind: 'undefined', reason: 'negative-values' });
  expect(() => weightTable('ratio', negative.values)).toThrow(RangeError);
  expect(krippendorffAlpha(ratings, { level: 'interval', ...negative }).kind).toBe('estimate');

  const zeros = { values: Float64Array.of(0, 0) };
  expect([...weightTable('ratio', zeros.values)]).toEqual([1, 1, 1, 1]);
  expect(
    chanceCorrected(ratings, 'percent-agreement', { weighting: 'ratio', ...zeros }),
  ).toMatchObject({ value: 1 });
  expect(chanceCorrected(ratings, 'gwet', { weighting: 'ratio', ...zeros })).toMatchObject({
    kind: 'undefined',
    reason: 'no-variance',
  });
  expect(krippendorffAlpha(ratings, { level: 'ratio', ...zeros }).kind).toBe('undefined');
});

test('two sets of one study: the same agreement is rarely told apart, another one is', () => {
  const crowd: Crowd = {
    differ: 'skill',
    raters: 10,
    work: 'zipf',
    spread: 1,
    items: 100,
    overlap: 3,
    prevalence: 0.5,
  };
  const random = createRandom('difference');
  const runs = 200;
  let [told, same] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const [first, second] = drawCrowd(crowd, random, 2);
    if (first === undefined || second === undefined) return expect.unreachable('two arms');
    const guessed = buildRatings({
      ...second,
      values: second.values.map(() => randomInteger(2, random)),
    });
    const none = agreementDifference(first, second, gwet);
    const some = agreementDifference(first, guessed, gwet);
    if (none.kind === 'undefined' || some.kind === 'undefined')
      return expect.unreachable('defined');
    if ((none.p ?? 1) <= 0.05) told++;
    if ((some.p ?? 1) > 0.05) same++;
    // The test and the interval say the same.
    expect((none.p ?? 1) <= 0.05).toBe(!holds(none, 0));
    if (run === 0) {
      const turned = agreementDifference(second, first, gwet);
      if (turned.kind === 'undefined') return expect.unreachable('defined');
      expect(turned.value).toBeCloseTo(-none.value, 12);
      expect(turned.interval?.upper).toBeCloseTo(-(none.interval?.lower ?? NaN), 12);
      expect(turned.p).toBeCloseTo(none.p ?? NaN, 6);
    }
  }
  expect(told / runs).toBeLessThan(0.065 + 2 * Math.sqrt((0.05 * 0.95) / runs));
  expect(same / runs).toBeLessThan(0.2);
});

test('two sets: under four raters there is no test', () => {
  const few = drawn({ ...scale, raters: 3 }, 'few');
  expect(agreementDifference(few, few, gwet)).toMatchObject({ value: 0, p: null });
});

test('two sets: where raters always agree about one of them, the reason says so', () => {
  const judged = (answer: (item: number, turn: number) => number): Ratings =>
    ratingsOf(
      Array.from({ length: 60 }, (_, item) =>
        [0, 1, 2].map((turn) => [item, (item + 3 * turn) % 10, answer(item, turn)]),
      ).flat(),
    );
  const alike = judged((item) => item % 2);
  const mixed = judged((item, turn) => (turn === 0 && item % 3 === 0 ? 1 - (item % 2) : item % 2));
  for (const [one, other] of [
    [alike, mixed],
    [mixed, alike],
  ] as const)
    expect(agreementDifference(one, other, gwet)).toMatchObject({
      p: null,
      withoutInterval: expect.stringMatching(/^in one of the two sets agreement is the same/),
    });
  expect(agreementDifference(alike, alike, gwet)).toMatchObject({
    value: 0,
    withoutInterval: expect.stringMatching(/^there is no variation/),
  });
  expect(agreementDifference(mixed, mixed, gwet)).toHaveProperty('interval');
});
