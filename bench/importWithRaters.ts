/**
 * What raters feel while a dataset is imported: the time of one POST that stores a judgment and
 * answers with the next item, with and without an import in the same server, on SQLite; how long
 * the server's event loop is held; and how fast the import goes meanwhile.
 *
 *   node .build/bench/importWithRaters.js [--raters 16] [--megabytes 30]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { inviteAccount, redeemLink } from '#accounts/account.js';
import { createToken } from '#accounts/tokens.js';
import { joinStudy } from '#raters/rater.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { openStudy } from '#studies/opening.js';
import { createStudy } from '#studies/study.js';
import { openServer } from '../src/server.js';
import { buildDataset, plainExamples } from '../test/support/builders.js';

const { values: options } = parseArgs({
  options: {
    raters: { type: 'string', default: '16' },
    megabytes: { type: 'string', default: '30' },
    serve: { type: 'string' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const pauseBetween = 250;
const quietFor = 10_000;

const Ready = z.object({ address: z.string(), token: z.string(), links: z.array(z.string()) });

async function serve(folder: string): Promise<void> {
  const { application, address } = await openServer(
    { PORT: '0', HOST: '127.0.0.1', ASSAY_DATA: folder, LOG_LEVEL: 'info', NODE_ENV: 'production' },
    { logTo: { write: () => undefined } },
  );
  const { db } = application;
  const now = Date.now();
  const dataset = await inTransaction(db, (trx) =>
    buildDataset(trx, { examples: plainExamples(2000) }),
  );
  const draft = await inTransaction(db, (trx) =>
    createStudy(trx, {
      title: 'Bench',
      settings: { datasets: [dataset], sampleSize: 2000, overlap: 9 },
      now,
      accountId: null,
    }),
  );
  const study = await openStudy(db, { study: draft, now, staff: null });
  const links: string[] = [];
  for (let index = 0; index < Number(options.raters); index += 1)
    links.push(
      (
        await inTransaction(db, (trx) =>
          joinStudy(trx, {
            studyId: study.id,
            key: newPublicId(),
            consentVersion: 1,
            warningVersion: 1,
            origin: 'rater',
            arrival: 'open-link',
            now,
          }),
        )
      ).token,
    );
  const { secret } = await inviteAccount(db, {
    email: 'a@lab.example',
    name: 'A',
    role: 'admin',
    now,
  });
  const account = await redeemLink(db, {
    secret,
    password: 'a long and quiet afternoon',
    email: 'a@lab.example',
    name: 'A',
    now,
  });
  const { secret: token } = await createToken(db, { accountId: account.id, name: 'bench', now });
  process.send?.({ address: address.replace('localhost', '127.0.0.1'), token, links });
  const held = monitorEventLoopDelay({ resolution: 1 });
  held.enable();
  process.on('message', () => {
    process.send?.({ longest: held.max / 1e6 });
    held.reset();
  });
}

const Held = z.object({ longest: z.number() });

/** How long the server's event loop was held at most since the last call, ms. */
async function heldSince(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message');
  child.send('held');
  return Held.parse((await answer)[0]).longest;
}

const Next = z.object({ shown: z.object({ id: z.string() }), ahead: z.object({ id: z.string() }) });

