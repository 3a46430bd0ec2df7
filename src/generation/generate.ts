import { sql } from 'kysely';
import { z } from 'zod';
import { type Asking, RunStopped } from '#models/asking.js';
import { seedOf } from '#models/request.js';
import type { Hold } from '#models/ledgerQueries.js';
import { type WorkEnded, type WorkOptions, workOnRun } from '#models/runWork.js';
import type { Database } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import type { ModelsConfig } from '../config.js';
import { type FlowCandidate, flowBehind, readFlow } from './candidates.js';
import {
  currentStages,
  type Generation,
  getGeneration,
  resultOf,
  type Stage,
  StageResult,
} from './generation.js';
import { modelsOf, type OpenModels, openModels } from './openModels.js';
import { makingKinds, type StageKind } from './pipeline.js';
import { countsByLabel, deadEnd, droppedBy } from './results.js';
import type { StageWork } from './stages.js';
import { works } from './works.js';

/** How far a generation is. */
export const GenerationProgress = z.strictObject({
  /** From 1. */
  stage: z.int(),
  stages: z.int(),
  kind: z.string(),
  done: z.int(),
  of: z.int(),
});
export type GenerationProgress = z.output<typeof GenerationProgress>;

interface Run {
  readonly database: Database;
  readonly generation: Generation;
  readonly models: OpenModels;
  readonly asking: Asking;
  readonly hold: Hold;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly report: (progress: GenerationProgress) => void;
}

/** What a stage draws from. */
const seedOfStage = ({ pipeline: { seed } }: Generation, { draw }: Stage): number =>
  draw === 0 ? seed : seedOf({ seed, sample: draw });

/** Moves a stage while this process holds the run and nobody has begun the stage anew. */
async function moveStage(
  { database, hold }: Run,
  stage: Stage,
  to: Partial<Pick<Stage, 'state' | 'result' | 'started_at' | 'finished_at'>>,
): Promise<void> {
  const moved = await database.db
    .updateTable('generation_stage')
    .set(to)
    .where('id', '=', stage.id)
    .where('state', 'in', ['waiting', 'running', 'review'])
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('model_run')
          .select('model_run.id')
          .where('model_run.id', '=', hold.runId)
          .where('model_run.epoch', '=', hold.epoch)
          .where('model_run.state', '=', 'running'),
      ),
    )
    .executeTakeFirst();
  if (moved.numUpdatedRows === 0n)
    throw new RunStopped('paused', 'The run was paused, or somebody else goes on with it.');
}

/**
 * Has PostgreSQL count what a stage has stored, since the next ones, and reviewers, ask at once for
 * what it would plan on guesses: the next candidate of 60,000 then takes many seconds.
 */
async function countAnew({ db, engine }: Database): Promise<void> {
  if (engine === 'postgres')
    await sql`analyze candidate, candidate_decision, candidate_score`.execute(db);
}

/** Does the work of one stage and gives what goes on from it. */
async function doStage(
  run: Run,
  stage: Stage,
  candidates: readonly FlowCandidate[],
): Promise<{ result: StageResult; flow: FlowCandidate[] }> {
  const { database, generation, models, now } = run;
  const { pipeline } = generation;
  const settings = pipeline.stages[stage.position];
  if (settings === undefined) throw new Error(`The pipeline has no stage ${stage.position}.`);
  const report = (done: number, of: number): void =>
    run.report({
      stage: stage.position + 1,
      stages: pipeline.stages.length,
      kind: stage.kind,
      done,
      of,
    });
  await moveStage(run, stage, {
    state: settings.kind === 'review' ? 'review' : 'running',
    started_at: stage.started_at ?? now(),
  });
  report(0, 0);
  await models.open(modelsOf(settings));
  // The record has the work of each kind under its name: settings and work are of one kind.
  const work = works[settings.kind] as StageWork<StageKind>;
  const said = await work({
    database,
    generation,
    stage,
    settings,
    candidates,
    model: (name) => models.get(name),
    asking: { ...run.asking, ask: (model, request) => run.asking.ask(model, request, stage.id) },
    seed: seedOfStage(generation, stage),
    now,
    signal: run.signal,
    report,
  });
  await countAnew(database);
  const makes = (makingKinds as readonly string[]).includes(stage.kind);
  const flow = makes
    ? await readFlow(database.db, generation.id, stage.position + 1)
    : await flowBehind(database.db, stage, candidates);
  const result: StageResult = {
    in: candidates.length,
    out: flow.length,
    labels: countsByLabel(pipeline, flow),
    review: null,
    ...said,
    ...(await droppedBy(database.db, stage)),
  };
  await moveStage(run, stage, {
    state: 'done',
    result: writeJson(StageResult, result),
    finished_at: now(),
  });
  return { result, flow };
}

async function doStages(run: Run): Promise<null> {
  const { database, generation, signal } = run;
  let flow: FlowCandidate[] | null = null;
  for (const stage of await currentStages(database.db, generation.id)) {
    signal.throwIfAborted();
    let result = stage.state === 'done' ? resultOf(stage) : null;
    if (result === null) {
      flow ??= await readFlow(database.db, generation.id, stage.position);
      ({ result, flow } = await doStage(run, stage, flow));
    }
    const sentence = deadEnd(generation.pipeline, stage, result);
    if (sentence !== null) throw new RunStopped('failed', sentence);
  }
  return null;
}

/**
 * Goes through the stages of a generation that are not done, asking models within its budget, to
 * its end, to a stage at which people read, or to what it stops for. It may be begun anew after any
 * stop or death: what was answered is not asked again, and the same answers give the same
 * candidates. Null where its run was paused or has ended before.
 * @param options.signal aborted where the process stops; see `workOnRun`
 */
export async function generate(
  database: Database,
  options: Omit<WorkOptions, 'runId'> & {
    generationId: number;
    models: ModelsConfig;
    report?: (progress: GenerationProgress) => void;
  },
): Promise<WorkEnded<null> | null> {
  const { now, signal, report = () => undefined } = options;
  const generation = await getGeneration(database.db, options.generationId);
  const models = openModels(database.db, generation, options.models);
  try {
    return await workOnRun(database, { ...options, runId: generation.run_id }, (asking, hold) =>
      doStages({ database, generation, models, asking, hold, now, signal, report }),
    );
  } finally {
    // Not before: answers that are under way when the work ends are still waited for.
    await models.close();
  }
}
