import { expect, test } from 'vitest';
import { submitJudgment } from '#assignment/submit.js';
import { recomputePlaces } from '#assignment/places.js';
import type { AtWork } from '#assignment/atWork.js';
import { expireLeases } from '#assignment/lease.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem, itemAhead, renewLease } from '#assignment/slots.js';
import { leaveForNow } from '#assignment/return.js';
import { sweepLeases } from '#assignment/sweep.js';
import { prefetchHeld } from '#assignment/lease.js';
import type { Database } from '#storage/database.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { engine, testDatabase } from '../support/database.js';

const answers = { labelChoice: 0, ambiguous: false, relevance: 4, others: {} };
const minute = 60_000;

interface Seen {
  readonly behaviour: number;
  readonly source: string;
  readonly position: number;
  readonly item: number;
}

const seenOf = ({ db }: Database, assignment: number): Promise<Seen> =>
  db
    .selectFrom('assignment')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('dataset', 'dataset.id', 'item.dataset_id')
    .select([
      'dataset.behaviour_id as behaviour',
      'dataset.source',
      'item.position',
      'item.id as item',
    ])
    .where('assignment.id', '=', assignment)
    .executeTakeFirstOrThrow();

/** Judges what comes until nothing is left, or `most` items; gives what was seen. */
async function work(at: AtWork, most = Infinity, fetchAhead = false): Promise<Seen[]> {
  const seen: Seen[] = [];
  while (seen.length < most) {
    const item = await currentItem(at);
    if (isNothing(item)) break;
    seen.push(await seenOf(at.database, item.id));
    await submitJudgment(
      at,
      {
        assignment: item.public_id,
        key: `key-${item.public_id}`,
        answers,
        comment: null,
        activeMs: null,
      },
      { fetchAhead },
    );
  }
  return seen;
}

const pair = (count: number, behaviours: readonly string[] = ['kind']) =>
  behaviours.flatMap((behaviour) =>
    (['generated', 'human'] as const).map((source) => ({
      behaviour,
      source,
      examples: plainExamples(count, `${behaviour} ${source}`),
    })),
  );

test.each([false, true])(
  'a rater stays with a behaviour for a block, and its sources are never more than three apart over the whole walk (prefetched: %s)',
  async (fetchAhead) => {
    const database = await testDatabase();
    const study = await buildStudy(database, {
      datasets: pair(12, ['kind', 'shy']),
      settings: { overlap: 1, sampleSize: 12, blockLength: 6 },
    });
    const [rater] = await buildRaters(database, study, 1);
    const seen = await work(
      { database, raterId: rater?.id ?? 0, now: 2_000_000 },
      Infinity,
      fetchAhead,
    );
    expect(seen).toHaveLength(48);
    for (let block = 0; block < 8; block += 1) {
      const items = seen.slice(block * 6, block * 6 + 6);
      expect(new Set(items.map((item) => item.behaviour)).size).toBe(1);
      expect(items[0]?.behaviour).not.toBe(seen[block * 6 - 1]?.behaviour);
    }
    for (const behaviour of new Set(seen.map((item) => item.behaviour))) {
      const sources = seen
        .filter((other) => other.behaviour === behaviour)
        .map((item) => item.source);
      const ahead = sources.map((_, index) =>
        sources
          .slice(0, index + 1)
          .reduce((sum, source) => sum + (source === 'generated' ? 1 : -1), 0),
      );
      expect(ahead.filter((difference) => Math.abs(difference) > 3)).toEqual([]);
      // Not in turn: somewhere two of one source follow each other.
      expect(sources.some((source, index) => source === sources[index - 1])).toBe(true);
    }
  },
);

