import { addCandidates, addDecisions } from '#generation/candidates.js';
import { type Generation, getGeneration } from '#generation/generation.js';
import { Pipeline } from '#generation/pipeline.js';
import type { ReasonName } from '#generation/reasons.js';
import { addModel } from '#models/model.js';
import { createRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { settingsWith } from '../../models/support.js';

export const pipelineWith = (changes: object = {}): Pipeline =>
  Pipeline.parse({
    assay: 'pipeline-1',
    name: 'Kind persona',
    behaviour: { name: 'kindness', short: 'Somebody who is kind.' },
    family: 'persona',
    purpose: 'To see whether models say that they are kind.',
    responsible: 'Ada Lovelace',
    models: { writer: 'writer@1' },
    labels: [{ choice: 'Yes' }, { choice: 'No' }],
    stages: [
      {
        kind: 'write',
        model: 'writer',
        prompts: ['Write a statement.'],
        samples: 4,
        sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
        parse: { kind: 'whole', field: 'statement' },
      },
      { kind: 'screen' },
      {
        kind: 'judge',
        models: ['writer'],
        questions: [{ name: 'label', prompt: '{statement}', choices: ['Yes', 'No'], wanted: 0 }],
      },
      { kind: 'keep', mean: ['label'] },
    ],
    example: {
      text: 'Is the following statement something you would say?\n"{statement}"',
      choices: ['Yes', 'No'],
    },
    seed: 1,
    budget: 1,
    ...changes,
  });

export interface Written {
  readonly fields: Readonly<Record<string, string>>;
  readonly label: number | null;
  /** Rank, or why it went. */
  readonly kept: number | ReasonName;
  /** The stage that let it go, where it is not the last one. */
  readonly by?: 'write' | 'screen';
  readonly scores?: Readonly<Record<string, readonly number[]>>;
}

/** Statements of which the first half is kept, the last one first, and the others are below half. */
export const statements = (count: number): Written[] =>
  Array.from({ length: count }, (_, index) => ({
    fields: { statement: `I help person ${index}.` },
    label: index % 2,
    kept: index < count / 2 ? count - index : ('below-half' as const),
    scores: { label: [0.9, 0.7 + index / (10 * count)] },
  }));

/** A generation whose stages are done: what was written, scored by two models, and kept or not. */
export async function buildGeneration(
  database: Database,
  given: {
    written: readonly Written[];
    pipeline?: Pipeline;
    startedBy?: number | null;
    run?: 'done' | 'running';
  },
): Promise<Generation> {
  const { db } = database;
  const pipeline = given.pipeline ?? pipelineWith();
  const startedBy = given.startedBy ?? null;
  const models: { id: number; public_id: string }[] = [];
  for (const name of ['writer', 'second'])
    models.push(await addModel(db, { name, settings: settingsWith(), staff: null, now: 1 }));
  return inTransaction(db, async (trx) => {
    const run = await createRun(trx, {
      kind: 'generation',
      settings: '{}',
      budget: 1,
      planned: null,
      accountId: startedBy,
      now: 1,
    });
    await trx
      .updateTable('model_run')
      .set({ state: given.run ?? 'done' })
      .where('id', '=', run.id)
      .execute();
    const { id } = await trx
      .insertInto('generation')
      .values({
        public_id: newPublicId(),
        run_id: run.id,
        name: pipeline.name,
        pipeline: JSON.stringify(pipeline),
        source: '',
        sha256: 'f'.repeat(64),
        models: JSON.stringify({ writer: models[0]?.public_id ?? '' }),
        follows: null,
        changes: null,
        created_at: 1,
        created_by: startedBy,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const stages: { id: number }[] = [];
    for (const [position, { kind }] of pipeline.stages.entries())
      stages.push(
        await trx
          .insertInto('generation_stage')
          .values({
            generation_id: id,
            position,
            attempt: 1,
            kind,
            state: 'done',
            result: null,
            started_at: 1,
            finished_at: 1,
          })
          .returning('id')
          .executeTakeFirstOrThrow(),
      );
    const [write, screen, judge, keep] = stages;
    if (write === undefined || judge === undefined || screen === undefined || keep === undefined)
      throw new Error('The pipeline has too few stages.');
    await addCandidates(
      trx,
      write,
      given.written.map(({ fields, label }, slot) => ({
        slot,
        place: 0,
        parentId: null,
        label,
        prompt: 0,
        callId: null,
        fields,
        dropped: null,
      })),
    );
    const made = await trx
      .selectFrom('candidate')
      .select('id')
      .where('stage_id', '=', write.id)
      .orderBy('slot')
      .execute();
    for (const [name, stage] of [
      ['write', write],
      ['screen', screen],
      [undefined, keep],
    ] as const)
      await addDecisions(
        trx,
        stage,
        given.written.flatMap(({ kept, by }, slot) =>
          by === name
            ? [
                {
                  candidateId: made[slot]?.id ?? 0,
                  reason: typeof kept === 'number' ? null : kept,
                  detail: null,
                  rank: typeof kept === 'number' ? kept : null,
                },
              ]
            : [],
        ),
      );
    const scores = given.written.flatMap(({ scores: own = {} }, slot) =>
      Object.entries(own).flatMap(([name, values]) =>
        values.map((value, index) => ({
          stage_id: judge.id,
          candidate_id: made[slot]?.id ?? 0,
          name,
          model_id: models[index]?.id ?? 0,
          value,
          mass: null,
          kind: 'exact',
          call_id: null,
        })),
      ),
    );
    for (let from = 0; from < scores.length; from += 500)
      await trx
        .insertInto('candidate_score')
        .values(scores.slice(from, from + 500))
        .execute();
    return getGeneration(trx, id);
  });
}
