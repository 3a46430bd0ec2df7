import { z } from 'zod';
import { summariseAgreement } from '#statistics/agreement.js';
import { alphaLevels, type AlphaLevel } from '#statistics/agreement/alpha.js';
import type { Estimate, Interval } from '#statistics/estimate.js';
import { fixed, percent, plural } from '#web/format.js';
import { type Command, parseOptions } from '../command.js';
import { printable } from '../terminal.js';
import { figure } from '#figure.js';
import { asList } from './answers.js';
import {
  answerOptions,
  answersRead,
  columnOptions,
  eachColumnOnce,
  mostAnswers,
  readFileOfRatings,
  readingAnswer,
  readingOptions,
  repeatedWords,
  sayReading,
} from './reading.js';

const levels = Object.keys(alphaLevels) as [AlphaLevel, ...AlphaLevel[]];
const Options = z
  .object({
    ...readingOptions,
    level: z.enum(levels).default('nominal'),
    seed: z.string().default('1'),
  })
  .superRefine(eachColumnOnce);

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

export const statsCommand: Command = {
  name: 'stats',
  sentence: 'Agreement between raters over any file of item, rater, value, without a study.',
  arguments: [['<file>', 'a CSV or TSV file with a header, gzipped or not']],
  options: [
    ...columnOptions,
    [
      '--level <level>',
      'nominal, ordinal, interval or ratio: the metric of Krippendorff’s alpha (nominal)',
    ],
    ...answerOptions,
    ['--seed <seed>', 'seed of the bootstrap (1)'],
  ],
  async run(context, [path = ''], given) {
    const { level, seed, categories, missing, ...columns } = parseOptions(
      Options,
      given,
      'Nothing was computed.',
    );
    const read = await readFileOfRatings(path, columns, {
      level,
      ...answersRead({ categories, missing }),
    });
    const { understood, ratings } = read;
    const { answers } = understood;
    const summary = summariseAgreement(ratings, {
      alphaLevel: level,
      seed,
      ...(answers.values === null ? {} : { values: answers.values }),
    });
    sayReading(context, read, { columns, level });
    context.say(
      `${plural(summary.items, 'item')}, ${plural(summary.raters, 'rater')}, ${plural(summary.ratings, 'rating')}; ${plural(summary.itemsWithTwo, 'item')} with two or more.${repeatedWords(ratings, understood)}`,
    );
    context.say(
      printable(
        `given answers: ${answers.categories
          .map((label, index) => ({ label, share: summary.prevalence.shares?.[index] ?? 0 }))
          .slice(0, mostAnswers)
          .map(({ label, share }) => `${asList([label])} ${percent(share)}`)
          .join(', ')}${answers.categories.length > mostAnswers ? ', …' : ''}`,
      ),
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
      ...readingAnswer(read),
      columns,
      level,
      items: summary.items,
      raters: summary.raters,
      ratings: summary.ratings,
      figures: Object.fromEntries(rows.map(([name, estimate]) => [name, figure(estimate)])),
      overItems: Object.fromEntries(
        rows.flatMap(([name, , beside]) => (beside === undefined ? [] : [[name, figure(beside)]])),
      ),
    });
    return 0;
  },
};
