import { expect, test } from 'vitest';
import type { Db } from '#storage/database.js';
import type { StudyState } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import { moveStudyIn, studyMoves } from '#studies/lifeCycle.js';
import { changeState, type StudyVerb, studyVerbs } from '#studies/moves.js';
import { deleteStudy } from '#studies/deletion.js';
import { openStudy } from '#studies/opening.js';
import { getStudy, type Study, studyEvents } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest, testDatabase } from '../support/database.js';

const states = ['draft', 'open', 'paused', 'closed'] as const;
let built = 0;

async function studyIn(
  database: Awaited<ReturnType<typeof testDatabase>>,
  state: StudyState,
): Promise<Study> {
  const study = await buildStudy(database, {
    datasets: [{ name: `set ${(built += 1)}`, examples: plainExamples(4) }],
    open: state !== 'draft',
  });
  if (state === 'paused' || state === 'closed')
    await changeState(database.db, {
      study,
      verb: state === 'paused' ? 'pause' : 'close',
      now: 5,
      staff: null,
    });
  return getStudy(database.db, study.id);
}

const refusal = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof Problem ? error.code : String(error)),
  );
const audits = async (db: Db): Promise<string[]> =>
  (await db.selectFrom('audit_event').select('action').orderBy('id').execute()).map(
    (row) => row.action,
  );

test('every pair of states: what the table allows happens with one event, what it does not is refused, being there changes nothing', async () => {
  const database = await testDatabase();
  for (const from of states) {
    for (const to of states) {
      const study = await studyIn(database, from);
      const before = (await studyEvents(database.db, study.id)).length;
      const outcome = await refusal(
        inTransaction(database.db, (trx) =>
          moveStudyIn(trx, { studyId: study.id, to, now: 10, accountId: null }),
        ),
      );
      const allowed = from === to || studyMoves[from].includes(to);
      expect(`${from} to ${to}: ${outcome}`).toBe(
        `${from} to ${to}: ${allowed ? 'done' : 'study_move'}`,
      );
      const after = await getStudy(database.db, study.id);
      expect(after.state).toBe(allowed ? to : from);
      expect((await studyEvents(database.db, study.id)).length - before).toBe(
        allowed && from !== to ? 1 : 0,
      );
      expect(after.closed_at === null).toBe(after.state !== 'closed');
    }
  }
});

onceTest(
  'every verb in every state: from where it starts it moves and is noted in the audit log, elsewhere it is refused',
  async () => {
    const database = await testDatabase();
    const expected: Record<StudyVerb, readonly StudyState[]> = {
      pause: ['open', 'paused'],
      resume: ['paused', 'open'],
      close: ['open', 'paused', 'closed'],
      reopen: ['closed', 'paused'],
    };
    for (const from of states) {
      for (const verb of Object.keys(expected) as StudyVerb[]) {
        const study = await studyIn(database, from);
        const before = (await audits(database.db)).length;
        const outcome = await refusal(
          changeState(database.db, { study, verb, now: 10, staff: null }),
        );
        expect(`${verb} a ${from} study: ${outcome}`).toBe(
          `${verb} a ${from} study: ${expected[verb].includes(from) ? 'done' : 'study_move'}`,
        );
        const moved = expected[verb].includes(from) && from !== studyVerbs[verb].to;
        expect((await audits(database.db)).slice(before)).toEqual(moved ? [`study.${verb}`] : []);
      }
    }
  },
);

test('opening samples once: again it changes nothing, and a paused or closed study keeps its items', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(30) }],
    settings: { sampleSize: 10, overlap: 2 },
  });
  const items = () =>
    db
      .selectFrom('item')
      .select(['example_id', 'position', 'free_places'])
      .where('study_id', '=', study.id)
      .orderBy('position')
      .execute();
  const sampled = await items();
  expect(sampled).toHaveLength(10);
  expect(sampled.every((item) => item.free_places === 3)).toBe(true);
  await openStudy(db, { study, now: 20, staff: null });
  await changeState(db, { study, verb: 'close', now: 30, staff: null });
  await changeState(db, { study, verb: 'reopen', now: 40, staff: null });
  await changeState(db, { study, verb: 'resume', now: 50, staff: null });
  expect(await items()).toEqual(sampled);
  expect(
    (await studyEvents(db, study.id))
      .map((event) => `${event.from_state} to ${event.to_state}`)
      .toReversed(),
  ).toEqual(['draft to open', 'open to closed', 'closed to paused', 'paused to open']);
});

test('only a draft is deleted, and nothing of it stays', async () => {
  const database = await testDatabase();
  const { db } = database;
  for (const state of ['open', 'paused', 'closed'] as const) {
    const study = await studyIn(database, state);
    expect(await refusal(deleteStudy(db, { study, now: 10, staff: null }))).toBe('study_opened');
    expect((await getStudy(db, study.id)).state).toBe(state);
  }
  const draft = await studyIn(database, 'draft');
  await deleteStudy(db, { study: draft, now: 10, staff: null });
  expect(await db.selectFrom('study').select('id').where('id', '=', draft.id).execute()).toEqual(
    [],
  );
  expect(
    await db.selectFrom('study_text').select('kind').where('study_id', '=', draft.id).execute(),
  ).toEqual([]);
  expect((await audits(db)).at(-1)).toBe('study.delete');
});
