import { expect, test } from 'vitest';
import { createAsking } from '#models/asking.js';
import { ModelFailure } from '#models/failure.js';
import { beginCall, endCall, type Entry } from '#models/ledger.js';
import type { Hold } from '#models/ledgerQueries.js';
import { keyOf } from '#models/request.js';
import { beginRun, getRun, leaveRun, moveRun } from '#models/run.js';
import type { Database } from '#storage/database.js';
import { openDatabase } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { testDatabase } from '../support/database.js';
import {
  answerTo,
  askingOf,
  cost,
  holdOf,
  modelWith,
  moneyOf,
  newRun,
  textRequest,
  worst,
} from './support.js';

const callsOf = ({ db }: Database) =>
  db
    .selectFrom('model_call')
    .select(['state', 'attempts', 'lost', 'error', 'run_id'])
    .orderBy('id')
    .execute();

const busy = (message: string, mayBePaid = false): ModelFailure =>
  new ModelFailure('again', message, { mayBePaid });

/** Writes an attempt down as a process does that dies while it waits for the answer. */
async function dieWaiting(database: Database, hold: Hold, modelId: number, publicId: string) {
  const request = textRequest('a');
  const entry: Entry = {
    key: keyOf({ publicId }, request),
    modelId,
    request: JSON.stringify(request),
    worst,
    stageId: null,
  };
  const begun = await beginCall(database, { hold, entry, lostBefore: 0, now: 3 });
  expect(begun).toMatchObject({ kind: 'send' });
}

test('an answer is asked and paid once, in a run and over runs', async () => {
  const database = await testDatabase();
  const model = await modelWith(database);
  const [one, other] = [await newRun(database), await newRun(database)];
  const asking = askingOf(database, await holdOf(database, one));
  const twice = await Promise.all(['a', 'a'].map((text) => asking.ask(model, textRequest(text))));
  const later = await askingOf(database, await holdOf(database, other)).ask(
    model,
    textRequest('a'),
  );
  for (const asked of [...twice, later])
    expect(asked).toMatchObject({ kind: 'answered', answer: answerTo(textRequest('a')) });
  expect(model.asked).toEqual(['a']);
  await asking.ask(model, textRequest('a', 1));
  expect(model.asked).toEqual(['a', 'a']);
  expect(await moneyOf(database, one)).toEqual({ spent: 2 * cost, reserved: 0, ofCalls: 2 * cost });
  expect(await moneyOf(database, other)).toEqual({ spent: 0, reserved: 0, ofCalls: 0 });
});

test('a call whose answer was lost with its process counts as paid, and is sent again', async () => {
  const database = await testDatabase();
  const model = await modelWith(database);
  const run = await newRun(database);
  const dead = await holdOf(database, run);
  await dieWaiting(database, dead, model.id, model.publicId);
  const hold = await holdOf(database, run);
  await askingOf(database, hold).ask(model, textRequest('a'));
  expect(await callsOf(database)).toMatchObject([{ state: 'answered', attempts: 2, lost: 1 }]);
  const paid = worst + cost;
  expect(await moneyOf(database, run)).toEqual({ spent: paid, reserved: 0, ofCalls: paid });
  const [call] = await database.db.selectFrom('model_call').select('id').execute();
  const answer = answerTo(textRequest('a'));
  const ending = { state: 'answered', answer, cost } as const;
  const late = { hold: dead, callId: call?.id ?? 0, ending, now: 9 };
  expect(await endCall(database, late)).toBe(false);
  expect((await moneyOf(database, run)).spent).toBe(paid);
  await expect(askingOf(database, dead).ask(model, textRequest('b'))).rejects.toThrow(/paused/);
});

test('what could go over the budget is not sent; raising it goes on', async () => {
  const database = await testDatabase();
  const model = await modelWith(database);
  const run = await newRun(database, worst + cost);
  const hold = await holdOf(database, run);
  const asking = askingOf(database, hold);
  await asking.ask(model, textRequest('a'));
  await asking.ask(model, textRequest('b'));
  await expect(asking.ask(model, textRequest('c'))).rejects.toMatchObject({
    state: 'out-of-budget',
  });
  await leaveRun(database.db, hold, { state: 'out-of-budget', reason: null, now: 4 });
  expect(await beginRun(database.db, run.id, { now: 5, deadAfter: 0 })).toBeNull();
  await inTransaction(database.db, (trx) =>
    moveRun(trx, { runId: run.id, verb: 'resume', budget: 1_000, now: 5 }),
  );
  const further = askingOf(database, await holdOf(database, run));
  for (const text of ['a', 'b', 'c']) await further.ask(model, textRequest(text));
  expect(model.asked).toEqual(['a', 'b', 'c']);
  expect((await getRun(database.db, run.id)).spent).toBe(3 * cost);
  await expect(
    inTransaction(database.db, (trx) =>
      moveRun(trx, { runId: run.id, verb: 'pause', budget: 10, now: 6 }),
    ),
  ).rejects.toThrow(/below what is spent/);
});

