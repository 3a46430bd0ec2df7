import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { assay, installation } from '../support/commandLine.js';
import { modelServer } from '../support/models.js';
import { changed } from './pipelines.js';

const file = changed(
  '    samples: 10\n',
  '    samples: 12\n',
  changed('  - kind: review\n', '', changed('    likelihood: {', '    # likelihood: {')),
)
  .replace('choices: [agree, disagree]', "choices: [' Yes', ' No']")
  .replace('    top: 5\n', '    top: 2\n    half: false\n');

test('a pipeline file becomes a generation from the command line, which says how it ended', async () => {
  const models = await modelServer({
    write: (prompt, { seed }) =>
      prompt.startsWith('Write') ? `1. I like maps of kind ${seed.replace(/\D/g, '')}\n2. I` : null,
  });
  const settings: Record<string, string> = {
    ...(await installation()),
    MODEL_HOSTS: models.host,
  };
  const run = (...words: string[]) => assay(settings, ...words);
  const path = join(settings['ASSAY_DATA'] ?? '', 'maps.yaml');
  writeFileSync(path, file);
  expect((await run('generate', path)).err).toContain('There is no model “small”.');
  const added = ['--server', models.url, '--model', 'tiny-S', '--price-input', '1'];
  expect((await run('models', 'add', 'small', ...added, '--form', 'plain')).status).toBe(0);
  const dry = await run('generate', path, '--dry');
  expect(dry.out).toMatch(/^24 to 48 requests for 0\.\d+ to 0\.\d+/);
  expect((await run('generate', 'list')).out).toContain('No generation is here yet.');
  const poor = await run('generate', path, '--budget', '0,0001');
  expect([poor.status, poor.err]).toEqual([1, '']);
  expect(poor.out).toContain('out of budget. The next request could go over the budget.');
  const [, id = ''] = /is generation (\S+)\./.exec(poor.out) ?? [];
  const ended = await run('generate', 'resume', id, '--budget', '5', '--json');
  expect([ended.status, ended.err]).toEqual([0, '']);
  expect(JSON.parse(ended.out)).toMatchObject({
    id,
    state: 'done',
    budget: 5,
    reserved: 0,
    ahead: { calls: 0 },
    stages: [
      { number: 1, kind: 'write', state: 'done', result: { made: 24, labels: [12, 12] } },
      { kind: 'check' },
      { kind: 'screen' },
      { kind: 'judge', result: { in: 24 } },
      { kind: 'keep', result: { out: 4, labels: [2, 2], dropped: { 'not-in-top': 20 } } },
    ],
    models: [{ name: 'small@1', calls: 48, answered: 48, lost: 0 }],
  });
  expect((await run('generate', 'list')).out).toMatch(/Reads maps, done: 5 of 5 stages done/);
  const shown = await run('generate', 'show', 'Reads maps');
  expect(shown.out).toContain('kept: 2 + 2; no switch took any, so as the paper');
  expect(shown.out).toContain('20 × Others of its label scored higher.');
  const again = await run('generate', 'again', id, '5');
  expect([again.status, again.err]).toEqual([0, '']);
  expect(again.out).toMatch(/5\. .+: done, attempt 2/);
  expect((await run('generate', 'again', id, '6')).err).toMatch(/Its stages are 1 to 5\./);
  expect((await run('generate', 'pause', id)).err).toMatch(/A run that is done/);
  const asked = await run('generate', 'publish', id);
  expect(asked.out).toMatch(new RegExp(`Another admin .+/generations/${id}/publish`));
  expect((await run('generate', 'refuse', id)).out).toMatch(/^Refused\./);
  expect((await run('generate', 'refuse', id)).err).toMatch(/decided meanwhile/);
  const own = { ...settings, GENERATION_APPROVAL: 'own' };
  expect((await assay(own, 'generate', 'publish', id)).out).toMatch(/^Approved\./);
  expect((await assay(own, 'generate', 'publish', id)).err).toMatch(/asked for|decided|published/);
});

test('a file at fault is refused with the place of each fault, and presets are files', async () => {
  const settings = await installation();
  const path = join(settings['ASSAY_DATA'] ?? '', 'maps.yaml');
  writeFileSync(path, changed('samples: 10', 'samples: many'));
  const refused = await assay(settings, 'generate', path);
  expect([refused.status, refused.out]).toEqual([1, '']);
  expect(refused.err).toMatch(/maps\.yaml:\d+:14: stages\[0\]\.samples: Expected a whole number/);
  const preset = await assay(settings, 'generate', 'preset', 'persona');
  expect(preset.out).toMatch(/^assay: pipeline-1\n/);
  expect((await assay(settings, 'generate', 'preset', 'none')).status).toBe(1);
  const schema = await assay(settings, 'generate', 'schema');
  expect(JSON.parse(schema.out)).toMatchObject({ title: 'Assay pipeline' });
});
