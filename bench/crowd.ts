/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
/**
 * Studies of 50 simulated raters: whom the default policy flags, which rings are found, and whether
 * figures after exclusions and tipping points hold:
 *
 *   node .build/bench/crowd.js [policy|power|alarms|coverage|tipping|time] [--seeds 20] [--runs 1000]
 *                              [--from crowd]
 *
 * Without a part all are run. Honest raters are right with .90 to .98; twelve are careless in six
 * ways (random, the choice shown first, reversed, right in 60 or 72 %, one answer throughout and
 * fast); five copy one source on the block and pass its gold; four answer as a model does. Each
 * judges 40 items, 16 of them the block with four gold items. `--from` begins other seeds.
 */
import { parseArgs } from 'node:util';
import { createRandom } from '#statistics/random.js';
import { proposalFor } from '#statistics/raterQuality/policy.js';
import { raterSignals } from '#statistics/raterQuality/signals.js';
import { blockAnswers } from '#statistics/rings/blockAnswers.js';
import { ringPower } from '#statistics/rings/ringPower.js';
import { findRings } from '#statistics/rings/rings.js';
import {
  coverageAfterExclusions,
  type Covered,
  wrongVerdicts,
} from '../test/statistics/support/crowdRuns.js';
import {
  carelessWays,
  type CrowdPlan,
  type Kind,
  type PlantedCrowd,
  plantedCrowd,
  usualCrowd,
} from '../test/statistics/support/plantedCrowd.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20' },
    runs: { type: 'string', default: '1000' },
    from: { type: 'string', default: 'crowd' },
  },
});
const [seeds, runs] = [Number(options.seeds), Number(options.runs)];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const share = (value: number): string => value.toFixed(3);
const error = (p: number, n: number): string => Math.sqrt((p * (1 - p)) / n).toFixed(3);
const isCareless = (kind: Kind): boolean => carelessWays.some((way) => way === kind);
let outside = 0;
const check = (name: string, value: number, holds: boolean, n: number): void => {
  if (!holds) outside++;
  say(`${name.padEnd(52)} ${share(value)} (${error(value, n)})${holds ? '' : '  outside'}`);
};
const drawn = (plan: CrowdPlan, seed: number): PlantedCrowd =>
  plantedCrowd(plan, createRandom(`${options.from} ${seed}`));
const flaggedIn = (crowd: PlantedCrowd): boolean[] =>
  raterSignals(crowd.judged).map((signals) => proposalFor(signals).kind === 'flag');

function policy(name: string, plan: CrowdPlan, withModel: boolean, strict: boolean): void {
  say(`\n${name}: ${seeds} studies`);
  const kinds = new Map<Kind, { flagged: number; inRing: number; model: number; all: number }>();
  let noticed = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const crowd = drawn(plan, seed);
    const flagged = flaggedIn(crowd);
    const levels = new Int32Array(plan.block).fill(-1);
    const rings = findRings(blockAnswers(crowd.judged, crowd.blockItems), {
      seed,
      replicates: 200,
      leftOut: Uint8Array.from(flagged, Number),
      ...(withModel ? { model: { labels: crowd.modelLabels.slice(0, plan.block), levels } } : {}),
    });
    if (rings.kind === 'not-possible') throw new Error(rings.because);
    const members = new Set(rings.rings.flatMap((ring) => ring.members));
    const models = new Set(rings.modelLike.map(({ rater }) => rater));
    const found = rings.rings.some(
      (ring) => ring.members.filter((rater) => crowd.kinds[rater] === 'ring').length >= 2,
    );
    if (found) noticed++;
    for (const [rater, kind] of crowd.kinds.entries()) {
      const tally = kinds.get(kind) ?? { flagged: 0, inRing: 0, model: 0, all: 0 };
      kinds.set(kind, tally);
      tally.all++;
      if (flagged[rater] === true) tally.flagged++;
      if (members.has(rater)) tally.inRing++;
      if (models.has(rater)) tally.model++;
    }
  }
  say(`${'rater'.padEnd(12)}flagged  in a ring  model-like  raters`);
  for (const [kind, { flagged, inRing, model, all }] of kinds)
    say(
      `${kind.padEnd(12)}${[flagged, inRing, model].map((count) => share(count / all).padStart(9)).join('')}${String(all).padStart(8)}`,
    );
  const careless = [...kinds].filter(([kind]) => isCareless(kind)).map(([, tally]) => tally);
  const [caught, of] = [
    careless.reduce((sum, { flagged }) => sum + flagged, 0),
    careless.reduce((sum, { all }) => sum + all, 0),
  ];
  const honest = kinds.get('honest')!;
  const suspected = (honest.flagged + honest.inRing + honest.model) / honest.all;
  const precision = caught / (caught + honest.flagged);
  check('recall (.9)', caught / of, !strict || caught / of >= 0.9, of);
  check('precision (.9)', precision, !strict || precision >= 0.9, of);
  check('honest raters suspected (.02)', suspected, !strict || suspected <= 0.02, honest.all);
  if (plan.ring > 0)
    check('ring noticed (.9)', noticed / seeds, !strict || noticed / seeds >= 0.9, seeds);
}