test('several datasets of a source take turns within it, and the source is what is balanced', async () => {
  const database = await testDatabase();
  const generated = ['one', 'two', 'three'].map((name) => ({
    name,
    source: 'generated' as const,
    examples: plainExamples(10, name),
  }));
  const study = await buildStudy(database, {
    datasets: [...generated, { source: 'human', examples: plainExamples(30, 'human') }],
    settings: { overlap: 1, sampleSize: 30 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const seen = await work({ database, raterId: rater?.id ?? 0, now: 2_000_000 }, 40);
  let difference = 0;
  for (const { source } of seen)
    expect(Math.abs((difference += source === 'generated' ? 1 : -1))).toBeLessThanOrEqual(3);
  const cursors = await database.db
    .selectFrom('rater_cursor')
    .innerJoin('dataset', 'dataset.id', 'rater_cursor.dataset_id')
    .select('rater_cursor.seen')
    .where('dataset.source', '=', 'generated')
    .execute();
  const counts = cursors.map((cursor) => cursor.seen);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

test('raters begin at points of their own, and k raters finish every item', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: pair(15),
    settings: { overlap: 2, sampleSize: 15 },
  });
  const raters = await buildRaters(database, study, 6);
  const first: number[] = [];
  for (const rater of raters)
    first.push(
      ...(await work({ database, raterId: rater.id, now: 2_000_000 }, 1)).map((item) => item.item),
    );
  // `fill` offers begun items first, so two raters share an item; but not all walk from the same
  // start.
  expect(new Set(first).size).toBeGreaterThan(1);
  for (const rater of raters) await work({ database, raterId: rater.id, now: 2_000_000 });
  const counted = await database.db
    .selectFrom('assignment')
    .select((eb) => ['item_id', eb.fn.count<number>('place_no').as('held')])
    .groupBy('item_id')
    .execute();
  expect(counted.map((row) => row.held)).toEqual(Array.from({ length: 30 }, () => 2));
});

test.each(['fill', 'spread', 'random'] as const)(
  'strategy %s offers every item in the end',
  async (strategy) => {
    const database = await testDatabase();
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(10) }],
      settings: { overlap: 3, sampleSize: 10, strategy },
    });
    const [one, two] = await buildRaters(database, study, 2);
    const at = (rater: typeof one): AtWork => ({
      database,
      raterId: rater?.id ?? 0,
      now: 2_000_000,
    });
    // Both walk from the beginning, so that the strategy alone decides.
    for (const rater of [one, two])
      for (const { dataset_id } of await database.db
        .selectFrom('study_dataset')
        .select('dataset_id')
        .execute())
        await database.db
          .insertInto('rater_cursor')
          .values({
            rater_id: rater?.id ?? 0,
            dataset_id,
            rank: 0,
            position: -1,
            start_rank: 0,
            start_position: -1,
            wrapped: 0,
            seen: 0,
          })
          .execute();
    const firstOfOne = await work(at(one), 4);
    const firstOfTwo = await work(at(two), 4);
    const shared = firstOfTwo.filter((item) =>
      firstOfOne.some((other) => other.item === item.item),
    ).length;
    if (strategy === 'fill') expect(shared).toBe(4);
    if (strategy === 'spread') expect(shared).toBe(0);
    expect((await work(at(one))).length + 4).toBe(10);
    expect((await work(at(two))).length + 4).toBe(10);
  },
);

test.each(['fill', 'spread', 'random'] as const)(
  'items of which more judgments are wanted than of others are offered until each has its own k (%s)',
  async (strategy) => {
    const database = await testDatabase();
    const { db } = database;
    const study = await buildStudy(database, {
      datasets: pair(4),
      settings: { overlap: 2, sampleSize: 4, strategy },
    });
    const raters = await buildRaters(database, study, 5);
    const more = await db.selectFrom('item').select('id').where('position', '<', 2).execute();
    const [first, ...others] = raters.map((rater): AtWork => ({
      database,
      raterId: rater.id,
      now: 2_000_000,
    }));
    if (first === undefined) throw new Error('a rater');
    await work(first);
    await db
      .updateTable('item')
      .set((eb) => ({ overlap: 5, free_places: eb('free_places', '+', 4 + 8 + 16) }))
      .where(
        'id',
        'in',
        more.map(({ id }) => id),
      )
      .execute();
    for (const at of others) await work(at);
    const held = await db
      .selectFrom('assignment')
      .innerJoin('item', 'item.id', 'assignment.item_id')
      .select((eb) => ['item.overlap', eb.fn.count<number>('place_no').as('held')])
      .groupBy(['item.id', 'item.overlap'])
      .execute();
    expect(held.map((row) => row.held)).toEqual(held.map((row) => row.overlap));
    expect(held.filter((row) => row.overlap === 5)).toHaveLength(4);
  },
);

