import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { readAnswers } from '#assignment/answers.js';
import type { Answers } from '#studies/questions/questionType.js';
import { flagItem, returnItem, takeUpAgain } from '#assignment/return.js';
import {
  blockRater,
  excludeRater,
  type RaterAction,
  restoreRater,
  unblockRater,
  withdrawRater,
} from '#assignment/revocation.js';
import type { SeenVersions } from '#assignment/seenVersions.js';
import { standingJudgment, submitJudgment, type Submitted } from '#assignment/submit.js';
import type { Assignment } from '#assignment/transitions.js';
import type { AtWork } from '#assignment/atWork.js';
import { expireLeases } from '#assignment/lease.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem, itemAhead, renewLease } from '#assignment/slots.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Form } from '#studies/form.js';
import type { StudySettings } from '#studies/settings.js';
import { currentForm, writeForm, writeText } from '#studies/study.js';
import { up as upToExclusion } from '../../migrations/0010_exclusion.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';

const hour = 3_600_000;

class Desk {
  now = 2_000_000;
  #keys = 0;
  constructor(
    readonly database: Database,
    readonly studyId: number,
    readonly raters: readonly number[],
  ) {}

  at(rater = 0): AtWork {
    return { database: this.database, raterId: this.raters[rater] ?? 0, now: this.now };
  }

  /** What an admin does to a rater now. */
  action(rater = 0): RaterAction {
    return { raterId: this.raters[rater] ?? 0, now: this.now, accountId: null, reason: 'test' };
  }

  async item(rater = 0): Promise<Assignment> {
    const item = await currentItem(this.at(rater));
    if (isNothing(item)) throw new Error(`nothing: ${item.reason}`);
    return item;
  }

  submit(
    assignment: string,
    rater = 0,
    change: { key?: string; label?: number; visibleMs?: number | undefined } = {},
  ): Promise<Submitted> {
    return submitJudgment(
      this.at(rater),
      {
        assignment,
        key: change.key ?? `key-${(this.#keys += 1)}`,
        answers: { labelChoice: change.label ?? 0, ambiguous: false, relevance: 4, others: {} },
        comment: 'my words',
        activeMs: 7,
        visibleMs: change.visibleMs ?? null,
      },
      { fetchAhead: false },
    );
  }

  expire(): Promise<number> {
    return expireLeases(this.database, this.studyId, this.now);
  }

  async placeOf(assignment: string): Promise<number | null> {
    return (
      await this.database.db
        .selectFrom('assignment')
        .select('place_no')
        .where('public_id', '=', assignment)
        .executeTakeFirstOrThrow()
    ).place_no;
  }
}

async function desk(settings: Partial<StudySettings> = {}, count = 2, raters = 2): Promise<Desk> {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(count) }],
    settings: { overlap: 1, sampleSize: count, ...settings },
  });
  return new Desk(
    database,
    study.id,
    (await buildRaters(database, study, raters)).map((rater) => rater.id),
  );
}

const refusal = (code: string): unknown => expect.objectContaining({ code });

test('the same key again changes nothing and gives what is on the screen; for another example it is refused', async () => {
  const work = await desk();
  const first = await work.item();
  const sent = await work.submit(first.public_id, 0, { key: 'the-key' });
  expect([sent.outcome, sent.counted]).toEqual(['saved', true]);
  const again = await work.submit(first.public_id, 0, { key: 'the-key', label: 1 });
  expect([again.outcome, again.shown?.id]).toEqual(['saved_again', sent.shown?.id]);
  expect(await standingJudgment(work.database.db, first.id)).toMatchObject({
    revision: 1,
    label_choice: 0,
    comment: 'my words',
    active_ms: 7,
    shown_at: first.shown_at,
  });
  await expect(work.submit(sent.shown?.public_id ?? '', 0, { key: 'the-key' })).rejects.toEqual(
    refusal('not_taken'),
  );
  await expect(work.submit(first.public_id, 1)).rejects.toMatchObject({
    code: 'not_found',
    title: 'This example was not found, or it is not assigned to you.',
  });
});

test('visible time is stored as no more than shown to sent, and as absent where not counted', async () => {
  const work = await desk({}, 3);
  const stored: (number | null | undefined)[] = [];
  for (const visibleMs of [900, 5_000, undefined]) {
    const item = await work.item();
    work.now = (item.shown_at ?? work.now) + 1_000;
    await work.submit(item.public_id, 0, { visibleMs });
    stored.push((await standingJudgment(work.database.db, item.id))?.visible_ms);
  }
  expect(stored).toEqual([900, 1_000, null]);
});

