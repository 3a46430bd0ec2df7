/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
/**
 * The simulation behind the two-way interval: node .build/bench/coverage.js [runs] [part of a name]
 * Every line is a crowd and two sets, with the rule of reports and, beside it, the one that it
 * replaced: V items + V raters - V cells with t and raters - 1 degrees of freedom. Wanted of the
 * first, within two Monte Carlo errors: shares cover 93 % or more (92 where three raters do nearly
 * all), a false difference at most 6.5 %, "better" at most 3.5 %, "not worse" at a true difference of
 * the margin at most 3.5 %; with 100 + 100 examples, medians of widths at most 1.25 times the old
 * with equal work, 1.6 with unequal. Prints every line that misses one of them, and exits with 1 where there is one.
 */
import { tQuantile } from '#statistics/distributions.js';
import { createRandom } from '#statistics/random.js';
import { twoWayDifference, twoWayMean } from '#statistics/twoWay.js';
import type { Limits } from '#statistics/twoWay/limits.js';
import type { Votes } from '#statistics/votes.js';
import {
  coverageOf,
  type Covered,
  type Crowd,
  crowdDrawer,
  labelCrowd,
  ratingCrowd,
  type Rule,
  scaleOf,
  twoWayRule,
  type Working,
} from '../test/statistics/support/crowd.js';

const runs = Number(process.argv[2] ?? 2000);
const only = process.argv[3] ?? '';
const margin = 0.05;

const cases: [string, Crowd][] = [];
const add = (name: string, crowd: Partial<Crowd>, base = labelCrowd): void => {
  cases.push([name, { ...base, ...crowd }]);
};
const all: Working[] = ['equal', 'zipf', 'lognormal', 'five', 'three'];
for (const working of all)
  for (const raters of working === 'three' ? [20, 60] : [10, 20, 60])
    add(`labels .97, ${working}`, { working, raters });
for (const share of [0.95, 0.97])
  for (const items of [
    [30, 100],
    [100, 30],
    [20, 200],
    [200, 20],
  ] as const)
    add(`labels ${share}, ${items.join(' and ')}`, { items, shares: [share, share] });
for (const shares of [
  [0.93, 0.98],
  [0.94, 0.99],
] as const)
  for (const working of ['equal', 'zipf', 'three'] as const)
    add(`margin ${shares.join(' ')}, ${working}`, { shares, working });
for (const leaning of [0.4, 0.8])
  for (const raters of [5, 10, 30]) {
    add(`labels .95, leaning ${leaning}`, { shares: [0.95, 0.95], leaning, raters });
    if (raters > 5)
      for (const working of ['zipf', 'five'] as const)
        add(`labels .90, ${working}, leaning ${leaning}`, {
          shares: [0.9, 0.9],
          leaning,
          raters,
          working,
        });
  }
for (const raters of [10, 30])
  add('labels .95, 5 % bad', { shares: [0.95, 0.95], bad: 0.05, raters });
for (const overlap of [1, 2, 5]) add('labels .95', { shares: [0.95, 0.95], overlap, raters: 10 });
add('labels .97, one vote', { overlap: 1 });
// A standard deviation of 1.5 leaves a tenth of the variance of a vote between items, 6 a half.
for (const item of [3, 6, 10])
  for (const share of [0.95, 0.97, 0.98])
    add(`labels ${share}, items differ by ${item}`, { item, shares: [share, share] });
for (const size of [5, 12, 30, 300])
  for (const raters of [4, 10, 60])
    add('labels .90', { shares: [0.9, 0.9], items: [size, size], raters });
for (const share of [0.5, 0.8, 0.99])
  add(`labels ${share}`, { shares: [share, share], raters: 10 });
for (const working of all)
  for (const leaning of [0, Math.sqrt(0.05), Math.sqrt(0.15)])
    for (const raters of working === 'equal' ? [5, 10, 30] : [20])
      add(
        `relevance, ${working}, leaning ${leaning.toFixed(2)}`,
        { working, leaning, raters },
        ratingCrowd,
      );

/** The rule before: a symmetric interval with t and raters - 1 degrees of freedom. */
function oldRule(scale: { lower: number; upper: number }): Rule {
  const around = (
    votes: readonly Votes[],
    estimate: ReturnType<typeof twoWayMean>,
    bounds: Limits,
  ): Limits | null => {
    if (estimate.kind === 'undefined') return null;
    const { items, raters, cells } = oldVariance(votes);
    const combined = items + raters - cells;
    const error = Math.sqrt(combined > 0 ? combined : Math.max(items, raters));
    if (!(error > 1e-9)) return null;
    const reach = tQuantile(0.975, estimate.raters - 1) * error;
    return {
      lower: Math.max(bounds.lower, estimate.value - reach),
      upper: Math.min(bounds.upper, estimate.value + reach),
    };
  };
  const width = scale.upper - scale.lower;
  return (first, second) => ({
    mean: around([first], twoWayMean(first, { scale }), scale),
    difference: around([first, second], twoWayDifference(first, second, { scale }), {
      lower: -width,
      upper: width,
    }),
  });
}

