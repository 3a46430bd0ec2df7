import { expect, test } from 'vitest';
import { EstimateAnswer, GenerationAnswer, GenerationList } from '#generation/api.js';
import { CandidateList } from '#generation/candidatesApi.js';
import { PublicationList } from '#generation/publicationsApi.js';
import { writePipeline } from '#generation/readPipeline.js';
import { buildGeneration, smallPipeline } from '../support/generation.js';
import { modelServer } from '../support/models.js';
import { addModel } from '#models/model.js';
import { StoredProbe } from '#models/storedProbe.js';
import { writeJson } from '#storage/json.js';
import { settingsWith } from '../models/support.js';
import { openSite, type Site } from '../support/site.js';

const call = (site: Site, path: string, body?: object): Promise<Response> =>
  fetch(new URL(`/api/v1/generations${path}`, site.address), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test('the API creates a generation from YAML or JSON, and moves it', async () => {
  const models = await modelServer();
  const site = await openSite({ MODEL_HOSTS: models.host });
  const { db } = site.server.application;
  for (const name of ['writer', 'judge']) {
    const settings = settingsWith({ server: models.url, model: name });
    await addModel(db, { name, settings, staff: null, now: 1 });
  }
  const refused = await call(site, '', { pipeline: 'assay: pipeline-1\nname: 5\n' });
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain('line 2, column 7');
  const asked = { pipeline: writePipeline(smallPipeline) };
  const estimate = async () =>
    EstimateAnswer.parse(await (await call(site, '/estimate', asked)).json());
  const before = await estimate();
  expect(before.remarks).toEqual([
    'writer@1 was not probed: what it gives is not known.',
    'judge@1 was not probed: what it gives is not known.',
  ]);
  expect(before.models.map(({ model }) => model)).toEqual(['writer@1', 'judge@1']);
  expect(before.requests.low).toBeGreaterThan(0);
  expect(before.requests.high).toBeGreaterThan(before.requests.low);
  // A writer that gives texts, and a judge that gives no figures.
  const works = { works: true, sentence: 'It does.' };
  const fails = { works: false, sentence: 'It does not.' };
  for (const [id, kinds] of [
    [1, { exact: fails, 'first-token': fails, sampled: works }],
    [2, { exact: fails, 'first-token': fails, sampled: works }],
  ] as const)
    await db
      .insertInto('model_probe')
      .values({
        model_id: id,
        content: writeJson(StoredProbe, {
          fault: null,
          found: {
            complete: works,
            kinds,
            maxTokensZero: null,
            seed: 'unknown',
            latencyMs: null,
            tokens: { input: 1, output: 1 },
            requests: 1,
          },
        }),
        probed_at: 2,
        probed_by: null,
      })
      .execute();
  expect((await estimate()).remarks).toEqual([
    'Stage 4 (judge) asks judge@1 for figures of the kind exact or first-token. ' +
      'Its last probe found: texts, and how often each reply is written.',
  ]);
  const created = await call(site, '', { pipeline: writePipeline(smallPipeline), start: false });
  expect(created.status).toBe(201);
  const first = GenerationAnswer.parse(await created.json());
  expect(first).toMatchObject({ name: 'Agreeable persona', state: 'waiting', budget: 5_000_000 });
  expect(first.stages.map(({ kind }) => kind)).toEqual(
    smallPipeline.stages.map(({ kind }) => kind),
  );
  const second = await call(site, '', { pipeline: smallPipeline, start: false });
  expect(second.status).toBe(201);
  expect((await call(site, `/${first.id}/pause`, {})).status).toBe(200);
  const raised = await call(site, `/${first.id}/budget`, { budget: 7_000_000 });
  expect(GenerationAnswer.parse(await raised.json())).toMatchObject({
    state: 'paused',
    budget: 7_000_000,
  });
  const cancelled = await call(site, `/${first.id}/cancel`, {});
  expect(GenerationAnswer.parse(await cancelled.json()).state).toBe('cancelled');
  expect((await call(site, `/${first.id}/resume`, {})).status).toBe(409);
  expect((await call(site, `/${first.id}/stages/0/again`, {})).status).toBe(409);
  const list = GenerationList.parse(await (await call(site, '')).json());
  expect(list.generations.map(({ state }) => state).toSorted()).toEqual(['cancelled', 'waiting']);
});

test('the API gives candidates as people may read them, and publishes with a second person', async () => {
  const site = await openSite();
  const { db, database } = site.server.application;
  const admin = await db
    .selectFrom('account')
    .select('id')
    .where('role', '=', 'admin')
    .executeTakeFirstOrThrow();
  const { generation } = await buildGeneration(database, {
    pipeline: {
      ...smallPipeline,
      stages: smallPipeline.stages.filter(({ kind }) => kind !== 'review'),
    },
    accountId: admin.id,
    state: 'done',
    stages: [
      { state: 'done', made: [{}, {}, { fields: { statement: 'Secret 1.' } }] },
      { state: 'done', dropped: [{ candidate: 2, reason: 'personal-data' }] },
      { state: 'done', scores: { 0: 0.9, 1: 0.8 } },
      { state: 'done', kept: [0, 1] },
    ],
  });
  const path = `/${generation.public_id}`;
  const text = await (await call(site, `${path}/candidates`)).text();
  expect(text).not.toContain('Secret');
  const answer = CandidateList.parse(JSON.parse(text));
  expect(answer).toMatchObject({ found: 3, page: 1, pages: 1 });
  expect(answer.candidates.map(({ reading }) => reading)).toEqual(['open', 'open', 'withheld']);
  expect(answer.candidates[0]).toMatchObject({
    text: 'Is the following statement something you would say?\n"Statement 0"',
    choices: ['Yes', 'No'],
    scores: [{ name: 'label', value: 0.9 }],
  });
  const dropped = await call(site, `${path}/candidates?decision=dropped`);
  expect(CandidateList.parse(await dropped.json()).found).toBe(1);
  const asked = await call(site, `${path}/publications`, {});
  expect(asked.status).toBe(201);
  const [publication] = PublicationList.parse(await asked.json()).publications;
  expect(publication).toMatchObject({ state: 'asked' });
  const approved = await call(site, `${path}/publications/${publication?.id}`, { approve: true });
  expect(approved.status).toBe(403);
  const refused = await call(site, `${path}/publications/${publication?.id}`, {
    approve: false,
    note: 'Not yet.',
  });
  expect(PublicationList.parse(await refused.json()).publications).toMatchObject([
    { state: 'refused', note: 'Not yet.' },
  ]);
});