function power(): void {
  const studies = 8;
  say(`\nA ring of five among honest raters and answers as a model: noticed, members named`);
  say(
    `${'block'.padEnd(8)}${['copies all', '80 %', '60 %'].map((each) => each.padStart(16)).join('')}`,
  );
  for (const block of [8, 12, 16, 24]) {
    const sums = [1, 0.8, 0.6].map(() => ({ noticed: 0, members: 0 }));
    for (let seed = 0; seed < studies; seed++) {
      const crowd = drawn({ ...usualCrowd, honest: 38, ring: 0, model: 0, block }, seed);
      const leftOut = Uint8Array.from(flaggedIn(crowd), Number);
      const found = ringPower(blockAnswers(crowd.judged, crowd.blockItems), {
        seed,
        leftOut,
        replicates: 300,
        runs: 100,
      });
      for (const [at, each] of found.entries()) {
        sums[at]!.noticed += each.noticed / studies;
        sums[at]!.members += each.members / studies;
      }
    }
    say(
      `${String(block).padEnd(8)}${sums.map(({ noticed, members }) => `${share(noticed)}, ${share(members)}`.padStart(16)).join('')}`,
    );
  }
}

function alarms(): void {
  const count = Math.max(50, Math.round(runs / 5));
  say(`\nFalse alarms of rings, ${count} studies a line (.05)`);
  const plans = {
    'honest raters alone': { ...usualCrowd, honest: 50, eachCareless: 0, ring: 0, model: 0 },
    'honest and careless raters': { ...usualCrowd, honest: 38, ring: 0, model: 0 },
    'the same, block of 8': { ...usualCrowd, honest: 38, ring: 0, model: 0, block: 8 },
    '20 honest raters': { ...usualCrowd, honest: 20, eachCareless: 0, ring: 0, model: 0 },
  };
  for (const [name, plan] of Object.entries(plans)) {
    let alarm = 0;
    for (let seed = 0; seed < count; seed++) {
      const crowd = drawn(plan, seed);
      const leftOut = Uint8Array.from(flaggedIn(crowd), Number);
      const rings = findRings(blockAnswers(crowd.judged, crowd.blockItems), {
        seed,
        replicates: 150,
        leftOut,
      });
      if (rings.kind === 'rings' && rings.rings.length > 0) alarm++;
    }
    const rate = alarm / count;
    check(name, rate, rate <= 0.05 + 2 * Math.sqrt((0.05 * 0.95) / count), count);
  }
}

function coverage(): void {
  say(`\nTruth of honest raters in the interval after the policy's exclusions, ${runs} studies`);
  const near = 2 * Math.sqrt((0.05 * 0.95) / runs);
  const table = (covered: readonly Covered[], strict: boolean): void => {
    for (const { name, truth, held, mean } of covered)
      check(
        `${name}: truth ${share(truth)}, mean ${share(mean)}`,
        held,
        !strict || (held >= 0.93 - near && held <= 0.97 + near),
        runs,
      );
  };
  table(coverageAfterExclusions({ runs, from: options.from, exclude: true }), true);
  say('with nobody excluded');
  table(coverageAfterExclusions({ runs, from: options.from, exclude: false }), false);
}

function tipping(): void {
  say(`\nVerdicts that are wrong, people's rate at the threshold, ${runs} studies a line`);
  say('(a model answers the share c; wrong: the verdict stands and c is below the tipping point)');
  for (const c of [0, 0.1, 0.2, 0.3])
    for (const { name, wrong, verdicts } of wrongVerdicts({ runs, share: c, from: options.from }))
      check(
        `c = ${c}, ${name}: verdicts ${share(verdicts)}`,
        wrong,
        wrong <= 0.05 + 2 * Math.sqrt((0.05 * 0.95) / runs),
        runs,
      );
}

function time(): void {
  const plan = { ...usualCrowd, honest: 988, ring: 0, model: 0, judgments: 100 };
  const crowd = drawn(plan, 0);
  raterSignals(crowd.judged);
  const begun = process.cpuUsage();
  raterSignals(crowd.judged);
  const used = process.cpuUsage(begun);
  say(
    `\nsignals of ${crowd.kinds.length} raters × ${plan.judgments} judgments: ${((used.user + used.system) / 1e6).toFixed(2)} s of processor time`,
  );
}

const parts = {
  policy: (): void => {
    policy('no model answers imported', usualCrowd, false, true);
    policy(
      'model labels imported, half of the block items on which it errs',
      { ...usualCrowd, exempt: 8 },
      true,
      false,
    );
  },
  power,
  alarms,
  coverage,
  tipping,
  time,
};
const wanted = positionals.length === 0 ? Object.keys(parts) : positionals;
for (const [name, part] of Object.entries(parts)) if (wanted.includes(name)) part();
say(
  outside === 0 ? '\nevery figure within its limits' : `\n${outside} figures outside their limits`,
);
process.exitCode = outside === 0 ? 0 : 1;
