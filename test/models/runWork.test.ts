import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Asking } from '#models/asking.js';
import { ModelFailure } from '#models/failure.js';
import { getRun, moveRun, type RunVerb } from '#models/run.js';
import { workOnRun } from '#models/runWork.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { onceTest, testDatabase } from '../support/database.js';
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

const never = new AbortController().signal;

const workOn = <T>(
  database: Database,
  runId: number,
  work: (asking: Asking) => Promise<T>,
  signal = never,
) => workOnRun(database, { runId, now: () => 3, signal, pause: async () => undefined }, work);

const move = ({ db }: Database, runId: number, verb: RunVerb, budget: number | null = null) =>
  inTransaction(db, (trx) => moveRun(trx, { runId, verb, budget, now: 4 }));

test('a run that comes to its end is done, and a fault of its work fails it', async () => {
  const database = await testDatabase();
  const model = await modelWith(database);
  const run = await newRun(database);
  const ask = (asking: Asking) => asking.ask(model, textRequest('a'));
  expect(await workOn(database, run.id, ask)).toMatchObject({ state: 'done' });
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'done', finished_at: 3 });
  expect(await workOn(database, run.id, ask)).toBeNull();
  await expect(move(database, run.id, 'resume')).rejects.toThrow(/A run that is done/);
  const other = await newRun(database);
  const broken = workOn(database, other.id, () => Promise.reject(new Error('a bug')));
  await expect(broken).rejects.toThrow('a bug');
  expect(await getRun(database.db, other.id)).toMatchObject({ state: 'failed', reason: 'a bug' });
});

test('a pause keeps answers that are under way, and going on asks none of them again', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const texts = ['a', 'b', 'c', 'd', 'e', 'f'];
  const model = await modelWith(
    database,
    async (request) => {
      if (request.prompt === 'c') await move(database, run.id, 'pause');
      return answerTo(request);
    },
    { atOnce: 1 },
  );
  const all = (asking: Asking) =>
    Promise.all(texts.map((text) => asking.ask(model, textRequest(text))));
  const reason = 'The run was paused or ended.';
  expect(await workOn(database, run.id, all)).toEqual({ state: 'stopped', reason });
  expect(model.asked).toEqual(['a', 'b', 'c']);
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'paused' });
  expect(await moneyOf(database, run)).toMatchObject({ spent: 3 * cost, reserved: 0 });
  expect(await workOn(database, run.id, all)).toBeNull();
  await move(database, run.id, 'resume');
  expect(await workOn(database, run.id, all)).toMatchObject({ state: 'done' });
  expect(model.asked).toEqual(texts);
});

test('a process that stops gives the run back, and a cancelled one stays cancelled', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const stop = new AbortController();
  const model = await modelWith(database, (request) => {
    stop.abort();
    return answerTo(request);
  });
  const two = async (asking: Asking) => {
    await asking.ask(model, textRequest('a'));
    await asking.ask(model, textRequest('b'));
  };
  await expect(workOn(database, run.id, two, stop.signal)).rejects.toThrow(/aborted/);
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'waiting', finished_at: null });
  expect(model.asked).toEqual(['a']);
  await move(database, run.id, 'cancel');
  expect(await workOn(database, run.id, two)).toBeNull();
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'cancelled', finished_at: 4 });
});

test('work that ends with its process leaves the run waiting, whatever error it throws', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const stop = new AbortController();
  const work = (): Promise<never> => {
    stop.abort();
    return Promise.reject(new Error('the database was closed'));
  };
  await expect(workOn(database, run.id, work, stop.signal)).rejects.toThrow(/aborted/);
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'waiting' });
});

test('a run that is cancelled while its last answer is under way is not called done', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const model = await modelWith(database, async (request) => {
    await move(database, run.id, 'cancel');
    return answerTo(request);
  });
  const ended = await workOn(database, run.id, (asking) => asking.ask(model, textRequest('a')));
  expect(ended).toMatchObject({ state: 'stopped' });
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'cancelled', spent: cost });
});

test('an answer that comes after another process has taken the run is not given out', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const model = await modelWith(database, async (request) => {
    await holdOf(database, run);
    return answerTo(request);
  });
  const ended = await workOn(database, run.id, (asking) => asking.ask(model, textRequest('a')));
  expect(ended).toMatchObject({ state: 'stopped' });
  expect(await moneyOf(database, run)).toEqual({ spent: worst, reserved: 0, ofCalls: worst });
});

