/**
 * The simulation behind the mixed models, in full: node .build/bench/mixed.js [runs] 100 + 100
 * items, 3 votes, shared raters, no true difference. Wanted: the printed interval covers 93 to 98
 * %. Relevance has the variances of bench/coverage.ts (item .25, rater .15, residual .41) on the
 * scale of log odds, where the residual is π²/3; labels are near 95 % right. Beside the model stand
 * the effect's size in shares, Laplace's approximation (that of lme4 and ordinal) with leanings and
 * plain without, the two-way interval, and the time of a fit.
 */
import type { Estimate } from '#statistics/estimate.js';
import { fitCumulativeLinkMixed } from '#statistics/mixed/cumulativeLink.js';
import { fitLogisticMixed } from '#statistics/mixed/logistic.js';
import type { MixedModelOptions } from '#statistics/mixed/model.js';
import {
  createRandom,
  randomNormal,
  sampleWithoutReplacement,
  type Random,
} from '#statistics/random.js';
import { twoWayDifference } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';

interface Case {
  readonly label: boolean;
  readonly raters: number;
  readonly raterBySource: number;
}

const runs = Number(process.argv[2] ?? 300);
const [itemsPerArm, overlap] = [100, 3];
const cases: Case[] = [false, true].flatMap((label) =>
  [5, 10, 30].flatMap((raters) =>
    (label ? [0, 0.15] : [0, 0.05, 0.15]).map((raterBySource) => ({
      label,
      raters,
      raterBySource,
    })),
  ),
);
/** From the scale of the protocol's variances to that of log odds. */
const stretch = Math.PI ** 2 / 3 / 0.41;

function arms(each: Case, random: Random): [Votes, Votes] {
  const [item, rater, leaning, thresholds] = each.label
    ? [1.5, 0.7, Math.sqrt(each.raterBySource), [-3.9]]
    : [
        Math.sqrt(0.25 * stretch),
        Math.sqrt(0.15 * stretch),
        Math.sqrt(each.raterBySource * stretch),
        [-6.5, -4.8, -2.8, -0.3],
      ];
  const raters = Array.from({ length: each.raters }, (_, index) => index);
  const own = raters.map(() => rater * randomNormal(random));
  const arm = (): Votes => {
    const leanings = raters.map(() => leaning * randomNormal(random));
    const size = itemsPerArm * overlap;
    const votes = {
      items: new Int32Array(size),
      raters: new Int32Array(size),
      values: new Float64Array(size),
    };
    let at = 0;
    for (let index = 0; index < itemsPerArm; index++) {
      const effect = item * randomNormal(random);
      for (const chosen of sampleWithoutReplacement(raters, overlap, random)) {
        const chance = random();
        const latent =
          effect + (own[chosen] ?? 0) + (leanings[chosen] ?? 0) + Math.log(chance / (1 - chance));
        votes.items[at] = index;
        votes.raters[at] = chosen;
        votes.values[at] = thresholds.filter((threshold) => threshold < latent).length;
        at++;
      }
    }
    return votes;
  };
  return [arm(), arm()];
}

/** How often an interval held the truth, of the runs that gave one. */
class Count {
  given = 0;
  hits = 0;
  milliseconds = 0;

  add(estimate: Estimate, truth: number): void {
    if (estimate.kind === 'undefined' || estimate.interval === undefined) return;
    this.given++;
    if (estimate.interval.lower <= truth && truth <= estimate.interval.upper) this.hits++;
  }

  coverage(): string {
    return `${(this.hits / this.given).toFixed(3)}${this.given < runs ? ` (${this.given})` : ''}`.padStart(
      12,
    );
  }

  perRun(): string {
    return (this.milliseconds / runs).toFixed(0).padStart(9);
  }
}

process.stdout.write(
  `${runs} runs, ${itemsPerArm} + ${itemsPerArm} items, ${overlap} votes; coverage of 95 % (of how many runs, where some gave no interval), Monte Carlo error ${Math.sqrt((0.95 * 0.05) / runs).toFixed(3)}\n`,
);
process.stdout.write(
  'votes      raters  rater x source       model    its size       plain     Laplace     two-way ms a fit  Laplace  times two-way\n',
);
let outside = 0;
for (const each of cases) {
  const random = createRandom(`mixed ${each.label} ${each.raters} ${each.raterBySource}`);
  const [model, size, plain, laplace, twoWay] = [
    new Count(),
    new Count(),
    new Count(),
    new Count(),
    new Count(),
  ];
  for (let run = 0; run < runs; run++) {
    const [first, second] = arms(each, random);
    const fit = (count: Count, sizes: Count | null, options: MixedModelOptions): void => {
      const start = performance.now();
      const fitted = each.label
        ? fitLogisticMixed(first, second, options)
        : fitCumulativeLinkMixed(first, second, options);
      count.milliseconds += performance.now() - start;
      if (fitted.kind === 'undefined') return;
      count.add(fitted.effect, 0);
      if ('difference' in fitted) sizes?.add(fitted.difference, 0);
      else sizes?.add(fitted.superiority, 0.5);
    };
    fit(model, size, {});
    fit(plain, null, { leanings: false, approximation: 'laplace' });
    fit(laplace, null, { approximation: 'laplace' });
    const start = performance.now();
    const estimate = twoWayDifference(first, second);
    twoWay.milliseconds += performance.now() - start;
    twoWay.add(estimate, 0);
  }
  const covered = model.hits / model.given;
  const noise = 2 * Math.sqrt((0.95 * 0.05) / runs);
  // Label votes take few values and five raters leave few degrees of freedom: there it may be
  // wider.
  if (covered < 0.93 - noise || covered > (each.label || each.raters === 5 ? 1 : 0.98) + noise)
    outside++;
  const cells = [model, size, plain, laplace, twoWay].map((count) => count.coverage()).join('');
  process.stdout.write(
    `${each.label ? 'label    ' : 'relevance'}  ${String(each.raters).padStart(6)}  ${each.raterBySource.toFixed(2).padStart(14)}${cells}${model.perRun()}${laplace.perRun()}  ${(model.milliseconds / twoWay.milliseconds).toFixed(0).padStart(13)}\n`,
  );
}
process.stdout.write(
  outside === 0 ? 'every case within its limits\n' : `${outside} cases outside their limits\n`,
);
process.exitCode = outside === 0 ? 0 : 1;
