/**
 * How often the intervals of agreement coefficients hold the truth, over a grid of crowds:
 * node .build/bench/agreement.js [runs] [difference]
 * The truth is the coefficient over infinitely many items and raters (`truthOf`). Each line has the
 * interval over items and the one over items and raters: coverage with its Monte Carlo error, and
 * the median width. Then the test of no difference between two arms of one study. Wanted: coverage
 * .93 or more and type I errors of .065 or less, within two Monte Carlo errors. With a second argument
 * only the test is simulated.
 */
import { chanceCorrected } from '#statistics/agreement/chanceCorrected.js';
import { bootstrapAlpha } from '#statistics/agreement/alpha.js';
import { agreementDifference } from '#statistics/agreement/difference.js';
import { overRaters } from '#statistics/agreement/overRaters.js';
import type { AgreementStatistic } from '#statistics/agreement/setting.js';
import type { Estimate } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import type { Ratings } from '#statistics/ratings.js';
import {
  type Crowd,
  type CrowdTruth,
  drawCrowd,
  isScale,
  truthOf,
} from '../test/statistics/support/agreementCrowd.js';

interface Named {
  readonly name: string;
  readonly statistic: AgreementStatistic;
  readonly truth: keyof CrowdTruth;
}

const coefficient = (
  name: string,
  truth: keyof CrowdTruth,
  which: 'percent-agreement' | 'fleiss' | 'gwet' | 'brennan-prediger' | 'conger',
): Named => ({ name, truth, statistic: { kind: 'coefficient', coefficient: which } });
const alpha: Named = {
  name: 'alpha, nominal',
  truth: 'kappa',
  statistic: { kind: 'alpha', level: 'nominal' },
};
const gwet = coefficient('AC1', 'gwet', 'gwet');
const all: readonly Named[] = [
  coefficient('observed', 'observed', 'percent-agreement'),
  alpha,
  coefficient('Fleiss', 'kappa', 'fleiss'),
  gwet,
  coefficient('Brennan-Prediger', 'brennanPrediger', 'brennan-prediger'),
  coefficient('Conger', 'kappa', 'conger'),
];
const ordinal: Named = {
  name: 'alpha, ordinal',
  truth: 'ordinal',
  statistic: { kind: 'alpha', level: 'ordinal' },
};

const runs = Number(process.argv[2] ?? 1000);
/** The bootstrap of alpha over items is slow: it is run for one study in five. */
const bootstrapped = 5;

const grid: Crowd[] = [];
for (const differ of ['skill', 'leaning'] as const) {
  const add = (crowd: Omit<Crowd, 'differ'>): unknown => grid.push({ differ, ...crowd });
  add({ raters: 10, work: 'equal', spread: 1, items: 100, overlap: 3, prevalence: 0.5 });
  add({ raters: 6, work: 'equal', spread: 1.5, items: 100, overlap: 3, prevalence: 0.5 });
  add({ raters: 6, work: 'equal', spread: 1.5, items: 300, overlap: 5, prevalence: 0.5 });
  add({ raters: 4, work: 'equal', spread: 0, items: 30, overlap: 2, prevalence: 0.95 });
  add({ raters: 4, work: 'equal', spread: 1, items: 100, overlap: 3, prevalence: 0.5 });
  add({ raters: 4, work: 'equal', spread: 1.5, items: 300, overlap: 3, prevalence: 0.9 });
  add({ raters: 5, work: 'zipf', spread: 1, items: 100, overlap: 2, prevalence: 0.7 });
  add({ raters: 10, work: 'equal', spread: 0.5, items: 100, overlap: 3, prevalence: 0.9 });
  add({ raters: 10, work: 'equal', spread: 1.5, items: 100, overlap: 3, prevalence: 0.95 });
  add({ raters: 10, work: 'zipf', spread: 1, items: 100, overlap: 3, prevalence: 0.9 });
  add({ raters: 20, work: 'zipf', spread: 1.5, items: 300, overlap: 3, prevalence: 0.7 });
  add({ raters: 20, work: 'three', spread: 1.5, items: 100, overlap: 3, prevalence: 0.95 });
  add({ raters: 20, work: 'three', spread: 0, items: 100, overlap: 3, prevalence: 0.95 });
  add({ raters: 20, work: 'equal', spread: 0, items: 30, overlap: 3, prevalence: 0.95 });
  add({ raters: 30, work: 'equal', spread: 0, items: 300, overlap: 5, prevalence: 0.7 });
  add({ raters: 60, work: 'equal', spread: 1, items: 30, overlap: 2, prevalence: 0.9 });
  add({ raters: 60, work: 'zipf', spread: 1, items: 300, overlap: 3, prevalence: 0.9 });
}
for (const [raters, spread] of [
  [4, 0],
  [4, 1],
  [10, 1],
  [30, 0],
  [30, 1.5],
] as const) {
  const scale = { differ: 'scale', raters, spread } as const;
  grid.push({ ...scale, work: 'equal', items: 100, overlap: 3, prevalence: 0.7 });
  grid.push({ ...scale, work: 'zipf', items: 30, overlap: 2, prevalence: 0.9 });
  const middle = { differ: 'middle', raters, spread: spread / 2 } as const;
  grid.push({ ...middle, work: 'equal', items: 100, overlap: 3, prevalence: 0.5 });
}

