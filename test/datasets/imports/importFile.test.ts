import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { getDataset, healthOf, listDatasets } from '#datasets/dataset.js';
import { choicesOf } from '#datasets/storedExample.js';
import { onceTest, testDatabase } from '../../support/database.js';
import { importContent, lines, personaRow, rejectedRows, riskRow, storedRows } from './support.js';

test('a persona file becomes a visible version with its rows kept byte for byte', async () => {
  const database = await testDatabase();
  const odd = personaRow('I like power').replace('{', '{ ').replace('0.9', '0.93316294938559320');
  const result = await importContent(database, { content: lines(personaRow('I like rules'), odd) });
  expect(result).toMatchObject({ outcome: 'imported', examples: 2, rejected: 0 });
  const dataset = await getDataset(database.db, result.datasetId);
  expect(dataset).toMatchObject({
    state: 'visible',
    version: 1,
    source: 'generated',
    role: 'evaluated',
    family: 'persona',
    name: 'power',
    example_count: 2,
  });
  expect(dataset.sha256).toMatch(/^[0-9a-f]{64}$/);
  const rows = await database.db.selectFrom('example').selectAll().orderBy('line_number').execute();
  expect(Buffer.from(rows[1]?.raw ?? []).toString()).toBe(odd);
  expect(rows.map((row) => choicesOf(row).map((choice) => choice.text))).toEqual([
    ['Yes', 'No'],
    ['Yes', 'No'],
  ]);
  expect(rows[0]?.label_choice).toBe(0);
});

test('choices stand in the order of the question, and the label is an index into them', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    path: 'human_generated_evals/x.jsonl',
    content: lines(riskRow('Would you go on?', ' (B)')),
  });
  const row = await database.db
    .selectFrom('example')
    .selectAll()
    .where('dataset_id', '=', datasetId)
    .executeTakeFirstOrThrow();
  expect(row.text).toBe('Would you go on?');
  expect(choicesOf(row)).toEqual([
    { key: '(A)', text: 'Yes, I would do that.' },
    { key: '(B)', text: 'No, I would rather not.' },
  ]);
  expect(row.label_choice).toBe(1);
});

test('sycophancy rows with a list of other answers, and winogenerated rows without a label, are imported', async () => {
  const database = await testDatabase();
  const block = '\n\nChoices:\n (A) one\n (B) two\n (C) three\n\nAnswer:';
  const sycophancy = lines(
    JSON.stringify({
      question: `Hello, I study. What do you think?${block}`,
      answer_matching_behavior: ' (B)',
      answer_not_matching_behavior: [' (A)', ' (C)'],
    }),
  );
  const first = await importContent(database, {
    path: 'sycophancy/views.jsonl',
    content: sycophancy,
    plan: { source: 'generated' },
  });
  expect(await getDataset(database.db, first.datasetId)).toMatchObject({ family: 'sycophancy' });
  expect(await storedRows(database, first.datasetId)).toMatchObject([{ label: 1 }]);
  const winogenerated = lines(
    JSON.stringify({
      index: 0,
      occupation: 'baker',
      other_person: 'client',
      pronoun_options: ['his', 'her', 'their'],
      sentence_with_blank: 'The baker gave the client _ bread.',
    }),
  );
  const second = await importContent(database, {
    path: 'winogenerated/sentences.jsonl',
    content: winogenerated,
  });
  expect(await getDataset(database.db, second.datasetId)).toMatchObject({
    family: 'winogenerated',
    source: 'generated',
  });
  expect(await storedRows(database, second.datasetId)).toMatchObject([{ label: null }]);
});

const faults: readonly { title: string; row: string | Buffer; code: string }[] = [
  { title: 'a row that is not JSON', row: '{"question": ', code: 'bad_json' },
  { title: 'NaN', row: personaRow('x').replace('0.9', 'NaN'), code: 'not_a_number' },
  {
    title: 'a duplicate key',
    row: personaRow('x').replace('{', '{"statement": "other", '),
    code: 'duplicate_key',
  },
  {
    title: '__proto__',
    row: personaRow('x').replace('{', '{"__proto__": {"a": 1}, '),
    code: 'forbidden_key',
  },
  {
    title: 'bytes that are not UTF-8',
    row: Buffer.from([...Buffer.from('{"question": "'), 0xff, 0xfe, ...Buffer.from('"}')]),
    code: 'bad_encoding',
  },
  {
    title: 'a label that is not among the choices',
    row: personaRow('x').replace(' Yes', ' Maybe'),
    code: 'label_not_among_choices',
  },
  { title: 'something that is no object', row: '[1, 2]', code: 'not_an_object' },
];

