import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import OpenAI from 'openai';
import PQueue from 'p-queue';
import { addModel, requireModel } from '#models/model.js';
import { openModel } from '#models/open.js';
import { createRun } from '#models/run.js';
import { workOnRun } from '#models/runWork.js';
import { ModelSettings } from '#models/settings.js';
import { openReadyDatabase } from '#storage/ready.js';
import { inTransaction } from '#storage/transaction.js';
import { startModelServer } from '../test/support/modelServer/server.js';

// What the ledger costs: calls through a run, each written down before and after, against the bare
// client, both 16 at once, on a server of 20 ms in a process of its own. SQLite unless DATABASE_URL
// names a PostgreSQL database that is empty.
// node .build/bench/calls.js [calls]

const atOnce = 16;

if (process.send !== undefined) {
  const server = await startModelServer({ latencyMs: 20, write: () => 'The answer.' });
  process.send({ url: server.url, host: server.host });
} else {
  const calls = Number(process.argv[2] ?? 10_000);
  const child = fork(fileURLToPath(import.meta.url));
  const [{ url, host }] = (await once(child, 'message')) as [{ url: string; host: string }];
  const folder = mkdtempSync(join(tmpdir(), 'assay-calls-'));
  const address = process.env['DATABASE_URL'];
  const database = await openReadyDatabase(
    address === undefined
      ? { engine: 'sqlite', path: join(folder, 'assay.sqlite') }
      : { engine: 'postgres', url: address },
    { warn: console.warn },
  );
  const now = Date.now;
  const seconds = async (work: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await work();
    return (performance.now() - begun) / 1_000;
  };

  const client = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0 });
  const queue = new PQueue({ concurrency: atOnce });
  const sample = (index: number) => `Say something about the number ${index}.`;
  const bare = (from: number) => () =>
    queue.addAll(
      Array.from({ length: calls }, (_, index) => async () => {
        await client.completions.create({
          model: 'small',
          prompt: sample(from + index),
          max_tokens: 16,
          temperature: 1,
          seed: 1,
        });
      }),
    );

  const settings = ModelSettings.parse({
    provider: 'openai',
    server: url,
    model: 'small',
    form: { kind: 'frame', before: '', after: '', reply: '' },
    price: { input: 1e6, output: 1e6 },
    atOnce,
    context: 4_096,
  });
  const { public_id: id } = await addModel(database.db, {
    name: 'small',
    settings,
    staff: null,
    now: now(),
  });
  const model = await openModel(await requireModel(database.db, id), {
    hosts: [host],
    keys: {},
    folder,
  });
  const through = (from: number) => async () => {
    const run = await inTransaction(database.db, (trx) =>
      createRun(trx, {
        kind: 'bench',
        settings: '{}',
        budget: 1e15,
        planned: calls,
        accountId: null,
        now: now(),
      }),
    );
    const signal = new AbortController().signal;
    await workOnRun(database, { runId: run.id, now, signal }, (asking) =>
      Promise.all(
        Array.from({ length: calls }, (_, index) =>
          asking.ask(model, {
            verb: 'complete',
            prompt: sample(from + index),
            sampling: { temperature: 1, topP: 1, maxTokens: 16, stop: [] },
            seed: 1,
            sample: 0,
          }),
        ),
      ),
    );
  };

  const rounds: { bare: number; run: number }[] = [];
  for (let round = 0; round < 3; round += 1) {
    const from = round * calls;
    rounds.push({ bare: await seconds(bare(from)), run: await seconds(through(from)) });
    const last = rounds.at(-1);
    if (last !== undefined)
      console.log(
        `${calls} calls: bare ${last.bare.toFixed(1)} s, through a run ${last.run.toFixed(1)} s, ratio ${(last.run / last.bare).toFixed(2)}`,
      );
  }
  const ratios = rounds.map(({ bare: base, run }) => run / base).sort((one, two) => one - two);
  console.log(`median ratio ${(ratios[1] ?? 0).toFixed(2)}; wanted at most 1.30`);
  await model.asker.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
  child.kill();
}