test('masks and ranks that do not fit the places are computed again, by the strategy and the k of each item', async () => {
  const database = await testDatabase();
  const { db } = database;
  const study = await buildStudy(database, {
    datasets: pair(4),
    settings: { overlap: 3, sampleSize: 4, strategy: 'fill' },
  });
  await buildStudy(database, {
    datasets: [{ behaviour: 'shy', examples: plainExamples(2) }],
    settings: { sampleSize: 2 },
    open: false,
  });
  const [one, two] = await buildRaters(database, study, 2);
  await work({ database, raterId: one?.id ?? 0, now: 2_000_000 }, 5);
  await work({ database, raterId: two?.id ?? 0, now: 2_000_000 }, 3);
  await db
    .updateTable('item')
    .set((eb) => ({ overlap: 5, free_places: eb('free_places', '+', 8 + 16) }))
    .where('position', '=', 1)
    .execute();
  const items = () =>
    db.selectFrom('item').select(['id', 'overlap', 'free_places', 'rank']).orderBy('id').execute();
  const right = await items();
  expect(await recomputePlaces(db)).toBe(0);
  expect(new Set(right.map((item) => item.rank))).toEqual(new Set([0, -1, -2]));
  await db.updateTable('item').set({ rank: 7 }).where('position', '<', 2).execute();
  await db.updateTable('item').set({ free_places: 0 }).where('position', '=', 3).execute();
  expect(await recomputePlaces(db)).toBe(6);
  expect(await items()).toEqual(right);
});

test('an item whose mask promises a place that somebody holds is passed over', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 1, sampleSize: 2 },
  });
  const [one, two] = (await buildRaters(database, study, 2)).map((rater): AtWork => ({
    database,
    raterId: rater.id,
    now: 2_000_000,
  }));
  if (one === undefined || two === undefined) throw new Error('two raters');
  const held = await currentItem(one);
  if (isNothing(held)) throw new Error(held.reason);
  await database.db
    .updateTable('item')
    .set({ free_places: 1, rank: 0 })
    .where('id', '=', held.item_id)
    .execute();
  expect(await work(two)).toHaveLength(1);
  expect(await currentItem(two)).toMatchObject({ reason: 'held-by-others', items: 1 });
  expect(await recomputePlaces(database.db)).toBe(0);
});

test('leases that lapsed expire in steps of fifty', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { overlap: 20, sampleSize: 6 },
  });
  for (const rater of await buildRaters(database, study, engine() === 'sqlite' ? 120 : 60))
    await currentItem({ database, raterId: rater.id, now: 2_000_000 });
  const later = 2_000_000 + 31 * minute;
  expect(await expireLeases(database, study.id, later)).toBe(50);
  await sweepLeases({ database, db: database.db, now: () => later });
  expect(
    await database.db.selectFrom('assignment').select('id').where('state', '=', 'leased').execute(),
  ).toEqual([]);
  expect(await recomputePlaces(database.db)).toBe(0);
});

test('a limit of a rater is kept, the item ahead counted in', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: pair(5),
    settings: { overlap: 1, sampleSize: 5, raterLimit: 3 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const at = { database, raterId: rater?.id ?? 0, now: 2_000_000 };
  expect(await work(at, Infinity, true)).toHaveLength(3);
  expect(await currentItem(at)).toEqual({ reason: 'limit' });
});

