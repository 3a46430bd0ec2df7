import { expect, test } from 'vitest';
import { getDataset, listDatasets } from '#datasets/dataset.js';
import { stageAgain } from '#generation/again.js';
import { addDecisions } from '#generation/candidates.js';
import { currentStages, getGeneration } from '#generation/generation.js';
import { askForPublication } from '#generation/publish/ask.js';
import { decide } from '#generation/publish/decide.js';
import { getPublication, type Publication } from '#generation/publish/publication.js';
import { publish } from '#generation/publish/publish.js';
import { removedText, removeDropped } from '#generation/publish/retention.js';
import { sweepDropped } from '#generation/publish/retentionJob.js';
import { beginCall, isAnswered } from '#models/ledger.js';
import { readStudyData } from '#reports/input/read.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { createDraft } from '#studies/draft.js';
import { moveStudyIn } from '#studies/lifeCycle.js';
import { openStudy } from '#studies/opening.js';
import type { Study } from '#studies/study.js';
import { judgeAll } from '../../reports/judging.js';
import { buildRaters } from '../../support/builders.js';
import { testDatabase } from '../../support/database.js';
import { openSite } from '../../support/site.js';
import { buildGeneration, pipelineWith, statements } from './support.js';

const now = 1_000_000;
const year = 366 * 24 * 3_600_000;
const signal = new AbortController().signal;
const later = { now: () => now + year, signal };

async function published(database: Database, changes: object = {}): Promise<Publication> {
  const { db } = database;
  const pipeline = pipelineWith(changes);
  const generation = await buildGeneration(database, { written: statements(8), pipeline });
  const candidate = await db
    .selectFrom('candidate')
    .selectAll()
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('candidate_review')
    .values({
      stage_id: candidate.stage_id,
      candidate_id: candidate.id,
      account_id: null,
      action: 'edited',
      before: candidate.fields,
      after: candidate.fields,
      active_ms: 1,
      at: 1,
    })
    .execute();
  const publication = await askForPublication(db, { generation, staff: null, now });
  await decide(db, { publication, approve: true, note: '', staff: null, approval: 'own', now });
  await publish(database, publication.id, { now: () => now, signal });
  return getPublication(db, publication.id);
}

/** A study of both halves, whose behaviour’s description somebody has confirmed. */
async function studyOf(database: Database, open: boolean): Promise<Study> {
  const { db } = database;
  await db.updateTable('behaviour_description').set({ confirmed_at: 1 }).execute();
  const datasets = (await listDatasets(db)).map(({ public_id: id }) => id);
  const study = await inTransaction(db, (trx) =>
    createDraft(
      trx,
      {
        title: 'A study',
        settings: { datasets, overlap: 1 },
        texts: { warning: 'A model wrote it.' },
      },
      { now, accountId: null },
    ),
  );
  return open ? openStudy(db, { study, now, staff: null }) : study;
}

const fieldsOf = async ({ db }: Database): Promise<string[]> =>
  (await db.selectFrom('candidate').select('fields').orderBy('slot').execute()).map(
    ({ fields }) => fields,
  );

test('dropped texts go when their time is over, decisions and scores stay', async () => {
  const site = await openSite();
  const { application } = site.server;
  const { database, db } = application;
  const publication = await published(database);
  await studyOf(database, false);
  expect(await removeDropped(database, publication.id, { now: () => now, signal })).toBe(false);
  await sweepDropped({ ...application, now: () => now });
  expect(await db.selectFrom('job').select('id').execute()).toEqual([]);
  await db.updateTable('publication').set({ dropped_until: now }).execute();
  await sweepDropped(application);
  await site.idle();
  expect((await getPublication(db, publication.id)).dropped_removed_at).not.toBeNull();
  expect(await listDatasets(db)).toMatchObject([{ part: 'kept', example_count: 4 }]);
  expect((await getDataset(db, publication.dropped_dataset_id ?? 0)).state).toBe('deleted');
  const left = await db.selectFrom('example').select('dataset_id').execute();
  expect(left.map(({ dataset_id: id }) => id)).toEqual(Array(4).fill(publication.kept_dataset_id));
  expect((await fieldsOf(database)).map((fields) => fields === '{}')).toEqual([
    ...Array<boolean>(4).fill(false),
    ...Array<boolean>(4).fill(true),
  ]);
  expect(await db.selectFrom('candidate_review').select(['before', 'after']).execute()).toEqual([
    { before: '{}', after: '{}' },
  ]);
  expect(await db.selectFrom('candidate_decision').select('reason').execute()).toHaveLength(8);
  expect(await db.selectFrom('candidate_score').select('value').execute()).toHaveLength(16);
  const { action } = await db
    .selectFrom('audit_event')
    .select('action')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(action).toBe('publication.remove-dropped');
});

test('while raters may work with dropped texts they stay, and what was judged still counts', async () => {
  const database = await testDatabase();
  const { db } = database;
  const publication = await published(database, {
    family: 'generic',
    labels: [{ choice: '{statement}' }, { choice: 'Nothing.' }],
    example: { text: 'What would you say?\n{statement}', choices: ['{statement}', 'Nothing.'] },
  });
  const study = await studyOf(database, true);
  await judgeAll(database, await buildRaters(database, study, 1), ({ label }) => ({ label }));
  expect(await removeDropped(database, publication.id, later)).toBe(false);
  expect((await fieldsOf(database)).filter((fields) => fields === '{}')).toEqual([]);
  await inTransaction(db, (trx) =>
    moveStudyIn(trx, { studyId: study.id, to: 'closed', now, accountId: null }),
  );
  const before = await readStudyData(db, study.public_id);
  expect(await removeDropped(database, publication.id, later)).toBe(true);
  expect(await removeDropped(database, publication.id, later)).toBe(false);
  const after = await readStudyData(db, study.public_id);
  const half = before.datasets.findIndex(({ part }) => part === 'dropped');
  expect(after.items).toEqual(
    before.items.map((item) =>
      item.dataset === half
        ? {
            ...item,
            text: removedText,
            choices: [
              { key: '(A)', text: '(removed 1)' },
              { key: '(B)', text: 'Nothing.' },
            ],
          }
        : item,
    ),
  );
  expect(after.judgments).toEqual(before.judgments);
  const raw = await db
    .selectFrom('example')
    .select('raw')
    .where('dataset_id', '=', publication.dropped_dataset_id ?? 0)
    .execute();
  expect(raw.map((row) => Buffer.from(row.raw).toString())).toEqual(Array(4).fill('{}'));
});

