import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy } from '#studies/study.js';
import { count, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type Command, parseOptions } from '../command.js';
import { ordinaryHabits, realisedAccuracy } from './habits.js';
import { openOwnServer, ownAddress } from './ownServer.js';
import { inviteSimulatedRaters } from './simulatedRaters.js';
import type { SimulationResult } from './simulate.js';
import { saidOnCommandLine } from '#datasets/mappingOptions.js';
import { readTruthFile } from './truth.js';
import { truthOfFiles } from './truthOfFiles.js';

const share = z.coerce.number().min(0).max(1);
const whole = (from: number, to: number) => z.coerce.number().int().min(from).max(to);

const Options = z.object({
  truth: z.string(),
  raters: whole(1, 300).default(6),
  accuracy: share.default(ordinaryHabits.accuracy),
  unclear: share.default(ordinaryHabits.unclear),
  skips: share.default(ordinaryHabits.skips),
  pause: whole(0, 600_000).default(0),
  atOnce: whole(1, 64).default(4),
  most: whole(1, 100_000_000).optional(),
  seed: z.string().trim().min(1).optional(),
  url: z
    .url({ protocol: /^https?$/, error: 'is not an address that begins with http:// or https://' })
    .optional(),
});

const percent = (value: number | null): string =>
  value === null ? 'none' : `${(100 * value).toFixed(1)} %`;

const endings: Readonly<Record<string, string>> = {
  'all-done': 'nothing was left',
  limit: 'had as many as one rater may have',
  enough: 'enough judgments',
  'held-by-others': 'others hold what is left',
  paused: 'the study is paused',
  closed: 'the study is closed',
  blocked: 'was blocked',
};

function sayResult(result: SimulationResult, say: (line: string) => void): void {
  for (const rater of result.raters) {
    const asides = [
      rater.skipped > 0 ? `${count(rater.skipped)} skipped` : '',
      rater.flagged > 0 ? `${count(rater.flagged)} flagged` : '',
      rater.unknown > 0 ? `${count(rater.unknown)} guessed` : '',
    ].filter(Boolean);
    say(
      `  rater ${String(rater.number).padStart(3)}  ${plural(rater.judgments, 'judgment').padStart(15)}  true choice ${percent(realisedAccuracy(rater)).padStart(7)}  ${endings[rater.ended] ?? rater.ended}${asides.length > 0 ? ` (${asides.join(', ')})` : ''}`,
    );
  }
  const seconds = result.milliseconds / 1000;
  say(
    `${plural(result.judgments, 'judgment')} in ${seconds.toFixed(1)} s${seconds > 0 ? ` (${count(Math.round(result.judgments / seconds))} a second)` : ''}, all marked as simulated.`,
  );
}

