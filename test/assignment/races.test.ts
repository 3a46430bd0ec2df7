import { type KyselyPlugin, sql } from 'kysely';
import { expect, test } from 'vitest';
import { blockRater, excludeRater, withdrawRater } from '#assignment/revocation.js';
import { returnItem } from '#assignment/return.js';
import { standingJudgment, submitJudgment } from '#assignment/submit.js';
import { lockItem } from '#assignment/places.js';
import { studyForRating } from '#assignment/studyForRating.js';
import type { AtWork } from '#assignment/atWork.js';
import { expireLeases } from '#assignment/lease.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import { lockRater } from '#raters/rater.js';
import type { Database, Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { moveStudy } from '#studies/lifeCycle.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { engine, testDatabase, untilWaiting } from '../support/database.js';

const answers = { labelChoice: 0, ambiguous: false, relevance: 4, others: {} };

/** A rater with one example on the screen. */
async function atDesk() {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 1, sampleSize: 1 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const at: AtWork = { database, raterId: rater?.id ?? 0, now: 2_000_000 };
  const item = await currentItem(at);
  if (isNothing(item)) throw new Error(item.reason);
  const submit = (key: string) =>
    submitJudgment(
      at,
      { assignment: item.public_id, key, answers, comment: 'my words', activeMs: null },
      { fetchAhead: false },
    );
  const action = { raterId: at.raterId, now: at.now + 1, accountId: null, reason: 'test' };
  const assignment = () =>
    database.db
      .selectFrom('assignment')
      .select(['state', 'place_no', 'excluded_at'])
      .executeTakeFirstOrThrow();
  return { database, db: database.db, study, at, item, submit, action, assignment };
}

/** Nobody stores a judgment until the transaction ends; reading them goes on. */
const holdJudgments = (trx: Trx): Promise<unknown> =>
  sql`lock table judgment in share mode`.execute(trx);

/**
 * Lets `first` wait where it stores its judgment, with its rater locked, and `second` meet it
 * there.
 */
async function interleaved(
  work: Awaited<ReturnType<typeof atDesk>>,
  first: () => Promise<unknown>,
  second: () => Promise<unknown>,
): Promise<void> {
  const begun = await work.db.transaction().execute(async (trx) => {
    await holdJudgments(trx);
    const storing = first();
    await untilWaiting(work.db, 1);
    const meeting = second();
    await untilWaiting(work.db, 2);
    return { all: Promise.all([storing, meeting]) };
  });
  await begun.all;
}

const raceTest = test.runIf(engine() === 'postgres');

/** How many deadlocks PostgreSQL has broken in this database. */
async function deadlocks(db: Db): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select deadlocks as count from pg_stat_database where datname = current_database()`.execute(
    db,
  );
  return Number(rows[0]?.count);
}

raceTest(
  'a judgment that is being stored while its rater is excluded is excluded too',
  async () => {
    const work = await atDesk();
    await interleaved(
      work,
      () => work.submit('key-first'),
      () => excludeRater(work.db, work.action),
    );
    expect(await work.assignment()).toEqual({
      state: 'submitted',
      place_no: null,
      excluded_at: work.action.now,
    });
  },
);

raceTest(
  'a judgment that is being stored while its rater is blocked stays and counts',
  async () => {
    const work = await atDesk();
    await interleaved(
      work,
      () => work.submit('key-first'),
      () => blockRater(work.db, work.action),
    );
    expect(await work.assignment()).toEqual({ state: 'submitted', place_no: 1, excluded_at: null });
  },
);

raceTest('a judgment that is being stored while its rater withdraws is blanked', async () => {
  const work = await atDesk();
  await interleaved(
    work,
    () => work.submit('key-first'),
    () => withdrawRater(work.db, work.action),
  );
  expect(await standingJudgment(work.db, work.item.id)).toMatchObject({
    comment: null,
    label_choice: null,
    blanked_at: work.action.now,
  });
  expect(await work.assignment()).toEqual({
    state: 'submitted',
    place_no: null,
    excluded_at: null,
  });
});

raceTest('a revision that is being stored while its rater withdraws is blanked', async () => {
  const work = await atDesk();
  // A judgment without a place: nothing but the rater's own lock keeps the two apart.
  await work.db.updateTable('study').set({ state: 'closed', closed_at: work.at.now }).execute();
  await work.submit('key-first');
  const begun = await inTransaction(work.db, async (trx) => {
    await lockRater(trx, work.at.raterId);
    const withdrawing = withdrawRater(work.db, work.action);
    await untilWaiting(work.db, 1);
    const stored = await trx.selectFrom('judgment').selectAll().executeTakeFirstOrThrow();
    await trx
      .insertInto('judgment')
      .values({ ...stored, revision: 2, submission_key: 'key-again' })
      .execute();
    return { withdrawing };
  });
  await begun.withdrawing;
  expect(
    await work.db
      .selectFrom('judgment')
      .select(['revision', 'comment', 'blanked_at'])
      .orderBy('revision')
      .execute(),
  ).toEqual([1, 2].map((revision) => ({ revision, comment: null, blanked_at: work.action.now })));
});

raceTest(
  'a lease that is swept while its judgment is being stored stays with the judgment',
  async () => {
    const work = await atDesk();
    const later = work.at.now + 86_400_000;
    const begun = await work.db.transaction().execute(async (trx) => {
      await holdJudgments(trx);
      const storing = work.submit('key-first');
      await untilWaiting(work.db, 1);
      // The sweep waits for nobody.
      expect(await expireLeases(work.database, work.study.id, later)).toBe(0);
      return { storing };
    });
    await begun.storing;
    expect(await work.assignment()).toEqual({ state: 'submitted', place_no: 1, excluded_at: null });
  },
);

raceTest.for(['paused', 'closed'] as const)(
  'the first judgment of a study and its being %s wait for each other in one order',
  async (to) => {
    const work = await atDesk();
    const move = { studyId: work.study.id, to, now: work.at.now + 1, accountId: null };
    const begun = await inTransaction(work.db, async (trx) => {
      await trx.selectFrom('study').select('id').forUpdate().execute();
      const moving = moveStudy(work.db, move);
      await untilWaiting(work.db, 1);
      const storing = work.submit('key-first');
      await untilWaiting(work.db, 2);
      return { both: Promise.all([moving, storing]) };
    });
    const [moved, stored] = await begun.both;
    expect([moved.state, stored.outcome]).toEqual([
      to,
      to === 'closed' ? 'saved_after_close' : 'saved',
    ]);
    expect(await work.db.selectFrom('study').select('first_judgment_at').execute()).toEqual([
      { first_judgment_at: work.at.now },
    ]);
    expect(await deadlocks(work.db)).toBe(0);
  },
);

raceTest(
  'a judgment that comes while its lease is being swept is late, and has the place that became free',
  async () => {
    const work = await atDesk();
    const begun = await inTransaction(work.database.db, async (trx) => {
      await lockItem(trx, work.item.item_id);
      const sweeping = expireLeases(work.database, work.study.id, work.at.now + 86_400_000);
      await untilWaiting(work.db, 1);
      const storing = work.submit('key-first');
      await untilWaiting(work.db, 2);
      return { both: Promise.all([sweeping, storing]) };
    });
    expect(await begun.both).toMatchObject([1, { outcome: 'saved_late', counted: true }]);
  },
);

/**
 * Two places of one item: another rater has one, and the item is locked as by somebody who is
 * taking a place.
 */
async function besideAnother() {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: { overlap: 2, sampleSize: 1 },
  });
  const [other, waiting] = await buildRaters(database, study, 2);
  const at = (rater: typeof other): AtWork => ({
    database,
    raterId: rater?.id ?? 0,
    now: 2_000_000,
  });
  const theirs = await currentItem(at(other));
  if (isNothing(theirs)) throw new Error(theirs.reason);
  /**
   * Asks for an item while `holder` keeps the only one locked, and lets go once the asking waits
   * for it or was answered.
   */
  const askWhile = async (holder: (trx: Trx) => Promise<unknown>) => {
    const begun = await inTransaction(database.db, async (trx) => {
      await lockItem(trx, theirs.item_id);
      await holder(trx);
      const asking = currentItem(at(waiting));
      await Promise.race([asking, untilWaiting(database.db, 1)]);
      return { asking };
    });
    return begun.asking;
  };
  return { database, itemId: theirs.item_id, askWhile };
}

raceTest(
  'nobody is told that others hold what is left while a place is free, only because somebody is at the item',
  async () => {
    const { itemId, askWhile } = await besideAnother();
    expect(await askWhile(() => Promise.resolve())).toMatchObject({ item_id: itemId, place_no: 2 });
  },
);

raceTest('who waited for a place that then went to another is told so', async () => {
  const { itemId, askWhile } = await besideAnother();
  const taken = await askWhile((trx) =>
    trx.updateTable('item').set({ free_places: 0 }).where('id', '=', itemId).execute(),
  );
  expect(taken).toMatchObject({ reason: 'held-by-others', items: 1 });
});

raceTest('the source whose turn it is, is waited for where it is only locked', async () => {
  const database = await testDatabase();
  const sources = ['generated', 'human'] as const;
  const study = await buildStudy(database, {
    datasets: sources.map((source) => ({ source, examples: plainExamples(8, source) })),
    settings: { overlap: 1, sampleSize: 8 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const at: AtWork = { database, raterId: rater?.id ?? 0, now: 2_000_000 };
  const rated = await studyForRating(database.db, study.id, database);
  for (const { datasetId, arm } of rated.datasets)
    await database.db
      .insertInto('rater_cursor')
      .values({
        rater_id: at.raterId,
        dataset_id: datasetId,
        rank: 0,
        position: -1,
        start_rank: 0,
        start_position: -1,
        seen: arm === 'human' ? 0 : 3,
      })
      .execute();
  const lagging = rated.datasets.find(({ arm }) => arm === 'human')?.datasetId ?? 0;
  const begun = await inTransaction(database.db, async (trx) => {
    await trx
      .selectFrom('item')
      .select('id')
      .where('dataset_id', '=', lagging)
      .forUpdate()
      .execute();
    const asking = currentItem(at);
    await Promise.race([asking, untilWaiting(database.db, 1)]);
    return { asking };
  });
  const item = await begun.asking;
  if (isNothing(item)) throw new Error(item.reason);
  const { dataset_id: dataset } = await database.db
    .selectFrom('item')
    .select('dataset_id')
    .where('id', '=', item.item_id)
    .executeTakeFirstOrThrow();
  expect(dataset).toBe(lagging);
});

/** The database as one whose n-th statement is followed by `act` before anything else is sent. */
function actingAfter(
  database: Database,
  after: number,
  act: () => Promise<unknown>,
): { acting: Database; acted: () => boolean } {
  let statements = 0;
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      statements += 1;
      if (statements === after) await act();
      return result;
    },
  };
  return {
    acting: { ...database, db: database.db.withPlugin(plugin) },
    acted: () => statements >= after,
  };
}

const lastPlace = { overlap: 1, sampleSize: 1 };

raceTest(
  'nobody is told that all is done while the last place is given back, at whatever moment',
  async () => {
    const database = await testDatabase();
    const now = 2_000_000;
    const reasons = new Set<string>();
    let looked = true;
    for (let after = 1; looked; after += 1) {
      const datasets = [{ name: `set ${after}`, examples: plainExamples(1) }];
      const study = await buildStudy(database, { datasets, settings: lastPlace });
      const [holder, waiting] = (await buildRaters(database, study, 2)).map(({ id }) => ({
        database,
        raterId: id,
        now,
      }));
      if (holder === undefined || waiting === undefined) throw new Error('There are no raters.');
      const theirs = await currentItem(holder);
      if (isNothing(theirs)) throw new Error(theirs.reason);
      const skip = {
        assignment: theirs.public_id,
        key: 'key-of-skip',
        reason: 'other',
        comment: null,
      } as const;
      const { acting, acted } = actingAfter(database, after, () => returnItem(holder, skip));
      const found = await currentItem({ ...waiting, database: acting });
      looked = acted();
      if (isNothing(found)) reasons.add(found.reason);
      const { state } = await database.db
        .selectFrom('rater')
        .select('state')
        .where('id', '=', waiting.raterId)
        .executeTakeFirstOrThrow();
      expect([after, state]).toEqual([after, 'consented']);
      if (looked) expect(await currentItem(waiting)).toMatchObject({ item_id: theirs.item_id });
      else expect(after).toBeGreaterThan(8);
    }
    // Only where the place was given back after the last look.
    expect([...reasons]).toEqual(['held-by-others']);
  },
);

test('an example that is wrongly marked as free keeps nobody looking for it', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(1) }],
    settings: lastPlace,
  });
  const [lapsed, holder, newcomer] = (await buildRaters(database, study, 3)).map(({ id }) => id);
  const at = (raterId: number | undefined, now: number): AtWork => ({
    database,
    raterId: raterId ?? 0,
    now,
  });
  await currentItem(at(lapsed, 2_000_000));
  const later = 2_000_000 + 86_400_000;
  const theirs = await currentItem(at(holder, later));
  if (isNothing(theirs)) throw new Error(theirs.reason);
  for (const raterId of [lapsed, newcomer]) {
    await database.db.updateTable('item').set({ free_places: 1 }).execute();
    expect(await currentItem(at(raterId, later))).toMatchObject({
      reason: 'held-by-others',
      items: 1,
    });
    expect(await database.db.selectFrom('item').select('free_places').execute()).toEqual([
      { free_places: 0 },
    ]);
  }
});