test('what stages that were done again keep stays, and none is done again afterwards', async () => {
  const database = await testDatabase();
  const { db } = database;
  const publication = await published(database);
  const generation = await getGeneration(db, publication.generation_id);
  const move = { generation, staff: null, now };
  await stageAgain(db, { ...move, position: 3 });
  const keep = (await currentStages(db, generation.id))[3];
  if (keep === undefined) throw new Error('it keeps last');
  const all = await db.selectFrom('candidate').select('id').orderBy('slot').execute();
  await inTransaction(db, (trx) =>
    addDecisions(
      trx,
      keep,
      all.map(({ id: candidateId }, index) => ({
        candidateId,
        reason: index === 4 || index === 5 ? null : ('not-in-top' as const),
        detail: null,
        rank: index === 4 || index === 5 ? index : null,
      })),
    ),
  );
  await db
    .updateTable('generation_stage')
    .set({ state: 'done', started_at: now, finished_at: now })
    .where('id', '=', keep.id)
    .execute();
  await db.updateTable('model_run').set({ state: 'done' }).execute();
  const second = await askForPublication(db, { generation, staff: null, now });
  expect(await removeDropped(database, publication.id, later)).toBe(false);
  await decide(db, {
    publication: second,
    approve: false,
    note: '',
    staff: null,
    approval: 'own',
    now,
  });
  expect(await removeDropped(database, publication.id, later)).toBe(true);
  expect((await fieldsOf(database)).map((fields) => fields === '{}')).toEqual([
    ...Array<boolean>(6).fill(false),
    true,
    true,
  ]);
  await expect(stageAgain(db, { ...move, now: later.now(), position: 3 })).rejects.toMatchObject({
    code: 'texts_removed',
  });
});

test('a publication that failed half-way can be ended, and its dropped texts have a date', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { id, generation_id: generationId } = await published(database);
  await db
    .updateTable('publication')
    .set({ state: 'failed', dropped_dataset_id: null, dropped_until: null, published_at: null })
    .execute();
  const generation = await getGeneration(db, generationId);
  await stageAgain(db, { generation, staff: null, now, position: 3 });
  const refused = await decide(db, {
    publication: await getPublication(db, id),
    approve: false,
    note: '',
    staff: null,
    approval: 'own',
    now,
  });
  const until = now + generation.pipeline.publish.keepDroppedDays * 24 * 3_600_000;
  expect(refused).toMatchObject({ state: 'refused', dropped_until: until });
  expect(await removeDropped(database, id, later)).toBe(true);
  await db.updateTable('model_run').set({ state: 'done' }).execute();
  await expect(
    stageAgain(db, { generation, staff: null, now: until, position: 0 }),
  ).rejects.toThrow(/time for which dropped texts .* is over/);
});

test('the ledger keeps no text that was removed, and asks anew what it is asked again', async () => {
  const database = await testDatabase();
  const { db } = database;
  const { id, generation_id: generationId } = await published(database);
  const { run_id: runId } = await getGeneration(db, generationId);
  const { id: modelId } = await db.selectFrom('model').select('id').executeTakeFirstOrThrow();
  const key = Buffer.alloc(32, 1);
  const sampling = { temperature: 1, topP: 1, maxTokens: 9, stop: [] };
  const request = { verb: 'complete', prompt: 'Secret.', sampling, seed: 1, sample: 0 };
  await db
    .insertInto('model_call')
    .values({
      key,
      model_id: modelId,
      run_id: runId,
      epoch: 1,
      state: 'answered',
      request: JSON.stringify(request),
      answer: '{"text":"Secret."}',
      output_tokens: 3,
      worst: 0,
      attempts: 1,
      sent_at: 1,
      ended_at: 2,
      error: null,
      refusal: null,
      reason: null,
    })
    .execute();
  const { id: callId } = await db.selectFrom('model_call').select('id').executeTakeFirstOrThrow();
  await db.updateTable('candidate').set({ call_id: callId }).where('slot', '=', 7).execute();
  expect(await isAnswered(database, key)).toBe(true);
  expect(await removeDropped(database, id, later)).toBe(true);
  const call = await db.selectFrom('model_call').selectAll().executeTakeFirstOrThrow();
  expect(JSON.stringify(call)).not.toContain('Secret');
  expect(call).toMatchObject({ state: 'answered', output_tokens: 3 });
  expect(Buffer.from(call.key)).toEqual(key);
  expect(await isAnswered(database, key)).toBe(false);
  const hold = { runId, epoch: 1 };
  await db.updateTable('model_run').set({ state: 'running', epoch: 1 }).execute();
  const entry = { key, modelId, request: JSON.stringify(request), worst: 0, stageId: null };
  expect(await beginCall(database, { hold, entry, lostBefore: 0, now: 9 })).toEqual({
    kind: 'send',
    callId,
  });
});
