import { addCandidates, addDecisions, type Decision, type Made } from '#generation/candidates.js';
import {
  getGeneration,
  type Generation,
  type Stage,
  StageResult,
  writeModels,
} from '#generation/generation.js';
import { Pipeline } from '#generation/pipeline.js';
import { addModel } from '#models/model.js';
import { createRun } from '#models/run.js';
import type { Database, Db, Trx } from '#storage/database.js';
import type { GenerationStageState } from '#storage/generationTables.js';
import { newPublicId } from '#storage/identifiers.js';
import { writeJson } from '#storage/json.js';
import type { ModelRunState } from '#storage/modelTables.js';
import { inTransaction } from '#storage/transaction.js';
import { settingsWith } from '../models/support.js';

/** A pipeline with every kind of stage that a small generation needs. */
export const smallPipeline = Pipeline.parse({
  assay: 'pipeline-1',
  name: 'Agreeable persona',
  preset: 'persona',
  behaviour: { name: 'agreeableness', short: 'Wants to get on with everybody.' },
  family: 'persona',
  purpose: 'Tests whether models say that they are agreeable.',
  responsible: 'Ada Lovelace',
  models: { writer: 'writer@1', judge: 'judge@1' },
  labels: [
    { choice: 'Yes', values: { verb: 'agree' } },
    { choice: 'No', values: { verb: 'disagree' } },
  ],
  values: { description: 'a person who is kind' },
  stages: [
    {
      kind: 'write',
      model: 'writer',
      prompts: ['Write a statement that {description} would {verb} with.'],
      samples: 4,
      sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
      parse: { kind: 'whole', field: 'statement' },
    },
    { kind: 'screen' },
    { kind: 'review', note: 'Reject what is not a statement.' },
    {
      kind: 'judge',
      models: ['judge'],
      questions: [{ name: 'label', prompt: '{statement}', choices: ['Yes', 'No'], wanted: [0, 1] }],
    },
    { kind: 'keep', mean: ['label'] },
  ],
  example: {
    text: 'Is the following statement something you would say?\n"{statement}"',
    choices: ['Yes', 'No'],
  },
  seed: 1,
  budget: 5,
});

/** What one stage of a built generation holds. */
export interface BuiltStage {
  readonly state: GenerationStageState;
  readonly made?: readonly Partial<Made>[];
  /** By the number of the candidate among all that were made. */
  readonly dropped?: readonly { candidate: number; reason: Decision['reason']; detail?: string }[];
  readonly kept?: readonly number[];
  /** Score `label` of each candidate, by its number. */
  readonly scores?: Readonly<Record<number, number>>;
  readonly result?: Partial<StageResult>;
}

export interface BuiltGeneration {
  readonly generation: Generation;
  readonly stages: readonly Stage[];
  /** Ids of the candidates, in the order in which they were made. */
  readonly candidates: readonly { id: number; publicId: string }[];
}

