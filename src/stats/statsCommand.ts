import { basename } from 'node:path';
import { z } from 'zod';
import { summariseAgreement } from '#statistics/agreement.js';
import { alphaLevels, type AlphaLevel } from '#statistics/agreement/alpha.js';
import type { Estimate, Interval } from '#statistics/estimate.js';
import { buildRatings } from '#statistics/ratings.js';
import { count, fixed, percent, plural } from '#web/format.js';
import { type Command, inputFile, parseOptions } from '../command.js';
import { printable } from '../terminal.js';
import { figure } from '#figure.js';
import { type Answers, asList, orders, readList } from './answers.js';
import type { Missing } from './missing.js';
import { readRatings } from './readRatings.js';
import { understandRatings } from './understandRatings.js';

const levels = Object.keys(alphaLevels) as [AlphaLevel, ...AlphaLevel[]];
const Options = z
  .object({
    item: z.string().trim().min(1).default('item'),
    rater: z.string().trim().min(1).default('rater'),
    value: z.string().trim().min(1).default('value'),
    level: z.enum(levels).default('nominal'),
    categories: z.string().optional(),
    missing: z.string().optional(),
    seed: z.string().default('1'),
  })
  .refine(({ item, rater }) => rater !== item, {
    path: ['rater'],
    message: 'names the column of --item',
  })
  .refine(({ item, rater, value }) => value !== item && value !== rater, {
    path: ['value'],
    message: 'names the column of --item or --rater',
  });

const mostAnswers = 20;

/** An empty list: only an empty cell is missing. */
const missingMarkers = (list: string): string[] =>
  list.trim() === '' ? [] : readList(list, '--missing');

const digits = 4;

const intervalOf = (estimate: Estimate | undefined): Interval | undefined =>
  estimate?.kind === 'estimate' ? estimate.interval : undefined;

/** Whether an interval is over items and raters, not over items alone. */
const overBoth = (interval: Interval | undefined): boolean =>
  interval?.method === 'agreement-two-way';

/** A figure with its interval over items and raters, and with the one over items. */
function shown(estimate: Estimate, overItems: Estimate | undefined): string {
  if (estimate.kind === 'undefined') return `undefined: ${estimate.because}`;
  const { interval, withoutInterval } = estimate;
  const beside = intervalOf(overItems);
  const limits = ({ lower, upper }: Interval): string =>
    `[${fixed(lower, digits)}, ${fixed(upper, digits)}]`;
  return [
    fixed(estimate.value, digits),
    ...(interval !== undefined && overBoth(interval) ? [limits(interval)] : []),
    ...(withoutInterval === undefined
      ? []
      : [`(no interval${beside === undefined ? '' : ' over raters'}: ${withoutInterval})`]),
    ...(beside === undefined ? [] : [`over items ${limits(beside)}`]),
  ].join('  ');
}

/** What the intervals are that were printed; null where there are none. */
function intervalWords(
  figures: readonly { readonly main: Estimate; readonly overItems: Estimate | undefined }[],
  seed: string,
): string | null {
  const intervals = figures.flatMap(({ main, overItems }) => [
    intervalOf(main),
    intervalOf(overItems),
  ]);
  if (intervals.every((interval) => interval === undefined)) return null;
  const over = intervals.some(overBoth)
    ? 'over items and raters; those called “over items” take these raters as all there are'
    : 'over items and take these raters as all there are';
  const resampled = figures.some(
    ({ overItems }) => overItems?.kind === 'estimate' && overItems.seed !== undefined,
  );
  return `The 95 % intervals are ${over}. They are analytic${resampled ? `, except for a bootstrap of alpha over items (1,000 replicates, seed ${seed})` : ''}; the pooled share has none.`;
}

/** What was left out, and what was taken for missing. */
function missingWords({ markers, answers, items, raters }: Missing): string {
  const sum = [...answers.values()].reduce((total, rows) => total + rows, 0);
  const given = [...answers].map(
    ([marker, rows]) => `${count(rows)} ${marker === '' ? 'empty' : `“${marker}”`}`,
  );
  const left = [
    ...(sum === 0 ? [] : [`${plural(sum, 'answer')} (${given.join(', ')})`]),
    ...(items === 0 ? [] : [`${plural(items, 'row')} without an item`]),
    ...(raters === 0 ? [] : [`${plural(raters, 'row')} without a rater`]),
  ];
  return `missing: ${left.length === 0 ? 'nothing' : `${left.join(', ')}, left out`}; taken for missing answers: ${['empty cells', ...markers].join(', ')}`;
}

