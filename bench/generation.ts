/**
 * What a generation costs beside other work, in three parts, on SQLite.
 *
 * - Keeping and publishing candidates, each with a score of two models, half of them kept, against
 *   the import alone of the same rows from files (wanted: at least .4 of its speed).
 * - What raters feel: the 99th percentile of one POST that stores a judgment and answers with the
 *   next item while a generation runs, against without, the median of the rounds: with a hosted
 *   model (a test server that answers after 20 ms, wanted at most 1.3) and with a model file (wanted
 *   at most 2), which is left out where the engine or the tiny models are absent.
 *
 *   node .build/bench/generation.js [--candidates 60000] [--rounds 3] [--raters 16] [--seconds 10]
 *     [--part keeping|hosted|file]
 *
 * ASSAY_ENGINE is the folder that the engine was installed into (default data/models/engine), and
 * ASSAY_SHARED the one with `models/` (default ../shared).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { importFile } from '#datasets/imports/importFile.js';
import { generate } from '#generation/generate.js';
import { StageResult } from '#generation/generation.js';
import { askForPublication } from '#generation/publish/ask.js';
import { decide } from '#generation/publish/decide.js';
import { publish } from '#generation/publish/publish.js';
import { type Database, openDatabase } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import { migrate } from '#storage/migrate.js';
import { buildGeneration, pipelineWith, statements } from '../test/generation/publish/support.js';
import { startModelServer } from '../test/support/modelServer/server.js';
import { quantile, type RatersAtWork, startRaters } from './raters.js';

const { values: options } = parseArgs({
  options: {
    candidates: { type: 'string', default: '60000' },
    rounds: { type: 'string', default: '3' },
    raters: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '10' },
    part: { type: 'string' },
    'model-server': { type: 'boolean', default: false },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const median = (values: number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
const { signal } = new AbortController();

/** Imports the rows of every dataset as a file, under another behaviour; without the writing. */
async function importAgain(
  database: Database,
  folder: string,
): Promise<{ ms: number; cpu: number }> {
  const { db } = database;
  const importing = { ms: 0, cpu: 0 };
  const datasets = await db.selectFrom('dataset').select(['id', 'name']).orderBy('id').execute();
  for (const { id, name } of datasets) {
    const rows = await db
      .selectFrom('example')
      .select('raw')
      .where('dataset_id', '=', id)
      .orderBy('line_number')
      .execute();
    const storedPath = join(folder, String(id));
    writeFileSync(storedPath, rows.map(({ raw }) => `${Buffer.from(raw).toString()}\n`).join(''));
    const file = () =>
      importFile(
        database,
        {
          path: `${name}.jsonl`,
          storedPath,
          byteCount: statSync(storedPath).size,
          plan: {
            name: `${name} again`,
            behaviour: 'imported',
            source: 'generated',
            role: 'evaluated',
            family: 'persona',
            mapping: null,
            provenance: { generator: '', prompt: '', discriminator: '' },
            leaveOut: false,
            saidByFolder: false,
            confirmed: true,
            format: 'JSONL',
            reading: {},
          },
          settings: { goodRows: false, dropDuplicates: false },
          importFileId: null,
          accountId: null,
        },
        { now: Date.now, signal, report: () => undefined },
      );
    const { ms, cpu } = await timed(file);
    importing.ms += ms;
    importing.cpu += cpu;
  }
  return importing;
}

/** Milliseconds of some work, by the clock and of the processors, and what it gave. */
async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; cpu: number; gave: T }> {
  const [begun, used] = [performance.now(), process.cpuUsage()];
  const gave = await work();
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - begun, cpu: (user + system) / 1000, gave };
}

