/**
 * The report of a suite: 154 datasets, 16 pairs among them, 60,060 judgments, SQLite. First byte of its first page when
 * nothing changed since last time and after one new judgment, as ratios to the first time that it
 * is computed, and how long the server's event loop was held.
 *
 *   node .build/bench/suite.js [--datasets 154] [--pairs 16] [--rounds 5]
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { sql } from 'kysely';
import { inviteAccount, redeemLink } from '#accounts/account.js';
import { createToken } from '#accounts/tokens.js';
import { createRandom, randomInteger, sampleWithoutReplacement } from '#statistics/random.js';
import type { Database, Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import type { Study } from '#studies/study.js';
import { openServer } from '../src/server.js';
import { buildRaters, buildStudy } from '../test/support/builders.js';

const { values: options } = parseArgs({
  options: {
    datasets: { type: 'string', default: '154' },
    pairs: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
  },
});
const [datasetCount, itemsEach, overlap, raterCount] = [Number(options.datasets), 130, 3, 60];
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const random = createRandom('suite');

/** Judgments written straight into the tables: every item by three raters, 95 % for the label. */
async function judge(
  database: Database,
  study: Study,
  leave: number,
): Promise<{ item: number; rater: number; study: number }[]> {
  const raters = (await buildRaters(database, study, raterCount)).map((rater) => rater.id);
  const items = await database.db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select(['item.id', 'item.overlap', 'example.label_choice', 'example.choices'])
    .where('item.study_id', '=', study.id)
    .execute();
  const left: { item: number; rater: number; study: number }[] = [];
  await inTransaction(database.db, async (trx) => {
    for (const [index, item] of items.entries()) {
      const assignments = sampleWithoutReplacement(raters, overlap, random).map((rater, turn) => ({
        rater,
        turn,
      }));
      for (const { rater, turn } of assignments) {
        if (turn === 0 && index < leave) left.push({ item: item.id, rater, study: study.id });
        else
          await write(trx, {
            item: item.id,
            rater,
            study: study.id,
            place: turn + 1,
            label: random() < 0.95 ? (item.label_choice ?? 0) : 1 - (item.label_choice ?? 0),
            relevance: 3 + randomInteger(3, random),
            at: 2_000_000 + index * 10 + turn,
          });
      }
    }
  });
  return left;
}

