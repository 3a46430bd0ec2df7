import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AtWork } from '#assignment/atWork.js';
import { checksDue, checksToCome } from '#assignment/checkSchedule.js';
import { isNothing, type NothingNow } from '#assignment/nothing.js';
import { ownProgress } from '#assignment/progressOfRater.js';
import { returnItem } from '#assignment/return.js';
import { currentItem } from '#assignment/slots.js';
import { studyForRating } from '#assignment/studyForRating.js';
import { submitJudgment } from '#assignment/submit.js';
import type { Assignment } from '#assignment/transitions.js';
import { progressOf } from '#oversight/progress.js';
import { openStudy } from '#studies/opening.js';
import { planStudy } from '#studies/plan.js';
import { buildKnownAnswers, buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest, testDatabase } from '../support/database.js';

const checksArbitrary = fc.record({
  seed: fc.string(),
  checks: fc.integer({ min: 1, max: 30 }),
  over: fc.integer({ min: 1, max: 200 }),
});

onceTest(
  'checks come one after another, all of them within their span, and never in a bunch',
  () => {
    fc.assert(
      fc.property(checksArbitrary, (schedule) => {
        const span = Math.max(schedule.over, schedule.checks);
        let before = 0;
        for (let had = 0; had <= span; had += 1) {
          const due = checksDue(schedule, had);
          expect(due - before).toBeGreaterThanOrEqual(0);
          // One in each part: within the time of a part at most two moments lie.
          expect(Math.abs(due - ((had + 1) * schedule.checks) / span)).toBeLessThanOrEqual(1);
          before = due;
        }
        expect(before).toBe(schedule.checks);
      }),
    );
  },
);

onceTest('how many checks are still to come is what comes', () => {
  fc.assert(
    fc.property(checksArbitrary, fc.nat(100), (schedule, others) => {
      let [had, checksHad, left] = [0, 0, others];
      const expected = checksToCome(schedule, { had, checksHad, others });
      while (left > 0 || checksDue(schedule, had) > checksHad) {
        if (checksDue(schedule, had) > checksHad) checksHad += 1;
        else left -= 1;
        had += 1;
        expect(checksToCome(schedule, { had, checksHad, others: left })).toBe(expected - checksHad);
      }
      expect(checksHad).toBe(expected);
    }),
    // 103 items in 19 parts: 19 times a part is not quite 103.
    { examples: [[{ seed: '', checks: 19, over: 103 }, 84]] },
  );
});

async function studyWithChecks() {
  const database = await testDatabase();
  const draft = await buildStudy(database, {
    datasets: [
      { name: 'a', source: 'generated', examples: plainExamples(20, 'A') },
      { name: 'b', source: 'human', examples: plainExamples(20, 'B') },
    ],
    settings: { overlap: 2, sampleSize: 6, blockItems: 4, goldItems: 2, checksOver: 14 },
    open: false,
  });
  const known = await buildKnownAnswers(database.db, draft, {
    purpose: 'gold',
    examples: [2, 5, 24],
  });
  const study = await openStudy(database.db, { study: draft, now: 1_000_000, staff: null });
  return { database, study, known };
}

const now = 2_000_000;
const send = (at: AtWork, { public_id: id }: Assignment) =>
  submitJudgment(
    at,
    {
      assignment: id,
      key: `key-${id}`,
      answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
      comment: null,
      activeMs: 1_000,
    },
    { fetchAhead: true },
  );

/** Judges whatever comes until nothing does. */
async function workThrough(
  at: AtWork,
  { most = Infinity }: { most?: number } = {},
): Promise<{ roles: string[]; items: number[]; left: number[]; nothing: NothingNow }> {
  const [roles, items, left]: [string[], number[], number[]] = [[], [], []];
  const rater = await at.database.db
    .selectFrom('rater')
    .selectAll()
    .where('id', '=', at.raterId)
    .executeTakeFirstOrThrow();
  for (;;) {
    const item = await currentItem(at);
    if (isNothing(item)) return { roles, items, left, nothing: item };
    if (items.length === most) return { roles, items, left, nothing: { reason: 'limit' } };
    const rating = await studyForRating(at.database.db, item.study_id, at.database);
    // The count of free items is kept for a while: a new owner counts anew.
    left.push((await ownProgress(at.database.db, { rating, rater, now: at.now, owner: {} })).left);
    roles.push(item.role);
    items.push(item.item_id);
    await send(at, item);
  }
}