test('two processes with one budget never go over it together', async () => {
  const database = await testDatabase();
  const second = openDatabase(database.location, { poolSize: 4 });
  const budget = 20 * worst;
  const run = await newRun(database, budget);
  const hold = await holdOf(database, run);
  let highest = 0;
  const model = await modelWith(database, async (request) => {
    const { spent, reserved } = await getRun(database.db, run.id);
    highest = Math.max(highest, spent + reserved);
    // The dearest answer that can come.
    return { ...answerTo(request), tokens: { input: 17, output: 20 } };
  });
  const ask = async (over: Database, name: string) => {
    const asking = askingOf(over, hold);
    const letters = Array.from({ length: 30 }, (_, at) => String.fromCharCode(65 + at));
    const asked = letters.map((letter, at) =>
      asking.ask(model, textRequest(letter, at + (name === 'one' ? 0 : 100))),
    );
    return Promise.allSettled(asked);
  };
  const ended = (await Promise.all([ask(database, 'one'), ask(second, 'other')])).flat();
  await second.close();
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  expect(highest).toBeLessThanOrEqual(budget);
  expect(await moneyOf(database, run)).toEqual({ spent: budget, reserved: 0, ofCalls: budget });
});

test('waits double, follow the server, and end after six retries', async () => {
  const database = await testDatabase();
  const told = new ModelFailure('again', 'busy', { wait: 90_000 });
  const failures = [busy('busy'), told, busy('cut', true)];
  const model = await modelWith(database, (request) => failures.shift() ?? answerTo(request));
  const run = await newRun(database);
  const waits: number[] = [];
  const asking = askingOf(database, await holdOf(database, run), { waits });
  expect(await asking.ask(model, textRequest('a'))).toMatchObject({ kind: 'answered' });
  expect(waits).toEqual([500, 90_000, 2_000]);
  expect((await moneyOf(database, run)).spent).toBe(worst + cost);
  expect(await callsOf(database)).toMatchObject([{ attempts: 4, lost: 1 }]);
  waits.length = 0;
  for (let at = 0; at < 7; at += 1) failures.push(busy(`no ${at}`));
  const given = await asking.ask(model, textRequest('b'));
  expect(given).toMatchObject({ kind: 'refused', refusal: 'given-up', sentence: 'no 6' });
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(await asking.ask(model, textRequest('b'))).toMatchObject({ kind: 'refused' });
  expect(model.asked).toHaveLength(4 + 7);
});

test('a run stops where 5 % of at least 20 requests are given up', async () => {
  const database = await testDatabase();
  const model = await modelWith(database, (request) =>
    request.prompt === 'b' ? busy('broken') : answerTo(request),
  );
  const asking = askingOf(database, await holdOf(database, await newRun(database)));
  for (let sample = 0; sample < 18; sample += 1) await asking.ask(model, textRequest('a', sample));
  expect(await asking.ask(model, textRequest('b'))).toMatchObject({ kind: 'refused' });
  await expect(asking.ask(model, textRequest('b', 1))).rejects.toMatchObject({
    state: 'failed',
    message: '2 of the last 20 requests were given up after 6 retries each. The last said: broken',
  });
  await expect(asking.ask(model, textRequest('c'))).rejects.toThrow(/2 of the last 20/);
});

test('what would fail every time stops the run; what fails for one request does not', async () => {
  const database = await testDatabase();
  const kinds = new Map([
    ['long', 'not-askable'],
    ['blind', 'no-figures'],
    ['key', 'stop'],
  ] as const);
  const model = await modelWith(database, (request) => {
    const kind = [...kinds].find(([prompt]) => prompt === request.prompt)?.[1];
    return kind === undefined
      ? answerTo(request)
      : new ModelFailure(kind, `no: ${kind}`, {
          reason: kind === 'not-askable' ? 'over-context' : null,
        });
  });
  const run = await newRun(database);
  const asking = askingOf(database, await holdOf(database, run));
  const refused = [
    ['long', { kind: 'refused', refusal: 'not-askable', reason: 'over-context' }],
    ['blind', { kind: 'refused', refusal: 'no-figures', reason: null }],
  ] as const;
  for (const [prompt, asked] of refused)
    expect(await asking.ask(model, textRequest(prompt))).toMatchObject(asked);
  // They would be so again: nobody asks them a second time, in this run or another.
  const other = askingOf(database, await holdOf(database, await newRun(database)));
  for (const [prompt, asked] of refused)
    for (const again of [asking, other])
      expect(await again.ask(model, textRequest(prompt))).toMatchObject(asked);
  await expect(asking.ask(model, textRequest('key'))).rejects.toMatchObject({ state: 'failed' });
  expect((await moneyOf(database, run)).spent).toBe(0);
  expect(model.asked).toEqual(['long', 'blind', 'key']);
});

