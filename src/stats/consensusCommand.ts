import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { expectedCalibrationError, reliabilityBins } from '#statistics/calibration.js';
import { comparedRatings } from '#statistics/consensus/compared.js';
import { consensus, memberNames, type Panel } from '#statistics/consensus/panel.js';
import type { Estimate } from '#statistics/estimate.js';
import { proportion } from '#statistics/proportions.js';
import { ratingsOf } from '#statistics/ratings.js';
import { mean } from '#statistics/summary.js';
import { csvCell } from '#web/csvCell.js';
import { count, fixed, plural } from '#web/format.js';
import { type Command, type CommandContext, parseOptions } from '../command.js';
import { figure } from '#figure.js';
import { goldAnswers } from './gold.js';
import {
  answerOptions,
  answersRead,
  columnOptions,
  eachColumnOnce,
  type FileOfRatings,
  readFileOfRatings,
  readingAnswer,
  readingOptions,
  repeatedWords,
  sayReading,
} from './reading.js';
import { refused } from './refused.js';

const Options = z
  .object({
    ...readingOptions,
    gold: z.string().trim().min(1).optional(),
    out: z.string().min(1).optional(),
    seed: z.string().default('1'),
  })
  .superRefine(eachColumnOnce);

/** What the models say of one item. */
interface ItemConsensus {
  readonly item: string;
  readonly votes: number;
  /** The most probable answer, and how probable it is; null where several are equally probable. */
  readonly consensus: string | null;
  /** The highest probability of an answer; null, like `posterior`, where nothing is modelled. */
  readonly probability: number | null;
  readonly posterior: Readonly<Record<string, number>> | null;
  /** The answer that is known to be right; null where none is. */
  readonly gold: string | null;
}

function itemsOf(
  { ratings, understood }: FileOfRatings,
  panel: Panel,
  {
    modelled,
    gold,
  }: {
    readonly modelled: ReadonlySet<number>;
    readonly gold: ReadonlyMap<string, string>;
  },
): ItemConsensus[] {
  const { categories } = understood.answers;
  return understood.items.map((item, index) => {
    const shared = { item, votes: ratingsOf(ratings, index), gold: gold.get(item) ?? null };
    if (!modelled.has(index))
      return { ...shared, consensus: null, probability: null, posterior: null };
    const own = panel.posterior.subarray(
      index * categories.length,
      (index + 1) * categories.length,
    );
    return {
      ...shared,
      consensus: categories[panel.label[index] ?? -1] ?? null,
      probability: own.reduce((highest, value) => Math.max(highest, value), 0),
      posterior: Object.fromEntries(categories.map((name, at) => [name, own[at] ?? 0])),
    };
  });
}

/** Fewer items than this in a bin say little of it. */
const perBin = 20;
const mostBins = 10;

/**
 * How often the consensus is right where the right answer is known.
 * @param given the answers that raters gave to any item: the consensus can be no other one
 */
function calibrationOf(items: readonly ItemConsensus[], given: ReadonlySet<string>, seed: string) {
  const known = items.filter(({ gold }) => gold !== null);
  const compared = known.flatMap(({ gold, consensus: said, probability }) =>
    said === null || probability === null
      ? []
      : [{ claimed: probability, right: said === gold, given: given.has(gold ?? '') }],
  );
  const claimed = compared.map((one) => one.claimed);
  const right = compared.map((one) => Number(one.right));
  const binning = {
    bins: Math.max(1, Math.min(mostBins, Math.floor(compared.length / perBin))),
  };
  return {
    known: known.length,
    compared: compared.length,
    withoutModel: known.filter(({ probability }) => probability === null).length,
    ties: known.filter(({ consensus: said, probability }) => said === null && probability !== null)
      .length,
    neverGiven: compared.filter((one) => !one.given).length,
    claimed: mean(claimed),
    right: proportion(compared.filter((one) => one.right).length, compared.length),
    error: expectedCalibrationError(claimed, right, { ...binning, seed }),
    bins: reliabilityBins(claimed, right, binning),
  };
}

const digits = 3;
const columnWidth = 13;

function shareWords(share: Estimate): string {
  if (share.kind === 'undefined') return `undefined: ${share.because}`;
  const { interval, value } = share;
  return `${fixed(value, digits)}${interval === undefined ? '' : `  [${fixed(interval.lower, digits)}, ${fixed(interval.upper, digits)}]`}`;
}

function sayCalibration(
  context: CommandContext,
  {
    known,
    compared,
    withoutModel,
    ties,
    neverGiven,
    claimed,
    right,
    error,
    bins,
  }: ReturnType<typeof calibrationOf>,
): void {
  const left = [
    ...(withoutModel === 0 ? [] : [`${count(withoutModel)} without a consensus`]),
    ...(ties === 0 ? [] : [`${count(ties)} with several answers equally probable`]),
  ];
  context.say(
    `right answers are known for ${plural(known, 'item')}${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}`,
  );
  if (claimed === null) return;
  if (neverGiven > 0)
    context.say(
      `counted as wrong: ${plural(neverGiven, 'item')} with a right answer that no rater gave to any item`,
    );
  const line = (cells: readonly string[]): void =>
    context.say(`  ${cells.map((cell) => cell.padStart(columnWidth)).join('')}`);
  line(['claimed from', 'to', 'items', 'claimed', 'right']);
  for (const { from, to, items, meanConfidence, share } of bins)
    context.say(
      `  ${[fixed(from, digits), fixed(to, digits), count(items), fixed(meanConfidence, digits)].map((cell) => cell.padStart(columnWidth)).join('')}${' '.repeat(8)}${shareWords(share)}`,
    );
  context.say(
    `overall: claimed ${fixed(claimed, digits)}, right ${shareWords(right)} of ${plural(compared, 'item')}`,
  );
  if (error.kind === 'estimate')
    context.say(
      `expected calibration error ${fixed(error.value, digits)}; if the consensus were perfectly calibrated it would be ${fixed(error.byChance, digits)} on average and at most ${fixed(error.byChanceUpper, digits)} in 95 % of samples`,
    );
  context.say(
    'Intervals are Wilson’s at 95 %, over items. Bins hold equal numbers of items as far as equal probabilities allow.',
  );
}

