import { z } from 'zod';
import { count, fixed, percent, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type Command, parseOptions } from '../../command.js';
import { requireStudy } from '../study.js';
import { answerPower } from './answer.js';
import { nothingToSimulate } from './asking.js';
import { type PowerFieldName, powerFields, PowerQuery } from './fields.js';
import { readPilot } from './pilot.js';
import { requirePilot } from './powering.js';
import { questionOfStudy, questionWithoutStudy, withGiven } from './question.js';
import type { PowerFigure, PowerRow } from './schema.js';
import { chanceWords, goalSentence, simulationWords } from './words.js';

const spelt = (name: string): string => name.replaceAll('_', '-');
const asOption = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const units: Readonly<Partial<Record<PowerFieldName, string>>> = {
  relevance_half_width: '<width>',
  relevance_margin: '<difference>',
  raters: '<n>',
  overlap: '<k>',
  examples: '<n>',
  runs: '<n>',
};

const Sets = z.object({
  sets: z.coerce
    .number('must be 1 or 2')
    .int('must be 1 or 2')
    .min(1, 'must be 1 or 2')
    .max(2, 'must be 1 or 2')
    .default(2),
});

const points = (figure: PowerFigure | null): string =>
  figure === null || figure.value === null ? '–' : `± ${(figure.value * 100).toFixed(1)}`;
const onScale = (figure: PowerFigure | null): string =>
  figure === null || figure.value === null ? '–' : `± ${fixed(figure.value)}`;
const chance = (figure: PowerFigure | null): string =>
  figure === null || figure.value === null ? '–' : chanceWords(figure.value);

const columns: readonly (readonly [title: string, cell: (row: PowerRow) => string])[] = [
  ['k', (row) => String(row.overlap)],
  ['examples', (row) => count(row.examples)],
  ['judgments', (row) => count(row.judgments)],
  ['upheld', (row) => points(row.upheld_half_width)],
  ['by vote', (row) => points(row.votes_half_width)],
  ['threshold', (row) => chance(row.reaches_threshold)],
  ['not worse', (row) => chance(row.not_worse)],
  ['difference', (row) => chance(row.difference)],
  ['relevance', (row) => onScale(row.relevance_half_width)],
  ['not worse', (row) => chance(row.relevance_not_worse)],
  ['difference', (row) => chance(row.relevance_difference)],
];

function linesOf(rows: readonly PowerRow[]): string[] {
  const shown = columns.filter(([, cell]) => rows.some((row) => cell(row) !== '–'));
  const table = [
    shown.map(([title]) => title),
    ...rows.map((row) => shown.map(([, cell]) => cell(row))),
  ];
  const widths = shown.map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  return table.map(
    (line) => `  ${line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}`,
  );
}

export const powerCommand: Command = {
  name: 'power',
  sentence:
    'Says by simulation what studies of different sizes would show, and how many examples a wanted precision or power takes; without a study too.',
  arguments: [
    ['[study]', 'public id of a study whose design is taken, as “studies list” prints it'],
  ],
  options: [
    ['--sets <n>', '1 for one set, 2 for a generated and a human-written one; without a study (2)'],
    ...powerFields.map(
      ({ name, sentence }) => [`--${spelt(name)} ${units[name] ?? '<share>'}`, sentence] as const,
    ),
    ['--pilot <study>', 'public id of an earlier study whose judgments say how raters answer'],
    ['--seed <text>', 'what the simulation starts from (1)'],
  ],
  async run(context, [publicId], options) {
    const { db } = context.application;
    const given = parseOptions(
      PowerQuery,
      Object.fromEntries(
        Object.keys(PowerQuery.shape).map((name) => [name, options[asOption(name)]]),
      ),
    );
    const pilot = await requirePilot(db, given.pilot);
    const question = withGiven(
      publicId === undefined
        ? questionWithoutStudy(parseOptions(Sets, options).sets === 2)
        : await questionOfStudy(db, await requireStudy(db, publicId)),
      given,
    );
    if (!question.asks.labels && !question.asks.relevance)
      throw new Problem(409, 'nothing_to_simulate', nothingToSimulate);
    const answer = answerPower(question, pilot === null ? null : await readPilot(db, pilot.id));
    for (const goal of answer.goals) context.say(goalSentence(answer, goal));
    context.say(
      `With ${plural(answer.raters, 'rater')}${answer.busiest === null ? '' : `, the five busiest giving ${percent(answer.busiest)} of the judgments`}${answer.assumed.labels === null ? '' : `, of whose judgments ${percent(answer.assumed.labels.mean)} choose the label`}; half-widths of 95 % intervals in points (relevance on its scale), chances to show:`,
    );
    for (const line of linesOf(answer.rows)) context.say(line);
    context.say(simulationWords(answer));
    context.answer(answer);
    return 0;
  },
};
