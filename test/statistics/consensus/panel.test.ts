import { describe, expect, test } from 'vitest';
import { majorityVote } from '#statistics/consensus/majority.js';
import { consensus, type Panel } from '#statistics/consensus/panel.js';
import { expectedInformation, posteriorEntropy } from '#statistics/consensus/uncertainty.js';
import { mean } from '#statistics/summary.js';
import { type Crowd, rightAndClaimed, simulateCrowd } from '../../support/crowd.js';

function panelOf(crowd: Crowd, seed: string): { panel: Panel; truth: Int32Array } {
  const { ratings, truth } = simulateCrowd(crowd, seed);
  const panel = consensus(ratings);
  if (panel.kind === 'undefined') throw new Error(panel.because);
  return { panel, truth };
}

const average = (values: ArrayLike<number>): number => mean(Array.from(values)) ?? NaN;
const half = [0.5, 0.5];

/** Each of 60 raters judges five of 100 examples, three on an example. */
const ordinary: Crowd = {
  items: 100,
  votesPerItem: 3,
  judgmentsPerRater: 5,
  shares: half,
  accuracy: 0.95,
};

describe('an ordinary crowd, of whom each judges little', () => {
  test('a member that puts everything into one answer is named and left out', () => {
    for (const shares of [half, [0.9, 0.1]]) {
      const { panel } = panelOf({ ...ordinary, shares }, 'collapse');
      expect(panel.members.filter(({ leftOut }) => leftOut).map(({ name }) => name)).toEqual([
        'sceptical',
      ]);
    }
  });

  test('the panel is as sure as it is right', () => {
    const found = [1, 2, 3, 4, 5, 6].map((set) => {
      const { panel, truth } = panelOf(ordinary, `ordinary ${set}`);
      const { right, claimed } = rightAndClaimed(panel.posterior, truth);
      return { right: average(right), claimed: average(claimed) };
    });
    expect(average(found.map(({ right }) => right))).toBeGreaterThan(0.98);
    expect(Math.abs(average(found.map(({ claimed, right }) => claimed - right)))).toBeLessThan(
      0.01,
    );
  });

  test('where every vote is right, next to nothing is left to be known', () => {
    const { panel } = panelOf({ ...ordinary, accuracy: 1 }, 'unanimous');
    const bits = (nats: Float64Array): number =>
      nats.reduce((sum, value) => sum + value, 0) / Math.LN2;
    expect(bits(posteriorEntropy(panel))).toBeLessThan(0.1);
    expect(bits(expectedInformation(panel))).toBeLessThan(0.1);
  });
});

describe('a small part of the grid of bench/calibration.ts: claimed within .03 of right', () => {
  const nine = Array.from({ length: 9 }, () => 1 / 9);
  const cells: [string, Partial<Crowd>][] = [
    ['two votes', { votesPerItem: 2, accuracy: 0.8 }],
    ['poor raters', { votesPerItem: 5, accuracy: 0.7 }],
    ['unequal answers', { shares: [0.7, 0.3], accuracy: 0.75 }],
    ['nine answers', { shares: nine, accuracy: 0.75, judgmentsPerRater: 60 }],
    ['nine answers, each judging three', { shares: nine, judgmentsPerRater: 3, accuracy: 0.75 }],
    ['unequal raters', { spread: 0.7, accuracy: 0.8, judgmentsPerRater: 15 }],
  ];
  test.each(cells)('%s', (name, changed) => {
    const gaps = Array.from({ length: 10 }, (_, set) => {
      const { panel, truth } = panelOf({ ...ordinary, ...changed }, `${name} ${set}`);
      const { right, claimed } = rightAndClaimed(panel.posterior, truth);
      return average(claimed) - average(right);
    });
    const gap = average(gaps);
    const error = Math.sqrt(
      gaps.reduce((sum, value) => sum + (value - gap) ** 2, 0) / (gaps.length - 1) / gaps.length,
    );
    expect(Math.abs(gap)).toBeLessThan(0.03 + 2 * error);
  });
});

describe('what the descriptions of raters weigh', () => {
  test('where raters are alike the three models weigh little', () => {
    const { panel } = panelOf({ ...ordinary, accuracy: 0.8, judgmentsPerRater: 30 }, 'alike');
    expect(panel.weights.members).toBeLessThan(0.2);
    const { alike, differing, members } = panel.weights;
    expect(alike + differing + members).toBeCloseTo(1, 12);
  });

  test('raters who differ are, and the better ones decide', () => {
    const crowd = { ...ordinary, votesPerItem: 5, accuracy: 0.75, spread: 1.5 };
    const { ratings, truth } = simulateCrowd(
      { ...crowd, items: 300, judgmentsPerRater: 100 },
      'unequal',
    );
    const panel = consensus(ratings);
    if (panel.kind === 'undefined') return expect.unreachable(panel.because);
    expect(panel.weights.alike).toBeLessThan(0.25);
    const { label } = majorityVote(ratings);
    const share = (labels: Int32Array): number =>
      average(truth.map((answer, item) => (labels[item] === answer ? 1 : 0)));
    expect(share(panel.label)).toBeGreaterThan(share(label) + 0.02);
  });
});

test('models of a description that weighs nothing are not fitted', () => {
  const shares = Array.from({ length: 9 }, () => 1 / 9);
  const even: Crowd = { ...ordinary, shares, accuracy: 0.75, judgmentsPerRater: 30 };
  const { panel } = panelOf(even, 'even errors');
  expect(panel.weights).toMatchObject({ members: 0 });
  expect(panel.members).toEqual([]);
});

test('small crowds of poor raters get as many iterations as they need to converge', () => {
  const poor: Crowd = { ...ordinary, accuracy: 0.6, spread: 0.7 };
  for (const { seed, ...changed } of [
    { items: 12, judgmentsPerRater: 10, seed: 'limit 4' },
    { items: 50, votesPerItem: 2, seed: 'limit 2' },
  ])
    expect(panelOf({ ...poor, ...changed }, seed).panel.converged).toBe(true);
});