function oldVariance(arms: readonly Votes[]): { items: number; raters: number; cells: number } {
  const ofRaters = new Map<number, number>();
  let [items, cells, itemCount, cellCount] = [0, 0, 0, 0];
  for (const [index, votes] of arms.entries()) {
    const byItem = new Map<number, number[]>();
    for (const [vote, item] of votes.items.entries())
      byItem.set(item, [...(byItem.get(item) ?? []), vote]);
    const means = [...byItem.values()].map(
      (own) => own.reduce((sum, vote) => sum + votes.values[vote]!, 0) / own.length,
    );
    const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
    for (const own of byItem.values()) {
      let sum = 0;
      for (const vote of own) {
        const influence =
          ((index === 0 ? 1 : -1) * (votes.values[vote]! - mean)) / (byItem.size * own.length);
        sum += influence;
        cells += influence ** 2;
        const rater = votes.raters[vote]!;
        ofRaters.set(rater, (ofRaters.get(rater) ?? 0) + influence);
      }
      items += sum ** 2;
    }
    itemCount += byItem.size;
    cellCount += votes.items.length;
  }
  let raters = 0;
  for (const sum of ofRaters.values()) raters += sum ** 2;
  const times = (count: number): number => count / (count - 1);
  return {
    items: items * times(itemCount),
    raters: raters * times(ofRaters.size),
    cells: cells * times(cellCount),
  };
}

const error = (share: number): number => Math.sqrt((share * (1 - share)) / runs);
const share = (value: number): string => value.toFixed(3).replace(/^0/, '').padStart(6);
const ratio = (value: number): string => value.toFixed(2).padStart(6);

function misses(crowd: Crowd, now: Covered, before: Covered): string[] {
  const found: string[] = [];
  const [one, other] = crowd.shares ?? [0, 0];
  const atMargin = Math.abs(other - one - margin) < 1e-9;
  const least = crowd.working === 'three' ? 0.92 : 0.93;
  const most = crowd.working === 'equal' ? 1.25 : 1.6;
  if (now.mean < least - 2 * error(least)) found.push('covers too little');
  if (now.typeOne > 0.065 + 2 * error(0.065)) found.push('false differences');
  if (!atMargin && now.better > 0.035 + 2 * error(0.035)) found.push('better');
  if (atMargin && now.notWorse > 0.035 + 2 * error(0.035)) found.push('not worse at the margin');
  if (Math.min(...crowd.items) < 100 || Math.max(...crowd.items) > 100) return found;
  if (now.widthOfMean > most * before.widthOfMean) found.push('share wider');
  if (now.widthOfDifference > most * before.widthOfDifference) found.push('difference wider');
  return found;
}

process.stdout.write(
  `${runs} runs a line; Monte Carlo errors: ${share(error(0.95)).trim()} at .95, ${share(error(0.035)).trim()} at .035\n`,
);
process.stdout.write(
  `${'votes'.padEnd(44)} items    k raters | covers  false better not worse | before                    | width of share, of difference\n`,
);
let missed = 0;
for (const [name, crowd] of cases) {
  if (!name.includes(only)) continue;
  const scale = scaleOf(crowd);
  const [now, before] = coverageOf(crowd, [twoWayRule(scale), oldRule(scale)], {
    runs,
    margin: margin * (scale.upper - scale.lower),
    random: createRandom(`coverage ${name} ${crowd.raters}`),
  }) as [Covered, Covered];
  const found = misses(crowd, now, before);
  if (found.length > 0) missed++;
  const cells = ({ mean, typeOne, better, notWorse }: Covered): string =>
    [mean, typeOne, better, notWorse].map(share).join(' ');
  process.stdout.write(
    `${name.padEnd(44)} ${crowd.items.join('+').padEnd(8)} ${crowd.overlap} ${String(crowd.raters).padStart(6)} | ${cells(now)} | ${cells(before)} | ${ratio(now.widthOfMean / before.widthOfMean)} ${ratio(now.widthOfDifference / before.widthOfDifference)}  ${found.join(', ')}\n`,
  );
}
process.stdout.write(`${missed} lines miss a target\n`);

/** How often one more vote against narrows the interval of a share, and by how much. */
function narrowing(crowd: Crowd): { often: number; by: number } {
  const draw = crowdDrawer(crowd);
  const random = createRandom('one vote');
  let [often, by, tried] = [0, 0, 0];
  for (let run = 0; run < Math.min(runs, 1000); run++) {
    const [votes] = draw(random);
    const at = votes.values.indexOf(1);
    const before = twoWayMean(votes);
    votes.values[at] = 0;
    const after = twoWayMean(votes);
    if (before.kind === 'undefined' || after.kind === 'undefined') continue;
    if (before.interval === undefined || after.interval === undefined) continue;
    tried++;
    const rise = after.interval.lower - before.interval.lower;
    if (rise > 0) [often, by] = [often + 1, Math.max(by, rise)];
  }
  return { often: often / tried, by };
}
for (const [name, crowd] of cases.filter(([each]) => each.startsWith('labels .97, '))) {
  if (!name.includes(only)) continue;
  const { often, by } = narrowing(crowd);
  process.stdout.write(
    `one vote against raises the lower limit: ${name}, ${crowd.raters} raters: ${(100 * often).toFixed(1)} % of sets, by at most ${(100 * by).toFixed(2)} points\n`,
  );
}
process.exitCode = missed === 0 ? 0 : 1;
