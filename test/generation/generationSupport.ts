import { createHash } from 'node:crypto';
import { generate } from '#generation/generate.js';
import { type Generation, getGeneration, writeModels } from '#generation/generation.js';
import { Pipeline } from '#generation/pipeline.js';
import { addModel } from '#models/model.js';
import type { ModelSettings } from '#models/settings.js';
import { createRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { ModelServer } from '../support/modelServer/server.js';
import { settingsWith } from '../models/support.js';

/** A generation whose names of models all stand for one model of the test server. */
export async function storedGeneration(
  database: Database,
  server: Pick<ModelServer, 'url'>,
  pipeline: Pipeline,
  changes: Partial<ModelSettings> = {},
  datasets: Readonly<Record<string, string>> = {},
): Promise<Generation> {
  const { db } = database;
  const settings = settingsWith({ server: server.url, context: 4_096, atOnce: 8, ...changes });
  const model = await addModel(db, { name: 'm', settings, staff: null, now: 1 });
  const models = Object.fromEntries(
    Object.keys(pipeline.models).map((name) => [name, model.public_id]),
  );
  const id = await inTransaction(db, async (trx) => {
    const run = await createRun(trx, {
      kind: 'generation',
      settings: '{}',
      budget: Math.round(pipeline.budget * 1e6),
      planned: null,
      accountId: null,
      now: 1,
    });
    const row = await trx
      .insertInto('generation')
      .values({
        public_id: newPublicId(),
        run_id: run.id,
        name: pipeline.name,
        pipeline: writeJson(Pipeline, pipeline),
        source: '',
        sha256: '',
        models: writeModels(models),
        datasets: writeModels(datasets),
        follows: null,
        changes: null,
        created_at: 1,
        created_by: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await trx
      .insertInto('generation_stage')
      .values(
        pipeline.stages.map(({ kind }, position) => ({
          generation_id: row.id,
          position,
          attempt: 1,
          kind,
          state: 'waiting' as const,
          result: null,
          started_at: null,
          finished_at: null,
        })),
      )
      .execute();
    return row.id;
  });
  return getGeneration(db, id);
}

export const never = new AbortController().signal;

/** Works on a generation; waits between retries take no time. */
export const workOn = (
  database: Database,
  server: Pick<ModelServer, 'host'>,
  { id }: Pick<Generation, 'id'>,
  more: Partial<Parameters<typeof generate>[1]> = {},
): ReturnType<typeof generate> =>
  generate(database, {
    generationId: id,
    models: { hosts: [server.host], keys: {}, folder: '' },
    now: () => 5,
    signal: never,
    pause: () => Promise.resolve(),
    ...more,
  });

/**
 * Hash over all that the current stages of a generation made, decided and scored, in an order that
 * does not depend on when it came: two runs with the same answers have the same.
 */
export async function hashOf({ db }: Database, { id }: Pick<Generation, 'id'>): Promise<string> {
  const made = await db
    .selectFrom('candidate')
    .innerJoin('generation_stage as stage', 'stage.id', 'candidate.stage_id')
    .leftJoin('candidate as parent', 'parent.id', 'candidate.parent_id')
    .select(['stage.position', 'stage.attempt', 'candidate.slot', 'candidate.place'])
    .select(['candidate.label', 'candidate.prompt', 'candidate.fields'])
    .select(['parent.slot as parent_slot', 'parent.place as parent_place'])
    .where('stage.generation_id', '=', id)
    .orderBy('stage.position')
    .orderBy('stage.attempt')
    .orderBy('candidate.slot')
    .orderBy('candidate.place')
    .execute();
  const decided = await db
    .selectFrom('candidate_decision as decision')
    .innerJoin('generation_stage as stage', 'stage.id', 'decision.stage_id')
    .innerJoin('candidate', 'candidate.id', 'decision.candidate_id')
    .select(['stage.position', 'stage.attempt', 'candidate.slot', 'candidate.place'])
    .select(['decision.kept', 'decision.reason', 'decision.detail', 'decision.rank'])
    .where('stage.generation_id', '=', id)
    .orderBy('stage.position')
    .orderBy('stage.attempt')
    .orderBy('candidate.stage_id')
    .orderBy('candidate.slot')
    .orderBy('candidate.place')
    .execute();
  const scored = await db
    .selectFrom('candidate_score as score')
    .innerJoin('generation_stage as stage', 'stage.id', 'score.stage_id')
    .innerJoin('candidate', 'candidate.id', 'score.candidate_id')
    .select(['stage.position', 'stage.attempt', 'candidate.slot', 'candidate.place'])
    .select(['score.name', 'score.value', 'score.mass', 'score.kind'])
    .where('stage.generation_id', '=', id)
    .orderBy('stage.position')
    .orderBy('stage.attempt')
    .orderBy('candidate.slot')
    .orderBy('candidate.place')
    .orderBy('score.name')
    .execute();
  return createHash('sha256')
    .update(JSON.stringify([made, decided, scored]))
    .digest('hex');
}
