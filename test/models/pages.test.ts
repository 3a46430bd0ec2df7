import { expect, onTestFinished, test } from 'vitest';
import { ModelAnswerShape, ModelList } from '#models/api.js';
import { addModel, requireModel, retireModel } from '#models/model.js';
import { formInWords } from '#models/modelWords.js';
import { probeModel } from '#models/probing.js';
import { assay } from '../support/commandLine.js';
import { never, settingsOf } from '../support/models.js';
import { onceTest } from '../support/database.js';
import { startModelServer } from '../support/modelServer/server.js';
import { openSite, type Site } from '../support/site.js';

/** An installation that may ask a server of language models, which wants a key. */
async function siteWithModels(
  key = 'the-secret',
): Promise<{ site: Site; address: string; environment: Record<string, string> }> {
  const models = await startModelServer({ key: 'the-secret' });
  onTestFinished(() => models.close());
  const environment = { MODEL_HOSTS: models.host, MODEL_KEY_LAB: key };
  const site = await openSite(environment);
  return { site, address: models.url, environment };
}

const fields = (changes: Record<string, string>): Record<string, string> => ({
  name: 'small',
  provider: 'openai',
  model: 'small',
  form: 'human-assistant',
  key: 'MODEL_KEY_LAB',
  priceInput: '0.15',
  priceOutput: '0.6',
  context: '4096',
  atOnce: '8',
  patience: '60',
  traits: 'size = 7B\r\nsteps = 250',
  ...changes,
});

onceTest('a model is added on the page, probed, and shown with what it gives', async () => {
  const { site, address } = await siteWithModels();
  const admin = await site.visitor('admin');
  const added = await admin.post('/models', fields({ server: address }), '/models/new');
  expect(added.status).toBe(303);
  const path = added.headers.get('location') ?? '';
  await site.idle();
  const page = await (await admin.request(path)).text();
  expect(page).toContain('exact probabilities of replies');
  expect(page).toContain('The same seed gives the same text.');
  expect(page).toContain('“\\n\\nHuman: ” text “\\n\\nAssistant:”');
  expect(page).toContain('0.15 in, 0.6 out for a million tokens');
  expect(page).not.toContain('the-secret');
  expect(page).toContain('by admin');
  const researcher = await site.visitor('researcher');
  expect(await (await researcher.request('/models')).text()).toContain('small@1');
  expect((await researcher.post(`${path}/retire`, {}, path)).status).toBe(403);
  expect((await admin.post(`${path}/retire`, {}, path)).status).toBe(303);
  const retired = await (await admin.request(path)).text();
  expect(retired).toContain('retired');
  expect(retired).not.toContain('Probe it again');
  expect((await admin.post(`${path}/probe`, {}, path)).status).toBe(409);
  const { db } = site.server.application;
  const probedBy = await db.selectFrom('model_probe').select('probed_by').execute();
  const { id } = await db
    .selectFrom('account')
    .select('id')
    .where('role', '=', 'admin')
    .executeTakeFirstOrThrow();
  expect(probedBy).toEqual([{ probed_by: id }]);
  const audit = await (await admin.request('/audit')).text();
  for (const action of ['model.add', 'model.probe', 'model.retire'])
    expect(audit).toContain(action);
});

const refusals: readonly (readonly [Record<string, string>, string])[] = [
  [{ server: 'https://elsewhere.example/v1' }, 'Add elsewhere.example to MODEL_HOSTS'],
  [{ key: 'MODEL_KEY_OTHER' }, 'Set MODEL_KEY_OTHER and start Assay again.'],
  [{ key: 'DATABASE_URL' }, 'The variable with the key is not a name such as MODEL_KEY_LAB.'],
  [{ provider: 'gguf', server: '', model: '../x.gguf' }, 'without a path'],
  [{ server: '' }, 'The server is missing.'],
  [{ context: '' }, 'The context is not a number.'],
  [{ priceInput: '-1' }, 'The price of what is read is'],
  [{ provider: 'ollama' }, 'The provider is not one of openai, anthropic, gguf.'],
  [{ form: 'other' }, 'id="form-fault">The form of prompts is not one of chat'],
  [{ server: 'https://a:b@api.example.org/v1' }, 'The server holds more than a host and a path'],
  [{ server: 'https://api.example.org/v1?key=b' }, 'The server holds more than a host and a path'],
  [{ server: 'ftp://api.example.org' }, 'The server is not an address such as'],
  [{ patience: '301' }, 'The patience is more than 300.'],
  [{ atOnce: '0' }, 'The number of requests at once is less than 1.'],
  [{ context: '1.5' }, 'The context is not a whole number.'],
  [{ model: 'm'.repeat(301) }, 'The model has more than 300 characters.'],
  [{ priceInput: '1000001' }, 'The price of what is read is more than 1000000.'],
  [{ name: '' }, 'The name is missing, or holds more than'],
  [{ traits: 'large' }, '“large” is not a trait such as size = 7B.'],
  [{ provider: 'anthropic' }, 'The form of prompts is chat for this provider.'],
];

