import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addModel } from '#models/model.js';
import { createRun } from '#models/run.js';
import { type Database, type DatabaseLocation } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { ModelServer } from '../support/modelServer/server.js';
import { moneyOf, settingsWith } from './support.js';

/** A run whose process is killed. */
export interface KilledRun {
  readonly location: DatabaseLocation;
  readonly host: string;
  readonly model: string;
  readonly runId: number;
  readonly texts: number;
}

/** What became of a run whose process was killed again and again. */
export interface Survived {
  /** Hash of all answers, in the order of the requests. */
  readonly hash: string;
  readonly kills: number;
  readonly calls: number;
  readonly answered: number;
  /** Attempts that were written down, over all calls. */
  readonly attempts: number;
  /** Attempts that count as paid although no answer came. */
  readonly lost: number;
  /** Requests that the server saw, and those of them that it saw broken off. */
  readonly requests: number;
  readonly cut: number;
  readonly money: Awaited<ReturnType<typeof moneyOf>>;
}

/**
 * Works on a run of so many texts, and kills its process with SIGKILL as often as `kills` says, each
 * time after a random time; then lets it come to its end.
 * @param options.random from 0 to 1
 */
export async function killAgainAndAgain(
  database: Database,
  server: ModelServer,
  options: { name: string; texts: number; kills: number; longestMs: number; random: () => number },
): Promise<Survived> {
  const { texts } = options;
  const { db } = database;
  const settings = settingsWith({
    server: server.url,
    atOnce: 8,
    form: { kind: 'frame', before: '', after: '', reply: '' },
  });
  const model = await addModel(db, { name: options.name, settings, staff: null, now: 1 });
  const run = await inTransaction(db, (trx) =>
    createRun(trx, {
      kind: 'test',
      settings: '{}',
      budget: 1e12,
      planned: texts,
      accountId: null,
      now: 1,
    }),
  );
  const before = server.log.length;
  const given: KilledRun = {
    location: database.location,
    host: server.host,
    model: model.public_id,
    runId: run.id,
    texts,
  };
  let hash: string | null = null;
  let kills = 0;
  while (hash === null) {
    const child = fork(fileURLToPath(new URL('./kills.process.js', import.meta.url)), [
      JSON.stringify(given),
    ]);
    const gone = once(child, 'exit');
    await once(child, 'message');
    const ended = once(child, 'message').then(([said]) => String(said));
    if (kills < options.kills) {
      const over = new AbortController();
      const waited = sleep(options.random() * options.longestMs, null, { signal: over.signal });
      const said = await Promise.race([ended, waited, gone.then(() => null)]);
      over.abort();
      await waited.catch(() => null);
      if (said === null) {
        child.kill('SIGKILL');
        kills += 1;
      } else hash = said;
    } else hash = await ended;
    await gone;
  }
  const calls = await db
    .selectFrom('model_call')
    .select((eb) => [
      eb.fn.countAll<number>().as('calls'),
      eb.fn.countAll<number>().filterWhere('state', '=', 'answered').as('answered'),
      eb.fn.sum<number>('attempts').as('attempts'),
      eb.fn.sum<number>('lost').as('lost'),
    ])
    .where('model_id', '=', model.id)
    .executeTakeFirstOrThrow();
  const seen = server.log.slice(before);
  return {
    ...calls,
    hash,
    kills,
    requests: seen.length,
    cut: seen.filter(({ outcome }) => outcome === 'cut').length,
    money: await moneyOf(database, run),
  };
}
