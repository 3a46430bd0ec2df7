import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse as parseCsv } from 'csv-parse';
import { z } from 'zod';
import { summariseAgreement } from '#statistics/agreement.js';
import { alphaLevels, type AlphaLevel } from '#statistics/agreement/alpha.js';
import type { Estimate } from '#statistics/estimate.js';
import { buildRatings, indexLabels } from '#statistics/ratings.js';
import { fewestRaters } from '#statistics/twoWay.js';
import { count, fixed, percent, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import type { Command } from '../command.js';
import { printable } from '../terminal.js';
import { figure } from '#figure.js';

const levels = Object.keys(alphaLevels) as [AlphaLevel, ...AlphaLevel[]];
const Options = z.object({
  item: z.string().default('item'),
  rater: z.string().default('rater'),
  value: z.string().default('value'),
  level: z.enum(levels, `is not one of ${levels.join(', ')}`).default('nominal'),
  categories: z.string().optional(),
  seed: z.string().default('1'),
});

/** Three columns of a CSV file as text, row by row. */
async function readColumns(
  path: string,
  names: readonly [string, string, string],
): Promise<[string[], string[], string[]]> {
  const columns: [string[], string[], string[]] = [[], [], []];
  const positions: number[] = [];
  const parser = createReadStream(path).pipe(
    parseCsv({ bom: true, skip_empty_lines: true, relax_column_count: false }),
  );
  for await (const row of parser) {
    const cells = z.array(z.string()).parse(row);
    if (positions.length === 0) {
      for (const name of names) {
        const position = cells.indexOf(name);
        if (position === -1)
          throw new Problem(
            422,
            'no_column',
            `${path} has no column “${name}”; it has ${cells.join(', ')}.`,
            'Name the columns with --item, --rater and --value.',
          );
        positions.push(position);
      }
      continue;
    }
    // An empty cell is a rating that was not given.
    if (cells[positions[2] ?? 0] === '') continue;
    for (const [index, column] of columns.entries())
      column.push(cells[positions[index] ?? 0] ?? '');
  }
  return columns;
}

/**
 * The answers in their declared order; numbers by value where nothing was declared, everything else
 * as it appears.
 */
function orderOf(values: readonly string[], declared: string | undefined): string[] {
  if (declared !== undefined) return declared.split(',').map((category) => category.trim());
  const found = [...new Set(values)];
  return found.every((value) => value.trim() !== '' && Number.isFinite(Number(value)))
    ? found.toSorted((left, right) => Number(left) - Number(right))
    : found;
}

const shown = (estimate: Estimate, digits = 4): string =>
  estimate.kind === 'undefined'
    ? `undefined: ${estimate.because}`
    : `${fixed(estimate.value, digits)}${estimate.interval === undefined ? '' : `  [${fixed(estimate.interval.lower, digits)}, ${fixed(estimate.interval.upper, digits)}]`}`;

/** The interval over items, where another one stands before it. */
const besides = (main: Estimate, overItems: Estimate | undefined): string =>
  overItems?.kind !== 'estimate' ||
  overItems.interval === undefined ||
  (main.kind === 'estimate' && main.interval?.method === overItems.interval.method)
    ? ''
    : `  over items [${fixed(overItems.interval.lower, 4)}, ${fixed(overItems.interval.upper, 4)}]`;

export const statsCommand: Command = {
  name: 'stats',
  sentence: 'Agreement between raters over any file of item, rater, value, without a study.',
  arguments: [['<file>', 'a CSV file with a header']],
  options: [
    ['--item <column>', 'column of the items (item)'],
    ['--rater <column>', 'column of the raters (rater)'],
    ['--value <column>', 'column of the answers (value)'],
    [
      '--level <level>',
      'nominal, ordinal, interval or ratio: the metric of Krippendorff’s alpha (nominal)',
    ],
    ['--categories <list>', 'all answers that were possible, in their order, with commas between'],
    ['--seed <seed>', 'seed of the bootstrap (1)'],
  ],
  async run(context, [path = ''], given) {
    const options = Options.parse(given);
    const file = resolve(path);
    if (!existsSync(file)) throw new Problem(404, 'not_found', `There is no file ${file}.`);
    const [items, raters, values] = await readColumns(file, [
      options.item,
      options.rater,
      options.value,
    ]).catch((error: unknown) => {
      if (error instanceof Problem) throw error;
      throw new Problem(
        422,
        'bad_csv',
        `${file} cannot be read as CSV: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    const order = orderOf(values, options.categories);
    const [item, rater, value] = [
      indexLabels(items),
      indexLabels(raters),
      indexLabels(values, order),
    ];
    const unknown = value.labels.slice(order.length);
    if (unknown.length > 0)
      throw new Problem(
        422,
        'unknown_category',
        `The file holds answers that are not among --categories: ${unknown.slice(0, 5).join(', ')}.`,
      );
    const numbers = value.labels.map(Number);
    const numeric = numbers.every(Number.isFinite);
    if (!numeric && (options.level === 'interval' || options.level === 'ratio'))
      throw new Problem(
        422,
        'not_numeric',
        `The metric ${options.level} needs answers that are numbers.`,
        'Use --level ordinal with --categories in their order, or nominal.',
      );
    const ratings = buildRatings({
      items: item.indexes,
      raters: rater.indexes,
      values: value.indexes,
      itemCount: item.labels.length,
      raterCount: rater.labels.length,
      categoryCount: value.labels.length,
    });
    const summary = summariseAgreement(ratings, {
      alphaLevel: options.level,
      seed: options.seed,
      ...(numeric ? { values: Float64Array.from(numbers) } : {}),
    });
    context.say(
      `${plural(summary.items, 'item')}, ${plural(summary.raters, 'rater')}, ${plural(summary.ratings, 'rating')} in ${plural(value.labels.length, 'category', 'categories')}; ${count(summary.itemsWithTwo)} items with two or more.${summary.repeated > 0 ? ` ${count(summary.repeated)} repeated a rater and item; the last one counts.` : ''}`,
    );
    context.say(
      `given answers: ${value.labels.map((label, index) => `${printable(label)} ${percent(summary.prevalence.shares?.[index] ?? 0)}`).join(', ')}`,
    );
    const { overItems } = summary;
    const rows: [string, Estimate, Estimate?][] = [
      ['percent agreement (mean over items)', summary.observed, overItems.observed],
      ['percent agreement (pooled over pairs)', summary.observedPooled],
      [`Krippendorff’s alpha, ${options.level}`, summary.alpha, overItems.alpha],
      ['Fleiss’ kappa', summary.fleiss, overItems.fleiss],
      ['Gwet’s AC1', summary.gwet, overItems.gwet],
      ['Brennan-Prediger', summary.brennanPrediger, overItems.brennanPrediger],
      ['Conger’s kappa', summary.conger, overItems.conger],
    ];
    const widest = Math.max(...rows.map(([name]) => name.length));
    for (const [name, estimate, beside] of rows)
      context.say(`  ${name.padEnd(widest)}  ${shown(estimate)}${besides(estimate, beside)}`);
    context.say(
      `95 % intervals: over items and raters${summary.raters < fewestRaters ? ' from 4 raters on; here over items, for these raters alone' : ', and over items, for these raters alone'}: analytic; alpha over items by bootstrap, 1,000 replicates, seed ${options.seed}.`,
    );
    context.answer({
      items: summary.items,
      raters: summary.raters,
      ratings: summary.ratings,
      categories: value.labels,
      figures: Object.fromEntries(rows.map(([name, estimate]) => [name, figure(estimate)])),
      overItems: Object.fromEntries(
        rows.flatMap(([name, , beside]) => (beside === undefined ? [] : [[name, figure(beside)]])),
      ),
    });
    return 0;
  },
};
