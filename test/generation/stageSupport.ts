import type { Asking, OpenModel } from '#models/asking.js';
import type { ModelAnswer, ModelRequest } from '#models/request.js';
import type { ModelRun } from '#models/run.js';
import { addCandidates, type Made, readFlow } from '#generation/candidates.js';
import { type Generation, getGeneration, type Stage } from '#generation/generation.js';
import { Pipeline, type StageKind, type StageOf } from '#generation/pipeline.js';
import type { StageContext } from '#generation/stages.js';
import type { Database } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { newRun } from '../models/support.js';

type PipelineInput = typeof Pipeline._zod.input;

/** A pipeline of statements that one would agree or disagree with, listed in the file. */
export const pipelineWith = (
  stages: PipelineInput['stages'],
  changes: Partial<PipelineInput> = {},
): Pipeline =>
  Pipeline.parse({
    assay: 'pipeline-1',
    name: 'Statements',
    behaviour: { name: 'kind', short: 'Somebody who is kind' },
    family: 'persona',
    purpose: 'A test.',
    responsible: 'Ada',
    models: { judge: 'm' },
    labels: [
      { choice: 'Yes', values: { verb: 'agree' } },
      { choice: 'No', values: { verb: 'disagree' } },
    ],
    stages: [{ kind: 'list', rows: [{ statement: 'A' }] }, ...stages],
    example: { text: 'Would you say this?\n"{statement}"', choices: ['Yes', 'No'] },
    seed: 7,
    budget: 1,
    ...changes,
  });

export const candidateOf = (slot: number, more: Partial<Made> = {}): Made => ({
  slot,
  place: 0,
  parentId: null,
  label: slot % 2,
  prompt: null,
  callId: null,
  fields: { statement: `Statement ${slot}` },
  dropped: null,
  ...more,
});

export interface Built {
  readonly generation: Generation;
  /** The first attempt of each stage, by position. */
  readonly stages: readonly Stage[];
  readonly run: ModelRun;
}

/** A generation whose first stage has made these candidates. */
export async function generationWith(
  database: Database,
  pipeline: Pipeline,
  made: readonly Made[],
): Promise<Built> {
  const run = await newRun(database);
  const stages: Stage[] = [];
  const generationId = await inTransaction(database.db, async (trx) => {
    const { id } = await trx
      .insertInto('generation')
      .values({
        public_id: newPublicId(),
        run_id: run.id,
        name: pipeline.name,
        pipeline: JSON.stringify(pipeline),
        source: '',
        sha256: '',
        models: '{}',
        follows: null,
        changes: null,
        created_at: 1,
        created_by: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    for (const [position, { kind }] of pipeline.stages.entries())
      stages.push(
        await trx
          .insertInto('generation_stage')
          .values({
            generation_id: id,
            position,
            attempt: 1,
            kind,
            state: 'running',
            result: null,
            started_at: 1,
            finished_at: null,
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      );
    const [first] = stages;
    if (first === undefined) throw new Error('a pipeline has a stage');
    await addCandidates(trx, first, made);
    return id;
  });
  return { generation: await getGeneration(database.db, generationId), stages, run };
}

/** What the work of the stage at a position is given. */
export async function contextAt<K extends StageKind>(
  database: Database,
  built: Built,
  given: { position: number; kind: K; asking: Asking; model: OpenModel },
): Promise<StageContext<K>> {
  const { position, kind, asking, model } = given;
  const settings = built.generation.pipeline.stages[position];
  const stage = built.stages[position];
  if (stage === undefined || settings?.kind !== kind) throw new Error(`no ${kind} at ${position}`);
  return {
    database,
    generation: built.generation,
    stage,
    settings: settings as StageOf<K>,
    candidates: await readFlow(database.db, built.generation.id, position),
    model: () => model,
    asking,
    seed: built.generation.pipeline.seed,
    now: () => 3,
    signal: new AbortController().signal,
    report: () => undefined,
  };
}

/** What a test asks nothing of. */
export const noAsking: Asking = {
  ask: () => Promise.reject(new Error('nothing is asked')),
  stop: () => undefined,
  settled: () => Promise.resolve(),
  abandon: () => undefined,
};

/** An answer with these log-probabilities. */
export const scoresOf = (
  request: ModelRequest,
  logProbabilities: readonly (number | { bound: number })[],
): ModelAnswer => ({
  verb: 'score',
  kind: request.verb === 'score' ? request.kind : 'exact',
  choices: logProbabilities.map((one) =>
    typeof one === 'number'
      ? { logProbability: one, bound: false }
      : { logProbability: one.bound, bound: true },
  ),
  tokens: { input: 10, output: 0 },
});

/** Scores and decisions of a stage, by the slot of the candidate. */
export async function outcomeOf(
  { db }: Database,
  stage: Stage,
): Promise<{
  scores: { slot: number; name: string; value: number; mass: number | null; kind: string }[];
  decisions: { slot: number; reason: string | null; detail: string | null; rank: number | null }[];
}> {
  const scores = await db
    .selectFrom('candidate_score')
    .innerJoin('candidate', 'candidate.id', 'candidate_score.candidate_id')
    .select(['slot', 'name', 'value', 'mass', 'kind'])
    .where('candidate_score.stage_id', '=', stage.id)
    .orderBy('slot')
    .orderBy('name')
    .execute();
  const decisions = await db
    .selectFrom('candidate_decision')
    .innerJoin('candidate', 'candidate.id', 'candidate_decision.candidate_id')
    .select(['slot', 'reason', 'detail', 'rank'])
    .where('candidate_decision.stage_id', '=', stage.id)
    .orderBy('slot')
    .execute();
  return { scores, decisions };
}
