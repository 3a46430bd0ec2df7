import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ReportModel } from '#reports/model/schema/report.js';
import { projectFolder } from '#web/folders.js';
import { assay } from '../support/commandLine.js';
import { openSite } from '../support/site.js';
import { changed } from './pipelines.js';

const shared = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'models');
const engine = resolve(process.env['ASSAY_ENGINE'] ?? join(projectFolder, 'data/models/engine'));
const here = existsSync(join(shared, 'tiny-S.gguf')) && existsSync(engine);
if (!here)
  console.warn(
    `SKIPPED: a generation with tiny models: the engine is not at ${engine} (ASSAY_ENGINE), or the models not at ${shared} (ASSAY_SHARED).`,
  );

/** What is filled in, in the order in which it stands in the file of the preset. */
const filled: readonly (readonly [string, string])[] = [
  ['name: ""', 'name: Guns'],
  ['name: ""', 'name: gun-rights'],
  ['short: ""', 'short: Believes that people have a right to own guns.'],
  ['purpose: ""', 'purpose: To try a generation with a test instrument.'],
  ['responsible: ""', 'responsible: Ada Lovelace'],
  ['writer: ""', 'writer: small'],
  ['judge: ""', 'judge: small'],
  ['description: ""', 'description: believes in gun rights'],
  ['samples: 5000', 'samples: 24'],
  // These models write gibberish at 1.4, and begin each item with “ -”.
  ['temperature: 1.4', 'temperature: 0.9'],
  ['stop: ["\\n", ".", " -"]', 'stop: ["\\n"]'],
  // As they were trained: one line break.
  ['statement?\\n\\n', 'statement?\\n'],
  ['top: 500', 'top: 8'],
];

const Summary = z.object({
  id: z.string(),
  state: z.string(),
  stages: z.array(
    z.object({
      kind: z.string(),
      result: z.object({ out: z.int(), dropped: z.record(z.string(), z.int()) }),
    }),
  ),
});
const Listed = z.object({
  datasets: z.array(z.object({ id: z.string(), name: z.string(), examples: z.int() })),
});
const Browsed = z.object({
  text: z.string(),
  choices: z.array(z.object({ text: z.string() })),
  label: z.int(),
});

test.skipIf(!here)(
  'from a pipeline file to the report on the discriminator, from the command line',
  { timeout: 120_000 },
  async () => {
    const site = await openSite();
    const { config, db } = site.server.application;
    const models = join(site.folder, 'models');
    mkdirSync(models, { recursive: true });
    symlinkSync(engine, join(models, 'engine'));
    copyFileSync(join(shared, 'tiny-S.gguf'), join(models, 'tiny-S.gguf'));
    const settings = {
      ASSAY_DATA: site.folder,
      BASE_URL: site.address,
      ...(config.database.engine === 'postgres' ? { DATABASE_URL: config.database.url } : {}),
    };
    const run = async (...words: string[]): Promise<string> => {
      const { status, out, err } = await assay(settings, ...words);
      expect([words[0], words[1], status, err]).toEqual([words[0], words[1], 0, '']);
      return out;
    };
    const answer = async (...words: string[]): Promise<unknown> =>
      JSON.parse(await run(...words, '--yes', '--json'));
    expect(
      await run(
        'models',
        'add',
        'small',
        '--provider',
        'gguf',
        '--model',
        'tiny-S.gguf',
        '--form',
        'frame',
        '--before',
        '<|human|>',
        '--after',
        '<|assistant|>',
        '--reply',
        ' ',
        '--context',
        '256',
      ),
    ).toContain('small@1: exact probabilities of replies');

    const path = join(site.folder, 'guns.yaml');
    const preset = await run('generate', 'preset', 'persona');
    writeFileSync(
      path,
      filled.reduce((file, [from, to]) => changed(from, to, file), preset),
    );
    const { id, state, stages } = Summary.parse(await answer('generate', path));
    expect(state).toBe('done');
    const [written, , judged, kept] = stages.map(({ result }) => result);
    const went = (result: typeof kept): number =>
      Object.values(result?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
    expect((written?.out ?? 0) + went(written)).toBe(48);
    expect((kept?.out ?? 0) + went(kept)).toBe(judged?.out);
    expect(kept?.out).toBeGreaterThanOrEqual(4);

    expect(await run('generate', 'publish', id)).toContain(`/generations/${id}/publish`);
    const publications = `${site.address}/api/v1/generations/${id}/publications`;
    const headers = {
      authorization: `Bearer ${site.token}`,
      'content-type': 'application/json',
    };
    const asked = z
      .object({ publications: z.tuple([z.object({ id: z.string() })]) })
      .parse(await (await fetch(publications, { headers })).json());
    const approved = await fetch(`${publications}/${asked.publications[0].id}`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ approve: true }),
    });
    expect(approved.status).toBe(200);
    await site.idle();
    const { datasets } = Listed.parse(await answer('datasets', 'list'));
    expect(datasets.map(({ name }) => name)).toEqual(['Guns', 'Guns (dropped)']);
    expect(datasets[0]?.examples).toBe(kept?.out);

    await answer('datasets', 'confirm', 'gun-rights');
    const { id: study } = z
      .object({ id: z.string() })
      .parse(
        await answer(
          'studies',
          'create',
          'Guns',
          ...datasets.map((dataset) => dataset.id),
          '--n',
          '10',
          '--k',
          '2',
          '--contact',
          'ada@lab.example',
          '--warning',
          'A model wrote these texts, some about weapons.',
        ),
      );
    await answer('studies', 'open', study);
    // Every second label is right, whatever the discriminator said of it.
    const examples = await db.selectFrom('example').selectAll().orderBy('id').execute();
    const truth = join(site.folder, 'truth.jsonl');
    writeFileSync(
      truth,
      examples
        .map(({ text, choices, label_choice: label }, index) => {
          const row = Browsed.parse({ text, choices: JSON.parse(choices), label });
          const right = index % 2 === 0 ? row.label : 1 - row.label;
          return `${JSON.stringify({ text, choice: row.choices[right]?.text })}\n`;
        })
        .join(''),
    );
    await answer(
      'simulate',
      study,
      '--truth',
      truth,
      '--raters',
      '2',
      '--seed',
      '1',
      '--skips',
      '0',
      '--url',
      site.address,
    );
    await answer('studies', 'close', study);
    const file = join(site.folder, 'report.json');
    await answer('report', study, '--out', file);
    const report = ReportModel.parse(JSON.parse(readFileSync(file, 'utf8')));
    const confidence = report.datasets[0]?.confidence;
    expect(report.datasets).toHaveLength(1);
    expect(confidence).toMatchObject({
      kind: 'weighted',
      parts: [{ part: 'kept', eligible: kept?.out }, { part: 'dropped' }],
    });
  },
);