test('an answer that was sent is changed by a further revision; the one before stays', async () => {
  const work = await desk();
  const first = await work.item();
  await work.submit(first.public_id);
  const changed = await work.submit(first.public_id, 0, { label: 1 });
  expect([changed.outcome, changed.counted]).toEqual(['changed', true]);
  const revisions = await work.database.db
    .selectFrom('judgment')
    .select(['revision', 'label_choice'])
    .orderBy('revision')
    .execute();
  expect(revisions).toEqual([
    { revision: 1, label_choice: 0 },
    { revision: 2, label_choice: 1 },
  ]);
});

test('too late: counted while a place is free, surplus when it is not', async () => {
  const work = await desk({}, 1);
  const item = await work.item();
  work.now += hour;
  await work.expire();
  const late = await work.submit(item.public_id);
  expect([late.outcome, late.counted]).toEqual(['saved_late', true]);
  const other = await desk({}, 1);
  const lost = await other.item();
  other.now += hour;
  const taken = await other.item(1);
  await other.submit(taken.public_id, 1);
  const surplus = await other.submit(lost.public_id);
  expect([surplus.outcome, surplus.counted]).toEqual(['saved_late', false]);
  expect(await other.placeOf(lost.public_id)).toBeNull();
});

test('a paused study takes submits, a closed one for a day and as surplus, then none', async () => {
  const work = await desk({}, 3);
  const { db } = work.database;
  const first = await work.item();
  await db.updateTable('study').set({ state: 'paused' }).execute();
  const paused = await work.submit(first.public_id);
  expect([paused.outcome, paused.counted, paused.shown]).toEqual(['saved', true, undefined]);
  await db.updateTable('study').set({ state: 'open' }).execute();
  const second = await work.item();
  const third = await work.item(1);
  await db.updateTable('study').set({ state: 'closed', closed_at: work.now }).execute();
  work.now += 23 * hour;
  expect(await work.submit(second.public_id)).toMatchObject({
    outcome: 'saved_after_close',
    counted: false,
    shown: undefined,
  });
  expect(await work.placeOf(second.public_id)).toBeNull();
  work.now += 2 * hour;
  await expect(work.submit(third.public_id, 1)).rejects.toEqual(refusal('not_taken'));
});

test('a skipped example is free for others, is not offered again, and comes back when it is asked for', async () => {
  const work = await desk({}, 2);
  const first = await work.item();
  await returnItem(work.at(), {
    assignment: first.public_id,
    key: 'skip-one',
    reason: 'unclear',
    comment: 'what is this',
  });
  await returnItem(work.at(), {
    assignment: first.public_id,
    key: 'skip-two',
    reason: 'unclear',
    comment: 'twice',
  });
  await expect(work.submit(first.public_id)).rejects.toEqual(refusal('not_taken'));
  const second = await work.item();
  expect(second.item_id).not.toBe(first.item_id);
  expect(await takeUpAgain(work.at(), first.public_id)).toBe(true);
  expect((await work.item()).id).toBe(first.id);
  const sent = await work.submit(first.public_id);
  expect([sent.outcome, sent.counted, sent.shown?.id]).toEqual(['saved', true, second.id]);
  const returns = await work.database.db
    .selectFrom('assignment_return')
    .select(['reason', 'comment', 'undone_at'])
    .execute();
  expect(returns).toEqual([{ reason: 'unclear', comment: 'what is this', undone_at: work.now }]);
  await expect(
    returnItem(work.at(), {
      assignment: first.public_id,
      key: 'skip-three',
      reason: 'other',
      comment: null,
    }),
  ).rejects.toEqual(refusal('not_skipped'));
});

test('a skipped example that others have judged meanwhile cannot be taken up', async () => {
  const work = await desk({}, 1);
  const first = await work.item();
  await returnItem(work.at(), {
    assignment: first.public_id,
    key: 'skip-one',
    reason: 'broken',
    comment: null,
  });
  const theirs = await work.item(1);
  await work.submit(theirs.public_id, 1);
  expect(await takeUpAgain(work.at(), first.public_id)).toBe(false);
  expect(await currentItem(work.at())).toEqual({ reason: 'all-done' });
});

