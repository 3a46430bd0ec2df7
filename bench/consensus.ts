/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
/**
 * Accuracy and time of every consensus model on real crowd-labelled sets with known truth, and on
 * 1,000,000 ratings the time of one iteration of Dawid-Skene and of the whole panel.
 *
 *   node .build/bench/consensus.js [--sets ../shared/stats/crowd] [--only web,dog] [--large] [--tune]
 *
 * A set is NAME.labels.csv (item,worker,label) and NAME.truth.csv (item,truth). An answer that ties
 * counts as the share of right answers among those that tie. A calibration curve of the panel
 * follows. `--tune` chooses the two settings of the panel's members for their plain mean, with each
 * set left out in turn, and says what the set left out gains.
 */
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reliabilityBins } from '#statistics/calibration.js';
import { dawidSkene } from '#statistics/consensus/dawidSkene.js';
import { alikeRaters } from '#statistics/consensus/described.js';
import { glad } from '#statistics/consensus/glad.js';
import { mace } from '#statistics/consensus/mace.js';
import { oneCoinDawidSkene } from '#statistics/consensus/oneCoin.js';
import { ordinalConsensus } from '#statistics/consensus/ordinal.js';
import { consensus, memberNames } from '#statistics/consensus/panel.js';
import { voteShares } from '#statistics/consensus/posteriors.js';
import { scepticalDawidSkene } from '#statistics/consensus/scepticalDawidSkene.js';
import { wawa, zeroBasedSkill } from '#statistics/consensus/weightedVote.js';
import { valueOf } from '#statistics/estimate.js';
import { createRandom } from '#statistics/random.js';
import { buildRatings, type Ratings } from '#statistics/ratings.js';
import { type CrowdSet, readCrowd, rightAndClaimed } from '../test/support/crowd.js';