test('leases: held while active, lapsed after their time, taken up again on the same row, or had by another', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 1, sampleSize: 2, leaseMinutes: 30 },
  });
  const [one, two] = await buildRaters(database, study, 2);
  const at = (rater: typeof one, now: number): AtWork => ({
    database,
    raterId: rater?.id ?? 0,
    now,
  });
  const application = (now: number): Parameters<typeof sweepLeases>[0] => ({
    database,
    db: database.db,
    now: () => now,
  });
  const start = 2_000_000;
  const shown = await currentItem(at(one, start));
  const ahead = await itemAhead(at(one, start));
  if (isNothing(shown) || ahead === undefined) throw new Error('two items');
  expect([shown.lease_until, ahead.lease_until, ahead.shown_at]).toEqual([
    start + 30 * minute,
    start + prefetchHeld,
    null,
  ]);
  // Another rater is told that both are held, and until when.
  expect(await currentItem(at(two, start + minute))).toMatchObject({
    reason: 'held-by-others',
    items: 2,
  });
  // Activity renews both.
  expect(await renewLease(at(one, start + minute), shown.public_id)).toBe(true);
  await sweepLeases(application(start + prefetchHeld + 1));
  const held = await database.db
    .selectFrom('assignment')
    .select(['state', 'lease_until'])
    .orderBy('lease_slot')
    .execute();
  expect(held).toEqual([
    { state: 'leased', lease_until: start + 31 * minute },
    { state: 'leased', lease_until: start + minute + prefetchHeld },
  ]);
  // The one ahead lapses, and the other rater has it without a sweep in between.
  const late = start + minute + prefetchHeld + 1;
  const taken = await currentItem(at(two, late));
  if (isNothing(taken)) throw new Error('the lapsed item is free');
  expect(taken.item_id).toBe(ahead.item_id);
  // The one on the screen lapses too and is taken up again on its row.
  await sweepLeases(application(start + 40 * minute));
  const again = await currentItem(at(one, start + 41 * minute));
  expect(again).toMatchObject({ id: shown.id, state: 'leased', shown_at: start });
  // A page that reports activity on a lapsed item gets it back while it is free.
  await sweepLeases(application(start + 80 * minute));
  expect(await renewLease(at(one, start + 81 * minute), shown.public_id)).toBe(true);
  expect(await renewLease(at(two, start + 81 * minute), shown.public_id)).toBe(false);
});

test('what is reported as shown is promoted, and leaving gives back what was fetched ahead alone', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    settings: { overlap: 1, sampleSize: 4 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const at = (now: number): AtWork => ({ database, raterId: rater?.id ?? 0, now });
  const first = await currentItem(at(1_000));
  const ahead = await itemAhead(at(2_000));
  if (isNothing(first) || ahead === undefined) throw new Error('two items');
  expect((await itemAhead(at(3_000)))?.id).toBe(ahead.id);
  const sent = await submitJudgment(
    at(4_000),
    { assignment: first.public_id, key: 'key-first', answers, comment: null, activeMs: 5 },
    { fetchAhead: true },
  );
  expect(sent.shown).toMatchObject({ id: ahead.id, lease_slot: 0, shown_at: 4_000 });
  expect(sent.ahead).toMatchObject({ lease_slot: 1, shown_at: null });
  await leaveForNow(at(5_000));
  const states = await database.db
    .selectFrom('assignment')
    .select(['id', 'state'])
    .where('id', 'in', [ahead.id, sent.ahead?.id ?? 0])
    .orderBy('id')
    .execute();
  expect(states.map((row) => row.state)).toEqual(['leased', 'expired']);
});

test('paused and closed studies give no new item; what is on the screen stays while a study is paused', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(3) }],
    settings: { overlap: 1, sampleSize: 3 },
  });
  const [one, two] = await buildRaters(database, study, 2);
  const shown = await currentItem({ database, raterId: one?.id ?? 0, now: 1_000 });
  if (isNothing(shown)) throw new Error('an item');
  await database.db.updateTable('study').set({ state: 'paused' }).execute();
  expect(await currentItem({ database, raterId: one?.id ?? 0, now: 2_000 })).toMatchObject({
    id: shown.id,
  });
  expect(await itemAhead({ database, raterId: one?.id ?? 0, now: 2_000 })).toBeUndefined();
  expect(await currentItem({ database, raterId: two?.id ?? 0, now: 2_000 })).toEqual({
    reason: 'paused',
  });
  await database.db.updateTable('study').set({ state: 'closed', closed_at: 3_000 }).execute();
  expect(await currentItem({ database, raterId: one?.id ?? 0, now: 4_000 })).toEqual({
    reason: 'closed',
  });
});