test('a flag stands beside the judgment and needs none', async () => {
  const work = await desk();
  const first = await work.item();
  await flagItem(work.at(), {
    assignment: first.public_id,
    key: 'flag-one',
    kind: 'offensive',
    comment: null,
  });
  await work.submit(first.public_id);
  await flagItem(work.at(), {
    assignment: first.public_id,
    key: 'flag-two',
    kind: 'other',
    comment: 'see line two',
  });
  expect(
    await work.database.db.selectFrom('flag').select(['kind', 'comment']).orderBy('id').execute(),
  ).toEqual([
    { kind: 'offensive', comment: null },
    { kind: 'other', comment: 'see line two' },
  ]);
  await expect(
    flagItem(work.at(1), {
      assignment: first.public_id,
      key: 'flag-three',
      kind: 'other',
      comment: null,
    }),
  ).rejects.toMatchObject({
    code: 'not_found',
    title: 'This example was not found, or it is not assigned to you.',
  });
});

test('a skip and a flag that are sent twice with one key are stored once, also where the example was taken up again in between', async () => {
  const work = await desk({}, 2);
  const first = await work.item();
  const skip = {
    assignment: first.public_id,
    key: 'one-skip',
    reason: 'unclear',
    comment: 'what is this',
  } as const;
  const flag = {
    assignment: first.public_id,
    key: 'one-flag',
    kind: 'other',
    comment: 'see line two',
  } as const;
  await Promise.all([flagItem(work.at(), flag), flagItem(work.at(), flag)]);
  await Promise.all([returnItem(work.at(), skip), returnItem(work.at(), skip)]);
  await Promise.all([
    takeUpAgain(work.at(), first.public_id),
    takeUpAgain(work.at(), first.public_id),
  ]);
  await returnItem(work.at(), skip);
  expect(await work.item()).toMatchObject({ id: first.id });
  const { db } = work.database;
  expect(await db.selectFrom('assignment_return').select('comment').execute()).toEqual([
    { comment: 'what is this' },
  ]);
  expect(await db.selectFrom('flag').select('comment').execute()).toEqual([
    { comment: 'see line two' },
  ]);
  // After a withdrawal a repeated form neither stores anything nor passes as stored.
  await withdrawRater(db, work.action());
  for (const again of [() => flagItem(work.at(), flag), () => returnItem(work.at(), skip)])
    await expect(again()).rejects.toMatchObject({ title: 'You have withdrawn from this study.' });
});

test('an answer that is sent again after its rater withdrew does not pass as saved', async () => {
  const work = await desk();
  const first = await work.item();
  await work.submit(first.public_id, 0, { key: 'the-key' });
  await withdrawRater(work.database.db, work.action());
  await expect(work.submit(first.public_id, 0, { key: 'the-key' })).rejects.toMatchObject({
    code: 'not_taken',
    title: 'You have withdrawn from this study.',
    advice: 'Your answers were removed, and nothing new was stored.',
  });
});

test('blocked: leases are freed, what is still sent is surplus; excluded and restored: places go and come back', async () => {
  const work = await desk({}, 2);
  const action = work.action();
  const first = await work.item();
  await work.submit(first.public_id);
  const held = await work.item();
  await blockRater(work.database.db, action);
  expect(await currentItem(work.at())).toEqual({ reason: 'blocked' });
  const sent = await work.submit(held.public_id);
  expect([sent.outcome, sent.counted, sent.shown]).toEqual(['saved_late', false, undefined]);
  await excludeRater(work.database.db, action);
  expect(await work.placeOf(first.public_id)).toBeNull();
  // Both places are free: the judgment that lost one has it again, the other one never counted.
  expect(await restoreRater(work.database.db, action)).toEqual({ counted: 1, surplus: 1 });
  expect([await work.placeOf(first.public_id), await work.placeOf(held.public_id)]).toEqual([
    1,
    null,
  ]);
});

test('a place that another rater has taken meanwhile does not come back', async () => {
  const work = await desk({}, 1);
  const first = await work.item();
  await work.submit(first.public_id);
  await excludeRater(work.database.db, work.action());
  await work.submit((await work.item(1)).public_id, 1);
  expect(await restoreRater(work.database.db, work.action())).toEqual({ counted: 0, surplus: 1 });
  // Excluded once more, it is remembered as surplus.
  await excludeRater(work.database.db, work.action());
  await excludeRater(work.database.db, work.action(1));
  expect(await restoreRater(work.database.db, work.action())).toEqual({ counted: 0, surplus: 1 });
});

