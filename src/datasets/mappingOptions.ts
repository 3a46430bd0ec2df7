import { readFile } from 'node:fs/promises';
import { plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type CommandContext, inputFile } from '../command.js';
import type { Mapping } from './examples/mapping.js';
import { printMapping, readMappingParts } from './examples/notation.js';
import { columnsNotRead } from './examples/recognise.js';
import type { InspectedFile } from './imports/import.js';
import { isGuess } from './imports/plan.js';
import {
  countedFrom,
  mapOptions,
  mappingsByPath,
  readMappings,
  requireSaid,
  type SaidOf,
} from './imports/said.js';

/**
 * What `--map` and `--count-from` say of each file: parts (`text=question`) for all of them, and
 * files of mappings by path; a part goes before what a file says. Throws a 422 `Problem` where
 * something is not understood.
 */
export async function saidOnCommandLine(
  given: readonly string[],
  countFrom?: 0 | 1,
): Promise<SaidOf> {
  const parts = given.filter((one) => one.includes('='));
  const files = await Promise.all(
    given
      .filter((one) => !one.includes('='))
      .map(async (path) => readMappings(await readFile(await inputFile(path), 'utf8'))),
  );
  const said = requireSaid(readMappingParts(parts));
  return (path, paths) =>
    countedFrom(
      countFrom,
      [...files.map((saidOf) => saidOf(path, paths)), said].reduce(
        (all, one) => ({ ...all, ...one }),
        {},
      ),
    );
}

/** The mapping of a file, where it has one, and the columns that are not read; null where all are. */
export function mappingLine({ plan, understood }: InspectedFile): string | null {
  const unread = columnsNotRead(understood.columns, plan);
  const words = `not read: ${unread.slice(0, 12).join(', ')}${unread.length > 12 ? ', …' : ''}`;
  const parts = [
    ...(plan.mapping === null ? [] : [printMapping(plan.mapping)]),
    ...(unread.length === 0 ? [] : [words]),
  ];
  return parts.length === 0 ? null : parts.join('; ');
}

const shownRows = 3;

/** Shows what is proposed for one file, with its first rows and their labels. */
function showProposal(context: CommandContext, file: InspectedFile): void {
  const { path, understood } = file;
  context.say(`${path}: which column is what is a guess. ${understood.guess ?? ''}`);
  const line = mappingLine(file);
  if (line !== null) context.say(`  ${line}`);
  for (const { line, text, choices, labelChoice } of understood.samples.slice(0, shownRows)) {
    context.say(`  line ${line}: ${text.slice(0, 300)}`);
    for (const [index, choice] of choices.entries())
      context.say(
        `    ${index === labelChoice ? '→' : ' '} ${choice.key} ${choice.text.slice(0, 120)}`,
      );
    if (labelChoice === null) context.say('      no label');
  }
  for (const { line, message } of understood.rejections) context.say(`  line ${line}: ${message}`);
}

/**
 * How proposals are confirmed: by options where every file of the import that is read by its columns
 * has the same, else by a file of mappings.
 */
function confirming(files: readonly InspectedFile[]): {
  advice: string;
  proposed: (mapping: Mapping) => string;
} {
  const written = files.flatMap(({ path, plan }) =>
    plan.mapping === null ? [] : [{ path, mapping: plan.mapping }],
  );
  const kinds = new Set(written.map(({ mapping }) => printMapping(mapping)));
  return kinds.size < 2
    ? { advice: 'the options that stand beside it', proposed: mapOptions }
    : {
        advice: `--map FILE.json, the file being ${mappingsByPath(written)}`,
        proposed: printMapping,
      };
}

/**
 * Has guesses confirmed: by somebody at a terminal, file by file; false where they say no. Without
 * one it throws a 422 `Problem` that gives each proposal as the options that would confirm it.
 */
export async function confirmGuesses(
  context: CommandContext,
  files: readonly InspectedFile[],
): Promise<boolean> {
  const guesses = files.filter(({ plan }) => isGuess(plan));
  if (guesses.length > 0 && !context.interactive) {
    const { advice, proposed } = confirming(files);
    throw new Problem(
      422,
      'mapping_not_confirmed',
      `Which column is what is a guess in ${plural(guesses.length, 'file')}.`,
      `Nothing was imported. Where a proposal is right, confirm it with ${advice}; where ` +
        'it is not, correct it.',
      guesses.map(({ path, plan, understood }) => ({
        field: path,
        message: `${understood.guess ?? ''}${plan.mapping === null ? '' : ` Proposed: ${proposed(plan.mapping)}`}`,
      })),
    );
  }
  for (const file of guesses) {
    showProposal(context, file);
    if (!(await context.confirm(`Is ${file.path} read right?`))) return false;
  }
  return true;
}