onceTest('what does not fit is refused with what to do, and kept', async () => {
  const { site, address } = await siteWithModels();
  const admin = await site.visitor('admin');
  for (const [changes, sentence] of refusals) {
    const entered = fields({ server: address, ...changes });
    const refused = await admin.post('/models', entered, '/models/new');
    expect(refused.status).toBe(422);
    const page = await refused.text();
    expect(page).toContain(sentence);
    expect(page).toContain('value="0.6"');
  }
  const models = await site.server.application.db.selectFrom('model').select('id').execute();
  expect(models).toEqual([]);
});

test('the API adds, lists, probes and retires models, and makes versions', async () => {
  const { site, address } = await siteWithModels();
  const call = (path: string, body?: object): Promise<Response> =>
    fetch(new URL(`/api/v1${path}`, site.address), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const settings = {
    provider: 'openai',
    server: address,
    model: 'small',
    key: 'MODEL_KEY_LAB',
    context: 4_096,
  };
  const added = await call('/models', { name: 'small', settings });
  expect(added.status).toBe(201);
  const first = ModelAnswerShape.parse(await added.json());
  expect(first).toMatchObject({ name: 'small@1', state: 'active', probe: null });
  await site.idle();
  const shown = ModelAnswerShape.parse(await (await call(`/models/${first.id}`)).json());
  expect(shown.probe).toMatchObject({ fault: null, found: { kinds: { exact: { works: false } } } });
  const same = ModelAnswerShape.parse(
    await (await call('/models', { name: 'small', settings })).json(),
  );
  expect(same.name).toBe('small@1');
  const other = { ...settings, revision: 'b' };
  const second = ModelAnswerShape.parse(
    await (await call('/models', { name: 'small', settings: other })).json(),
  );
  expect(second.name).toBe('small@2');
  await site.idle();
  expect((await call(`/models/${second.id}/retire`, {})).status).toBe(200);
  const list = ModelList.parse(await (await call('/models')).json());
  expect(list.models.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'small@2 retired',
    'small@1 active',
  ]);
  const elsewhere = { ...settings, server: 'http://elsewhere.example' };
  const refused = await call('/models', { name: 'small', settings: elsewhere });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('Add elsewhere.example to MODEL_HOSTS');
});

onceTest('a server of which nothing works is shown as a fault, and ends the command', async () => {
  const { site, address, environment } = await siteWithModels('another');
  const admin = await site.visitor('admin');
  const added = await admin.post('/models', fields({ server: address }), '/models/new');
  const path = added.headers.get('location') ?? '';
  await site.idle();
  const page = await (await admin.request(path)).text();
  expect(page).toMatch(/class="notice bad"[^]*?<strong>[^<]*Incorrect API key provided/);
  const told = await assay({ ...environment, ASSAY_DATA: site.folder }, 'models', 'probe', 'small');
  expect(told).toMatchObject({ status: 1, out: expect.stringContaining('Incorrect API key') });
  const audit = await site.server.application.db
    .selectFrom('audit_event')
    .select('actor')
    .where('action', '=', 'model.probe')
    .orderBy('id')
    .execute();
  expect(audit.map(({ actor }) => actor)).toEqual(['admin@lab.example', 'command line']);
});

onceTest('a probe that was queued before its model was retired asks nothing', async () => {
  const { site, address } = await siteWithModels();
  const { db, config, database } = site.server.application;
  const settings = settingsOf({ url: address }, { key: 'MODEL_KEY_LAB' });
  const model = await addModel(db, { name: 'small', settings, staff: null, now: 1 });
  await retireModel(db, { model, staff: null, now: 2 });
  await expect(
    probeModel(database, {
      model: await requireModel(db, model.public_id),
      models: config.models,
      accountId: null,
      now: Date.now,
      signal: never,
    }),
  ).rejects.toThrow('is retired');
  expect(await db.selectFrom('model_probe').select('id').execute()).toEqual([]);
});

test.each([
  [{ kind: 'chat' }, 'the chat template of the server'],
  [{ kind: 'frame', before: '', after: '', reply: '' }, 'the text alone'],
  [{ kind: 'frame', before: '', after: '\n', reply: ' ' }, 'text “\\n” “ ” reply'],
] as const)('%j is shown as %s', (form, words) => {
  expect(formInWords(form)).toBe(words);
});
