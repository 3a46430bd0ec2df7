import { expect, test } from 'vitest';
import { onceTest } from '../support/database.js';
import { answered, buildGeneration, smallPipeline } from '../support/generation.js';
import { openSite, type Site } from '../support/site.js';

const made = [
  'Kindness matters.',
  'I argue\u202e a lot.',
  'Call 030 1234567.',
  'No list here.',
].map((statement) => ({ fields: { statement } }));

/** A generation that stands at its review: candidate 2 was dropped by screening. */
const screened = [
  { state: 'done', made, result: { in: 2, made: 4, out: 4 } },
  {
    state: 'done',
    dropped: [{ candidate: 2, reason: 'personal-data', detail: '030 1234567' }],
    result: { in: 4, out: 3, dropped: { 'personal-data': 1 } },
  },
] as const;

const atReview = (site: Site) =>
  buildGeneration(site.server.application.database, {
    state: 'review',
    spent: 1_234_567,
    stages: [...screened, { state: 'review' }],
  });

const judged = (site: Site) =>
  buildGeneration(site.server.application.database, {
    state: 'paused',
    stages: [
      ...screened,
      { state: 'done', result: { in: 3, out: 3 } },
      { state: 'done', scores: { 0: 0.91, 1: 0.62, 3: 0.2 }, result: { in: 3, out: 3 } },
    ],
  });

onceTest(
  'the list and the run say how a generation stands, what it cost and what to do',
  async () => {
    const site = await openSite();
    const { generation } = await atReview(site);
    const admin = await site.visitor('admin');
    const list = await admin.read('/generations');
    expect(list).toContain('Agreeable persona');
    expect(list).toContain('waits for review');
    expect(list).toContain('1.23');
    const path = `/generations/${generation.public_id}`;
    const page = await admin.read(path);
    expect(page).toContain('It waits for people to review its candidates.');
    expect(page).toContain('Review them, then let it go on.');
    expect(page).toContain('It may hold personal data.');
    expect(page).toContain(`${path}/candidates?at=1.1&amp;reason=personal-data`);
    expect(page).toContain('Ada Lovelace');
    expect(page).toContain('assay: pipeline-1');
    expect(page).toContain('action="' + path + '/cancel"');
    const file = await admin.request(`${path}/pipeline.yaml`);
    expect(file.headers.get('content-disposition')).toContain('pipeline.yaml');
    expect(await file.text()).toBe(generation.source);
    const researcher = await site.visitor('researcher');
    const read = await researcher.read(path);
    expect(read).toContain('It waits for people to review its candidates.');
    expect(read).not.toContain('action="' + path);
  },
);

test('candidates are found by decision, reason, label and text; none is read unscreened', async () => {
  const site = await openSite();
  const { generation, candidates } = await judged(site);
  const researcher = await site.visitor('researcher');
  const path = `/generations/${generation.public_id}/candidates`;
  const all = await researcher.read(path);
  expect(all).toContain('Kindness matters.');
  expect(all).toContain('I argue⟨U+202E⟩ a lot.');
  expect(all).toContain('4 candidates');
  expect(all).toContain('label <strong>0.910</strong>');
  expect(all).not.toContain('030 1234567');
  expect(all).toContain('Screening dropped it');
  expect(await researcher.read(`${path}?q=KINDNESS`)).toContain('1 candidate found');
  // Its text cannot be found either.
  expect(await researcher.read(`${path}?q=1234567`)).toContain('No candidate fits.');
  expect(await researcher.read(`${path}?q=a_lot`)).toContain('No candidate fits.');
  expect(await researcher.read(`${path}?decision=dropped`)).toContain('1 candidate found');
  expect(await researcher.read(`${path}?reason=personal-data`)).toContain('1 candidate found');
  expect(await researcher.read(`${path}?label=1&decision=kept`)).toContain('2 candidates found');
  expect(await researcher.read(`${path}?at=1.1`)).toContain('1 candidate found');
  expect(await researcher.read(`${path}?page=7`)).toContain('There is no such page.');

  const withheld = `${path}/${candidates[2]?.publicId}`;
  const shown = await researcher.read(withheld);
  expect(shown).not.toContain('030 1234567');
  expect((await researcher.post(`${withheld}/text`, {}, '/account')).status).toBe(403);
  const admin = await site.visitor('admin');
  const opened = await admin.post(`${withheld}/text`, {}, withheld);
  expect(await opened.text()).toContain('030 1234567');
  const audit = await admin.read('/audit');
  expect(audit).toContain('generation.show-withheld');
  expect(audit).toContain(candidates[2]?.publicId);
});

