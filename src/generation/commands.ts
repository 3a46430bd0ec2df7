import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { getRun, heldProblem } from '#models/run.js';
import { count } from '#web/format.js';
import { notFound, Problem } from '#web/problem.js';
import { type Command, type CommandContext, inputFile, parseOptions } from '../command.js';
import { stageAgain } from './again.js';
import { createGeneration, resolveNames } from './create.js';
import { estimateOf } from './estimate.js';
import { generate } from './generate.js';
import { findGenerations, type Generation, requireGenerationNamed } from './generation.js';
import { goOn } from './goOn.js';
import { moveGeneration } from './moves.js';
import type { Pipeline } from './pipeline.js';
import { presetFile } from './presets/preset.js';
import { presetOf, presets } from './presets/presets.js';
import { askForPublication } from './publish/ask.js';
import { decide } from './publish/decide.js';
import { publicationsOf } from './publish/publication.js';
import { readPipeline } from './readPipeline.js';
import { pipelineSchema } from './schema.js';
import { summaryOf } from './summary.js';
import { estimateLines, listLine, summaryLines } from './terminal.js';
import { stageWord } from './words.js';

const Budget = z.object({
  // A comma is read as on the page.
  budget: z
    .string()
    .transform((text) => text.replace(',', '.'))
    .pipe(z.coerce.number<string>().min(0).max(1_000_000))
    .optional(),
});
const Start = Budget.extend({ dry: z.boolean().default(false) });
const budgetOption = ['--budget <amount>', 'the most that it may cost in all'] as const;
const micro = (budget: number | undefined): number | null =>
  budget === undefined ? null : Math.round(budget * 1e6);

const named = ['<generation>', 'its id or, where no other has it, its name'] as const;

const requireNamed = ({ application }: CommandContext, name: string): Promise<Generation> =>
  requireGenerationNamed(application.db, name);

/** Says where a generation stands. */
async function show(context: CommandContext, generation: Generation): Promise<void> {
  const summary = await summaryOf(context.application.db, generation);
  for (const line of summaryLines(summary)) context.say(line);
  context.answer(summary);
}

/** Where a run may end without anything being wrong. */
const wellEnded = ['done', 'review'];

