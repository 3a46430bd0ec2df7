import type { Request, Response } from 'express';
import { getRun, type ModelRun, runVerbs } from '#models/run.js';
import { visible } from '#datasets/browse.js';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import type { FieldFault } from '#web/problem.js';
import { renderFragment, renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { currentStages, type Generation, requireGeneration } from './generation.js';
import { progressOf } from './generationView.js';
import type { StageSettings } from './pipeline.js';
import { stageWord, stateWords } from './words.js';

/** What the verbs of a run are called on a button. */
const verbWords = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel' } as const;
type Verb = keyof typeof verbWords;
const verbs = Object.keys(verbWords) as Verb[];

const nameOfAccount = async (db: Db, id: number | null): Promise<string> => {
  if (id === null) return 'the command line';
  const account = await db
    .selectFrom('account')
    .select('name')
    .where('id', '=', id)
    .executeTakeFirst();
  return account?.name ?? 'the command line';
};

/** The models of a pipeline with the versions that were asked. */
async function modelsOf(db: Db, generation: Generation): Promise<object[]> {
  const names = Object.entries(generation.models);
  if (names.length === 0) return [];
  const rows = await db
    .selectFrom('model')
    .select(['public_id', 'name', 'version'])
    .where(
      'public_id',
      'in',
      names.map(([, id]) => id),
    )
    .execute();
  return names.flatMap(([name, id]) => {
    const row = rows.find(({ public_id: publicId }) => publicId === id);
    return row === undefined ? [] : [{ name, id, called: `${row.name}@${row.version}` }];
  });
}

const followedBy = async (db: Db, generation: Generation): Promise<object | null> => {
  if (generation.follows === null) return null;
  const row = await db
    .selectFrom('generation')
    .select(['public_id as id', 'name'])
    .where('id', '=', generation.follows)
    .executeTakeFirst();
  return row ?? null;
};

/** What doing a stage again asks of models. */
function againCost(settings: StageSettings | undefined): string {
  if (settings?.kind === 'write') return 'Its texts are drawn anew and paid anew.';
  const asked =
    settings?.kind === 'judge' ? settings : settings?.kind === 'screen' ? settings.asked : null;
  if (asked === null || asked === undefined) return 'It asks nothing of a model.';
  return asked.kinds.includes('sampled')
    ? 'Scores by samples are drawn anew and paid anew. ' +
        'What is asked without drawing was answered already.'
    : 'What it asks was answered already and costs nothing again.';
}

/** Stages that can be done again: those that are done, while the run itself does nothing. */
async function againOf(db: Db, generation: Generation, run: ModelRun): Promise<object[]> {
  if (!(runVerbs.again.from as readonly string[]).includes(run.state)) return [];
  const stages = await currentStages(db, generation.id);
  return stages
    .filter(({ started_at: begun }) => begun !== null)
    .map(({ position, kind, attempt }) => ({
      position,
      number: position + 1,
      title: stageWord(kind).toLowerCase(),
      attempt: attempt + 1,
      cost: againCost(generation.pipeline.stages[position]),
      after: generation.pipeline.stages.length - position - 1,
    }));
}

/** Shows a generation; with faults where a change of it was refused. */
export async function renderGeneration(
  request: Request,
  response: Response,
  application: Application,
  shown: {
    generation: Generation;
    entered?: { budget: string };
    faults?: readonly FieldFault[];
  },
): Promise<void> {
  const { db } = application;
  const { generation, faults = [] } = shown;
  const mayRun = requireStaff(request).role === 'admin';
  const run = await getRun(db, generation.run_id);
  const live = run.state === 'running' || run.state === 'waiting';
  const { pipeline } = generation;
  const progress = await progressOf(db, generation, mayRun);
  renderPage(request, response, application, {
    view: 'generation/show',
    shell: {
      layout: 'staff',
      title: generation.name,
      section: 'generations',
      styles: ['css/datasets.css', 'css/generation.css'],
      scripts: live ? ['js/fragment.js'] : [],
      refresh: live ? 5 : 0,
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      ...progress,
      faults,
      name: generation.name,
      id: generation.public_id,
      word: stateWords[run.state].word,
      verbs: (mayRun ? verbs : [])
        .filter((name) => (runVerbs[name].from as readonly string[]).includes(run.state))
        // A run that is out of budget goes on once its budget is raised.
        .filter((name) => name !== 'resume' || run.state !== 'out-of-budget')
        // One that left nothing to publish would end the same way.
        .filter((name) => name !== 'resume' || !progress.deadEnd)
        .map((name) => ({ name, word: verbWords[name], sentence: runVerbs[name].sentence })),
      mayRaise: ['waiting', 'paused', 'out-of-budget', 'failed'].includes(run.state),
      budget: shown.entered?.budget ?? String(run.budget / 1e6),
      again: mayRun ? await againOf(db, generation, run) : [],
      behaviour: pipeline.behaviour,
      purpose: pipeline.purpose,
      responsible: pipeline.responsible,
      createdAt: generation.created_at,
      createdBy: await nameOfAccount(db, generation.created_by),
      preset: pipeline.preset,
      models: await modelsOf(db, generation),
      seed: pipeline.seed,
      follows: await followedBy(db, generation),
      changes: generation.changes,
      sha256: generation.sha256,
      source: visible(generation.source),
    },
  });
}

/** GET /generations/:generation */
export const showGeneration: Handler = async (request, response, application) => {
  const publicId = String(request.params['generation']);
  const generation = await requireGeneration(application.db, publicId);
  await renderGeneration(request, response, application, { generation });
};

/** GET /generations/:generation/progress: the part that changes, alone. */
export const showGenerationProgress: Handler = async (request, response, application) => {
  const { db } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  const mayRun = requireStaff(request).role === 'admin';
  const progress = await progressOf(db, generation, mayRun);
  response
    .set('cache-control', 'no-store')
    .type('html')
    .send(
      renderFragment(request, application, 'generation/progress', { ...progress, fragment: true }),
    );
};

/** GET /generations/:generation/pipeline.yaml: the file as it was given. */
export const downloadPipeline: Handler = async (request, response, application) => {
  const publicId = String(request.params['generation']);
  const generation = await requireGeneration(application.db, publicId);
  response
    .set('cache-control', 'private, no-store')
    .attachment('pipeline.yaml')
    .type('application/yaml')
    .send(generation.source);
};