/** The possible answers with the order that they are in. */
function answerWords({ categories, order }: Answers): string {
  const more = categories.length - mostAnswers;
  return `${plural(categories.length, 'category', 'categories')}, ${orders[order]}: ${asList(categories.slice(0, mostAnswers), ', ')}${more > 0 ? ` and ${count(more)} more` : ''}`;
}

export const statsCommand: Command = {
  name: 'stats',
  sentence: 'Agreement between raters over any file of item, rater, value, without a study.',
  arguments: [['<file>', 'a CSV or TSV file with a header, gzipped or not']],
  options: [
    ['--item <column>', 'column of the items (item)'],
    ['--rater <column>', 'column of the raters (rater)'],
    ['--value <column>', 'column of the answers (value)'],
    [
      '--level <level>',
      'nominal, ordinal, interval or ratio: the metric of Krippendorff’s alpha (nominal)',
    ],
    [
      '--categories <list>',
      'all answers that were possible, in their order, with commas between and "quotes" around one that holds a comma',
    ],
    [
      '--missing <list>',
      'what stands for an answer that was not given, beside empty cells (NA, N/A, NaN, null, None and the like)',
    ],
    ['--seed <seed>', 'seed of the bootstrap (1)'],
  ],
  async run(context, [path = ''], given) {
    const { level, seed, categories, missing, ...columns } = parseOptions(
      Options,
      given,
      'Nothing was computed.',
    );
    const reading = {
      level,
      categories: categories === undefined ? undefined : readList(categories, '--categories'),
      markers: missing === undefined ? undefined : missingMarkers(missing),
    };
    const file = await inputFile(path);
    const { format, rows: read } = await readRatings(file, columns);
    const understood = understandRatings(read, reading);
    const { answers } = understood;
    const summary = summariseAgreement(buildRatings(understood.rows), {
      alphaLevel: level,
      seed,
      ...(answers.values === null ? {} : { values: answers.values }),
    });
    // What a file says may hold line ends, which must not look like lines of the answer.
    const say = (line: string): void => context.say(printable(line));
    say(
      `${basename(file)}, ${format}: items from “${columns.item}”, raters from “${columns.rater}”, answers from “${columns.value}”`,
    );
    say(`level ${level}; ${answerWords(answers)}`);
    say(missingWords(understood.missing));
    context.say(
      `${plural(summary.items, 'item')}, ${plural(summary.raters, 'rater')}, ${plural(summary.ratings, 'rating')}; ${plural(summary.itemsWithTwo, 'item')} with two or more.${summary.repeated > 0 ? ` ${plural(summary.repeated, 'row repeats', 'rows repeat')} a rater and item, ${count(understood.changed)} with another answer; the last one in the file counts.` : ''}`,
    );
    say(
      `given answers: ${answers.categories
        .map((label, index) => ({ label, share: summary.prevalence.shares?.[index] ?? 0 }))
        .slice(0, mostAnswers)
        .map(({ label, share }) => `${asList([label])} ${percent(share)}`)
        .join(', ')}${answers.categories.length > mostAnswers ? ', …' : ''}`,
    );
    const { overItems } = summary;
    const rows: [string, Estimate, Estimate?][] = [
      ['percent agreement (mean over items)', summary.observed, overItems.observed],
      ['percent agreement (pooled over pairs)', summary.observedPooled],
      [`Krippendorff’s alpha, ${level}`, summary.alpha, overItems.alpha],
      ['Fleiss’ kappa', summary.fleiss, overItems.fleiss],
      ['Gwet’s AC1', summary.gwet, overItems.gwet],
      ['Brennan-Prediger', summary.brennanPrediger, overItems.brennanPrediger],
      ['Conger’s kappa', summary.conger, overItems.conger],
    ];
    const widest = Math.max(...rows.map(([name]) => name.length));
    for (const [name, estimate, beside] of rows)
      context.say(`  ${name.padEnd(widest)}  ${shown(estimate, beside)}`);
    const note = intervalWords(
      rows.map(([, main, beside]) => ({ main, overItems: beside })),
      seed,
    );
    if (note !== null) context.say(note);
    context.answer({
      file,
      format,
      columns,
      level,
      order: answers.order,
      missing: {
        ...understood.missing,
        answers: Object.fromEntries(understood.missing.answers),
      },
      items: summary.items,
      raters: summary.raters,
      ratings: summary.ratings,
      repeated: summary.repeated,
      changed: understood.changed,
      categories: answers.categories,
      figures: Object.fromEntries(rows.map(([name, estimate]) => [name, figure(estimate)])),
      overItems: Object.fromEntries(
        rows.flatMap(([name, , beside]) => (beside === undefined ? [] : [[name, figure(beside)]])),
      ),
    });
    return 0;
  },
};
