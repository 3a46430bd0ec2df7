import { expect, test } from 'vitest';
import type { AtWork } from '#assignment/atWork.js';
import { isNothing } from '#assignment/nothing.js';
import { returnItem } from '#assignment/return.js';
import { currentItem, itemAhead } from '#assignment/slots.js';
import { submitJudgment } from '#assignment/submit.js';
import type { Assignment } from '#assignment/transitions.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';
import { openSite } from '../support/site.js';
import { RaterVisitor } from '../support/rating.js';

const day = 24 * 3_600_000;
/** Late on a day. */
const evening = 20_000 * day - 1_000;

async function shown(at: AtWork): Promise<Assignment> {
  const item = await currentItem(at);
  if (isNothing(item)) throw new Error(`nothing: ${item.reason}`);
  return item;
}

const send = (at: AtWork, { public_id: id }: Assignment, fetchAhead = false) =>
  submitJudgment(
    at,
    {
      assignment: id,
      key: `key-${id}`,
      answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
      comment: null,
      activeMs: 1_000,
    },
    { fetchAhead },
  );

test('a rater is shown no more than a day’s examples, and goes on the day after', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(8) }],
    settings: { overlap: 1, sampleSize: 8, dailyLimit: 3 },
  });
  const [rater, other] = await buildRaters(database, study, 2);
  const at = (now = evening, who = rater): AtWork => ({ database, raterId: who?.id ?? 0, now });
  // One is answered, one is skipped, one is fetched ahead and then on the screen: all were read.
  await send(at(), await shown(at()));
  const second = await shown(at());
  expect(await itemAhead(at())).toBeDefined();
  await returnItem(at(), {
    assignment: second.public_id,
    key: 'skip',
    reason: 'uncomfortable',
    comment: null,
  });
  const third = await shown(at());
  expect(await itemAhead(at())).toBeUndefined();
  const { ahead } = await send(at(), third, true);
  expect(ahead).toBeUndefined();
  expect(await currentItem(at())).toEqual({ reason: 'day-done', until: 20_000 * day });
  // Nobody else is held up, and the rater is not taken for done.
  expect(isNothing(await currentItem(at(evening, other)))).toBe(false);
  const stored = await database.db
    .selectFrom('rater')
    .select('state')
    .where('id', '=', rater?.id ?? 0)
    .executeTakeFirstOrThrow();
  expect(stored.state).toBe('consented');
  const morning = at(20_000 * day);
  for (let turn = 0; turn < 3; turn += 1) await send(morning, await shown(morning));
  expect(await currentItem(morning)).toEqual({ reason: 'day-done', until: 20_001 * day });
  const counted = await database.db
    .selectFrom('assignment')
    .select('place_no')
    .where('rater_id', '=', rater?.id ?? 0)
    .where('state', '=', 'submitted')
    .execute();
  expect(counted.map(({ place_no: place }) => place)).toEqual([1, 1, 1, 1, 1]);
});

test('who has nothing left is told so, whatever the limit of the day', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: { overlap: 1, sampleSize: 2, dailyLimit: 2 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const at = { database, raterId: rater?.id ?? 0, now: evening };
  for (let turn = 0; turn < 2; turn += 1) await send(at, await shown(at));
  expect(await currentItem(at)).toEqual({ reason: 'all-done' });
});

test('a skip takes nothing from the most that one person may judge', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(3) }],
    settings: { overlap: 1, sampleSize: 3, raterLimit: 1 },
  });
  const [rater] = await buildRaters(database, study, 1);
  const at = { database, raterId: rater?.id ?? 0, now: evening };
  for (const key of ['one', 'two'])
    await returnItem(at, {
      assignment: (await shown(at)).public_id,
      key,
      reason: 'uncomfortable',
      comment: null,
    });
  expect((await send(at, await shown(at))).counted).toBe(true);
  expect(await currentItem(at)).toEqual({ reason: 'limit' });
});

test('the page says when they may go on, and that everything counts', async () => {
  const site = await openSite({}, {});
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    settings: { overlap: 1, sampleSize: 4, dailyLimit: 1 },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  await rater.page('/guidelines');
  expect(await rater.page('/rate')).toContain('id="item"');
  await database.db
    .updateTable('assignment')
    .set({ state: 'returned', lease_slot: null, lease_until: null, place_no: null })
    .execute();
  const page = (await rater.page('/rate')).replaceAll(/\s+/g, ' ');
  expect(page).toContain('That is all for today');
  expect(page).toMatch(/You can go on from \w+day,? \d+ \w+ at 00:00 UTC\./);
  expect(page).toContain('href="/rate">Look again');
});