/** Works on a generation in this process, until it ends, stops, or somebody presses Ctrl-C. */
async function work(context: CommandContext, generation: Generation): Promise<number> {
  const { application, signal } = context;
  const { database, db, config, now } = application;
  try {
    await generate(database, {
      generationId: generation.id,
      models: config.models,
      now,
      signal,
      held: () => {
        throw heldProblem();
      },
      report: ({ stage, stages, kind, done, of }) =>
        context.progress(
          `Stage ${stage} of ${stages}: ${stageWord(kind)}${of === 0 ? '' : `, ${count(done)} of ${count(of)}`}`,
        ),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    context.say(
      `Stopped. It waits, and nothing is lost: “assay generate resume ${generation.public_id}” goes on.`,
    );
    return 130;
  }
  await show(context, generation);
  const { state } = await getRun(db, generation.run_id);
  return wellEnded.includes(state) ? 0 : 1;
}

const byHand = (context: CommandContext, generation: Generation) => ({
  generation,
  staff: null,
  now: context.application.now(),
});

/** Reads a pipeline file. Throws a `Problem` with each fault at its place in the file. */
async function pipelineOf(path: string): Promise<{ pipeline: Pipeline; source: string }> {
  const file = await inputFile(path);
  const read = readPipeline(await readFile(file));
  if (!('faults' in read)) return read;
  throw new Problem(
    422,
    'invalid_pipeline',
    `${path} is no pipeline that can be run.`,
    'Nothing was asked of any model.',
    read.faults.map(({ line, column, path: field, message }) => ({
      field: `${path}:${line}:${column}`,
      message: `${field === '' ? '' : `${field}: `}${message}`,
    })),
  );
}

const moveCommand = (verb: 'pause' | 'cancel', sentence: string, word: string): Command => ({
  name: `generate ${verb}`,
  sentence,
  arguments: [named],
  async run(context, [name = '']) {
    const generation = await requireNamed(context, name);
    const { db } = context.application;
    await moveGeneration(db, { ...byHand(context, generation), verb, budget: null });
    context.say(`${generation.name} is ${word}.`);
    context.answer(await summaryOf(db, generation));
    return 0;
  },
});

export const commands: readonly Command[] = [
  {
    name: 'generate',
    sentence:
      'Has language models write a dataset as a pipeline file says, in this process. Ctrl-C leaves it waiting.',
    arguments: [['<file>', 'the pipeline file, YAML or JSON']],
    options: [budgetOption, ['--dry', 'says what it would ask and cost; begins nothing']],
    async run(context, [path = ''], options) {
      const { budget, dry } = parseOptions(Start, options, 'Nothing was asked of any model.');
      const { pipeline, source } = await pipelineOf(path);
      const { db, config, now } = context.application;
      if (dry) {
        const names = await resolveNames(db, { pipeline, models: config.models });
        const estimate = await estimateOf(db, { pipeline, names });
        for (const line of estimateLines(estimate)) context.say(line);
        context.answer(estimate);
        return 0;
      }
      const generation = await createGeneration(db, {
        pipeline: { ...pipeline, budget: budget ?? pipeline.budget },
        source,
        models: config.models,
        staff: null,
        now: now(),
      });
      context.say(`${generation.name} is generation ${generation.public_id}.`);
      return work(context, generation);
    },
  },
  {
    name: 'generate list',
    sentence: 'Lists the generations, the newest first.',
    async run(context) {
      const { db } = context.application;
      const summaries = await Promise.all(
        (await findGenerations(db)).map((generation) => summaryOf(db, generation)),
      );
      if (summaries.length === 0)
        context.say('No generation is here yet. Begin one with “assay generate FILE”.');
      for (const summary of summaries) context.say(listLine(summary));
      context.answer(summaries);
      return 0;
    },
  },
  {
    name: 'generate show',
    sentence: 'Says where a generation stands: stages, reasons, budget, cost by model.',
    arguments: [named],
    async run(context, [name = '']) {
      await show(context, await requireNamed(context, name));
      return 0;
    },
  },
  {
    name: 'generate resume',
    sentence:
      'Goes on with a generation that waits or stopped, in this process. What was answered is not asked again.',
    arguments: [named],
    options: [budgetOption],
    async run(context, [name = ''], options) {
      const { budget } = parseOptions(Budget, options);
      const generation = await requireNamed(context, name);
      await moveGeneration(context.application.db, {
        ...byHand(context, generation),
        verb: 'resume',
        budget: micro(budget),
      });
      return work(context, generation);
    },
  },
  moveCommand(
    'pause',
    'Pauses a generation, wherever it runs. Answers that are under way are still stored.',
    'paused',
  ),
  moveCommand('cancel', 'Ends a generation. What was made and answered stays.', 'cancelled'),
  {
    name: 'generate go-on',
    sentence:
      'Ends the review at which a generation stands and goes on in this process, without what was rejected.',
    arguments: [named],
    async run(context, [name = '']) {
      const generation = await requireNamed(context, name);
      const { db } = context.application;
      const { review } = await goOn(db, byHand(context, generation));
      if (review !== null && review.unread > 0)
        context.say(`${count(review.unread)} candidates go on that nobody has read.`);
      return work(context, generation);
    },
  },
  {
    name: 'generate again',
    sentence:
      'Does a stage again, and those behind it, in this process. What they made until now is kept aside.',
    arguments: [named, ['<stage>', 'its number, from 1']],
    async run(context, [name = '', number = '']) {
      const generation = await requireNamed(context, name);
      const position = Number(number) - 1;
      if (!Number.isInteger(position) || generation.pipeline.stages[position] === undefined)
        throw new Problem(
          422,
          'invalid_input',
          `Its stages are 1 to ${generation.pipeline.stages.length}.`,
          'Nothing was changed.',
        );
      await stageAgain(context.application.db, { ...byHand(context, generation), position });
      return work(context, generation);
    },
  },
  {
    name: 'generate publish',
    sentence:
      'Asks that what a generation kept becomes a dataset. Where GENERATION_APPROVAL is own, approves it too.',
    arguments: [named],
    async run(context, [name = '']) {
      const generation = await requireNamed(context, name);
      const { db, config, now } = context.application;
      const by = { staff: null, now: now() };
      const [last] = await publicationsOf(db, generation.id);
      const publication =
        last?.state === 'asked' || last?.state === 'failed'
          ? last
          : await askForPublication(db, { ...by, generation });
      if (config.generationApproval !== 'own') {
        const page = `${config.baseUrl}/generations/${generation.public_id}/publish`;
        context.say(`Asked for. Another admin approves or refuses it: ${page}`);
        context.answer({ publication: publication.public_id, state: publication.state });
        return 0;
      }
      await decide(db, { ...by, publication, approve: true, note: '', approval: 'own' });
      context.say(
        'Approved. The server publishes it: one that runs within a minute, else the next.',
      );
      context.answer({ publication: publication.public_id, state: 'approved' });
      return 0;
    },
  },
  {
    name: 'generate refuse',
    sentence: 'Refuses the publication that waits for approval, or ends one that failed.',
    arguments: [named],
    async run(context, [name = '']) {
      const generation = await requireNamed(context, name);
      const { db, config, now } = context.application;
      const [publication] = await publicationsOf(db, generation.id);
      if (publication === undefined) throw notFound('publication');
      const refused = await decide(db, {
        publication,
        approve: false,
        note: '',
        staff: null,
        approval: config.generationApproval,
        now: now(),
      });
      context.say(
        refused.kept_dataset_id === null
          ? 'Refused.'
          : 'Ended. The dataset that is published already stays.',
      );
      context.answer({ publication: refused.public_id, state: refused.state });
      return 0;
    },
  },
  {
    name: 'generate preset',
    sentence: 'Prints a pipeline file that follows a published method, to be filled in.',
    arguments: [['<name>', presets.map(({ name }) => name).join(', ')]],
    async run(context, [name = '']) {
      const preset = presetOf(name);
      if (preset === undefined) throw notFound(`preset as ${name}`);
      const file = presetFile(preset, {});
      context.say(file);
      context.answer({ name, file });
      return Promise.resolve(0);
    },
  },
  {
    name: 'generate schema',
    sentence: 'Prints the JSON Schema of pipeline files, for editors.',
    async run(context) {
      context.say(JSON.stringify(pipelineSchema, null, 2));
      context.answer(pipelineSchema);
      return Promise.resolve(0);
    },
  },
];