test('every rater judges the same block and some known answers, which hold no place', async () => {
  const { database, study, known } = await studyWithChecks();
  const { db } = database;
  const sampled = await db
    .selectFrom('item')
    .select(['example_id', 'role'])
    .where('study_id', '=', study.id)
    .execute();
  expect(new Set(sampled.map(({ example_id: id }) => id)).size).toBe(12 + 4 + 3);
  expect(sampled.filter(({ role }) => role === 'gold').map(({ example_id: id }) => id)).toEqual(
    known,
  );
  const raters = await buildRaters(database, study, 3);
  const [first, second, third] = raters.map(({ id }) => ({ database, raterId: id, now }));
  if (first === undefined || second === undefined || third === undefined) throw new Error('raters');
  const walks = [await workThrough(first), await workThrough(second)];
  for (const { roles, left, nothing } of walks) {
    expect(roles.filter((role) => role === 'validation')).toHaveLength(12);
    expect(roles.filter((role) => role === 'calibration')).toHaveLength(4);
    expect(roles.filter((role) => role === 'gold')).toHaveLength(2);
    expect(nothing.reason).toBe('all-done');
    // What is left falls by one at every answer, whatever the answer was to.
    expect(left).toEqual(Array.from({ length: 18 }, (_, index) => 18 - index));
  }
  const blocks = walks.map(
    ({ roles, items }) => new Set(items.filter((_, index) => roles[index] === 'calibration')),
  );
  expect(blocks[0]).toEqual(blocks[1]);
  expect(walks[0]?.items).not.toEqual(walks[1]?.items);
  // Both places of each item are taken: a third rater finds nothing, not even a block to wait for.
  const last = await workThrough(third);
  expect(last.nothing.reason).toBe('all-done');
  const progress = await progressOf(db, study, now);
  expect(progress).toMatchObject({
    items: 12,
    wanted: 24,
    judgments: 24,
    complete: 12,
    surplus: 0,
  });
  expect(
    progress.raters.map(({ judgments, counted, checks }) => [judgments, counted, checks]),
  ).toEqual([
    [18, 12, 6],
    [18, 12, 6],
    [last.items.length, 0, last.items.length],
  ]);
});

test('a check that was skipped or let lapse is there again, and holds nobody up', async () => {
  const { database, study } = await studyWithChecks();
  const [rater, other] = await buildRaters(database, study, 2);
  const at = (when = now): AtWork => ({ database, raterId: rater?.id ?? 0, now: when });
  let item = await currentItem(at());
  while (!isNothing(item) && item.role === 'validation') {
    await send(at(), item);
    item = await currentItem(at());
  }
  if (isNothing(item)) throw new Error('no check came');
  // The other rater is not told to wait for what this one holds of the block.
  const theirs = await workThrough({ database, raterId: other?.id ?? 0, now });
  expect(theirs.nothing.reason).not.toBe('held-by-others');
  // It lapses; it is offered again before anything new.
  const later = now + 24 * 3_600_000;
  const again = await currentItem(at(later));
  if (isNothing(again)) throw new Error('nothing came');
  expect(again.item_id).toBe(item.item_id);
  await returnItem(at(later), {
    assignment: again.public_id,
    key: 'a key for it',
    reason: 'unclear',
    comment: null,
  });
  const next = await currentItem(at(later));
  if (isNothing(next)) throw new Error('nothing came');
  expect(next.item_id).not.toBe(item.item_id);
});

