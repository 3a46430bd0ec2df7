import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openModelFile, type FileAsker } from '#models/gguf/provider.js';
import { massOf } from '#models/request.js';
import { projectFolder } from '#web/folders.js';
import { completing, never, scoring, settingsOf } from './modelFiles.js';

const shared = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'models');
const engine = resolve(process.env['ASSAY_ENGINE'] ?? join(projectFolder, 'data/models/engine'));
const here = existsSync(join(shared, 'reference.json')) && existsSync(engine);
if (!here)
  console.warn(
    `SKIPPED: the engine for model files is not at ${engine} (ASSAY_ENGINE), or the tiny models not at ${shared} (ASSAY_SHARED).`,
  );

const Scores = z.object({ agree: z.number(), disagree: z.number(), mass: z.number() });
const Reference = z.object({
  rows: z.array(z.object({ prompt: z.string(), matches: z.boolean(), S: Scores, M: Scores })),
});
const Tuned = z.object({
  rows: z.array(z.object({ question: z.string() })),
  checkpoints: z.record(
    z.string(),
    z.object({
      values: z
        .object({ plain: z.array(z.array(z.number())), chat: z.array(z.array(z.number())) })
        .optional(),
    }),
  ),
});

const folder = here ? mkdtempSync(join(tmpdir(), 'assay-models-')) : '';
afterAll(() => rmSync(folder, { recursive: true, force: true }));
if (here) symlinkSync(engine, join(folder, 'engine'));

async function withModel<T>(
  file: string,
  more: Record<string, unknown>,
  work: (asker: FileAsker) => Promise<T>,
): Promise<T> {
  const name = file.replace('/', '-');
  if (!existsSync(join(folder, name))) symlinkSync(join(shared, file), join(folder, name));
  const asker = await openModelFile(settingsOf(name, more), { hosts: [], keys: {}, folder });
  try {
    return await work(asker);
  } finally {
    await asker.close();
  }
}

/** The log-probabilities of the choices, and their mass. */
async function scores(
  asker: FileAsker,
  prompt: string,
  choices: string[],
): Promise<{ logs: number[]; mass: number }> {
  const answer = await asker.ask(scoring(prompt, choices), never);
  if (answer.verb !== 'score') throw new Error('it wrote instead');
  return {
    logs: answer.choices.map((choice) => choice.logProbability),
    mass: massOf(answer.choices),
  };
}

const replies = ['agree', 'disagree'].map((word) => `They would ${word} with the above statement.`);

describe.skipIf(!here)('the tiny models', () => {
  test.each([
    ['S', 0.8725, 0.9925],
    ['M', 0.8975, 0.994],
  ] as const)(
    'tiny-%s gives every reply the probability that torch gives it',
    async (name, accuracy, meanMass) => {
      const { rows } = Reference.parse(
        JSON.parse(readFileSync(join(shared, 'reference.json'), 'utf8')),
      );
      let [worst, right, mass] = [0, 0, 0];
      await withModel(`tiny-${name}.gguf`, {}, async (asker) => {
        for (const row of rows) {
          const found = await scores(asker, row.prompt, replies);
          const [agree = Number.NaN, disagree = Number.NaN] = found.logs;
          worst = Math.max(
            worst,
            Math.abs(agree - row[name].agree),
            Math.abs(disagree - row[name].disagree),
          );
          right += Number(agree > disagree === row.matches);
          mass += found.mass;
        }
      });
      expect(rows).toHaveLength(400);
      expect(worst).toBeLessThan(0.01);
      expect(right / 400).toBe(accuracy);
      expect(mass / 400).toBeCloseTo(meanMass, 3);
    },
  );

  test.each([
    ['plain', { before: '\n\nHuman: ', after: '\n\nAssistant:' }],
    ['chat', { before: '<|human|>', after: '<|assistant|>' }],
  ] as const)('a tuned model agrees with torch in its %s form', async (form, around) => {
    const { rows, checkpoints } = Tuned.parse(
      JSON.parse(readFileSync(join(shared, 'tuned/tuned-reference.json'), 'utf8')),
    );
    const values = checkpoints['tiny-S-toward-250']?.values?.[form] ?? [];
    const frame = { kind: 'frame', ...around, reply: ' ' };
    const gaps = await withModel('tuned/tiny-S-toward-250.gguf', { form: frame }, async (asker) => {
      const found: number[] = [];
      for (const [index, row] of rows.entries()) {
        if (index % 4 > 0) continue;
        const { logs } = await scores(asker, row.question, ['Yes', 'No']);
        found.push(...logs.map((log, which) => Math.abs(log - (values[index]?.[which] ?? 9))));
      }
      return found;
    });
    expect(gaps).toHaveLength(100);
    expect(Math.max(...gaps)).toBeLessThan(0.01);
  });

  test('texts come again with their seed, and end at the context', async () => {
    await withModel('tiny-S.gguf', {}, async (asker) => {
      const ask = (sample: number, maxTokens: number) =>
        asker.ask(completing('Is this you?', { sample, maxTokens }), never);
      const first = await ask(0, 60);
      await scores(asker, 'Something else between', replies);
      expect(await ask(0, 60)).toEqual(first);
      expect(await ask(1, 60)).not.toEqual(first);
      expect(await ask(2, 256 - 7)).toMatchObject({ verb: 'complete', tokens: { input: 7 } });
      await expect(ask(2, 256 - 6)).rejects.toMatchObject({ reason: 'over-context' });
      expect(await asker.findControlTokens(['a<|end|>', '<|endoftext|>'], never)).toEqual([
        '<|end|>',
        null,
      ]);
    });
  });

  test('a file of another architecture, and one that was cut, say what is wrong', async () => {
    const bytes = readFileSync(join(shared, 'tiny-S.gguf'));
    const at = bytes.indexOf('llama', bytes.indexOf('general.architecture'));
    writeFileSync(join(folder, 'cut.gguf'), bytes.subarray(0, 700_000));
    bytes.write('lamma', at);
    writeFileSync(join(folder, 'other.gguf'), bytes);
    const open = (name: string) => openModelFile(settingsOf(name), { hosts: [], keys: {}, folder });
    await expect(open('other.gguf')).rejects.toMatchObject({
      kind: 'stop',
      message: expect.stringMatching(/no models of its architecture, lamma\.$/) as string,
    });
    await expect(open('cut.gguf')).rejects.toMatchObject({
      kind: 'stop',
      message: expect.stringMatching(/damaged.*not within the file bounds/) as string,
    });
  });
});