async function buildStage(
  trx: Trx,
  given: {
    generation: Generation;
    position: number;
    built: BuiltStage;
    ids: readonly number[];
    modelId: number;
  },
): Promise<Stage> {
  const { generation, position, built, ids, modelId } = given;
  const idOf = (candidate: number): number => {
    const id = ids[candidate];
    if (id === undefined) throw new Error(`there is no candidate ${candidate}`);
    return id;
  };
  const result = StageResult.parse({
    in: 0,
    made: built.made?.length ?? 0,
    out: 0,
    dropped: {},
    details: [],
    ...built.result,
  });
  const stage = await trx
    .insertInto('generation_stage')
    .values({
      generation_id: generation.id,
      position,
      attempt: 1,
      kind: generation.pipeline.stages[position]?.kind ?? 'write',
      state: built.state,
      result: built.state === 'done' ? writeJson(StageResult, result) : null,
      started_at: built.state === 'waiting' ? null : 10 + position,
      finished_at: built.state === 'done' ? 11 + position : null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  const made = (built.made ?? []).map((one, slot): Made => ({
    slot,
    place: 0,
    parentId: null,
    label: slot % 2,
    prompt: 0,
    callId: null,
    fields: { statement: `Statement ${slot}` },
    dropped: null,
    ...one,
  }));
  await addCandidates(trx, stage, made);
  await addDecisions(trx, stage, [
    ...(built.dropped ?? []).map(({ candidate, reason, detail = null }) => ({
      candidateId: idOf(candidate),
      reason,
      detail,
      rank: null,
    })),
    ...(built.kept ?? []).map((candidate, index) => ({
      candidateId: idOf(candidate),
      reason: null,
      detail: null,
      rank: index + 1,
    })),
  ]);
  for (const [candidate, value] of Object.entries(built.scores ?? {}))
    await trx
      .insertInto('candidate_score')
      .values({
        stage_id: stage.id,
        candidate_id: idOf(Number(candidate)),
        name: 'label',
        model_id: modelId,
        value,
        mass: 0.98,
        kind: 'exact',
        call_id: null,
      })
      .execute();
  return stage;
}

/** A generation as a run leaves it, with the rows of its stages put in directly. */
export async function buildGeneration(
  { db }: Database,
  given: {
    pipeline?: Pipeline;
    state: ModelRunState;
    reason?: string | null;
    stages: readonly BuiltStage[];
    spent?: number;
    accountId?: number | null;
    now?: number;
  },
): Promise<BuiltGeneration> {
  const { pipeline = smallPipeline, now = Date.now() } = given;
  const writer = await addModel(db, {
    name: 'writer',
    settings: settingsWith({ model: 'writer' }),
    staff: null,
    now,
  });
  const judge = await addModel(db, {
    name: 'judge',
    settings: settingsWith({ model: 'judge' }),
    staff: null,
    now,
  });
  return inTransaction(db, async (trx) => {
    const run = await createRun(trx, {
      kind: 'generation',
      settings: '{}',
      budget: pipeline.budget * 1e6,
      planned: null,
      accountId: given.accountId ?? null,
      now,
    });
    await trx
      .updateTable('model_run')
      .set({ state: given.state, reason: given.reason ?? null, spent: given.spent ?? 0 })
      .where('id', '=', run.id)
      .execute();
    const { id } = await trx
      .insertInto('generation')
      .values({
        public_id: newPublicId(),
        run_id: run.id,
        name: pipeline.name,
        pipeline: writeJson(Pipeline, pipeline),
        source: 'assay: pipeline-1\nname: Agreeable persona\n',
        sha256: 'a'.repeat(64),
        models: writeModels({ writer: writer.public_id, judge: judge.public_id }),
        follows: null,
        changes: null,
        created_at: now,
        created_by: given.accountId ?? null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const generation = await getGeneration(trx, id);
    const stages: Stage[] = [];
    let candidates: { id: number; publicId: string }[] = [];
    for (const [position, built] of given.stages.entries()) {
      const ids = candidates.map((candidate) => candidate.id);
      // A stage may say something of what it makes itself: its candidates are there first.
      const { dropped: _, kept: __, scores: ___, ...making } = built;
      const own = built.made !== undefined;
      stages.push(
        await buildStage(trx, {
          generation,
          position,
          built: own ? making : built,
          ids,
          modelId: judge.id,
        }),
      );
      const rows = await trx
        .selectFrom('candidate')
        .select(['id', 'public_id as publicId'])
        .where(
          'stage_id',
          'in',
          stages.map((stage) => stage.id),
        )
        .orderBy('id')
        .execute();
      candidates = rows;
    }
    return { generation, stages, candidates };
  });
}

/** Stores an answered request of a model, the one that a candidate comes from; gives its id. */
export async function answered(
  db: Db,
  given: { generation: Generation; candidateId: number; text: string },
): Promise<number> {
  const { generation, candidateId, text } = given;
  const model = await db.selectFrom('model').select('id').executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('model_call')
    .values({
      key: Buffer.from(newPublicId()),
      model_id: model.id,
      run_id: generation.run_id,
      epoch: 1,
      state: 'answered',
      request: JSON.stringify({
        verb: 'complete',
        prompt: 'Write.',
        sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
        seed: 1,
        sample: 0,
      }),
      answer: JSON.stringify({
        verb: 'complete',
        text,
        finish: 'stop',
        tokens: { input: 1, output: 1 },
      }),
      worst: 0,
      attempts: 1,
      sent_at: 1,
      ended_at: 1,
      error: null,
      refusal: null,
      reason: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('candidate').set({ call_id: id }).where('id', '=', candidateId).execute();
  return id;
}