test('what came after the close counts no more after an exclusion was taken back', async () => {
  const work = await desk({}, 2);
  const { db } = work.database;
  const first = await work.item();
  const { shown } = await work.submit(first.public_id);
  await db.updateTable('study').set({ state: 'closed', closed_at: work.now }).execute();
  expect(await work.submit(shown?.public_id ?? '')).toMatchObject({
    outcome: 'saved_after_close',
    counted: false,
  });
  await excludeRater(db, work.action());
  expect(await restoreRater(db, work.action())).toEqual({ counted: 1, surplus: 1 });
});

test('an excluded rater holds nothing and gets nothing; what they still send is stored as excluded, and taken back it is surplus', async () => {
  const work = await desk({}, 3);
  const first = await work.item();
  const ahead = await itemAhead(work.at());
  await excludeRater(work.database.db, work.action());
  const held = await work.database.db
    .selectFrom('assignment')
    .select(['state', 'place_no'])
    .orderBy('id')
    .execute();
  expect(held).toEqual([1, 2].map(() => ({ state: 'revoked', place_no: null })));
  // They are told what a blocked rater is told.
  expect(await currentItem(work.at())).toEqual({ reason: 'blocked' });
  expect([await itemAhead(work.at()), await renewLease(work.at(), first.public_id)]).toEqual([
    undefined,
    false,
  ]);
  expect(await work.submit(first.public_id)).toMatchObject({
    outcome: 'saved_late',
    counted: false,
    shown: undefined,
  });
  expect(
    await work.database.db
      .selectFrom('assignment')
      .select('excluded_at')
      .where('id', '=', first.id)
      .executeTakeFirst(),
  ).toEqual({ excluded_at: work.now });
  expect(await restoreRater(work.database.db, work.action())).toEqual({ counted: 0, surplus: 1 });
  expect((await work.item()).item_id).not.toBe(ahead?.item_id);
});

test('of judgments that were excluded before it was noted, those that were sent in time have their places back', async () => {
  const work = await desk({}, 3);
  const { db } = work.database;
  const first = await work.item();
  const second = await work.submit(first.public_id);
  await blockRater(db, work.action());
  await work.submit(second.shown?.public_id ?? '');
  await unblockRater(db, work.action());
  const third = await work.item();
  work.now += 1;
  await db.updateTable('study').set({ state: 'closed', closed_at: work.now }).execute();
  await work.submit(third.public_id);
  await excludeRater(db, work.action());
  await db.schema.alterTable('assignment').dropColumn('place_lost').execute();
  await upToExclusion(db as unknown as Kysely<unknown>);
  const rows = await db
    .selectFrom('assignment')
    .select(['id', 'place_lost'])
    .orderBy('id')
    .execute();
  expect(rows).toEqual(
    [first.id, second.shown?.id, third.id].map((id) => ({
      id,
      place_lost: Number(id === first.id),
    })),
  );
});

test('a lapsed lease of a blocked rater is surplus even where a place is free', async () => {
  const work = await desk({}, 1);
  const first = await work.item();
  work.now += hour;
  await work.expire();
  await blockRater(work.database.db, work.action());
  expect(await work.submit(first.public_id)).toMatchObject({
    outcome: 'saved_late',
    counted: false,
  });
});

test('what was sent stands once the rater is blocked or the study closed; while it is paused it can be changed', async () => {
  const work = await desk({}, 2);
  const { db } = work.database;
  const first = await work.item();
  await work.submit(first.public_id);
  const stands = {
    code: 'not_taken',
    advice: 'Your change was not stored. What you sent before stands.',
  };
  await blockRater(db, work.action());
  await expect(work.submit(first.public_id, 0, { label: 1 })).rejects.toMatchObject({
    ...stands,
    title: 'You cannot go on in this study.',
  });
  await unblockRater(db, work.action());
  await db.updateTable('study').set({ state: 'closed', closed_at: work.now }).execute();
  await expect(work.submit(first.public_id, 0, { label: 1 })).rejects.toMatchObject({
    ...stands,
    title: 'The study is closed.',
  });
  expect(await standingJudgment(db, first.id)).toMatchObject({ revision: 1, label_choice: 0 });
  await db.updateTable('study').set({ state: 'paused' }).execute();
  expect(await work.submit(first.public_id, 0, { label: 1 })).toMatchObject({
    outcome: 'changed',
    counted: true,
  });
});

const question = (options: string[], required = true): Form => ({
  preset: 'own',
  questions: [
    { id: 'quality', type: 'choice', wording: 'How is it?', hint: '', options, required },
  ],
});

