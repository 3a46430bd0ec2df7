/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { normalCdf } from '#statistics/distributions.js';
import { wilsonInterval } from '#statistics/proportions.js';
import { createRandom, type Random, randomNormal } from '#statistics/random.js';
import { proposalFor } from '#statistics/raterQuality/policy.js';
import { raterSignals } from '#statistics/raterQuality/signals.js';
import { tippingDifference, tippingShare } from '#statistics/tippingPoint/tippingShare.js';
import { tippingMajority } from '#statistics/tippingPoint/tippingMajority.js';
import { twoWayDifference, twoWayMean } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';
import { honestRelevance, plantedCrowd, usualCrowd } from './plantedCrowd.js';

export interface Covered {
  readonly name: string;
  readonly truth: number;
  readonly held: number;
  /** The mean estimate. */
  readonly mean: number;
}

/** How often intervals hold what honest raters would say of infinitely many items. */
export function coverageAfterExclusions({
  runs,
  from,
  exclude,
}: {
  runs: number;
  from: string;
  exclude: boolean;
}): Covered[] {
  const [upheld, skill] = [0.93, 0.94];
  const right = skill ** 3 + 3 * skill ** 2 * (1 - skill);
  const seen = (rate: number): number => upheld * rate + (1 - upheld) * (1 - rate);
  const figures = [
    { name: 'agreement by vote', truth: seen(skill), held: 0, sum: 0 },
    { name: 'labels upheld by majority', truth: seen(right), held: 0, sum: 0 },
    { name: 'mean relevance', truth: honestRelevance(normalCdf), held: 0, sum: 0 },
  ];
  const plan = { ...usualCrowd, honest: 38, ring: 0, model: 0 };
  for (let run = 0; run < runs; run++) {
    const { judged, labels } = plantedCrowd(plan, createRandom(`${from} coverage ${run}`));
    const out = exclude
      ? raterSignals(judged).map((signals) => proposalFor(signals).kind === 'flag')
      : [];
    const rows = [...judged.items.keys()].filter(
      (row) => judged.block[judged.items[row]!] === 0 && out[judged.raters[row]!] !== true,
    );
    const pick = (values: (row: number) => number): Votes => ({
      items: Int32Array.from(rows, (row) => judged.items[row]!),
      raters: Int32Array.from(rows, (row) => judged.raters[row]!),
      values: Float64Array.from(rows, values),
    });
    const upholds = (row: number): number =>
      judged.choices[row] === labels[judged.items[row]!] ? 1 : 0;
    const perItem = new Map<number, { votes: number; up: number }>();
    for (const row of rows) {
      const item = perItem.get(judged.items[row]!) ?? { votes: 0, up: 0 };
      perItem.set(judged.items[row]!, item);
      item.votes++;
      item.up += upholds(row);
    }
    const whole = [...perItem.values()].filter(({ votes }) => votes === 3);
    const majorities = whole.filter(({ up }) => up >= 2).length;
    const relevance = twoWayMean(
      pick((row) => judged.relevance[row]! + 1),
      {
        scale: { lower: 1, upper: 5 },
      },
    );
    const agreement = twoWayMean(pick(upholds));
    const found = [
      agreement.kind === 'estimate' ? { value: agreement.value, ...agreement.interval! } : null,
      { value: majorities / whole.length, ...wilsonInterval(majorities, whole.length) },
      relevance.kind === 'estimate' ? { value: relevance.value, ...relevance.interval! } : null,
    ];
    for (const [at, each] of found.entries()) {
      if (each === null) continue;
      const figure = figures[at]!;
      figure.sum += each.value;
      if (each.lower <= figure.truth && figure.truth <= each.upper) figure.held++;
    }
  }
  return figures.map(({ name, truth, held, sum }) => ({
    name,
    truth,
    held: held / runs,
    mean: sum / runs,
  }));
}