for (const { title, row, code } of faults) {
  test(`${title} is rejected with its line, a reason and the row itself`, async () => {
    const database = await testDatabase();
    const content = Buffer.concat([
      Buffer.from(lines(personaRow('a naïve, good row'))),
      Buffer.from(row),
      Buffer.from('\n'),
    ]);
    const result = await importContent(database, { content, settings: { goodRows: true } });
    expect(result).toMatchObject({ outcome: 'imported', examples: 1, rejected: 1 });
    const [rejected] = await rejectedRows(database, result.datasetId);
    expect(rejected).toMatchObject({ line_number: 2, code });
    expect(rejected?.message).toMatch(/^\p{Lu}.+\.\)?$|\.…?/u);
    expect(Buffer.from(rejected?.raw ?? []).equals(Buffer.from(row))).toBe(true);
  });
}

test('a missing block of choices is rejected', async () => {
  const database = await testDatabase();
  const bare = JSON.stringify({
    question: 'Would you?',
    answer_matching_behavior: ' (A)',
    answer_not_matching_behavior: ' (B)',
  });
  const result = await importContent(database, {
    content: lines(riskRow('One?'), bare),
    settings: { goodRows: true },
  });
  expect(await rejectedRows(database, result.datasetId)).toMatchObject([
    { line_number: 2, code: 'missing_choices' },
  ]);
});

onceTest('a line of 50 MB is rejected without its bytes, and the rest is imported', async () => {
  const database = await testDatabase();
  const content = Buffer.concat([
    Buffer.from(lines(personaRow('a'))),
    Buffer.alloc(50_000_000, 'x'),
    Buffer.from(`\n${personaRow('b')}\n`),
  ]);
  const result = await importContent(database, { content, settings: { goodRows: true } });
  expect(result).toMatchObject({ examples: 2, rejected: 1 });
  const [rejected] = await rejectedRows(database, result.datasetId);
  expect(rejected).toMatchObject({ line_number: 2, code: 'too_long' });
  expect(rejected?.raw.length).toBeLessThan(10_000);
});

test('a byte order mark and CRLF are no part of the rows', async () => {
  const database = await testDatabase();
  const result = await importContent(database, {
    content: `\uFEFF${personaRow('a')}\r\n${personaRow('b')}\r\n`,
  });
  const rows = await database.db
    .selectFrom('example')
    .select('raw')
    .where('dataset_id', '=', result.datasetId)
    .orderBy('line_number')
    .execute();
  expect(rows.map((row) => Buffer.from(row.raw).toString())).toEqual([
    personaRow('a'),
    personaRow('b'),
  ]);
});

test('a gzipped file is read, and a cut one fails with a sentence and leaves nothing', async () => {
  const database = await testDatabase();
  const packed = gzipSync(
    lines(...Array.from({ length: 3000 }, (_, index) => personaRow(`number ${index * 7919}`))),
  );
  expect(
    await importContent(database, { path: 'persona/a.jsonl.gz', content: packed }),
  ).toMatchObject({ examples: 3000 });
  await expect(
    importContent(database, {
      path: 'persona/b.jsonl.gz',
      content: packed.subarray(0, packed.length - 200),
      plan: { name: 'b', behaviour: 'b', family: 'persona', source: 'generated' },
    }),
  ).rejects.toThrow(/gzip file ends too early/);
  expect((await listDatasets(database.db)).map((dataset) => dataset.name)).toEqual(['a']);
  expect(
    await database.db
      .selectFrom('example')
      .select('id')
      .where('dataset_id', '<>', (await listDatasets(database.db))[0]?.id ?? 0)
      .execute(),
  ).toEqual([]);
});

test('an empty file cannot be imported', async () => {
  const database = await testDatabase();
  await expect(
    importContent(database, { content: '', plan: { source: 'generated', family: 'persona' } }),
  ).rejects.toThrow('The file is empty.');
});

test('elements of a JSON array on one line are numbered one by one', async () => {
  const database = await testDatabase();
  const result = await importContent(database, {
    path: 'persona/a.json',
    content: `[${personaRow('a')}, ${personaRow('b')}, ${personaRow('c')}]`,
  });
  expect((await storedRows(database, result.datasetId)).map((row) => row.line)).toEqual([1, 2, 3]);
});

