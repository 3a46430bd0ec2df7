import { expect, test } from 'vitest';
import { getDataset, healthOf } from '#datasets/dataset.js';
import { testDatabase } from '../../support/database.js';
import { importContent, lines, personaRow, riskRow, storedRows } from './support.js';

test('of a group of duplicates the first row is eligible, the rest carry the finding', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    content: lines(personaRow('a'), personaRow('b'), personaRow('a'), personaRow('a')),
  });
  expect(
    (await storedRows(database, datasetId)).map((row) => [row.line, row.doubtful, row.findings]),
  ).toEqual([
    [1, 0, []],
    [2, 0, []],
    [3, 1, ['duplicate']],
    [4, 1, ['duplicate']],
  ]);
  const details = await database.db.selectFrom('example_finding').select('detail').execute();
  expect(details.map((row) => row.detail)).toEqual(['the same as line 1', 'the same as line 1']);
});

test('exact duplicates are dropped by choice, and counted; rows that differ in their bytes stay', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    content: lines(personaRow('a'), personaRow('a'), personaRow('A')),
    settings: { dropDuplicates: true },
  });
  expect((await storedRows(database, datasetId)).map((row) => [row.line, row.findings])).toEqual([
    [1, []],
    [3, ['duplicate']],
  ]);
  expect(await getDataset(database.db, datasetId)).toMatchObject({
    example_count: 2,
    dropped_duplicate_count: 1,
  });
});

test('the same text with another label is a finding on both rows', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    content: lines(personaRow('a'), personaRow('a', false)),
  });
  expect((await storedRows(database, datasetId)).map((row) => row.findings)).toEqual([
    ['duplicate-opposite-label'],
    ['duplicate-opposite-label'],
  ]);
});

test('labels are told apart where the choices differ in case alone', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    content: lines(
      choiceRow(['Paris', 'paris'], 'A'),
      choiceRow(['Paris', 'paris'], 'B'),
      choiceRow(['Lyon', 'lyon'], 'A'),
      choiceRow(['lyon', 'Lyon'], 'B'),
    ),
  });
  const found = (await storedRows(database, datasetId)).map((row) =>
    row.findings.filter((name) => name.startsWith('duplicate')),
  );
  expect(found).toEqual([
    ['duplicate-opposite-label'],
    ['duplicate-opposite-label'],
    [],
    ['duplicate'],
  ]);
});

/** A row with these choices after its question; the label is the one with this letter. */
const choiceRow = (choices: readonly string[], label: 'A' | 'B' | 'C'): string =>
  JSON.stringify({
    question: `What do you choose?\n\nChoices:\n${choices
      .map((choice, index) => ` (${String.fromCharCode(65 + index)}) ${choice}`)
      .join('\n')}`,
    answer_matching_behavior: ` (${label})`,
    answer_not_matching_behavior: label === 'A' ? ' (B)' : ' (A)',
  });

// A table of 8 slots is full at once, so that what repeats is looked for among the stored rows.
test.each([undefined, 8])(
  'labels are compared by the choice that is meant, not by its place or case (slots: %s)',
  async (mostSlots) => {
    const database = await testDatabase();
    const { datasetId } = await importContent(database, {
      content: lines(
        choiceRow(['Take Box B', 'Take both boxes'], 'A'),
        choiceRow(['Take both boxes', 'Take box B'], 'B'),
        choiceRow(['take both boxes', 'Take Box B'], 'B'),
        choiceRow(['yes', 'No way', 'both of the above'], 'A'),
        choiceRow(['No way', 'both of the above', 'Yes'], 'C'),
        ...Array.from({ length: 12 }, (_, index) => riskRow(`Number ${index}?`)),
        choiceRow(['Both of the above', 'yes', 'no way'], 'C'),
      ),
      ...(mostSlots === undefined ? {} : { context: { mostSlots } }),
    });
    const found = (await storedRows(database, datasetId)).map((row) =>
      row.findings.filter((name) => name.startsWith('duplicate')),
    );
    expect([...found.slice(0, 5), found.at(-1)]).toEqual([
      [],
      ['duplicate'],
      ['duplicate'],
      ['duplicate-opposite-label'],
      ['duplicate'],
      ['duplicate-opposite-label'],
    ]);
  },
);

test('a row that stands in both sets of a pair carries the finding on both sides, whichever came first', async () => {
  const database = await testDatabase();
  const generated = await importContent(database, {
    path: 'lm_generated_evals/x.jsonl',
    content: lines(riskRow('One?'), riskRow('Two?')),
  });
  const human = await importContent(database, {
    path: 'human_generated_evals/x.jsonl',
    content: lines(riskRow('Three?'), riskRow('Two?')),
  });
  expect((await storedRows(database, generated.datasetId)).map((row) => row.findings)).toEqual([
    [],
    ['in-both-sets'],
  ]);
  expect((await storedRows(database, human.datasetId)).map((row) => row.findings)).toEqual([
    [],
    ['in-both-sets'],
  ]);
  expect(healthOf(await getDataset(database.db, generated.datasetId))).toMatchObject({
    clean: 1,
    findings: { 'in-both-sets': 1 },
  });
});

test('copies of few-shot examples are found when the prompts come before and when they come after', async () => {
  const database = await testDatabase();
  const first = await importContent(database, {
    path: 'prompts_for_few_shot_generation/x.jsonl',
    content: lines(riskRow('One?')),
  });
  const generated = await importContent(database, {
    path: 'lm_generated_evals/x.jsonl',
    content: lines(riskRow('One?'), riskRow('Two?')),
  });
  await importContent(database, {
    path: 'prompts_for_few_shot_generation/x.jsonl',
    content: lines(riskRow('Two?')),
  });
  expect((await storedRows(database, generated.datasetId)).map((row) => row.findings)).toEqual([
    ['few-shot-copy'],
    ['few-shot-copy'],
  ]);
  expect((await storedRows(database, first.datasetId)).map((row) => row.findings)).toEqual([[]]);
});

test('a file with more contents than the table holds has its duplicates found among the stored rows', async () => {
  const database = await testDatabase();
  const rows = Array.from({ length: 60 }, (_, index) => personaRow(`statement ${index}`));
  const { datasetId } = await importContent(database, {
    content: lines(...rows, ...rows),
    context: { mostSlots: 16 },
  });
  const found = (await storedRows(database, datasetId))
    .filter((row) => row.findings.includes('duplicate'))
    .map((row) => row.line);
  expect(found).toEqual(Array.from({ length: 60 }, (_, index) => index + 61));
});
