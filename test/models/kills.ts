import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addModel, requireModel } from '#models/model.js';
import { openModel } from '#models/open.js';
import { createRun } from '#models/run.js';
import { workOnRun } from '#models/runWork.js';
import { type Database, type DatabaseLocation } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { ModelServer } from '../support/modelServer/server.js';
import { moneyOf, settingsWith, textRequest } from './support.js';

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

/** Works on such a run to its end, and gives the hash of all answers. */
export async function workOnKilled(
  database: Database,
  { host, model: publicId, runId, texts }: KilledRun,
  begins: () => void,
): Promise<string> {
  const model = await openModel(await requireModel(database.db, publicId), {
    hosts: [host],
    keys: {},
    folder: '',
  });
  begins();
  const samples = Array.from({ length: texts }, (_, sample) => textRequest('Write.', sample));
  const ended = await workOnRun(
    database,
    { runId, now: Date.now, signal: new AbortController().signal },
    (asking) => Promise.all(samples.map((request) => asking.ask(model, request))),
  );
  await model.asker.close();
  const answers = ended?.state === 'done' ? ended.result : [];
  const content = answers.map((asked) => (asked.kind === 'answered' ? asked.answer : asked.kind));
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Works on a run in a process of its own; null where that was killed after so many milliseconds. */
async function workInProcess(given: KilledRun, killAfter: number | null): Promise<string | null> {
  const child = fork(fileURLToPath(new URL('./kills.process.js', import.meta.url)), [
    JSON.stringify(given),
  ]);
  const gone = once(child, 'exit');
  await once(child, 'message');
  const ended = once(child, 'message').then(([said]) => String(said));
  const over = new AbortController();
  const wait =
    killAfter === null
      ? gone.then(() => null)
      : sleep(killAfter, null, { signal: over.signal }).catch(() => null);
  const hash = await Promise.race([ended, wait]);
  over.abort();
  if (hash === null) child.kill('SIGKILL');
  await gone;
  return hash;
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
  while (hash === null && kills < options.kills) {
    hash = await workInProcess(given, options.random() * options.longestMs);
    if (hash === null) kills += 1;
  }
  hash ??= await workOnKilled(database, given, () => undefined);
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
