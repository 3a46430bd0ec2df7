import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pollRecruitment, askAbout } from '#platforms/prolific/poll.js';
import { hearSubmission, type SubmissionNews } from '#platforms/prolific/heard.js';
import { inTransaction } from '#storage/transaction.js';
import { engine } from '../support/database.js';
import { type Crowd, openCrowd } from './prolificSupport.js';

const events = async ({ application }: Crowd): Promise<number> =>
  (await application.db.selectFrom('platform_event').select('id').execute()).length;

const states = async ({ application }: Crowd): Promise<string[]> =>
  (
    await application.db
      .selectFrom('platform_submission')
      .select('state')
      .orderBy('external_id')
      .execute()
  ).map(({ state }) => state);

test('a webhook is taken once, and only signed, fresh and small', async () => {
  const crowd = await openCrowd();
  const { prolific, site } = crowd;
  const taken = prolific.take(crowd.atProlific);
  const event = {
    event_type: 'submission.status.change',
    resource_id: taken.id,
    participant_id: taken.participant_id,
    study_id: crowd.atProlific.id,
    status: 'ACTIVE',
  };
  const send = async (
    message: { headers: Record<string, string>; body: string },
    path = crowd.account,
  ): Promise<number> =>
    (await fetch(`${site.address}/hooks/prolific/${path}`, { method: 'POST', ...message })).status;
  const now = Date.now();
  const good = prolific.signed(event, { now, id: 'one' });
  const forged = prolific.signed(event, { now, secret: 'another' });
  const [late, early] = [-310_000, 310_000].map((apart) =>
    prolific.signed(event, { now: now + apart }),
  );
  expect(await send({ ...good, body: good.body.replace('ACTIVE', 'APPROVED') })).toBe(401);
  expect(await send(forged)).toBe(401);
  for (const apart of [late, early]) expect(apart && (await send(apart))).toBe(401);
  expect(await send({ headers: {}, body: good.body })).toBe(401);
  expect(await send(good, 'nothing')).toBe(404);
  const large = prolific.signed({ ...event, more: 'x'.repeat(257 * 1024) }, { now });
  expect(await send(large)).toBe(413);
  expect([await events(crowd), await states(crowd)]).toEqual([0, []]);

  expect(await send(good)).toBe(200);
  expect([await events(crowd), await states(crowd)]).toEqual([1, ['active']]);
  expect(await send(good)).toBe(200);
  expect(await send({ ...good, headers: { ...good.headers, 'x-event-id': 'two' } })).toBe(401);
  expect(await events(crowd)).toBe(1);

  const { payload } = await crowd.application.db
    .selectFrom('platform_event')
    .select('payload')
    .executeTakeFirstOrThrow();
  expect(payload).not.toContain(taken.participant_id);
});

test('a poll stores what is new, and nothing where it says what holds', async () => {
  const crowd = await openCrowd();
  const [first] = ['ACTIVE', 'AWAITING REVIEW', 'A NEW WORD'].map((status) =>
    crowd.prolific.take(crowd.atProlific, status),
  );
  expect(await pollRecruitment(crowd.application, crowd.recruitment)).toBe(3);
  expect((await states(crowd)).toSorted()).toEqual(['active', 'awaiting', 'unknown']);
  const before = await events(crowd);
  expect(await pollRecruitment(crowd.application, crowd.recruitment)).toBe(0);
  expect(await events(crowd)).toBe(before);
  if (first !== undefined) first.status = 'RETURNED';
  const { id } = await crowd.application.db
    .selectFrom('platform_submission')
    .select('id')
    .where('external_id', '=', first?.id ?? '')
    .executeTakeFirstOrThrow();
  await askAbout(crowd.application, id);
  expect((await states(crowd)).toSorted()).toEqual(['awaiting', 'returned', 'unknown']);
  crowd.prolific.close();
  await askAbout(crowd.application, id);
});

// In one database: each order is a submission of its own.
test('arrivals, webhooks and polls in any order, doubled, end in one state', async () => {
  const crowd = await openCrowd();
  const { application, recruitment } = crowd;
  const log = [
    ['arrival', null, 10],
    ['webhook', 'RESERVED', 5],
    ['webhook', 'ACTIVE', 11],
    ['poll', 'ACTIVE', 12],
    ['webhook', 'TIMED-OUT', 30],
    ['poll', 'TIMED-OUT', 31],
    ['webhook', 'AWAITING REVIEW', 40],
    ['poll', 'AWAITING REVIEW', 41],
    ['own', 'APPROVED', 50],
    ['webhook', 'APPROVED', 50],
    ['arrival', null, 60],
  ] as const;
  const runs = engine() === 'sqlite' ? 60 : 20;
  const ended = new Set<string>();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray([...log.keys(), ...log.keys()], { minLength: log.length * 2 }),
      async (order) => {
        run += 1;
        const id = `run${run}`;
        const {
          state,
          reported,
          reported_at: at,
        } = await inTransaction(application.db, async (trx) => {
          let held: Awaited<ReturnType<typeof hearSubmission>> | undefined;
          for (const index of order) {
            const [source, status, occurred] = log[index] ?? ['admin', null, 0];
            const news: SubmissionNews = {
              id,
              person: '5f0000000000000000000000',
              status,
              source,
              deliveryId: source === 'poll' ? null : `${id} ${index}`,
              at: occurred,
              now: 100,
              payload: {},
            };
            held = await hearSubmission(trx, application, recruitment, news);
          }
          if (held === undefined) throw new Error('nothing was heard');
          return held.submission;
        });
        ended.add(JSON.stringify([state, reported, at]));
      },
    ),
    { numRuns: runs, endOnFailure: true },
  );
  expect([...ended]).toEqual([JSON.stringify(['approved', 'APPROVED', 50])]);
});
