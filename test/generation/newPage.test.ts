import { expect } from 'vitest';
import { addModel } from '#models/model.js';
import { settingsWith } from '../models/support.js';
import { onceTest } from '../support/database.js';
import { openSite } from '../support/site.js';

const filled = {
  preset: 'persona',
  step: 'fill',
  field_name: 'Kind persona',
  field_behaviour: 'kindness',
  field_short: 'Wants to be kind.',
  field_description: 'is kind to everybody',
  field_purpose: 'A test.',
  field_responsible: 'Ada',
  field_writer: 'small@1',
  field_judge: 'small@1',
  field_samples: '3',
  field_top: '2',
  field_seed: '1',
  field_budget: '0',
};

const sourceOf = (page: string): string =>
  (/<textarea id="source"[^>]*>\n?([^]*?)<\/textarea>/.exec(page)?.[1] ?? '')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');

onceTest(
  'a preset is filled in, its file edited, and a generation created and started',
  async () => {
    const site = await openSite({ MODEL_HOSTS: 'localhost:9' });
    const { db } = site.server.application;
    const admin = await site.visitor('admin');
    const start = await admin.read('/generations/new?preset=persona');
    expect(start).toContain('Fields of “Persona”');
    const written = await admin.post('/generations', filled, '/generations/new');
    // Its models are not there yet.
    expect(written.status).toBe(422);
    const source = sourceOf(await written.text());
    expect(source).toContain('name: "Kind persona"');
    // A fault keeps fields and file, and names line and column.
    const broken = source.replace('samples: 3', 'samples: many');
    const sent = { ...filled, step: 'create', source: broken.replaceAll('\n', '\r\n') };
    const refused = await admin.post('/generations', sent, '/generations/new');
    expect(refused.status).toBe(422);
    const page = await refused.text();
    const line = broken.split('\n').findIndex((text) => text.includes('samples: many')) + 1;
    expect(page).toContain(`Line ${line}, column`);
    expect(page).toContain('stages[0].samples');
    expect(sourceOf(page)).toBe(broken);
    expect(page).toContain('value="Kind persona"');
    // A model that there is not.
    for (const step of ['check', 'create']) {
      const unknown = await admin.post(
        '/generations',
        { ...filled, step, source },
        '/generations/new',
      );
      expect(unknown.status).toBe(422);
      expect(await unknown.text()).toContain('There is no model “small@1”.');
    }
    expect(await db.selectFrom('generation').select('id').execute()).toEqual([]);
    const settings = settingsWith({ server: 'http://localhost:9' });
    await addModel(db, { name: 'small', settings, staff: null, now: 1 });
    const checked = await admin.post(
      '/generations',
      { ...filled, step: 'check', source },
      '/generations/new',
    );
    const good = await checked.text();
    expect(good).toContain('The file has no faults');
    // Six texts are asked for in any case, and a score of each at most.
    expect(good).toContain('What it will ask and cost');
    expect(good).toContain('<strong>6 to 12</strong> requests');
    expect(good).toContain('small@1 was not probed: what it gives is not known.');
    expect(await db.selectFrom('model_call').select('id').execute()).toEqual([]);
  },
);

onceTest(
  'a field that is empty or no number is a fault at its input, and no file is written',
  async () => {
    const site = await openSite();
    const admin = await site.visitor('admin');
    const refused = await admin.post(
      '/generations',
      { ...filled, field_description: ' ', field_writer: '', field_seed: 'one' },
      '/generations/new',
    );
    expect(refused.status).toBe(422);
    const page = await refused.text();
    for (const [name, sentence] of [
      ['description', 'Description is empty.'],
      ['writer', 'Model that writes is empty.'],
      ['seed', 'Seed is not a number: “one”.'],
    ]) {
      expect(page).toContain(`<a href="#field_${name}">${sentence}</a>`);
      expect(page).toContain(`id="field_${name}-fault">${sentence}`);
    }
    expect(page).not.toContain('The pipeline file is written');
    expect(page).not.toContain('id="source"');
  },
);

onceTest('an uploaded file stands in the editor with its faults', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const upload = async (content: string): Promise<Response> => {
    const body = new FormData();
    body.append('csrf', await admin.csrf('/generations/new'));
    body.append('files', new Blob([content]), 'pipeline.yaml');
    return admin.request('/generations/file', { method: 'POST', body });
  };
  const refused = await upload('assay: pipeline-1\nname: <b>x</b>\nname: y\n');
  expect(refused.status).toBe(422);
  const page = await refused.text();
  expect(page).toContain('Line 3, column 1');
  expect(sourceOf(page)).toContain('name: <b>x</b>');
  expect(page).not.toContain('<b>x</b>');
  expect((await upload('')).status).toBe(422);
  const researcher = await site.visitor('researcher');
  expect((await researcher.request('/generations/new')).status).toBe(403);
});