const simulateCommand: Command = {
  name: 'simulate',
  sentence:
    'Lets simulated raters work through an open study by its real pages, choosing by a truth table; they are marked as simulated everywhere.',
  arguments: [['<study>', 'the study’s id, as in its address']],
  options: [
    [
      '--truth <file>',
      'the truth table: one JSON object with text and choice a line (assay truth makes one)',
    ],
    ['--raters <n>', 'how many raters to invite (6)'],
    ['--accuracy <share>', 'chance of choosing the true choice (0.9)'],
    ['--unclear <share>', 'chance of marking an example as unclear (0.03)'],
    ['--skips <share>', 'chance of skipping an example (0.005)'],
    ['--pause <ms>', 'mean pause before an answer, in milliseconds (0)'],
    ['--at-once <n>', 'raters who are served at the same time (4)'],
    ['--most <n>', 'stop after so many judgments (otherwise when nothing is left)'],
    [
      '--seed <text>',
      'what every random choice starts from (otherwise a new one, which is printed)',
    ],
    [
      '--url <address>',
      'the running server to use (otherwise one is opened for the time it takes)',
    ],
  ],
  async run(context, [studyId = ''], given) {
    const options = parseOptions(Options, given);
    const table = await readTruthFile(options.truth);
    const { application } = context;
    const study = await requireStudy(application.db, studyId);
    if (study.state !== 'open')
      throw new Problem(
        409,
        'study_not_open',
        `The study is ${study.state}; raters can only work in an open one.`,
        'Open it first. Nobody was invited.',
      );
    const seed = options.seed ?? newPublicId();
    const server = options.url === undefined ? await openOwnServer(application) : undefined;
    try {
      const address = options.url ?? ownAddress((server ?? { application }).application);
      const now = application.now();
      const links = await inTransaction(application.db, async (trx) => {
        const invited = await inviteSimulatedRaters(trx, {
          studyId: study.id,
          count: options.raters,
          now,
        });
        await recordAudit(trx, {
          at: now,
          staff: null,
          action: 'study.simulate',
          subject: `study ${study.public_id}`,
          detail: { raters: options.raters, accuracy: options.accuracy, seed },
        });
        return invited;
      });
      context.say(
        `${plural(options.raters, 'simulated rater')} of accuracy ${percent(options.accuracy)} at ${address}, seed ${seed}`,
      );
      const habits = {
        ...ordinaryHabits,
        accuracy: options.accuracy,
        unclear: options.unclear,
        skips: options.skips,
        pause: options.pause,
      };
      // It reads pages as a browser does, which other commands need not load.
      const { simulate } = await import('./simulate.js');
      const result = await simulate({
        address,
        raters: links.map((link) => ({ link, habits })),
        table,
        seed,
        atOnce: options.atOnce,
        ...(options.most === undefined ? {} : { most: options.most }),
        signal: context.signal,
        report: (judgments) => {
          if (judgments % 20 === 0) context.progress(`${count(judgments)} judgments`);
        },
      });
      sayResult(result, context.say);
      const unknown = result.raters.reduce((sum, rater) => sum + rater.unknown, 0);
      if (unknown > 0)
        context.say(
          `The truth table does not know the examples of ${plural(unknown, 'judgment')}: those were guessed.`,
        );
      context.answer({
        seed,
        judgments: result.judgments,
        milliseconds: Math.round(result.milliseconds),
        unknown,
        raters: result.raters.map((rater) => ({ ...rater, accuracy: realisedAccuracy(rater) })),
      });
      return result.judgments > 0 && unknown === result.judgments ? 1 : 0;
    } finally {
      await server?.stop();
    }
  },
};

const TruthOptions = z.object({ out: z.string(), map: z.array(z.string()).default([]) });

const truthCommand: Command = {
  name: 'truth',
  sentence:
    'Writes a truth table from dataset files, taking their labels as right: what simulated raters then go by.',
  arguments: [['<paths...>', 'files, folders or patterns (*, **, ?)']],
  options: [
    ['--out <file>', 'the JSONL file to write'],
    [
      '--map <part>',
      'which column is what in a file of an unknown shape, as for import',
      'repeated',
    ],
  ],
  async run(context, paths, given) {
    const { out, map } = parseOptions(TruthOptions, given);
    const saidOf = await saidOnCommandLine(map);
    const { lines, files } = await truthOfFiles(paths, process.cwd(), saidOf);
    for (const file of files)
      context.say(
        file.reason === null
          ? `  ${file.path}: ${plural(file.examples, 'example')}${file.withoutLabel > 0 ? `, ${count(file.withoutLabel)} without a label left out` : ''}`
          : `  ${file.path}: left out. ${file.reason}`,
      );
    if (lines.length === 0)
      throw new Problem(
        422,
        'no_labels',
        'None of these files holds a labelled example.',
        'Nothing was written.',
      );
    await writeFile(out, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    context.say(`${plural(lines.length, 'line')} in ${out}.`);
    context.answer({ out, lines: lines.length, files });
    return 0;
  },
};

export const commands: readonly Command[] = [simulateCommand, truthCommand];
