import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Asker } from '#models/providers.js';
import { openModelFile } from '#models/gguf/provider.js';
import type { ModelSettings } from '#models/settings.js';
import { judge } from '#generation/judge.js';
import { projectFolder } from '#web/folders.js';
import { testDatabase } from '../support/database.js';
import { askerOf, framed, modelServer, settingsOf } from '../support/models.js';
import { recorded } from '../support/modelServer/recorded.js';
import { settingsOf as fileSettings } from '../models/modelFiles.js';
import { askingOf, holdOf, modelWith } from '../models/support.js';
import { candidateOf, contextAt, generationWith, outcomeOf, pipelineWith } from './stageSupport.js';

const replies = ['agree', 'disagree'].map((word) => `They would ${word} with the above statement.`);

interface Row {
  readonly prompt: string;
  readonly agree: number;
  readonly disagree: number;
}

/** How far values and masses of `judge` are from the softmax of the reference, at most. */
async function farthest(
  rows: readonly Row[],
  choices: readonly string[],
  { asker, settings }: { asker: Asker; settings: ModelSettings },
): Promise<{ value: number; mass: number; scored: number }> {
  const database = await testDatabase();
  const question = { name: 'label', prompt: '{prompt}', choices: [...choices], wanted: [0, 1] };
  const pipeline = pipelineWith([{ kind: 'judge', models: ['judge'], questions: [question] }]);
  const made = rows.map(({ prompt }, slot) => candidateOf(slot, { fields: { prompt } }));
  const built = await generationWith(database, pipeline, made);
  const asking = askingOf(database, await holdOf(database, built.run));
  const model = { ...(await modelWith(database, undefined, settings)), settings, asker };
  await judge(await contextAt(database, built, { position: 1, kind: 'judge', asking, model }));
  const [, stage] = built.stages;
  if (stage === undefined) throw new Error('there is a judge');
  const { scores } = await outcomeOf(database, stage);
  const gaps = scores.map(({ slot, value, mass }) => {
    const { agree = Number.NaN, disagree = Number.NaN } = rows[slot] ?? {};
    const [yes, no] = [Math.exp(agree), Math.exp(disagree)];
    const expected = (slot % 2 === 0 ? yes : no) / (yes + no);
    return [Math.abs(value - expected), Math.abs((mass ?? Number.NaN) - (yes + no))] as const;
  });
  return {
    value: Math.max(...gaps.map(([value]) => value)),
    mass: Math.max(...gaps.map(([, mass]) => mass)),
    scored: scores.length,
  };
}

test('the scores through a server are the softmax of the recorded figures', async () => {
  const server = await modelServer();
  const asker = await askerOf(server, framed);
  const rows = recorded.rows.slice(0, 12).map(({ prompt, S }) => ({ prompt, ...S }));
  const { agree, disagree } = recorded.replies;
  const found = await farthest(rows, [agree, disagree], {
    asker,
    settings: settingsOf(server, framed),
  });
  expect(found.scored).toBe(12);
  expect(Math.max(found.value, found.mass)).toBeLessThan(0.001);
});

const shared = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'models');
const engine = resolve(process.env['ASSAY_ENGINE'] ?? join(projectFolder, 'data/models/engine'));
const here = existsSync(join(shared, 'reference.json')) && existsSync(engine);
if (!here)
  console.warn(
    `SKIPPED: judging by a tiny model: the engine is not at ${engine} (ASSAY_ENGINE), or the models not at ${shared} (ASSAY_SHARED).`,
  );
const folder = here ? mkdtempSync(join(tmpdir(), 'assay-models-')) : '';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const Scores = z.object({ agree: z.number(), disagree: z.number() });
const Reference = z.object({ rows: z.array(z.object({ prompt: z.string(), S: Scores })) });

describe.skipIf(!here)('with a tiny model', () => {
  test('the scores are the softmax of what torch gives', async () => {
    symlinkSync(engine, join(folder, 'engine'));
    symlinkSync(join(shared, 'tiny-S.gguf'), join(folder, 'tiny-S.gguf'));
    const reference: unknown = JSON.parse(readFileSync(join(shared, 'reference.json'), 'utf8'));
    const rows = Reference.parse(reference).rows.slice(0, 20);
    const settings = fileSettings('tiny-S.gguf');
    const asker = await openModelFile(settings, { hosts: [], keys: {}, folder });
    try {
      const found = await farthest(
        rows.map(({ prompt, S }) => ({ prompt, ...S })),
        replies,
        { asker, settings },
      );
      expect(found.scored).toBe(20);
      expect(Math.max(found.value, found.mass)).toBeLessThan(0.01);
    } finally {
      await asker.close();
    }
  });
});