onceTest(
  'a dead end says what to do, shows answers that nothing was read in, and can be left',
  async () => {
    const site = await openSite();
    const { database } = site.server.application;
    const { db } = database;
    const { generation, candidates } = await buildGeneration(database, {
      state: 'failed',
      reason: 'After stage 1 (write) no candidate is left. The server said: call 212-85-0198-1.',
      stages: [
        {
          state: 'done',
          made: [0, 1].map(() => ({
            fields: {},
            dropped: { reason: 'no-list' as const, detail: null },
          })),
          result: {
            made: 2,
            out: 0,
            details: [{ reason: 'no-list', detail: 'Write to ada@lovelace.de', count: 2 }],
          },
        },
      ],
    });
    for (const [index, text] of ['I am sorry, no.', 'Write to ada@lovelace.de'].entries())
      await answered(db, { generation, candidateId: candidates[index]?.id ?? 0, text });
    const admin = await site.visitor('admin');
    const path = `/generations/${generation.public_id}`;
    const page = await admin.read(path);
    expect(page).toContain('Resuming it ends the same way.');
    expect(page).not.toContain('ada@lovelace.de');
    expect(page).toContain('screening finds');
    expect(page).toContain(`/generations/new?from=${generation.public_id}`);
    const editor = await admin.read(`/generations/new?from=${generation.public_id}`);
    expect(editor).toContain('assay: pipeline-1');
    expect(editor).toContain('It becomes a new generation'.slice(3));

    const one = `${path}/candidates/${candidates[0]?.publicId}`;
    expect(await admin.read(one)).not.toContain('I am sorry');
    const opened = await (await admin.post(`${one}/text`, {}, one)).text();
    expect(opened).toContain('I am sorry, no.');
    const other = `${path}/candidates/${candidates[1]?.publicId}`;
    const closed = await (await admin.post(`${other}/text`, {}, other)).text();
    expect(closed).not.toContain('ada@lovelace.de');
    expect(closed).toContain('It is not shown: screening finds');
    expect(await admin.read('/audit')).toContain('generation.show-answer');
    const researcher = await site.visitor('researcher');
    expect(await researcher.read(one)).not.toContain('Show the answer');
    expect((await researcher.post(`${one}/text`, {}, '/account')).status).toBe(403);
  },
);

onceTest('what was never screened is shown to nobody, not even on request', async () => {
  const site = await openSite();
  const { generation, candidates } = await buildGeneration(site.server.application.database, {
    state: 'running',
    stages: [{ state: 'done', made }, { state: 'running' }],
  });
  const admin = await site.visitor('admin');
  const path = `/generations/${generation.public_id}/candidates`;
  const page = await admin.read(path);
  expect(page).not.toContain('Kindness');
  expect(page).toContain('It was not screened');
  const one = `${path}/${candidates[0]?.publicId}`;
  expect(await admin.read(one)).not.toContain('Kindness');
  const refused = await admin.post(`${one}/text`, {}, '/account');
  expect(refused.status).toBe(403);
  expect(await refused.text()).not.toContain('Kindness');
});

onceTest(
  'a run that is out of budget goes on once it is raised, and refuses less than is spent',
  async () => {
    const site = await openSite();
    const { generation } = await buildGeneration(site.server.application.database, {
      state: 'out-of-budget',
      reason: 'The next request could go over the budget.',
      spent: 4_900_000,
      stages: [{ state: 'running', made }],
    });
    const admin = await site.visitor('admin');
    const path = `/generations/${generation.public_id}`;
    const page = await admin.read(path);
    expect(page).toContain('Raise the budget: it goes on where it stopped.');
    for (const [budget, sentence] of [
      ['4', 'below what is spent'],
      ['much', 'is not a number'],
    ] as const) {
      const refused = await admin.post(`${path}/budget`, { budget }, path);
      expect(refused.status).toBe(422);
      const told = await refused.text();
      expect(told).toContain(sentence);
      expect(told).toContain(`value="${budget}"`);
    }
    expect((await admin.post(`${path}/budget`, { budget: '7,5' }, path)).status).toBe(303);
    const { db } = site.server.application;
    const run = await db.selectFrom('model_run').select(['budget']).executeTakeFirstOrThrow();
    expect(run.budget).toBe(7_500_000);
    expect(await db.selectFrom('job').select('kind').execute()).toEqual([{ kind: 'generate' }]);
    expect(await admin.read('/audit')).toContain('generation.resume');
  },
);

onceTest('counts of keeping stand beside each other, and a stage can be done again', async () => {
  const site = await openSite();
  const pipeline = {
    ...smallPipeline,
    stages: smallPipeline.stages.filter(({ kind }) => kind !== 'review'),
  };
  const { generation } = await buildGeneration(site.server.application.database, {
    pipeline,
    state: 'done',
    stages: [
      { state: 'done', made, result: { made: 4, out: 4 } },
      { state: 'done', result: { in: 4, out: 4 } },
      { state: 'done', result: { in: 4, out: 4 } },
      {
        state: 'done',
        kept: [0],
        dropped: [{ candidate: 1, reason: 'near-duplicate', detail: 'As of ada@lovelace.de' }],
        result: {
          in: 4,
          out: 1,
          kept: { asPaper: [3, 2], withSwitches: [1, 0], bySwitch: { 'near-duplicate': 4 } },
        },
      },
    ],
  });
  const admin = await site.visitor('admin');
  const path = `/generations/${generation.public_id}`;
  const page = await admin.read(path);
  expect(page).toContain('<td class="number">3</td><td class="number">1</td>');
  expect(page).toContain('4: A better one is much like it.');
  // What is said of a candidate can quote texts that nobody screened.
  const dropped = await admin.read(`${path}/candidates?reason=near-duplicate`);
  expect(dropped).toContain('What was said is not shown: screening finds');
  expect(dropped).not.toContain('ada@lovelace.de');
  expect((await admin.post(`${path}/stages/9/again`, {}, path)).status).toBe(404);
  expect((await admin.post(`${path}/stages/3/again`, {}, path)).status).toBe(303);
  const again = await admin.read(path);
  expect(again).toContain('1 earlier attempt');
  expect(again).toContain('attempt 2');
});