function overItems(ratings: Ratings, { statistic }: Named, run: number): Estimate {
  return statistic.kind === 'coefficient'
    ? chanceCorrected(ratings, statistic.coefficient)
    : bootstrapAlpha(ratings, {
        level: statistic.level,
        seed: run,
        replicates: run % bootstrapped === 0 ? 200 : 2,
      });
}

class Tally {
  private hits = 0;
  private readonly widths: number[] = [];
  add(estimate: Estimate, truth: number): void {
    if (estimate.kind === 'undefined' || estimate.interval === undefined) return;
    const { lower, upper } = estimate.interval;
    if (lower <= truth && truth <= upper) this.hits++;
    this.widths.push(upper - lower);
  }
  get intervals(): number {
    return this.widths.length;
  }
  get coverage(): number {
    return this.hits / Math.max(1, this.widths.length);
  }
  print(): string {
    const share = this.coverage;
    const error = Math.sqrt((share * (1 - share)) / Math.max(1, this.widths.length));
    const width = this.widths.toSorted((one, other) => one - other)[this.widths.length >> 1] ?? NaN;
    return `${share.toFixed(3)} ± ${error.toFixed(3)} ${width.toFixed(2)}`;
  }
}

const describe = (crowd: Crowd): string =>
  `${crowd.raters} raters, ${crowd.work} work, ${crowd.differ} spread ${crowd.spread}, ${crowd.items} items × ${crowd.overlap}, prevalence ${crowd.prevalence}`;

const say = (line: string): unknown => process.stdout.write(`${line}\n`);
let below = 0;
let figures = 0;
say(`${runs} studies each; coverage ± Monte Carlo error, median width`);
for (const crowd of process.argv[3] === 'difference' ? [] : grid) {
  const truth = truthOf(crowd);
  const random = createRandom(`agreement ${describe(crowd)}`);
  const which = isScale(crowd.differ) ? [all[0] ?? alpha, alpha, gwet, ordinal] : all;
  const tallies = which.map(() => ({ items: new Tally(), both: new Tally() }));
  for (let run = 0; run < runs; run++) {
    for (const ratings of drawCrowd(crowd, random)) {
      for (const [index, named] of which.entries()) {
        const before = overItems(ratings, named, run);
        if (named.statistic.kind === 'coefficient' || run % bootstrapped === 0)
          tallies[index]?.items.add(before, truth[named.truth]);
        tallies[index]?.both.add(overRaters(ratings, named.statistic, before), truth[named.truth]);
      }
    }
  }
  say(describe(crowd));
  for (const [index, named] of which.entries()) {
    const tally = tallies[index];
    if (tally === undefined) continue;
    figures++;
    const miss = tally.both.coverage < 0.93 - 2 * Math.sqrt((0.93 * 0.07) / tally.both.intervals);
    if (miss) below++;
    say(
      `  ${named.name.padEnd(17)} true ${truth[named.truth].toFixed(3)}  items ${tally.items.print()}  items and raters ${tally.both.print()}  without ${runs - tally.both.intervals}${miss ? '  BELOW' : ''}`,
    );
  }
}
say(`${below} of ${figures} below .93 by more than two Monte Carlo errors`);

say('\ntype I error of the difference between two arms of one study (nominal .05), median width');
for (const crowd of grid.filter(({ spread, items }) => spread < 1.5 || items > 100)) {
  const random = createRandom(`difference ${describe(crowd)}`);
  const which = isScale(crowd.differ) ? [ordinal] : [alpha, gwet];
  const tallies = which.map(() => new Tally());
  for (let run = 0; run < runs / 2; run++) {
    const [first, second] = drawCrowd(crowd, random, 2);
    if (first === undefined || second === undefined) continue;
    for (const [index, { statistic }] of which.entries())
      tallies[index]?.add(agreementDifference(first, second, statistic), 0);
  }
  say(
    `${describe(crowd)}: ${which.map(({ name }, index) => `${name} holds 0: ${tallies[index]?.print()}`).join(';  ')}`,
  );
}
