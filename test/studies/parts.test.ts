import { expect, test } from 'vitest';
import { openStudy } from '#studies/opening.js';
import { planAnswer } from '#studies/api.js';
import { datasetChoices } from '#studies/editor/datasetChoices.js';
import { listDatasets } from '#datasets/dataset.js';
import { generatedDailyLimit } from '#studies/settings.js';
import { requireStudy, settingsOf } from '#studies/study.js';
import { buildDataset, buildStudy, plainExamples, type BuiltDataset } from '../support/builders.js';
import { onceTest, testDatabase } from '../support/database.js';
import { openSite } from '../support/site.js';

const published = (publication: string): Pick<BuiltDataset, 'provenance'> => ({
  provenance: { generation: 'g', publication, purpose: 'To test.', responsible: 'Ada' },
});
const kept: BuiltDataset = {
  name: 'Kind',
  part: 'kept',
  examples: plainExamples(6, 'Kept'),
  ...published('p1'),
};
const dropped: BuiltDataset = {
  name: 'Kind (dropped)',
  part: 'dropped',
  examples: plainExamples(4, 'Dropped').map((one) => ({ ...one, confidence: 0.3 })),
  ...published('p1'),
};
const human: BuiltDataset = {
  name: 'Kind',
  source: 'human',
  examples: plainExamples(6, 'Written'),
};

test('what a generation dropped is rated only beside what it kept', async () => {
  const alone = [
    [dropped],
    [dropped, human],
    [dropped, { ...kept, ...published('p2') }],
    [dropped, { ...kept, part: null }],
  ];
  for (const datasets of alone) {
    const database = await testDatabase();
    const study = await buildStudy(database, { datasets, open: false });
    const { obstacles } = await planAnswer(database.db, study);
    expect(obstacles.map(({ message }) => message)).toEqual([
      '“Kind (dropped)” holds what a generation dropped. It can be rated only beside what the same generation kept: choose that too, or leave it out.',
    ]);
    await expect(openStudy(database.db, { study, now: 1, staff: null })).rejects.toMatchObject({
      code: 'study_not_ready',
    });
  }
});

test('of what was dropped only scored examples are drawn, and the plan says how many are not', async () => {
  const database = await testDatabase();
  const [first, ...others] = dropped.examples ?? [];
  if (first === undefined) expect.unreachable();
  const some = { ...dropped, examples: [{ ...first, confidence: null }, ...others] };
  const study = await buildStudy(database, { datasets: [some, kept], open: false });
  const { obstacles, remarks, datasets } = await planAnswer(database.db, study);
  expect(obstacles).toEqual([]);
  expect(datasets.map(({ part, sampled }) => [part, sampled])).toContainEqual(['dropped', 3]);
  expect(remarks.join(' ')).toContain('1 example without a label or a confidence');
});

test('what was dropped is no arm of a pair, wherever pairs are told', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const study = await buildStudy(database, { datasets: [dropped, kept, human], open: false });
  const plan = await planAnswer(db, study);
  expect(plan.obstacles).toEqual([]);
  expect(plan.pairs).toEqual([{ behaviour: 'kind', suggested: 6 }]);
  expect(plan.datasets.map(({ part, sampled }) => [part, sampled])).toEqual([
    ['dropped', 4],
    ['kept', 6],
    [null, 6],
  ]);
  // The precision is of the sets that are validated.
  expect(plan.precision.items).toBe(6);
  const all = await listDatasets(db);
  const pairOf = (without: string): boolean | undefined =>
    datasetChoices(
      all.filter(({ part }) => part !== without),
      [],
    )[0]?.pair;
  expect([pairOf('dropped'), pairOf('kept')]).toEqual([true, false]);

  const admin = await site.visitor('admin');
  const page = async (path: string): Promise<string> =>
    (await admin.page(path)).replaceAll(/\s+/g, ' ');
  const [droppedSet, keptSet, humanSet] = ['dropped', 'kept', null].map((part) =>
    all.find((one) => one.part === part),
  );
  expect(await page('/datasets')).toContain('dropped by its generation');
  const ofHuman = await page(`/datasets/${humanSet?.public_id}`);
  expect(ofHuman).toContain(`/datasets/${keptSet?.public_id}`);
  expect(ofHuman).not.toContain(`/datasets/${droppedSet?.public_id}"`);
  const ofKept = await page(`/datasets/${keptSet?.public_id}`);
  expect(ofKept).toContain(`/datasets/${droppedSet?.public_id}`);
  for (const words of ['kept by its generation', 'To test.', 'Ada'])
    expect(ofKept).toContain(words);
  expect(await page('/studies/new')).toContain('dropped; beside what was kept alone');
  const response = await fetch(`${site.address}/api/v1/datasets`, {
    headers: { authorization: `Bearer ${site.token}` },
  });
  const answer = (await response.json()) as { datasets: { part: string | null }[] };
  expect(new Set(answer.datasets.map(({ part }) => part))).toEqual(
    new Set(['dropped', 'kept', null]),
  );
});

test('a study on what a model wrote needs a content warning, and has a limit a day', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const [generated, other] = [
    await buildDataset(db, { ...kept, behaviour: 'kind' }),
    await buildDataset(db, { ...human, behaviour: 'brave', confirmed: true }),
  ];
  const create = async (body: object): Promise<{ id: string }> => {
    const response = await fetch(`${site.address}/api/v1/studies`, {
      method: 'POST',
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    return (await response.json()) as { id: string };
  };
  const without = await create({ title: 'No warning', settings: { datasets: [generated] } });
  const study = await requireStudy(db, without.id);
  expect(settingsOf(study).dailyLimit).toBe(generatedDailyLimit);
  expect(await planAnswer(db, study)).toMatchObject({
    obstacles: [
      {
        message:
          'A model wrote “Kind”, and nobody has written a content warning: raters read it before they agree.',
        link: `/studies/${study.public_id}/edit#warning`,
      },
    ],
  });
  const admin = await site.visitor('admin');
  expect(await admin.page(`/studies/${study.public_id}/review`)).toContain(
    `/studies/${study.public_id}/edit#warning`,
  );
  const editor = await admin.page(`/studies/new?dataset=${generated}`);
  expect(/name="dailyLimit"[^>]*/.exec(editor)?.[0]).toContain(`value="${generatedDailyLimit}"`);
  const free = await create({
    title: 'No limit',
    settings: { datasets: [generated], dailyLimit: null },
    texts: { warning: 'Some texts may upset you.' },
  });
  const plan = await planAnswer(db, await requireStudy(db, free.id));
  expect(plan.obstacles).toEqual([]);
  expect(plan.remarks.join()).toContain('as many examples a day as they like');
  const ordinary = await create({ title: 'Human', settings: { datasets: [other] } });
  expect(settingsOf(await requireStudy(db, ordinary.id)).dailyLimit).toBeNull();
  expect(await planAnswer(db, await requireStudy(db, ordinary.id))).toMatchObject({
    obstacles: [],
  });
});

onceTest('a dropped dataset takes its own turns, and none from what is compared', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [dropped, kept, human],
    settings: { dailyLimit: 5 },
  });
  const { studyForRating } = await import('#assignment/studyForRating.js');
  const rating = await studyForRating(database.db, study.id, database);
  expect(rating.datasets.map(({ arm }) => arm)).toEqual(['dropped', 'generated', 'human']);
});
