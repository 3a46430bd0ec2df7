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

const script = new URL('./kills.process.js', import.meta.url);

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
): Promise<string> {
  const model = await openModel(await requireModel(database.db, publicId), {
    hosts: [host],
    keys: {},
    folder: '',
  });
  const samples = Array.from({ length: texts }, (_, sample) => textRequest('Write.', sample));
  const ended = await workOnRun(
    database,
    { runId, now: Date.now, signal: new AbortController().signal, deadAfter: 0 },
    (asking) => Promise.all(samples.map((request) => asking.ask(model, request))),
  );
  await model.asker.close();
  const answers = ended?.state === 'done' ? ended.result : [];
  const content = answers.map((asked) => (asked.kind === 'answered' ? asked.answer : asked.kind));
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** Comes back once the server has seen so many requests. */
export async function untilSeen(server: ModelServer, requests: number): Promise<void> {
  while (server.log.length < requests) await sleep(1);
}

/**
 * Runs a script in a process of its own, with `given` as its argument, and kills it once `until`
 * comes back. Gives whether it was killed before it ended by itself.
 */
export async function killWhileWorking(
  script: URL,
  given: unknown,
  until: Promise<void>,
): Promise<boolean> {
  const child = fork(fileURLToPath(script), [JSON.stringify(given)]);
  const gone = once(child, 'exit');
  await Promise.race([until, gone]);
  const killed = child.kill('SIGKILL');
  await gone;
  return killed;
}

/**
 * Works on a run of so many texts, and kills its process with SIGKILL as often as `kills` says, each
 * time after a random number of further requests; then lets it come to its end.
 * @param options.random from 0 to 1
 */
export async function killAgainAndAgain(
  database: Database,
  server: ModelServer,
  options: { name: string; texts: number; kills: number; random: () => number },
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
  const most = Math.floor(texts / (options.kills + 1));
  for (let kill = 0; kill < options.kills; kill += 1) {
    const further = 1 + Math.floor(options.random() * most);
    await killWhileWorking(script, given, untilSeen(server, server.log.length + further));
  }
  const hash = await workOnKilled(database, given);
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
    kills: options.kills,
    requests: seen.length,
    cut: seen.filter(({ outcome }) => outcome === 'cut').length,
    money: await moneyOf(database, run),
  };
}
