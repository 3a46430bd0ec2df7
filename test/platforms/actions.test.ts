import { expect, test } from 'vitest';
import type { Action } from '#platforms/actions.js';
import { settle, surelyOver } from '#platforms/actions.js';
import { sendAction, sweepActions } from '#platforms/prolific/send.js';
import { inTransaction } from '#storage/transaction.js';
import { watchStatements } from '../support/faults.js';
import type { Fault } from '../support/prolific.js';
import { type Crowd, openCrowd } from './prolificSupport.js';

const stateOf = async ({ application }: Crowd, { id }: Action): Promise<string> =>
  (
    await application.db
      .selectFrom('platform_action')
      .select('state')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).state;

async function wantedBonus(crowd: Crowd): Promise<Action> {
  const submission = await crowd.awaiting();
  return crowd.wanted({
    request: { kind: 'bonus', rows: [{ submissionId: submission.id, minor: 50 }] },
    amountMinor: 50,
  });
}

/** What the people of the last submission were paid as bonuses. */
const paidLast = ({ prolific }: Crowd): number[] =>
  [...prolific.submissions.values()].at(-1)?.bonus_payments ?? [];

/** The process is dead; another one sweeps later, twice. */
async function laterOn(crowd: Crowd): Promise<void> {
  const now = (): number => Date.now() + 2 * surelyOver;
  await sweepActions({ ...crowd.application, now });
  await sweepActions({ ...crowd.application, now: () => now() + 2 * surelyOver });
}

/** A person looks where a call is unknown, and says what they see. */
async function look(crowd: Crowd, action: Action): Promise<void> {
  if ((await stateOf(crowd, action)) !== 'unknown') return;
  await inTransaction(crowd.application.db, (trx) =>
    settle(trx, action, {
      done: paidLast(crowd).length > 0,
      staff: crowd.staff,
      now: Date.now(),
      note: 'I looked.',
    }),
  );
}

test('a bonus is paid once, wherever its process dies', async () => {
  const crowd = await openCrowd();
  const faults = watchStatements();
  let deaths = 0;
  for (let at = 1; ; at += 1) {
    const action = await wantedBonus(crowd);
    faults.arm({ fault: 'full', at, from: 'onwards' });
    await sendAction(crowd.application, action.id).catch(() => undefined);
    const { fired } = faults;
    faults.disarm();
    await laterOn(crowd);
    expect(paidLast(crowd).length, `statement ${at}`).toBeLessThanOrEqual(1);
    await look(crowd, action);
    expect([await stateOf(crowd, action), paidLast(crowd)]).toEqual(['done', [50]]);
    if (fired === 0) break;
    deaths += 1;
  }
  expect(deaths).toBeGreaterThan(5);
});

test.each<Fault>([
  { path: /POST .*submissions\/bonus-payments/, kind: 'lost' },
  { path: /POST .*submissions\/bonus-payments/, kind: 'status', status: 500 },
  { path: /\/pay\/$/, kind: 'lost' },
  { path: /\/pay\/$/, kind: 'cut' },
  { path: /\/pay\/$/, kind: 'status', status: 503 },
  { path: /\/pay\/$/, kind: 'status', status: 429 },
  { path: /\/pay\/$/, kind: 'status', status: 400 },
])('a bonus whose call fails so is never paid twice: %o', async (fault) => {
  const crowd = await openCrowd();
  crowd.prolific.faults.push({ ...fault });
  const action = await wantedBonus(crowd);
  await sendAction(crowd.application, action.id);
  await laterOn(crowd);
  const paid = paidLast(crowd);
  expect(paid.length).toBeLessThanOrEqual(1);
  await look(crowd, action);
  expect(await stateOf(crowd, action)).toBe(paid.length === 1 ? 'done' : 'refused');
});

test('while a bonus is unknown, no other of the account leaves', async () => {
  const crowd = await openCrowd();
  crowd.prolific.faults.push({ path: /\/pay\/$/, kind: 'lost' });
  const first = await wantedBonus(crowd);
  await sendAction(crowd.application, first.id);
  expect(await stateOf(crowd, first)).toBe('unknown');
  const second = await wantedBonus(crowd);
  await sendAction(crowd.application, second.id);
  expect(await stateOf(crowd, second)).toBe('wanted');
  await inTransaction(crowd.application.db, (trx) =>
    settle(trx, first, { done: true, staff: crowd.staff, now: Date.now(), note: 'Paid.' }),
  );
  await laterOn(crowd);
  expect(await stateOf(crowd, second)).toBe('done');
  expect([...crowd.prolific.bulks.values()].map(({ pays }) => pays)).toEqual([1, 1]);
});

test('bonuses that are sent at once leave one after the other', async () => {
  const crowd = await openCrowd();
  const actions: Action[] = [];
  for (let count = 0; count < 3; count += 1) actions.push(await wantedBonus(crowd));
  await Promise.all([...actions, ...actions].map(({ id }) => sendAction(crowd.application, id)));
  await laterOn(crowd);
  expect(crowd.prolific.account.overlap).toBe(1);
  expect([...crowd.prolific.submissions.values()].map((one) => one.bonus_payments)).toEqual([
    [50],
    [50],
    [50],
  ]);
});

test('an approval whose answer is lost is sent again', async () => {
  const crowd = await openCrowd();
  const submission = await crowd.awaiting();
  crowd.prolific.faults.push({ path: /transition/, kind: 'lost' });
  const action = await crowd.wanted({
    request: { kind: 'approve' },
    submissionId: submission.id,
    amountMinor: 150,
  });
  await sendAction(crowd.application, action.id);
  expect(await stateOf(crowd, action)).toBe('unknown');
  await laterOn(crowd);
  expect(await stateOf(crowd, action)).toBe('done');
  const stored = await crowd.application.db
    .selectFrom('platform_submission')
    .select(['state', 'reported'])
    .executeTakeFirstOrThrow();
  expect(stored).toEqual({ state: 'approved', reported: 'APPROVED' });
});

test('a rejection needs a person and its 100 characters; spending stays under the limit', async () => {
  const crowd = await openCrowd(100);
  const submission = await crowd.awaiting();
  const reject = { kind: 'reject', category: 'LOW_EFFORT', message: 'x'.repeat(100) } as const;
  const about = { submissionId: submission.id };
  await expect(crowd.wanted({ request: reject, ...about, staff: null })).rejects.toThrow('person');
  await expect(
    crowd.wanted({ request: { ...reject, message: 'too short' }, ...about }),
  ).rejects.toThrow();
  await expect(wantedBonus(crowd)).resolves.toMatchObject({ state: 'wanted' });
  await expect(wantedBonus(crowd)).resolves.toMatchObject({ state: 'wanted' });
  await expect(wantedBonus(crowd)).rejects.toThrow(/limit of the account/);
  const rejected = await crowd.wanted({ request: reject, ...about });
  expect((await sendAction(crowd.application, rejected.id)).state).toBe('done');
});
