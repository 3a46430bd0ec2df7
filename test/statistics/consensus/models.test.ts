import { describe, expect, test } from 'vitest';
import { bradleyTerry } from '#statistics/consensus/bradleyTerry.js';
import { confusionCell, raterAccuracy } from '#statistics/consensus/confusion.js';
import { dawidSkene } from '#statistics/consensus/dawidSkene.js';
import { measureItems, probableGuidelineFaults } from '#statistics/consensus/items.js';
import { probableLabelErrors } from '#statistics/consensus/labelErrors.js';
import { mace } from '#statistics/consensus/mace.js';
import { majorityVote } from '#statistics/consensus/majority.js';
import { ordinalConsensus } from '#statistics/consensus/ordinal.js';
import { consensus } from '#statistics/consensus/panel.js';
import { surprisinglyPopular } from '#statistics/consensus/surprisinglyPopular.js';
import { expectedInformation, posteriorEntropy } from '#statistics/consensus/uncertainty.js';
import { wawa } from '#statistics/consensus/weightedVote.js';
import { createRandom } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';

function defined<T extends { kind: string }>(model: T): Exclude<T, { kind: 'undefined' }> {
  if (model.kind === 'undefined') throw new Error('The model is undefined.');
  return model as Exclude<T, { kind: 'undefined' }>;
}

/** votes[item][rater]: the answer, or -1 for none. */
function table(votes: readonly (readonly number[])[], categoryCount: number): Ratings {
  const rows = votes.flatMap((row, item) =>
    row.flatMap((value, rater) => (value < 0 ? [] : [{ item, rater, value }])),
  );
  return buildRatings({
    items: Int32Array.from(rows, (row) => row.item),
    raters: Int32Array.from(rows, (row) => row.rater),
    values: Int32Array.from(rows, (row) => row.value),
    itemCount: votes.length,
    raterCount: Math.max(...votes.map((row) => row.length)),
    categoryCount,
  });
}

const share = (label: Int32Array, truth: readonly number[]): number =>
  truth.filter((answer, item) => label[item] === answer).length / truth.length;