const columnsOfTable = ['item', 'votes', 'consensus', 'probability', 'posterior', 'gold'] as const;

/** The items as CSV (RFC 4180). */
const tableOf = (items: readonly ItemConsensus[]): string =>
  [
    columnsOfTable.join(','),
    ...items.map((item) =>
      columnsOfTable
        .map((column) => {
          const value = item[column];
          if (value === null) return '';
          if (typeof value === 'number') return String(value);
          return csvCell(typeof value === 'string' ? value : JSON.stringify(value));
        })
        .join(','),
    ),
    '',
  ].join('\n');

/** Writes the table. Throws a `Problem` where the file cannot be written. */
async function writeTable(path: string, items: readonly ItemConsensus[]): Promise<string> {
  const full = resolve(path);
  await writeFile(full, tableOf(items)).catch(() => {
    throw refused('not_written', `The file ${full} cannot be written.`);
  });
  return full;
}

export const consensusCommand: Command = {
  name: 'stats consensus',
  sentence:
    'The most probable answer to each item of a file of item, rater, value, and how sure it is; with known right answers, whether it is as often right as it claims.',
  arguments: [['<file>', 'a CSV or TSV file with a header, gzipped or not']],
  options: [
    ...columnOptions,
    ['--gold <column>', 'column of the answers that are known to be right; empty where none is'],
    ...answerOptions,
    ['--out <file>', 'a CSV file to write with the consensus and the probabilities of each item'],
    ['--seed <seed>', 'seed of the simulation behind the calibration error (1)'],
  ],
  async run(context, [path = ''], given) {
    const { seed, out, categories, missing, ...columns } = parseOptions(
      Options,
      given,
      'Nothing was computed.',
    );
    const reading = answersRead({ categories, missing });
    const read = await readFileOfRatings(path, columns, { level: 'nominal', ...reading });
    const gold =
      columns.gold === undefined ? new Map<string, string>() : goldAnswers(read.given, reading);
    const compared = comparedRatings(read.ratings);
    const panel = 'kind' in compared ? compared : consensus(compared);
    if ('kind' in compared || panel.kind === 'undefined')
      throw refused(
        'no_model',
        `There is no consensus: ${panel.kind === 'undefined' ? panel.because : ''}.`,
        'Models of raters need items with votes of several raters who share others.',
      );
    const modelled = new Set(compared.items);
    const items = itemsOf(read, panel, { modelled, gold });
    const known = items.flatMap(({ probability }) => (probability === null ? [] : [probability]));
    const ties = items.filter((item) => item.posterior !== null && item.consensus === null).length;
    const leftOut = panel.members.flatMap((member) =>
      member.leftOut ? [memberNames[member.name]] : [],
    );
    const claimed = mean(known);
    const { categories: all } = read.understood.answers;
    const used = new Set(Array.from(read.ratings.values, (value) => all[value] ?? ''));
    const calibration = columns.gold === undefined ? null : calibrationOf(items, used, seed);
    const written = out === undefined ? null : await writeTable(out, items);
    sayReading(context, read, { columns, level: 'nominal' });
    context.say(
      `${plural(items.length, 'item')}, ${plural(read.ratings.raterCount, 'rater')}, ${plural(read.ratings.values.length, 'rating')}.${repeatedWords(read.ratings, read.understood)}`,
    );
    context.say(
      `consensus for ${plural(known.length, 'item')}: its answers claim to be right in ${claimed === null ? '' : fixed(claimed, digits)} on average${ties === 0 ? '' : `; ${plural(ties, 'item')} with several answers equally probable`}`,
    );
    if (known.length < items.length)
      context.say(
        `${plural(items.length - known.length, 'item')} with a single vote, or with raters who cannot be told apart, left out: nothing is known there beyond the votes`,
      );
    if (leftOut.length > 0) context.say(`left out because it collapsed: ${leftOut.join(', ')}`);
    if (!panel.converged) context.say('the models did not converge');
    if (calibration !== null) sayCalibration(context, calibration);
    if (written !== null) context.say(`Written to ${written}`);
    context.answer({
      ...readingAnswer(read),
      columns,
      raters: read.ratings.raterCount,
      ratings: read.ratings.values.length,
      claimed,
      ties,
      leftOut,
      converged: panel.converged,
      weights: panel.weights,
      items,
      calibration: calibration && {
        ...calibration,
        right: figure(calibration.right),
        error: figure(calibration.error),
        byChance: calibration.error.kind === 'estimate' ? calibration.error.byChance : null,
        byChanceUpper:
          calibration.error.kind === 'estimate' ? calibration.error.byChanceUpper : null,
        bins: calibration.bins.map(({ share, ...bin }) => ({ ...bin, right: figure(share) })),
      },
      written,
    });
    return 0;
  },
};