async function keepAndPublish(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-generation-'));
  const database = openDatabase({ engine: 'sqlite', path: join(folder, 'bench.sqlite') });
  try {
    await migrate(database);
    const { db } = database;
    const whole = pipelineWith();
    const keep = { kind: 'keep', mean: ['label'], top: Math.floor(count / 4) };
    const generation = await buildGeneration(database, {
      // The best come from all over the stage.
      written: statements(count).map((one, index) => ({
        ...one,
        scores: { label: [0.9, 0.7 + ((index * 7_919) % count) / (10 * count)] },
      })),
      pipeline: pipelineWith({ stages: [...whole.stages.slice(0, 3), keep] }),
    });
    // As before keeping: what was written and scored is there, and nothing is decided.
    await db.deleteFrom('candidate_decision').execute();
    const done = { in: count, made: count, out: count, labels: [count / 2, count / 2] };
    await db
      .updateTable('generation_stage')
      .set({ result: writeJson(StageResult, { ...done, dropped: {}, details: [] }) })
      .execute();
    await db
      .updateTable('generation_stage')
      .set({ state: 'waiting', result: null, finished_at: null })
      .where('kind', '=', 'keep')
      .execute();
    await db.updateTable('model_run').set({ state: 'waiting' }).execute();
    const keeping = await timed(() =>
      generate(database, {
        generationId: generation.id,
        models: { hosts: [], keys: {}, folder: '' },
        now: Date.now,
        signal,
      }),
    );
    const { state, reason } = await db
      .selectFrom('model_run')
      .select(['state', 'reason'])
      .executeTakeFirstOrThrow();
    if (state !== 'done') throw new Error(`The generation is ${state}: ${reason ?? ''}`);
    const publishing = await timed(async () => {
      const by = { staff: null, now: Date.now() };
      const asked = await askForPublication(db, { ...by, generation });
      const approval = { approve: true, note: '', approval: 'own' } as const;
      await decide(db, { ...by, ...approval, publication: asked });
      return publish(database, asked.id, { now: Date.now, signal });
    });
    const published = publishing.gave;
    if (published === null) throw new Error('Nothing was published.');
    const importing = await importAgain(database, folder);
    const seconds = ({ ms, cpu }: { ms: number; cpu: number }): string =>
      `${(ms / 1000).toFixed(2)} s (${(cpu / 1000).toFixed(2)} s of a processor)`;
    const [speed, ofProcessor] = (['ms', 'cpu'] as const).map((kind) =>
      (importing[kind] / (keeping[kind] + publishing[kind])).toFixed(2),
    );
    say(`${count} candidates, ${published.kept} kept, ${published.dropped} dropped`);
    say(`  keeping ${seconds(keeping)}, publishing ${seconds(publishing)}`);
    say(`  import of the same rows ${seconds(importing)}`);
    say(
      `  ${speed} of the speed of the import (wanted: at least 0.40), ${ofProcessor} by processors`,
    );
  } finally {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const Named = z.object({ id: z.string() });
const State = z.object({
  state: z.string(),
  reason: z.string().nullable().optional(),
  stages: z.array(z.object({ state: z.string() })),
});

/** Runs a generation of one model on a server with raters while something else is done. */
async function whileGenerating(
  { address, token }: RatersAtWork,
  { model, seed }: { model: string; seed: number },
  work: () => Promise<void>,
): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const call = async (path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${address}/api/v1/generations${path}`, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const labels = [
    { choice: 'Yes', values: { verb: 'agree' } },
    { choice: 'No', values: { verb: 'disagree' } },
  ];
  const { stages, ...whole } = pipelineWith({
    models: { writer: model },
    seed,
    budget: 1000,
    labels,
  });
  const [write] = stages;
  const prompts = ['Write a statement that somebody kind would {verb} with.'];
  const pipeline = {
    ...whole,
    stages: [{ ...write, prompts, samples: 20_000 }, { kind: 'screen' }],
  };
  const { id } = Named.parse(await call('', { pipeline }));
  for (;;) {
    const { state, stages: now, reason } = State.parse(await call(`/${id}`));
    if (now[0]?.state === 'running') break;
    if (!['waiting', 'running'].includes(state))
      throw new Error(`The generation is ${state}: ${reason ?? ''}`);
    await wait(100);
  }
  await wait(1000);
  await work();
  await call(`/${id}/cancel`, {});
  // Its job has to end before the next round: what is cancelled stops between two answers.
  await wait(1000);
}

/** Adds a model through the API, without waiting for its probe. */
async function addModel({ address, token }: RatersAtWork, settings: object): Promise<void> {
  const answer = await fetch(`${address}/api/v1/models`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'm', settings }),
  });
  if (!answer.ok) throw new Error(`The model was not added: ${await answer.text()}`);
  // The probe is a job of the same lane.
  await wait(5000);
}

async function besideRaters(
  title: string,
  given: { settings: object; most: number; hosts?: string; prepare?: (folder: string) => void },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-generation-raters-'));
  given.prepare?.(folder);
  const server = await startRaters(folder, {
    raters: Number(options.raters),
    environment: { MODEL_HOSTS: given.hosts ?? '' },
  });
  const quiet = (): Promise<void> => wait(1000 * Number(options.seconds));
  const ratios: number[] = [];
  try {
    await addModel(server, given.settings);
    for (let round = 1; round <= Number(options.rounds); round += 1) {
      const alone = await server.during(quiet);
      let beside = alone;
      await whileGenerating(server, { model: 'm', seed: round }, async () => {
        beside = await server.during(quiet);
      });
      const [before, during] = [alone, beside].map(({ times }) => quantile(times, 0.99));
      if (before === undefined || during === undefined) throw new Error('Nobody rated.');
      ratios.push(during / before);
      say(
        `  ${title}, round ${round}: p99 ${during.toFixed(1)} ms beside it (${beside.times.length} judgments, loop held ${beside.held.toFixed(0)} ms), ${before.toFixed(1)} ms without (${alone.times.length})`,
      );
    }
    say(
      `${title}: raters’ p99 is ${median(ratios).toFixed(2)} × without (wanted: at most ${given.most})`,
    );
  } finally {
    await server.end();
  }
}

async function hosted(): Promise<void> {
  const child = fork(new URL(import.meta.url), ['--model-server']);
  const [message] = (await once(child, 'message')) as unknown[];
  const { url, host } = z.object({ url: z.string(), host: z.string() }).parse(message);
  try {
    await besideRaters('hosted model', {
      settings: { provider: 'openai', server: url, model: 'tiny-S', context: 4096, atOnce: 16 },
      hosts: host,
      most: 1.3,
    });
  } finally {
    child.disconnect();
  }
}

async function local(): Promise<void> {
  const shared = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'models');
  const engine = resolve(process.env['ASSAY_ENGINE'] ?? 'data/models/engine');
  const file = join(shared, 'tiny-S.gguf');
  if (!existsSync(file) || !existsSync(engine)) {
    say(`SKIPPED: model file: the engine is not at ${engine}, or the model not at ${file}.`);
    return;
  }
  const form = { kind: 'frame', before: '<|human|>', after: '<|assistant|>', reply: ' ' };
  await besideRaters('model file', {
    settings: { provider: 'gguf', model: 'tiny-S.gguf', form, context: 256 },
    most: 2,
    prepare(folder) {
      mkdirSync(join(folder, 'models'), { recursive: true });
      symlinkSync(file, join(folder, 'models', 'tiny-S.gguf'));
      symlinkSync(engine, join(folder, 'models', 'engine'));
    },
  });
}

if (options['model-server']) {
  const { url, host } = await startModelServer({ latencyMs: 20 });
  process.once('disconnect', () => process.exit());
  process.send?.({ url, host });
} else {
  const parts = {
    keeping: () => keepAndPublish(Number(options.candidates)),
    hosted,
    file: local,
  };
  for (const [name, part] of Object.entries(parts))
    if ([undefined, name].includes(options.part)) await part();
}