describe('raters', () => {
  test('one who answers the opposite is understood, and counts as a witness', () => {
    const random = createRandom(1);
    const truth = Array.from({ length: 200 }, () => (random() < 0.5 ? 0 : 1));
    const ratings = table(
      truth.map((answer) =>
        [0.9, 0.9, 0.85, 0.05, 0.05].map((accuracy) => (random() < accuracy ? answer : 1 - answer)),
      ),
      2,
    );
    const model = defined(dawidSkene(ratings));
    expect(share(model.label, truth)).toBeGreaterThan(share(majorityVote(ratings).label, truth));
    const liar = raterAccuracy(model, 3);
    expect(liar.kind === 'estimate' && liar.value < 0.15 && (liar.interval?.upper ?? 1) < 0.2).toBe(
      true,
    );
    const cell = confusionCell(model, 0, 1, 1);
    expect(
      cell.kind === 'estimate' &&
        cell.interval !== undefined &&
        cell.interval.lower < 0.9 &&
        cell.interval.upper > 0.9 &&
        cell.interval.upper - cell.interval.lower < 0.2,
    ).toBe(true);
  });

  test('one with two judgments is taken for an average one, with a wide interval', () => {
    const random = createRandom(2);
    const truth = Array.from({ length: 100 }, () => Math.floor(random() * 3));
    const rows = truth.map((answer, item) => [
      ...[0.8, 0.8, 0.8, 0.8].map((accuracy) => (random() < accuracy ? answer : (answer + 1) % 3)),
      item < 2 ? (answer + 1) % 3 : -1,
    ]);
    const model = defined(dawidSkene(table(rows, 3)));
    const rare = raterAccuracy(model, 4);
    const frequent = raterAccuracy(model, 0);
    if (rare.kind === 'undefined' || frequent.kind === 'undefined') return expect.unreachable();
    expect(rare.value).toBeGreaterThan(0.4);
    expect((rare.interval?.upper ?? 0) - (rare.interval?.lower ?? 0)).toBeGreaterThan(
      2 * ((frequent.interval?.upper ?? 0) - (frequent.interval?.lower ?? 0)),
    );
    const unshrunk = raterAccuracy(defined(dawidSkene(table(rows, 3), { shrinkage: 0 })), 4);
    expect(unshrunk.kind === 'estimate' ? unshrunk.value : 1).toBeLessThan(rare.value);
  });

  test("intervals of a rater's accuracy hold what they promise", () => {
    let held = 0;
    const accuracies = [0.9, 0.8, 0.7, 0.6, 0.85, 0.75, 0.8, 0.9];
    for (let run = 0; run < 40; run++) {
      const random = createRandom(`coverage ${run}`);
      const truth = Array.from({ length: 80 }, () => (random() < 0.5 ? 0 : 1));
      const model = defined(
        dawidSkene(
          table(
            truth.map((answer) =>
              accuracies.map((accuracy) => (random() < accuracy ? answer : 1 - answer)),
            ),
            2,
          ),
        ),
      );
      for (const [rater, accuracy] of accuracies.entries()) {
        const found = raterAccuracy(model, rater);
        if (
          found.kind === 'estimate' &&
          found.interval !== undefined &&
          found.interval.lower <= accuracy &&
          accuracy <= found.interval.upper
        )
          held++;
      }
    }
    expect(held / (40 * accuracies.length)).toBeGreaterThan(0.9);
  });

  test('known answers stay, and teach', () => {
    const ratings = table(
      [
        [0, 1, 1],
        [0, 1, 1],
        [0, 1, 1],
        [0, 1, 1],
        [0, 1, 1],
        [1, 0, 0],
      ],
      2,
    );
    const known = Int32Array.of(0, 0, 0, 0, 0, -1);
    const model = defined(dawidSkene(ratings, { known, shrinkage: 1 }));
    expect([...model.label.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
    expect(model.label[5]).toBe(defined(wawa(ratings)).label[5] === 0 ? 1 : 0);
  });

  test('MACE gives the same again with the same seed, and tells a guesser', () => {
    const random = createRandom(3);
    const truth = Array.from({ length: 150 }, () => Math.floor(random() * 4));
    const ratings = table(
      truth.map((answer) => [
        ...[0.85, 0.8, 0.75].map((accuracy) =>
          random() < accuracy ? answer : Math.floor(random() * 4),
        ),
        2,
      ]),
      4,
    );
    const model = defined(mace(ratings, { seed: 4 }));
    expect(defined(mace(ratings, { seed: 4 })).posterior).toEqual(model.posterior);
    expect(model.competence[3]).toBeLessThan(0.2);
    expect(model.competence[0]).toBeGreaterThan(0.6);
    expect(model.guessing[3 * 4 + 2]).toBeGreaterThan(0.8);
  });
});

describe('the default', () => {
  test('a tie between equals stays a tie', () => {
    expect([
      ...defined(
        consensus(
          table(
            [
              [0, 1, -1],
              [-1, 0, 1],
              [1, -1, 0],
            ],
            2,
          ),
        ),
      ).label,
    ]).toEqual([-1, -1, -1]);
  });

  test('is no worse than the majority where every rater is rare', () => {
    const random = createRandom(6);
    const truth = Array.from({ length: 300 }, () => Math.floor(random() * 4));
    const rows = truth.map((answer) =>
      Array.from({ length: 150 }, () => -1).map((none, rater) =>
        random() < 0.025
          ? random() < 0.5 + (rater % 5) / 10
            ? answer
            : Math.floor(random() * 4)
          : none,
      ),
    );
    const ratings = table(rows, 4);
    expect(share(defined(consensus(ratings)).label, truth)).toBeGreaterThanOrEqual(
      share(majorityVote(ratings).label, truth),
    );
  });
});

describe('ordered answers', () => {
  test('the model finds who is lenient and who is precise', () => {
    const random = createRandom(8);
    const truth = Array.from({ length: 300 }, () => Math.floor(random() * 5));
    const raters = [
      { bias: 0, spread: 0.3 },
      { bias: 0, spread: 0.4 },
      { bias: 1, spread: 0.3 },
      { bias: -0.7, spread: 0.5 },
      { bias: 0, spread: 1.5 },
    ];
    const noise = (): number => {
      const share = Math.min(0.999, Math.max(0.001, random()));
      return Math.log(share / (1 - share));
    };
    const model = defined(
      ordinalConsensus(
        table(
          truth.map((level) =>
            raters.map(({ bias, spread }) =>
              Math.min(4, Math.max(0, Math.round(level + bias + spread * noise()))),
            ),
          ),
          5,
        ),
      ),
    );
    expect(share(model.label, truth)).toBeGreaterThan(0.8);
    expect(model.bias[2]).toBeGreaterThan(0.5);
    expect(model.bias[3]).toBeLessThan(-0.3);
    expect(model.precision[4]).toBeLessThan(
      Math.min(model.precision[0] ?? 0, model.precision[1] ?? 0),
    );
  });
});

describe('items', () => {
  // Eight good raters, eight poor ones; on the last item the good ones contradict the poor ones and
  // a few of their own.
  const random = createRandom(10);
  const votes = Array.from({ length: 120 }, () =>
    Array.from({ length: 16 }, (_, rater) => (random() < (rater < 8 ? 0.95 : 0.6) ? 0 : 1)),
  );
  votes.push([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  votes.push(Array.from({ length: 16 }, () => 0));

  test('one on which the best raters disagree with the rest is a probable fault of the guidelines', () => {
    const measures = measureItems(table(votes, 2));
    const { faults, tested, expectedByChance } = probableGuidelineFaults(measures, 0.01);
    expect(faults[0]).toMatchObject({ item: 120, mostFrequent: 0, answerOfTheBest: 1 });
    expect(faults[0]?.difficulty).toBeCloseTo(1 - (10 * 9 + 6 * 5) / (16 * 15), 12);
    expect(expectedByChance).toBeCloseTo(tested * 0.01, 12);
    expect(measures[121]).toMatchObject({
      difficulty: 0,
      discrimination: { kind: 'undefined', reason: 'unanimous' },
    });
  });

  test('labels are ranked by how probably they are wrong', () => {
    const truth = Array.from({ length: 100 }, (_, item) => item % 2);
    const ratings = table(
      truth.map((answer) =>
        [0.95, 0.9, 0.9, 0.8, 0.7].map((accuracy) => (random() < accuracy ? answer : 1 - answer)),
      ),
      2,
    );
    const labels = Int32Array.from(truth);
    for (const item of [5, 6, 7]) labels[item] = 1 - (truth[item] ?? 0);
    labels[9] = -1;
    const errors = defined(probableLabelErrors(ratings, defined(consensus(ratings)), labels));
    expect(errors.ranked.slice(0, 4).map((suspect) => suspect.item)).toEqual(
      expect.arrayContaining([5, 6, 7]),
    );
    expect(errors.ranked.every((suspect) => suspect.item !== 9)).toBe(true);
    expect(errors.expectedWrong).toBeGreaterThan(2);
    expect(errors.expectedWrong).toBeLessThan(6);
    expect(errors.reliability).toBeGreaterThan(0.9);
    expect(
      probableLabelErrors(ratings, defined(consensus(ratings)), new Int32Array(100).fill(-1)),
    ).toMatchObject({ kind: 'undefined', reason: 'no-data' });
  });

  test('one more judgment tells most where least is known', () => {
    const model = defined(
      dawidSkene(table([...votes, [0, 1, ...Array.from({ length: 14 }, () => -1)]], 2)),
    );
    const gain = expectedInformation(model);
    const entropy = posteriorEntropy(model);
    expect(gain.indexOf(Math.max(...gain))).toBe(122);
    expect([...gain].every((value, item) => value <= (entropy[item] ?? 0) + 1e-12)).toBe(true);
    expect(expectedInformation(model, 0)[122]).toBeGreaterThan(
      expectedInformation(model, 12)[122] ?? Infinity,
    );
  });

  test('the surprisingly popular answer beats the majority', () => {
    // Is Philadelphia the capital of Pennsylvania? 60 % say yes and expect 85 % to; those who say
    // no expect 70 % to say yes.
    const ratings = table(
      [
        [0, 0, 0, 1, 1],
        [0, 0, -1, -1, -1],
        [-1, -1, -1, -1, -1],
      ],
      2,
    );
    const found = surprisinglyPopular(ratings, {
      items: Int32Array.of(0, 0, 0, 0, 0),
      share: Float64Array.of(85, 15, 85, 15, 85, 15, 0.7, 0.3, 0, 0),
    });
    expect(found[0]).toMatchObject({ kind: 'answer', label: 1, votes: 5, predictions: 4 });
    expect(found[1]).toMatchObject({ kind: 'undefined', reason: 'no-predictions' });
    expect(found[2]).toMatchObject({ kind: 'undefined', reason: 'no-votes' });
  });
});

describe('pairs', () => {
  const pair = (wins: number, losses: number, ties: number) => ({
    first: Int32Array.of(0),
    second: Int32Array.of(1),
    firstWins: Float64Array.of(wins),
    secondWins: Float64Array.of(losses),
    ties: Float64Array.of(ties),
    candidateCount: 2,
  });

  test("two candidates have the odds of their wins, and the ties of Davidson's model", () => {
    const model = defined(bradleyTerry(pair(6, 3, 4)));
    expect((model.logStrength[0] ?? 0) - (model.logStrength[1] ?? 0)).toBeCloseTo(Math.log(2), 9);
    // P(tie) / sqrt(P(win) P(loss)) is the tie parameter.
    expect(model.tie).toBeCloseTo(4 / Math.sqrt(18), 9);
    expect(model.logLikelihood).toBeCloseTo(
      6 * Math.log(6 / 13) + 3 * Math.log(3 / 13) + 4 * Math.log(4 / 13),
      9,
    );
    // The error of the log odds of two multinomial counts.
    expect(2 * (model.standardError[0] ?? 0)).toBeCloseTo(Math.sqrt(1 / 6 + 1 / 3), 6);
  });

  test('no ties in the data, no ties in the model', () => {
    expect(defined(bradleyTerry(pair(6, 3, 0))).tie).toBe(0);
  });

  test('strengths that would be infinite are undefined, and finite with a prior', () => {
    expect(bradleyTerry(pair(5, 0, 0))).toMatchObject({ kind: 'undefined', reason: 'infinite' });
    expect(bradleyTerry({ ...pair(5, 2, 0), candidateCount: 3 })).toMatchObject({
      kind: 'undefined',
      reason: 'infinite',
    });
    expect(bradleyTerry(pair(0, 0, 0))).toMatchObject({ kind: 'undefined', reason: 'no-data' });
    const model = defined(bradleyTerry(pair(5, 0, 0), { prior: 1 }));
    expect([...model.ranking]).toEqual([0, 1]);
    expect(model.logStrength[0]).toBeGreaterThan(0);
    expect(model.logStrength[0]).toBeLessThan(5);
  });

  test('a candidate against itself is refused', () => {
    expect(() => bradleyTerry({ ...pair(1, 1, 0), second: Int32Array.of(0) })).toThrow(RangeError);
  });
});