test('requests for which nobody waits end with the work, or with the run', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const late = new ModelFailure('again', 'busy', { wait: 3_600_000 });
  const model = await modelWith(database, (request) =>
    request.prompt === 'busy' ? late : answerTo(request),
  );
  const options = { runId: run.id, now: () => 3, signal: never };
  const ended = await workOnRun(database, options, async (asking) => {
    void asking.ask(model, textRequest('busy'));
    await asking.ask(model, textRequest('a'));
    return 'over';
  });
  expect(ended).toEqual({ state: 'done', result: 'over' });
  const failing = await modelWith(database, () => new ModelFailure('stop', 'No key.'));
  const other = await newRun(database);
  const failed = await workOn(database, other.id, async (asking) => {
    const [first, second] = ['a', 'b'].map((text) => asking.ask(failing, textRequest(text)));
    await first;
    await second;
  });
  expect(failed).toEqual({ state: 'stopped', reason: 'No key.' });
});

test('a run that stops while requests wait to be sent again stops for its own reason', async () => {
  const database = await testDatabase();
  const run = await newRun(database);
  const model = await modelWith(database, (request) =>
    request.prompt === 'key'
      ? new ModelFailure('stop', 'The key is wrong.')
      : new ModelFailure('again', 'busy', { wait: 3_600_000 }),
  );
  // The real wait, which ends with an error of its own.
  const ended = await workOnRun(
    database,
    { runId: run.id, now: () => 3, signal: never },
    async (asking) => {
      const busy = ['a', 'b'].map((text) => asking.ask(model, textRequest(text)));
      await expect.poll(() => model.asked).toHaveLength(2);
      const fault = asking.ask(model, textRequest('key')).catch(() => undefined);
      await Promise.all([...busy, fault]);
    },
  );
  expect(ended).toEqual({ state: 'stopped', reason: 'The key is wrong.' });
  expect(await getRun(database.db, run.id)).toMatchObject({ state: 'failed', reserved: 0 });
});

onceTest(
  'after any failures and deaths every answer is there, asked once, and the money adds up',
  async () => {
    const Fault = fc.constantFrom('answer', 'answer', 'busy', 'cut', 'death');
    await fc.assert(
      fc.asyncProperty(fc.array(Fault, { maxLength: 30 }), async (faults) => {
        const database = await testDatabase();
        const run = await newRun(database);
        const sent = new Map<string, number>();
        const answered = new Map<string, number>();
        let paid = 0;
        let dead = false;
        let die: () => void = () => undefined;
        const model = await modelWith(
          database,
          (request) => {
            // Nothing of a process that is dead is heard again.
            if (dead) return new Promise<never>(() => undefined);
            sent.set(request.prompt, (sent.get(request.prompt) ?? 0) + 1);
            const fault = faults.shift() ?? 'answer';
            if (fault === 'death') {
              dead = true;
              die();
              return new Promise<never>(() => undefined);
            }
            if (fault === 'busy') return new ModelFailure('again', 'busy');
            if (fault === 'cut') {
              paid += worst;
              return new ModelFailure('again', 'cut', { mayBePaid: true });
            }
            answered.set(request.prompt, (answered.get(request.prompt) ?? 0) + 1);
            paid += cost;
            return answerTo(request);
          },
          { atOnce: 1 },
        );
        const texts = ['a', 'b', 'c', 'd'];
        for (;;) {
          dead = false;
          const death = new Promise<false>((resolve) => {
            die = () => resolve(false);
          });
          const asking = askingOf(database, await holdOf(database, run));
          const ended = Promise.allSettled(
            texts.map((text) => asking.ask(model, textRequest(text))),
          ).then(() => true);
          const over = await Promise.race([ended, death]);
          if (over) break;
          paid += worst;
        }
        const refused = await database.db
          .selectFrom('model_call')
          .select('id')
          .where('state', '=', 'refused')
          .execute();
        expect([...answered.values()].every((times) => times === 1)).toBe(true);
        expect(answered.size + refused.length).toBe(texts.length);
        expect(await moneyOf(database, run)).toEqual({ spent: paid, reserved: 0, ofCalls: paid });
      }),
      { numRuns: 15 },
    );
  },
);