async function write(
  db: Db,
  judged: {
    item: number;
    rater: number;
    study: number;
    place: number;
    label: number;
    relevance: number;
    at: number;
  },
): Promise<void> {
  const { id } = await db
    .insertInto('assignment')
    .values({
      public_id: newPublicId(),
      study_id: judged.study,
      rater_id: judged.rater,
      item_id: judged.item,
      role: 'validation',
      overlap,
      state: 'submitted',
      place_no: judged.place,
      choice_order: '[0,1]',
      created_at: judged.at,
      shown_at: judged.at,
      submitted_at: judged.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('judgment')
    .values({
      assignment_id: id,
      revision: 1,
      rater_id: judged.rater,
      submission_key: `key-${id}`,
      label_choice: judged.label,
      ambiguous: 0,
      relevance: judged.relevance,
      answers: '{}',
      choice_order: '[0,1]',
      form_version: 1,
      guidelines_version: 1,
      origin: 'rater',
      shown_at: judged.at,
      submitted_at: judged.at,
      active_ms: 4000,
    })
    .execute();
}

const folder = mkdtempSync(join(tmpdir(), 'assay-suite-'));
const server = await openServer({
  PORT: '0',
  HOST: '127.0.0.1',
  ASSAY_DATA: folder,
  LOG_LEVEL: 'silent',
  NODE_ENV: 'production',
  REPORT_WAIT_SECONDS: '600',
});
const { database, db } = server.application;
const { secret } = await inviteAccount(db, {
  email: 'bench@lab.example',
  name: 'bench',
  role: 'admin',
  now: Date.now(),
});
const account = await redeemLink(db, {
  secret,
  password: 'a long and quiet afternoon',
  email: 'bench@lab.example',
  name: 'bench',
  now: Date.now(),
});
const { secret: token } = await createToken(db, {
  accountId: account.id,
  name: 'bench',
  now: Date.now(),
});
say(`writing ${datasetCount} datasets of ${itemsEach} examples`);
// As published, 16 behaviours have a human-written set beside the generated one.
const pairs = Math.min(Number(options.pairs), Math.floor(datasetCount / 2));
const study = await buildStudy(database, {
  datasets: Array.from({ length: datasetCount }, (_, index) => {
    const behaviour = index < 2 * pairs ? index >> 1 : index;
    const source =
      index < 2 * pairs && index % 2 === 1 ? ('human' as const) : ('generated' as const);
    return {
      name: `behaviour ${behaviour}`,
      behaviour: `behaviour-${behaviour}`,
      source,
      examples: Array.from({ length: itemsEach }, (__, at) => ({
        text: `I would say statement ${at} of ${source} set ${index}.`,
        choices: ['Yes', 'No'],
        label: at % 2,
        fixedOrder: true,
        confidence: 0.6 + (at % 40) / 100,
      })),
    };
  }),
  settings: { sampleSize: itemsEach, overlap },
});
const rounds = Number(options.rounds);
const left = await judge(database, study, rounds);
await sql`analyze`.execute(db);
const { judgments } = await db
  .selectFrom('judgment')
  .select((eb) => eb.fn.countAll<number>().as('judgments'))
  .executeTakeFirstOrThrow();
say(`${judgments} judgments`);

/** A browser in a thread of its own: reading a page takes time too, which is not the server's. */
const browser = new Worker(
  `const { parentPort } = require('node:worker_threads');
  parentPort.on('message', async ({ address, headers }) => {
    const before = performance.now();
    const response = await fetch(address, { headers });
    const first = performance.now() - before;
    parentPort.postMessage({ status: response.status, first, size: (await response.text()).length });
  });`,
  { eval: true },
);

/** Milliseconds to the first byte of a page, and its size in characters. */
async function load(path: string): Promise<{ first: number; size: number }> {
  browser.postMessage({
    address: `http://127.0.0.1:${server.application.config.port}${path}`,
    headers: { authorization: `Bearer ${token}`, accept: 'text/html', cookie },
  });
  const [answer] = (await once(browser, 'message')) as [
    { status: number; first: number; size: number },
  ];
  if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
  return answer;
}

/** Signs in as a person would, since pages want a session. */
async function signIn(): Promise<string> {
  const address = `http://127.0.0.1:${server.application.config.port}`;
  const page = await fetch(`${address}/sign-in`);
  const cookies = page.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const answer = await fetch(`${address}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: cookies, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      csrf,
      email: 'bench@lab.example',
      password: 'a long and quiet afternoon',
    }),
  });
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
}
const cookie = await signIn();
const path = `/studies/${study.public_id}/report`;
const delay = monitorEventLoopDelay({ resolution: 5 });
const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

// What was needed to write the study is no burden of the server's.
setFlagsFromString('--expose-gc');
(runInNewContext('gc') as () => void)();
const coldStart = await load(path);
say(
  `first time:           first byte ${coldStart.first.toFixed(0)} ms, ${(coldStart.size / 1000).toFixed(0)} kB`,
);
const unchanged: number[] = [];
const changed: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  delay.enable();
  unchanged.push((await load(path)).first);
  delay.disable();
  const next = left[round];
  if (next === undefined) break;
  await write(db, { ...next, place: 1, label: 0, relevance: 4, at: 9_000_000 + round });
  delay.enable();
  changed.push((await load(path)).first);
  delay.disable();
}
say(
  `nothing changed:      first byte ${median(unchanged).toFixed(0)} ms (median of ${unchanged.length}), ${(median(unchanged) / coldStart.first).toFixed(3)} of the first time; wanted under 300 ms`,
);
say(
  `after a new judgment: first byte ${median(changed).toFixed(0)} ms (median of ${changed.length}), ${(median(changed) / coldStart.first).toFixed(3)} of the first time; wanted under 2,000 ms`,
);
say(
  `event loop held at most ${(delay.max / 1e6).toFixed(0)} ms, 99th percentile ${(delay.percentile(99) / 1e6).toFixed(0)} ms; wanted under 50 ms`,
);
await browser.terminate();
await server.stop();
rmSync(folder, { recursive: true, force: true });