/** Votes of 30 raters, three an item, of which the share is a model's, which upholds with u. */
function contaminated(
  of: { items: number; rate: () => number; share: number; upheld: number; bias: number },
  random: Random,
): Votes & { upholding: Int32Array; votes: Int32Array } {
  const leanings = Array.from({ length: 30 }, () => of.bias * randomNormal(random));
  const n = of.items * 3;
  const items = Int32Array.from({ length: n }, (_, row) => Math.floor(row / 3));
  const raters = new Int32Array(n);
  const values = new Float64Array(n);
  const upholding = new Int32Array(of.items);
  for (let item = 0; item < of.items; item++) {
    const rate = of.rate();
    const start = Math.floor(random() * 30);
    for (let vote = 0; vote < 3; vote++) {
      const rater = (start + vote * (1 + Math.floor(random() * 9))) % 30;
      raters[item * 3 + vote] = rater;
      const chance = Math.min(1, Math.max(0, rate + leanings[rater]!));
      const up = random() < of.share ? random() < of.upheld : random() < chance;
      values[item * 3 + vote] = up ? 1 : 0;
      if (up) upholding[item]!++;
    }
  }
  return { items, raters, values, upholding, votes: new Int32Array(of.items).fill(3) };
}

export interface WrongVerdicts {
  readonly name: string;
  /** Of all runs: a verdict is given, c lies below its tipping point, and people are not beyond. */
  readonly wrong: number;
  /** Of all runs: a verdict is given. */
  readonly verdicts: number;
}

/** People's rate is at the threshold, so every verdict that is said to stand is wrong. */
export function wrongVerdicts({
  runs,
  share,
  from,
}: {
  runs: number;
  share: number;
  from: string;
}): WrongVerdicts[] {
  const random = createRandom(`${from} tipping ${share}`);
  // Labels are true for 90 % of the items, upheld there with .97 and elsewhere with .1.
  const [good, high, low] = [0.9, 0.97, 0.1];
  const rate = (): number => (random() < good ? high : low);
  const people = good * high + (1 - good) * low;
  const most = (p: number): number => p ** 3 + 3 * p * p * (1 - p);
  const majority = good * most(high) + (1 - good) * most(low);
  const tallies = [
    'rate of votes above',
    'labels upheld by majority above',
    'difference not worse',
  ].map((name) => ({ name, wrong: 0, verdicts: 0 }));
  const count = (at: number, verdict: boolean, stands: boolean): void => {
    if (verdict) tallies[at]!.verdicts++;
    if (verdict && stands) tallies[at]!.wrong++;
  };
  for (let run = 0; run < runs; run++) {
    const one = contaminated({ items: 300, rate, share, upheld: 1, bias: 0.01 }, random);
    const mean = twoWayMean(one);
    if (mean.kind === 'estimate' && mean.interval !== undefined) {
      const point = tippingShare({
        limit: mean.interval.lower,
        threshold: people,
        verdict: 'above',
        upheld: 1,
      });
      count(
        0,
        mean.interval.lower > people,
        point.kind === 'tips' ? share < point.share : point.reason === 'never',
      );
    }
    const point = tippingMajority(one, {
      threshold: majority,
      verdict: 'above',
      upheld: 1,
      seed: run,
      replicates: 40,
    });
    const ups = one.upholding.reduce((sum, up) => sum + (up >= 2 ? 1 : 0), 0);
    count(
      1,
      wilsonInterval(ups, 300).lower > majority,
      point.kind === 'tips' ? share < point.share : point.reason === 'never',
    );
    const worse = (): number => Math.max(0, rate() - 0.05);
    const expectedWorse = good * (high - 0.05) + (1 - good) * (low - 0.05);
    const [generated, human] = [
      contaminated({ items: 300, rate: worse, share, upheld: 1, bias: 0 }, random),
      contaminated({ items: 300, rate, share, upheld: 0.9, bias: 0 }, random),
    ];
    const difference = twoWayDifference(generated, human);
    if (difference.kind === 'undefined' || difference.interval === undefined) continue;
    const bound = expectedWorse - people;
    const tip = tippingDifference({
      limit: difference.interval.lower,
      bound,
      verdict: 'above',
      upheld: [0.9, 1],
    });
    count(
      2,
      difference.interval.lower > bound,
      tip.kind === 'tips' ? share < tip.share : tip.reason === 'never',
    );
  }
  return tallies.map(({ name, wrong, verdicts }) => ({
    name,
    wrong: wrong / runs,
    verdicts: verdicts / runs,
  }));
}
