import { expect, test } from 'vitest';
import { createGeneration } from '#generation/create.js';
import { currentStages, requireGeneration } from '#generation/generation.js';
import type { Pipeline } from '#generation/pipeline.js';
import { faultLine, readPipeline } from '#generation/readPipeline.js';
import { addModel, requireModelNamed, retireModel } from '#models/model.js';
import { getRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import { Problem } from '#web/problem.js';
import { settingsWith } from '../models/support.js';
import { buildDataset, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';
import { changed, pipelineFile } from './pipelines.js';

const models = { hosts: ['localhost:9'], keys: {}, folder: '/nowhere' };

/** A database with models of these names; each has a version of its own. */
async function databaseWith(...names: readonly string[]): Promise<Database> {
  const database = await testDatabase();
  for (const [index, name] of names.entries())
    await addModel(database.db, {
      name,
      settings: settingsWith({ model: `m${index}` }),
      staff: null,
      now: 1,
    });
  return database;
}

function pipelineOf(source: string): Pipeline {
  const read = readPipeline(source);
  if ('faults' in read) throw new Error(read.faults.map(faultLine).join('\n'));
  return read.pipeline;
}

const create = ({ db }: Database, source = pipelineFile) =>
  createGeneration(db, { pipeline: pipelineOf(source), source, models, staff: null, now: 5 });

/** The fields at fault, with what is said of each; an error where it was created. */
async function faultsOf(database: Database, source: string): Promise<Record<string, string>> {
  const outcome = await create(database, source).catch((error: unknown) => error);
  if (!(outcome instanceof Problem)) throw new Error('it was not refused', { cause: outcome });
  expect(await database.db.selectFrom('model_run').select('id').execute()).toEqual([]);
  return Object.fromEntries(outcome.faults.map(({ field, message }) => [field, message]));
}

test('a generation is stored with its run, its stages and one line of the audit log', async () => {
  const database = await databaseWith('small', 'small');
  const { db } = database;
  const { public_id: publicId } = await create(database);
  const generation = await requireGeneration(db, publicId);
  expect(generation).toMatchObject({
    name: 'Reads maps',
    source: pipelineFile,
    pipeline: pipelineOf(pipelineFile),
    models: {
      writer: (await requireModelNamed(db, 'small@2')).public_id,
      judge: (await requireModelNamed(db, 'small@1')).public_id,
    },
    datasets: {},
    follows: null,
    created_at: 5,
  });
  expect(await getRun(db, generation.run_id)).toMatchObject({
    kind: 'generation',
    state: 'waiting',
    budget: 2_500_000,
    planned: null,
  });
  expect(await currentStages(db, generation.id)).toMatchObject(
    ['write', 'check', 'screen', 'review', 'judge', 'keep'].map((kind, position) => ({
      position,
      attempt: 1,
      kind,
      state: 'waiting',
    })),
  );
  expect(
    await db
      .selectFrom('audit_event')
      .select(['action', 'subject'])
      .where('action', 'like', 'generation.%')
      .execute(),
  ).toEqual([{ action: 'generation.create', subject: `generation ${publicId}` }]);
});

test('models that there are not, that are retired or out of reach are named by field', async () => {
  const database = await databaseWith('small', 'small');
  const { db } = database;
  const model = await requireModelNamed(db, 'small@1');
  await retireModel(db, { model, staff: null, now: 2 });
  expect(await faultsOf(database, changed('writer: small', 'writer: large', pipelineFile))).toEqual(
    {
      'models.writer':
        'There is no model “large”. “assay models list” and the page of models list them.',
      'models.judge': 'small@1 is retired, so nothing new is asked of it.',
    },
  );
  const far = settingsWith({ server: 'http://far.example' });
  await addModel(db, { name: 'far', settings: far, staff: null, now: 1 });
  const file = changed('judge: small@1', 'judge: far', pipelineFile);
  expect(await faultsOf(database, file)).toEqual({
    'models.judge':
      'The server far.example may not be asked. Add far.example to MODEL_HOSTS and start Assay again.',
  });
});

test('one model under two names does not judge twice', async () => {
  const database = await databaseWith('small');
  const file = changed('models: [judge]', 'models: [judge, writer]');
  expect(await faultsOf(database, file)).toEqual({
    'stages[4].models[1]': 'writer is the same model as judge, which would count twice.',
  });
});

test('few-shot prompts are those of the newest version, and enough of them', async () => {
  const database = await databaseWith('small');
  const shown = `'{shown} Write one with which they {verb}.'
    shown: { dataset: hand-written, count: 3, form: '{text} {label}' }`;
  const file = changed('Write what a person who {description} would {verb} with.', shown);
  expect(await faultsOf(database, file)).toEqual({
    'stages[0].shown.dataset':
      'There is no dataset “hand-written” of few-shot prompts. Import it with this role first.',
  });
  const dataset = { name: 'hand-written', role: 'few-shot', source: 'human' } as const;
  const unlabelled = plainExamples(3).map((one) => ({ ...one, label: null }));
  const examples = [...plainExamples(2), ...unlabelled];
  await buildDataset(database.db, { ...dataset, examples });
  expect(await faultsOf(database, file)).toEqual({
    'stages[0].shown.count': '3 examples are to be shown, and “hand-written” has 2 with a label.',
  });
  const newest = await buildDataset(database.db, {
    ...dataset,
    source: 'generated',
    examples: plainExamples(3),
  });
  expect((await create(database, file)).datasets).toEqual({ 'hand-written': newest });
});