/** Another version of the questions, as an admin's edit makes it; gives its number. */
const edit = (work: Desk, form: Form): Promise<number> =>
  inTransaction(work.database.db, async (trx) => {
    await writeForm(trx, { studyId: work.studyId, form, now: work.now, accountId: null });
    return (await currentForm(trx, work.studyId)).version;
  });

test('answers are read with the questions that stood on the page, and say so', async () => {
  const work = await desk({}, 2);
  const shown = await edit(work, question(['Good', 'Bad']));
  const first = await work.item();
  await edit(work, question(['Bad', 'Good']));
  await inTransaction(work.database.db, (trx) =>
    writeText(trx, {
      studyId: work.studyId,
      kind: 'guidelines',
      content: 'New ones.',
      now: work.now,
      accountId: null,
    }),
  );
  const send = (key: string, seen: SeenVersions) =>
    submitJudgment(
      work.at(),
      {
        assignment: first.public_id,
        key,
        seen,
        answers: (rating) => read(readAnswers(rating.form, [0, 1], { answer_quality: '0' })),
        comment: null,
        activeMs: null,
      },
      { fetchAhead: false },
    );
  expect(await send('as-seen-1', { form: shown, guidelines: 1 })).toMatchObject({
    outcome: 'saved',
    rating: { formVersion: shown + 1 },
  });
  expect(await standingJudgment(work.database.db, first.id)).toMatchObject({
    answers: '{"quality":"Good"}',
    form_version: shown,
    guidelines_version: 1,
  });
  // A page that does not say is read with the newest.
  await send('as-seen-2', {});
  expect(await standingJudgment(work.database.db, first.id)).toMatchObject({
    answers: '{"quality":"Bad"}',
    form_version: shown + 1,
    guidelines_version: 2,
  });
  for (const seen of [{ form: 0 }, { form: shown + 2 }, { guidelines: 0 }, { guidelines: 3 }])
    await expect(send('as-seen-3', seen)).rejects.toEqual(refusal('unknown_version'));
});

function read(result: ReturnType<typeof readAnswers>): Answers {
  if ('faults' in result) throw new Error(JSON.stringify(result.faults));
  return result.answers;
}

test('withdrawn: the answers are blanked, the rows say when and why, and nothing more is taken', async () => {
  const work = await desk({}, 2);
  const first = await work.item();
  await work.submit(first.public_id);
  const held = await work.item();
  await withdrawRater(work.database.db, {
    raterId: work.raters[0] ?? 0,
    now: 3_000_000,
    accountId: null,
    reason: 'asked by mail',
  });
  expect(await standingJudgment(work.database.db, first.id)).toMatchObject({
    label_choice: null,
    relevance: null,
    ambiguous: null,
    comment: null,
    answers: '{}',
    blanked_at: 3_000_000,
    blank_reason: 'asked by mail',
  });
  expect(await work.placeOf(first.public_id)).toBeNull();
  await expect(work.submit(held.public_id)).rejects.toEqual(refusal('not_taken'));
  expect(await currentItem(work.at())).toEqual({ reason: 'withdrawn' });
});

test('submits of one turn share a commit: one that fails takes none of the others with it', async () => {
  const work = await desk({}, 6, 4);
  const items = await Promise.all([0, 1, 2, 3].map((rater) => work.item(rater)));
  const results = await Promise.allSettled([
    work.submit(items[0]?.public_id ?? '', 0),
    work.submit('no-such-assignment', 1),
    submitJudgment(
      work.at(2),
      {
        assignment: items[2]?.public_id ?? '',
        key: 'key-throws',
        answers: () => {
          throw new Error('unreadable');
        },
        comment: null,
        activeMs: null,
      },
      { fetchAhead: true },
    ),
    work.submit(items[3]?.public_id ?? '', 3),
  ]);
  expect(results.map((result) => result.status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
  ]);
  const stored = await work.database.db
    .selectFrom('judgment')
    .select('assignment_id')
    .orderBy('assignment_id')
    .execute();
  expect(stored.map((row) => row.assignment_id)).toEqual(
    [items[0]?.id, items[3]?.id].toSorted((a = 0, b = 0) => a - b),
  );
  const third = await work.database.db
    .selectFrom('assignment')
    .select('state')
    .where('id', '=', items[2]?.id ?? 0)
    .executeTakeFirstOrThrow();
  expect(third.state).toBe('leased');
});