test('nothing on the way tells a check: neither the order of behaviours nor what is left', async () => {
  const database = await testDatabase();
  const { db } = database;
  const draft = await buildStudy(database, {
    datasets: (['one', 'two'] as const).map((behaviour) => ({
      name: behaviour,
      behaviour,
      examples: plainExamples(30, behaviour),
    })),
    settings: {
      overlap: 2,
      sampleSize: 14,
      blockItems: 8,
      checksOver: 24,
      blockLength: 4,
    },
    open: false,
  });
  const study = await openStudy(db, { study: draft, now: 1_000_000, staff: null });
  const datasetOf = new Map(
    (
      await db
        .selectFrom('item')
        .select(['id', 'dataset_id'])
        .where('study_id', '=', study.id)
        .execute()
    ).map((item) => [item.id, item.dataset_id]),
  );
  const raters = await buildRaters(database, study, 3);
  for (const [index, { id }] of raters.entries()) {
    const { items, roles, left } = await workThrough({ database, raterId: id, now });
    // The third finds no place of the sample any more, and gets what is due at the beginning.
    if (index === 2) continue;
    expect(roles.filter((role) => role === 'calibration')).toHaveLength(8);
    const runs: number[] = [];
    let before: number | undefined;
    for (const item of items) {
      const dataset = datasetOf.get(item);
      if (dataset === before) runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
      else runs.push(1);
      before = dataset;
    }
    // Blocks of four each, until one of the behaviours has nothing left.
    expect(runs.slice(0, 6)).toEqual([4, 4, 4, 4, 4, 4]);
    expect(left).toEqual(items.map((_, at) => items.length - at));
  }
});

test('what is left falls by one at every answer where others have filled most places', async () => {
  const { database, study } = await studyWithChecks();
  const raters = await buildRaters(database, study, 4);
  const [first, second, third, fourth] = raters.map(({ id }) => ({ database, raterId: id, now }));
  if (first === undefined || second === undefined) throw new Error('no raters');
  if (third === undefined || fourth === undefined) throw new Error('no raters');
  await workThrough(first);
  // Five items of the sample have a place left for the two who come last.
  const seen = await workThrough(second, { most: 10 });
  expect(seen.items).toHaveLength(10);
  for (const at of [third, fourth]) {
    const rater = await database.db
      .selectFrom('rater')
      .selectAll()
      .where('id', '=', at.raterId)
      .executeTakeFirstOrThrow();
    // One owner: what was counted is kept, as in a server.
    const owner = {};
    let [last, moment] = [Infinity, now];
    for (;;) {
      const item = await currentItem({ ...at, now: moment });
      if (isNothing(item)) break;
      const rating = await studyForRating(database.db, item.study_id, database);
      const { left } = await ownProgress(database.db, { rating, rater, now: moment, owner });
      if (last !== Infinity) expect(left).toBe(last - 1);
      last = left;
      await send({ ...at, now: moment }, item);
      moment += 6_000;
    }
    expect(last).toBe(1);
  }
});

test('where one rater may judge less than checks are spread over, all of them come all the same', async () => {
  const database = await testDatabase();
  const draft = await buildStudy(database, {
    datasets: [{ examples: plainExamples(20) }],
    settings: { overlap: 3, sampleSize: 10, blockItems: 3, checksOver: 40, raterLimit: 8 },
    open: false,
  });
  // What is sampled, and what is left for the block, goes without examples with a known answer.
  await buildKnownAnswers(database.db, draft, {
    purpose: 'gold',
    examples: [0, 1, 2, 3, 4, 5, 6],
  });
  const plan = await planStudy(database.db, draft);
  expect(plan.datasets.map(({ sampled, outside }) => [sampled, outside])).toEqual([[10, 3]]);
  const study = await openStudy(database.db, { study: draft, now: 1_000_000, staff: null });
  for (const { id } of await buildRaters(database, study, 3)) {
    const { roles, nothing } = await workThrough({ database, raterId: id, now });
    expect(nothing.reason).toBe('limit');
    expect(roles.filter((role) => role === 'calibration')).toHaveLength(3);
    expect(roles).toHaveLength(8);
  }
});

test('a limit under which checks could be told, and a sample that known answers empty, are refused', async () => {
  const database = await testDatabase();
  const draft = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { overlap: 3, sampleSize: 6, blockItems: 3, checksOver: 40, raterLimit: 5 },
    open: false,
  });
  await buildKnownAnswers(database.db, draft, {
    purpose: 'gold',
    examples: [0, 1, 2, 3, 4, 5],
  });
  const messages = (await planStudy(database.db, draft)).obstacles.map(({ message }) => message);
  expect(messages.join('\n')).toContain('3 such examples need at least 6 judgments to hide among');
  expect(messages.join('\n')).toContain('Every example of “kind”');
});