const { values: options } = parseArgs({
  options: {
    sets: {
      type: 'string',
      default: resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'stats', 'crowd'),
    },
    only: { type: 'string' },
    large: { type: 'boolean', default: false },
    tune: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

type Model = (ratings: Ratings) => { posterior: Float64Array; converged: boolean };

function fitted<T extends { kind: string; because?: string }>(
  model: T,
): Exclude<T, { kind: 'undefined' }> {
  if (model.kind === 'undefined') throw new Error(model.because);
  return model as Exclude<T, { kind: 'undefined' }>;
}

const models: Record<string, Model> = {
  majority: (ratings) => ({ posterior: voteShares(ratings), converged: true }),
  wawa: (ratings) => fitted(wawa(ratings)),
  'zero-based': (ratings) => fitted(zeroBasedSkill(ratings)),
  'DS (1979)': (ratings) => fitted(dawidSkene(ratings, { shrinkage: 0 })),
  'DS shrunk': (ratings) => fitted(dawidSkene(ratings)),
  'DS scept.': (ratings) => fitted(scepticalDawidSkene(ratings)),
  'one-coin': (ratings) => fitted(oneCoinDawidSkene(ratings)),
  GLAD: (ratings) => fitted(glad(ratings)),
  MACE: (ratings) => fitted(mace(ratings, { restarts: 0 })),
  ordinal: (ratings) => fitted(ordinalConsensus(ratings)),
  alike: (ratings) => fitted(alikeRaters(ratings)),
  panel: (ratings) => fitted(consensus(ratings)),
};

const accuracy = ({ truth }: CrowdSet, posterior: Float64Array): number =>
  mean([...rightAndClaimed(posterior, truth).right]);

/** What the panel claims beside what is right, where the truth is known. */
function calibration(sets: readonly CrowdSet[]): void {
  say('\nThe panel: probability of its most probable answers, and how many are right');
  say(
    `${''.padEnd(18)}${['claimed', 'right', 'alike', 'differing', 'members'].map((name) => name.padStart(11)).join('')}  left out`,
  );
  const claims: number[] = [];
  const rights: number[] = [];
  for (const { name, ratings, truth } of sets) {
    const panel = fitted(consensus(ratings));
    const { right, claimed } = rightAndClaimed(panel.posterior, truth);
    const { alike, differing, members } = panel.weights;
    const figures = [mean([...claimed]), mean([...right]), alike, differing, members];
    const leftOut = panel.members.flatMap((member) =>
      member.leftOut ? [memberNames[member.name]] : [],
    );
    say(
      `${name.padEnd(18)}${figures.map((value) => value.toFixed(4).padStart(11)).join('')}  ${leftOut.join(', ')}`,
    );
    for (const [index, share] of right.entries()) {
      if (share !== 0 && share !== 1) continue;
      claims.push(claimed[index]!);
      rights.push(share);
    }
  }
  say(
    `\n${['claimed from', 'to', 'mean', 'right', 'items'].map((name) => name.padStart(13)).join('')}`,
  );
  for (const bin of reliabilityBins(claims, rights, { binning: 'equal-width', bins: 10 }))
    say(
      `${[bin.from, bin.to, bin.meanConfidence, valueOf(bin.share) ?? 0].map((value) => value.toFixed(3).padStart(13)).join('')}${String(bin.items).padStart(13)}`,
    );
}

function table(sets: readonly CrowdSet[]): void {
  const names = Object.keys(models);
  const cell = (text: string): string => text.padStart(11);
  say(`${''.padEnd(18)}${names.map(cell).join('')}`);
  const accuracies = new Map<string, number[]>(names.map((name) => [name, []]));
  const seconds = new Map<string, number>(names.map((name) => [name, 0]));
  for (const set of sets) {
    const cells: string[] = [];
    const times: string[] = [];
    for (const [name, model] of Object.entries(models)) {
      const begun = process.cpuUsage();
      const { posterior, converged } = model(set.ratings);
      const used = process.cpuUsage(begun);
      const time = (used.user + used.system) / 1e6;
      const found = accuracy(set, posterior);
      accuracies.get(name)!.push(found);
      seconds.set(name, seconds.get(name)! + time);
      cells.push(cell(`${found.toFixed(4)}${converged ? ' ' : '!'}`));
      times.push(cell(`${time.toFixed(2)} s`));
    }
    say(`${set.name.padEnd(18)}${cells.join('')}`);
    say(`${''.padEnd(18)}${times.join('')}`);
  }
  say(
    `${'mean'.padEnd(18)}${names.map((name) => cell(`${mean(accuracies.get(name)!).toFixed(4)} `)).join('')}`,
  );
  say(
    `${'processor time'.padEnd(18)}${names.map((name) => cell(`${seconds.get(name)!.toFixed(1)} s`)).join('')}`,
  );
  say('! ended at its limit on iterations');
}

/** Chooses the members' settings by the mean over the other sets, for every set in turn. */
function tune(sets: readonly CrowdSet[]): void {
  const shrunk = [1, 3, 10].map((shrinkage) => ({
    name: `shrinkage ${shrinkage}`,
    fits: sets.map((set) => fitted(dawidSkene(set.ratings, { shrinkage })).posterior),
  }));
  const sceptical = [1, 3, 10].map((precision) => ({
    name: `precision ${precision}`,
    fits: sets.map((set) => fitted(scepticalDawidSkene(set.ratings, { precision })).posterior),
  }));
  const guessing = sets.map((set) => fitted(mace(set.ratings, { restarts: 0 })).posterior);
  const choices = shrunk.flatMap((one) =>
    sceptical.map((other) => ({
      name: `${one.name}, ${other.name}`,
      found: sets.map((set, at) =>
        accuracy(
          set,
          one.fits[at]!.map(
            (value, index) => value + other.fits[at]![index]! + guessing[at]![index]!,
          ),
        ),
      ),
    })),
  );
  const best = (without: number): (typeof choices)[number] =>
    choices.toSorted(
      (one, other) =>
        mean(other.found.filter((_, at) => at !== without)) -
        mean(one.found.filter((_, at) => at !== without)),
    )[0]!;
  for (const { name, found } of choices.toSorted(
    (one, other) => mean(other.found) - mean(one.found),
  ))
    say(`${mean(found).toFixed(4)}  ${name}`);
  const left = sets.map((set, at) => ({ set, at, choice: best(at) }));
  for (const { set, at, choice } of left)
    say(
      `without ${set.name.padEnd(18)} ${choice.name.padEnd(27)} gives it ${choice.found[at]!.toFixed(4)}`,
    );
  say(
    `leave-one-set-out mean: ${mean(left.map(({ at, choice }) => choice.found[at]!)).toFixed(4)}`,
  );
}

/** 200,000 items with five ratings each by 2,000 raters of unequal accuracy, five labels. */
function largeRatings(): { ratings: Ratings; truth: Int32Array } {
  const random = createRandom('large');
  const [itemCount, raterCount, categoryCount, each] = [200_000, 2000, 5, 5];
  const skill = Float64Array.from({ length: raterCount }, () => 0.4 + 0.55 * random());
  const truth = Int32Array.from({ length: itemCount }, () => Math.floor(random() * categoryCount));
  const items = Int32Array.from({ length: itemCount * each }, (_, row) => Math.floor(row / each));
  const raters = Int32Array.from(
    items,
    (item, row) =>
      (Math.floor(random() * (raterCount / each)) * each + (row % each) + item) % raterCount,
  );
  const values = Int32Array.from(items, (item, row) =>
    random() < skill[raters[row]!]! ? truth[item]! : Math.floor(random() * categoryCount),
  );
  return {
    ratings: buildRatings({ items, raters, values, itemCount, raterCount, categoryCount }),
    truth,
  };
}

function large(): void {
  const { ratings, truth } = largeRatings();
  const set = { name: 'large', ratings, truth };
  for (const shrinkage of [0, 3]) {
    dawidSkene(ratings, { shrinkage, maximumIterations: 3 });
    const begun = process.cpuUsage();
    const wall = performance.now();
    const model = fitted(dawidSkene(ratings, { shrinkage, maximumIterations: 20, tolerance: 0 }));
    const used = process.cpuUsage(begun);
    say(
      `1,000,000 ratings, Dawid-Skene with shrinkage ${shrinkage}: ${((used.user + used.system) / 1e6 / model.iterations).toFixed(3)} s of processor time an iteration (${((performance.now() - wall) / 1e3 / model.iterations).toFixed(3)} s elapsed), accuracy ${accuracy(set, model.posterior).toFixed(4)}`,
    );
  }
  const begun = process.cpuUsage();
  const panel = fitted(consensus(ratings));
  const used = process.cpuUsage(begun);
  const { alike, differing, members } = panel.weights;
  say(
    `1,000,000 ratings, the panel: ${((used.user + used.system) / 1e6).toFixed(1)} s of processor time, at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, ${panel.iterations} iterations, weights ${[alike, differing, members].map((weight) => weight.toFixed(3)).join(', ')}, accuracy ${accuracy(set, panel.posterior).toFixed(4)}`,
  );
}

if (!existsSync(options.sets)) say(`There are no sets in ${options.sets}: give --sets FOLDER.`);
else {
  const chosen = readdirSync(options.sets)
    .filter((name) => name.endsWith('.labels.csv'))
    .map((name) => name.slice(0, -11))
    .filter((name) => options.only === undefined || options.only.split(',').includes(name))
    .toSorted();
  const sets = chosen.map((name) => readCrowd(options.sets, name));
  if (options.tune) tune(sets);
  else if (!options.large || options.only !== undefined) {
    table(sets);
    calibration(sets);
  }
}
if (options.large) large();