/** A rater who rates at a steady pace until told to stop; each answer's time goes to `times`. */
async function rate(
  address: string,
  link: string,
  times: number[],
  signal: AbortSignal,
): Promise<void> {
  const opened = await fetch(`${address}/r/${link}`, { redirect: 'manual' });
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const page = await (await fetch(`${address}/rate`, { headers: { cookie } })).text();
  const headers = {
    cookie,
    'x-csrf-token': /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '',
    'x-fragment': '1',
    accept: 'application/json',
  };
  let item = /data-assignment="([^"]+)"/.exec(page)?.[1] ?? '';
  const prefetched = await (
    await fetch(`${address}/rate/ahead`, { method: 'POST', headers, body: new URLSearchParams() })
  ).text();
  const begun = z.object({ ahead: z.object({ id: z.string() }) }).safeParse(JSON.parse(prefetched));
  if (!begun.success) throw new Error(`the server answered ${prefetched}`);
  let { ahead } = begun.data;
  await wait(Math.random() * pauseBetween);
  while (!signal.aborted) {
    const sent = performance.now();
    const response = await fetch(`${address}/rate`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({
        assignment: item,
        key: `key-${item}`,
        answer_label: '0',
        answer_relevance: '4',
        active_ms: '1200',
        have: ahead.id,
      }),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`the server answered ${response.status}: ${answer}`);
    times.push(performance.now() - sent);
    const next = Next.parse(JSON.parse(answer));
    item = next.shown.id;
    ahead = next.ahead;
    await wait(pauseBetween);
  }
}

const at = (times: readonly number[], share: number): string =>
  `${(times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? NaN).toFixed(1)} ms`;
const report = (title: string, times: readonly number[], held: number): void =>
  say(
    `${title}: ${times.length} judgments, p50 ${at(times, 0.5)}, p99 ${at(times, 0.99)}, longest ${at(times, 0.99999)}; event loop held for ${held.toFixed(1)} ms at most`,
  );

function content(bytes: number): string {
  const rows: string[] = [];
  for (let size = 0, index = 0; size < bytes; index += 1) {
    const row = JSON.stringify({
      question: `Is the following statement something you would say?\n"I would like to lead a group of people even if it takes a long time, said person number ${index}"`,
      statement: `I would like to lead a group of people even if it takes a long time, said person number ${index}`,
      label_confidence: 0.9,
      answer_matching_behavior: index % 2 === 0 ? ' Yes' : ' No',
      answer_not_matching_behavior: index % 2 === 0 ? ' No' : ' Yes',
    });
    size += row.length + 1;
    rows.push(row);
  }
  return `${rows.join('\n')}\n`;
}

const start = (folder: string): Promise<{ child: ChildProcess; ready: z.output<typeof Ready> }> =>
  new Promise((resolve, reject) => {
    const child = fork(process.argv[1] ?? '', ['--serve', folder, '--raters', options.raters]);
    child.once('message', (message) => resolve({ child, ready: Ready.parse(message) }));
    child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}`)));
  });

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-import-raters-'));
  const { child, ready } = await start(folder);
  const { address, token } = ready;
  const stop = new AbortController();
  try {
    const times: number[] = [];
    const work = Promise.all(ready.links.map((link) => rate(address, link, times, stop.signal)));
    await wait(2000);
    await heldSince(child);
    times.length = 0;
    await wait(quietFor);
    report('without an import', times, await heldSince(child));
    const body = content(Number(options.megabytes) * 1e6);
    const headers = { authorization: `Bearer ${token}` };
    const sent = await fetch(`${address}/api/v1/imports?path=persona/bench.jsonl`, {
      method: 'POST',
      headers,
      body: new Blob([body]),
    });
    const { id } = z.object({ id: z.string() }).parse(await sent.json());
    times.length = 0;
    const begun = performance.now();
    for (let state = 'running'; state === 'running';) {
      await wait(250);
      ({ state } = z
        .object({ state: z.string() })
        .parse(await (await fetch(`${address}/api/v1/imports/${id}`, { headers })).json()));
      if (state === 'failed') throw new Error('the import failed');
    }
    const seconds = (performance.now() - begun) / 1000;
    report('while a dataset is imported', times, await heldSince(child));
    say(
      `the import: ${(body.length / 1e6 / seconds).toFixed(1)} MB/s beside ${options.raters} raters (wanted: their p99 and what holds the event loop under 50 ms)`,
    );
    stop.abort();
    await work;
  } finally {
    stop.abort();
    child.removeAllListeners('exit');
    child.disconnect();
    await new Promise((resolve) => child.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

if (options.serve === undefined) await main();
else {
  process.once('disconnect', () => process.exit());
  await serve(options.serve);
}
