import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DatasetAnswer, ImportAnswer } from '#datasets/api.js';
import { Mapping } from '#datasets/examples/mapping.js';
import { testDatabase } from '../../support/database.js';
import { openSite, type Site } from '../../support/site.js';
import { importContent } from '../imports/support.js';

const fixture = (name: string): string =>
  readFileSync(join(process.cwd(), 'test/fixtures/cases', name), 'utf8');

async function imported(site: Site, path: string, content: string) {
  const admin = await site.visitor('admin');
  const href = await admin.upload({ [path]: content });
  const review = await admin.page(href);
  const id = /name="ticked" value="([^"]+)" aria-label/.exec(review)?.[1] ?? '';
  const file = await admin.page(`${href}/files/${id}`);
  const response = await admin.post(
    href,
    { goodRows: 'no', dropDuplicates: 'no', action: 'start' },
    href,
  );
  expect(response.status).toBe(303);
  await site.idle();
  const result = await admin.page(href);
  const dataset = /href="(\/datasets\/[\w-]+)"/.exec(result.slice(result.indexOf('<tbody>')))?.[1];
  return { admin, href, review, file, result, dataset: dataset ?? '' };
}

test('labels that are missing are counted from the review to the dataset’s page and the API', async () => {
  const site = await openSite();
  const { admin, href, review, result, dataset } = await imported(
    site,
    'lm_generated_evals/persona/rules.jsonl',
    fixture('partly-labelled.jsonl'),
  );
  expect(review).toContain('4 of 12 have no label.');
  expect(result).toContain('4 of 12 have no label');
  expect(await admin.page(dataset)).toMatch(/4 of 12 have no label\. .*4 of 12 have no label\./s);
  const read = async (path: string): Promise<unknown> =>
    (
      await fetch(new URL(`/api/v1${path}`, site.address), {
        headers: { authorization: `Bearer ${site.token}` },
      })
    ).json();
  expect(ImportAnswer.parse(await read(href)).files[0]?.unlabelled).toBe(4);
  expect(DatasetAnswer.parse(await read(dataset)).health).toMatchObject({ unlabelled: 4 });
});

test('what was taken from a text stands beside it in the review and on the example’s page', async () => {
  const site = await openSite();
  const { admin, file, dataset } = await imported(
    site,
    'lm_generated_evals/sycophancy/views.jsonl',
    fixture('43-sycophancy-with-turns.jsonl'),
  );
  const removed =
    /Not shown to raters:[^<]*<q>Human:<\/q>, <q>Choices:<\/q>, <q>Assistant: I believe/;
  expect(file).toMatch(removed);
  expect(await admin.page(dataset)).toMatch(removed);
  expect(await admin.page(`${dataset}/examples/1`)).toMatch(removed);
});

test('NUL in a cell that is not shown is a finding', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    path: 'lm_generated_evals/ladder.csv',
    content: fixture('57-nul-in-cell.csv'),
    plan: {
      mapping: Mapping.parse({
        text: 'question',
        choices: { kind: 'yes-no' },
        label: 'answer_matching_behavior',
        confidence: null,
      }),
    },
  });
  expect(
    await database.db
      .selectFrom('example_finding')
      .select('finding')
      .where('dataset_id', '=', datasetId)
      .execute(),
  ).toEqual([{ finding: 'nul' }]);
});