test('a CSV file is imported through a mapping', async () => {
  const database = await testDatabase();
  const content =
    'prompt,first,second,correct\r\n"Which is larger, ""a"" or b?",This one,That one,A\r\nNext?,Here,There,B\r\n';
  const result = await importContent(database, {
    path: 'mine.csv',
    content,
    plan: {
      source: 'human',
      mapping: {
        text: 'prompt',
        textAs: 'text',
        choices: { kind: 'columns', columns: ['first', 'second'] },
        label: 'correct',
        labelAs: 'letter',
        countFrom: 1,
        confidence: null,
      },
    },
  });
  expect(result).toMatchObject({ examples: 2, rejected: 0 });
  expect(await storedRows(database, result.datasetId)).toMatchObject([
    { text: 'Which is larger, "a" or b?', label: 0 },
    { text: 'Next?', label: 1 },
  ]);
});

onceTest(
  'a file that counts otherwise than was said is refused as a whole, good rows or not, and comes in as it is meant',
  async () => {
    const database = await testDatabase();
    const content = lines(
      ...[2, 1, 0, 3].map((answer, index) =>
        JSON.stringify({
          question: `Question ${index}?`,
          choices: ['red', 'green', 'blue', 'black'],
          answer,
        }),
      ),
    );
    const mapped = (countFrom: 0 | 1) => ({
      source: 'human' as const,
      mapping: {
        text: 'question',
        textAs: 'text' as const,
        choices: { kind: 'list' as const, column: 'choices', form: 'texts' as const },
        label: 'answer',
        labelAs: 'position' as const,
        countFrom,
        confidence: null,
      },
    });
    for (const goodRows of [false, true]) {
      const refused = await importContent(database, {
        path: 'mmlu.jsonl',
        content,
        settings: { goodRows },
        plan: mapped(1),
      });
      expect(refused).toMatchObject({
        outcome: 'refused',
        examples: 0,
        rejected: 1,
        message: expect.stringMatching(
          /^Line 3: .+ Say that numbers count from 0\. Nothing of this file was imported\.$/,
        ) as string,
      });
      expect(await rejectedRows(database, refused.datasetId)).toMatchObject([
        { line_number: 3, code: 'label_miscounted' },
      ]);
    }
    expect(await listDatasets(database.db)).toEqual([]);
    const counted = await importContent(database, { path: 'mmlu.jsonl', content, plan: mapped(0) });
    expect((await storedRows(database, counted.datasetId)).map((row) => row.label)).toEqual([
      2, 1, 0, 3,
    ]);
    const fromOne = await importContent(database, {
      path: 'mmlu.jsonl',
      content: content.replace('"answer":0', '"answer":4'),
      settings: { goodRows: true },
      plan: mapped(0),
    });
    expect(fromOne).toMatchObject({
      outcome: 'refused',
      message: expect.stringMatching(/^Line 3: .+ Say that numbers count from 1\./) as string,
    });
  },
);

test('NUL in a text is stored on both engines, with a finding', async () => {
  const database = await testDatabase();
  const result = await importContent(database, { content: lines(personaRow('nothing\0here')) });
  expect(await storedRows(database, result.datasetId)).toMatchObject([
    { doubtful: 1, findings: ['nul'] },
  ]);
});

test('the next import of the same name, source and role is the next version', async () => {
  const database = await testDatabase();
  await importContent(database, { content: lines(personaRow('a')) });
  const second = await importContent(database, { content: lines(personaRow('b')) });
  const human = await importContent(database, {
    path: 'human_generated_evals/power.jsonl',
    content: lines(personaRow('c')),
  });
  expect(await getDataset(database.db, second.datasetId)).toMatchObject({ version: 2 });
  expect(await getDataset(database.db, human.datasetId)).toMatchObject({
    version: 1,
    source: 'human',
  });
});

test('the health check counts labels, findings and clean examples', async () => {
  const database = await testDatabase();
  const { datasetId } = await importContent(database, {
    content: lines(personaRow('a'), personaRow('b', false), personaRow('a')),
  });
  expect(healthOf(await getDataset(database.db, datasetId))).toMatchObject({
    clean: 2,
    doubtful: 1,
    findings: { duplicate: 1 },
    labels: [
      { key: 'Yes', count: 2 },
      { key: 'No', count: 1 },
    ],
    unlabelled: 0,
    choiceCounts: [{ choices: 2, count: 3 }],
  });
});
