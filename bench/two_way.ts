/**
 * The simulation behind the two-way interval, in full: node .build/bench/two_way.js [runs]
 * 100 + 100 items, 3 votes, shared raters. Wanted: coverage 93 to 98 %, type I error near 5 %.
 */
import { pigeonholeDifference } from '#statistics/pigeonhole.js';
import {
  createRandom,
  randomNormal,
  sampleWithoutReplacement,
  type Random,
} from '#statistics/random.js';
import {
  twoWayDifference,
  type TwoWayEstimate,
  twoWayMean,
  type Votes,
} from '#statistics/twoWay.js';
import type { Estimate } from '#statistics/estimate.js';

interface Case {
  readonly raters: number;
  readonly raterBySource: number;
  /** Votes on labels near 95 % right instead of relevance. */
  readonly binary: boolean;
}

const runs = Number(process.argv[2] ?? 3000);
const [itemsPerArm, overlap] = [100, 3];
const variances = { item: 0.25, rater: 0.15, residual: 0.41 };
const cases: Case[] = [4, 5, 10, 30].flatMap((raters) =>
  [0, 0.05, 0.15].map((raterBySource) => ({ raters, raterBySource, binary: false })),
);
cases.push(...[5, 10, 30].map((raters) => ({ raters, raterBySource: 0.05, binary: true })));

/** The chance of a vote for the label, by item and rater: near 95 % on average. */
function chance(item: number, rater: number, leaning: number): number {
  return 1 / (1 + Math.exp(-(3.9 + 1.5 * item + rater + leaning)));
}

function arms(each: Case, random: Random): [Votes, Votes] {
  const raters = Array.from({ length: each.raters }, (_, rater) => rater);
  const scale = each.binary ? 0.7 : Math.sqrt(variances.rater);
  const own = raters.map(() => scale * randomNormal(random));
  const arm = (): Votes => {
    const leanings = raters.map(() => Math.sqrt(each.raterBySource) * randomNormal(random));
    const size = itemsPerArm * overlap;
    const votes = {
      items: new Int32Array(size),
      raters: new Int32Array(size),
      values: new Float64Array(size),
    };
    let at = 0;
    for (let item = 0; item < itemsPerArm; item++) {
      const effect = randomNormal(random);
      for (const rater of sampleWithoutReplacement(raters, overlap, random)) {
        votes.items[at] = item;
        votes.raters[at] = rater;
        votes.values[at] = each.binary
          ? Number(random() < chance(effect, own[rater] ?? 0, leanings[rater] ?? 0))
          : Math.sqrt(variances.item) * effect +
            (own[rater] ?? 0) +
            (leanings[rater] ?? 0) +
            Math.sqrt(variances.residual) * randomNormal(random);
        at++;
      }
    }
    return votes;
  };
  return [arm(), arm()];
}

function covers(estimate: Estimate | TwoWayEstimate, truth: number): boolean {
  return (
    estimate.kind === 'estimate' &&
    estimate.interval !== undefined &&
    estimate.interval.lower <= truth &&
    truth <= estimate.interval.upper
  );
}

function width(estimate: Estimate | TwoWayEstimate): number {
  return estimate.kind === 'estimate' && estimate.interval !== undefined
    ? estimate.interval.upper - estimate.interval.lower
    : 0;
}

process.stdout.write(`${runs} runs, ${itemsPerArm} + ${itemsPerArm} items, ${overlap} votes\n`);
process.stdout.write(
  'votes      raters  rater x source  coverage  type I  width/true  one-way fallback  coverage of the mean  pigeonhole (runs/10)\n',
);
let outside = 0;
for (const each of cases) {
  const random = createRandom(`two-way ${each.raters} ${each.raterBySource} ${each.binary}`);
  let [hits, means, fallbacks, widths, squares, pigeon, pigeonRuns] = [0, 0, 0, 0, 0, 0, 0];
  for (let run = 0; run < runs; run++) {
    const [first, second] = arms(each, random);
    const estimate = twoWayDifference(first, second);
    if (covers(estimate, 0)) hits++;
    if (!each.binary && covers(twoWayMean(first), 0)) means++;
    if (estimate.kind === 'estimate') {
      widths += width(estimate);
      squares += estimate.value ** 2;
      if (estimate.fallback) fallbacks++;
    }
    if (run % 10 === 0) {
      pigeonRuns++;
      if (covers(pigeonholeDifference(first, second, { seed: run, replicates: 200 }), 0)) pigeon++;
    }
  }
  const covered = hits / runs;
  // Two standard errors of the simulation either side. Four raters leave 3 degrees of freedom, and
  // label votes few values: there it may be wider.
  const noise = 2 * Math.sqrt((0.95 * 0.05) / runs);
  if (covered < 0.93 - noise || covered > (each.binary || each.raters < 5 ? 0.995 : 0.98) + noise)
    outside++;
  const ratio = widths / runs / (2 * 1.96 * Math.sqrt(squares / runs));
  process.stdout.write(
    `${each.binary ? 'label    ' : 'relevance'}  ${String(each.raters).padStart(6)}  ${each.raterBySource.toFixed(2).padStart(14)}  ${covered.toFixed(3).padStart(8)}  ${(1 - covered).toFixed(3).padStart(6)}  ${ratio.toFixed(2).padStart(10)}  ${(fallbacks / runs).toFixed(3).padStart(16)}  ${(each.binary ? '-' : (means / runs).toFixed(3)).padStart(20)}  ${(pigeon / pigeonRuns).toFixed(3).padStart(20)}\n`,
  );
}
process.stdout.write(
  outside === 0 ? 'every case within its limits\n' : `${outside} cases outside their limits\n`,
);
process.exitCode = outside === 0 ? 0 : 1;