test('a run that waits for a call of another takes its answer, or takes it for lost', async () => {
  const database = await testDatabase();
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const model = await modelWith(database, async (request) => {
    await released;
    return answerTo(request);
  });
  const [one, other] = [await newRun(database), await newRun(database)];
  const first = askingOf(database, await holdOf(database, one)).ask(model, textRequest('a'));
  await expect.poll(() => callsOf(database)).toHaveLength(1);
  const waits: number[] = [];
  const second = askingOf(database, await holdOf(database, other), { waits });
  const answered = second.ask(model, textRequest('a'));
  await expect.poll(() => waits.length).toBeGreaterThan(2);
  release();
  expect(await answered).toMatchObject({ kind: 'answered' });
  await first;
  expect(model.asked).toEqual(['a']);
  expect((await moneyOf(database, other)).spent).toBe(0);

  const dead = await newRun(database);
  const fresh = await modelWith(database, answerTo, { model: 'other' });
  await dieWaiting(database, await holdOf(database, dead), fresh.id, fresh.publicId);
  const late = askingOf(database, await holdOf(database, other), { now: () => 10_000_000 });
  expect(await late.ask(fresh, textRequest('a'))).toMatchObject({ kind: 'answered' });
  expect(await moneyOf(database, dead)).toEqual({ spent: worst, reserved: 0, ofCalls: worst });
  expect(await moneyOf(database, other)).toMatchObject({ spent: cost, reserved: 0 });
});

test('two runs that take the same call for lost ask and pay it once', async () => {
  const database = await testDatabase();
  const model = await modelWith(database);
  const dead = await newRun(database);
  await dieWaiting(database, await holdOf(database, dead), model.id, model.publicId);
  const runs = [await newRun(database), await newRun(database)];
  const askings = [];
  for (const run of runs)
    askings.push(askingOf(database, await holdOf(database, run), { now: () => 10_000_000 }));
  const asked = await Promise.all(askings.map((asking) => asking.ask(model, textRequest('a'))));
  for (const one of asked) expect(one).toMatchObject({ kind: 'answered' });
  expect(model.asked).toEqual(['a']);
  expect(await moneyOf(database, dead)).toEqual({ spent: worst, reserved: 0, ofCalls: worst });
  const spent = await Promise.all(runs.map(async (run) => (await moneyOf(database, run)).spent));
  expect(spent.toSorted((one, other) => one - other)).toEqual([0, cost]);
});

test('a limit a minute counts what is sent, again too, and not what is known', async () => {
  const database = await testDatabase();
  let time = 0;
  const failures = [busy('busy')];
  const sentAt: number[] = [];
  const model = await modelWith(
    database,
    (request) => {
      sentAt.push(time);
      return failures.shift() ?? answerTo(request);
    },
    { perMinute: 2, atOnce: 4 },
  );
  const hold = await holdOf(database, await newRun(database));
  const asking = createAsking(database, hold, {
    now: () => time,
    random: () => 0,
    async pause(ms, signal) {
      signal.throwIfAborted();
      time += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  const texts = ['a', 'b', 'c', 'd'];
  for (const text of texts) await asking.ask(model, textRequest(text));
  expect(sentAt).toHaveLength(5);
  for (const [index, at] of sentAt.slice(2).entries())
    expect(at - (sentAt[index] ?? 0)).toBeGreaterThanOrEqual(60_000);
  const before = time;
  for (const text of texts) await asking.ask(model, textRequest(text));
  expect(time).toBe(before);
});

test('an attempt whose end could not be stored counts as lost when it is asked again', async () => {
  const database = await testDatabase();
  const model = await modelWith(database);
  const run = await newRun(database);
  const hold = await holdOf(database, run);
  await dieWaiting(database, hold, model.id, model.publicId);
  await askingOf(database, hold).ask(model, textRequest('a'));
  expect(await callsOf(database)).toMatchObject([{ state: 'answered', attempts: 2, lost: 1 }]);
  const paid = worst + cost;
  expect(await moneyOf(database, run)).toEqual({ spent: paid, reserved: 0, ofCalls: paid });
});
