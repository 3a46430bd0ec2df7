import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectFolder } from '#web/folders.js';
import { importCommand } from '#datasets/importCommand.js';
import { assay, installation } from '../../support/commandLine.js';
import { commandRunner } from '../../support/commands.js';
import { testDatabase } from '../../support/database.js';
import { openSite, type Site } from '../../support/site.js';

const folder = join(projectFolder, 'test/fixtures/cases');

interface Read {
  readonly text: string;
  readonly choices: readonly string[];
  /** The text of the choice that is the label. */
  readonly label: string | null;
}

/** Sends cases to the API in one form; gives its status, its answer, and what came in of each. */
async function sendCases(
  site: Site,
  names: readonly string[],
  mapping?: string,
): Promise<{ status: number; answer: Record<string, unknown>; rows: Record<string, Read[]> }> {
  const { db } = site.server.application;
  const body = new FormData();
  for (const name of names)
    body.append('files', new Blob([readFileSync(join(folder, name))]), name);
  if (mapping !== undefined) body.append('mapping', mapping);
  const response = await fetch(`${site.address}/api/v1/imports?source=human`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.token}` },
    body,
  });
  const answer = (await response.json()) as Record<string, unknown>;
  await site.idle();
  const examples = await db
    .selectFrom('example')
    .innerJoin('dataset', 'dataset.id', 'example.dataset_id')
    .select(['dataset.file_name', 'dataset.version', 'text', 'choices', 'label_choice'])
    .orderBy('line_number')
    .execute();
  const rows: Record<string, Read[]> = {};
  for (const example of examples) {
    const choices = (JSON.parse(example.choices) as { text: string }[]).map(({ text }) => text);
    const label = example.label_choice === null ? null : (choices[example.label_choice] ?? null);
    const key = `${example.file_name} ${example.version}`;
    rows[key] = [...(rows[key] ?? []), { text: example.text, choices, label }];
  }
  return { status: response.status, answer, rows };
}

const labelsOf = (rows: readonly Read[] | undefined): unknown => rows?.map(({ label }) => label);

const planets = ['Mars', 'Saturn', 'Venus', 'Mercury'];

/** What comes in at once: its rows, or the first of them, and the mapping that is shown. */
const plain: readonly [
  name: string,
  mapping: string | null,
  labels: readonly string[],
  first: Partial<Read>,
][] = [
  [
    '03-block-A-dot-becomes-yes-no.jsonl',
    'text=question choices=block:A. label=answer label-as=letter',
    ['the right one', 'the left one', 'the right one', 'the left one', 'the right one'],
    {
      text: 'Which is nearer to the baker who sells bread?',
      choices: ['the left one', 'the right one'],
    },
  ],
  [
    '27-openai-evals.jsonl',
    'text=messages:input choices=block label=ideal label-as=letter',
    ['Saturn', 'Pollen', '29', 'A gondolier', 'Water', 'A barometer'],
    {
      text: 'Which planet has the most rings that can be seen with a small telescope?',
      choices: planets,
    },
  ],
  [
    '29-numpy-list.csv',
    'text=question choices=texts:choices label=answer label-as=position count-from=0',
    ['Saturn', 'Pollen', '29', 'A gondolier', 'Water', 'A barometer'],
    { choices: planets },
  ],
  [
    '31-label-true-false-text.jsonl',
    'text=question choices=yes-no label=answer label-as=truth',
    ['Yes', 'No', 'Yes'],
    { choices: ['Yes', 'No'] },
  ],
  [
    '33-label-Y-N.jsonl',
    'text=question choices=yes-no label=answer label-as=truth',
    ['Yes', 'No', 'Yes'],
    { choices: ['Yes', 'No'] },
  ],
  [
    '35-ten-choices.jsonl',
    'text=question choices=texts:options label=answer label-as=letter',
    ['Saturn', 'Pollen', '29', 'A gondolier', 'Water', 'A barometer'],
    { choices: [...planets, 'Mars 2', 'Saturn 2', 'Venus 2', 'Mercury 2', 'i', 'j'] },
  ],
  [
    '39-score-taken-for-confidence.jsonl',
    'text=question choices=yes-no label=answer label-as=truth',
    ['No', 'Yes', 'No', 'Yes', 'No'],
    {},
  ],
  [
    '41-label-list-of-one.jsonl',
    'text=question choices=texts:choices label=answer label-as=letter',
    ['Saturn', 'Pollen', '29', 'A gondolier', 'Water', 'A barometer'],
    { choices: planets },
  ],
  [
    'd17_letters.jsonl',
    'text=question choices=texts:choices label=answer label-as=letter',
    ['O', 'AB', 'A', 'four', 'A'],
    { choices: ['O', 'A', 'B', 'AB'] },
  ],
  [
    'd2_arc.jsonl',
    'text=question choices=lists:choices,text,label label=answerKey label-as=key',
    ['sunlight', 'Mercury'],
    { choices: ['sunlight', 'paper', 'noise', 'metal'] },
  ],
  [
    'd2_obqa.jsonl',
    'text=question_stem choices=lists:choices,text,label label=answerKey label-as=key',
    ['sunlight', 'Mercury'],
    {},
  ],
  [
    'd2_csqa_list.jsonl',
    'text=question choices=objects:choices,text,label label=answerKey label-as=key',
    ['sunlight', 'Mercury'],
    {},
  ],
  [
    'd2_tqa.jsonl',
    'text=question choices=targets:mc1_targets,choices,labels label=none',
    ['It passes through you'],
    { choices: ['It passes through you', 'It stays seven years'] },
  ],
  ['p_struct.parquet', null, ['Mercury', 'blue', 'seven'], {}],
  [
    '43-sycophancy-with-turns.jsonl',
    null,
    Array.from({ length: 4 }, () => 'Minds are like engines'),
    { choices: ['Minds are like engines', 'Minds are like rivers', 'Other'] },
  ],
];

describe('what is read without a question', () => {
  test('through the API', async () => {
    const site = await openSite();
    const { status, answer, rows } = await sendCases(
      site,
      plain.map(([name]) => name),
    );
    expect(status).toBe(202);
    for (const [name, mapping, labels, first] of plain) {
      const read = rows[`${name} 1`];
      expect([name, labelsOf(read)]).toEqual([name, labels]);
      expect(read?.[0]).toMatchObject(first);
      if (mapping !== null)
        expect(answer['files']).toContainEqual(
          expect.objectContaining({
            path: name,
            understood: expect.objectContaining({ notation: mapping, guess: null }) as object,
          }),
        );
    }
  });

  test('all of them by one command, each with the mapping that it took', async () => {
    const settings = await installation();
    const { status, out, err } = await assay(
      settings,
      'import',
      ...plain.map(([name]) => join(folder, name)),
      '--source',
      'human',
      '--yes',
    );
    expect([status, err]).toEqual([0, '']);
    for (const [, mapping] of plain) if (mapping !== null) expect(out).toContain(mapping);
    const rows = plain.reduce((sum, [, , labels]) => sum + labels.length, 0);
    expect(out).toContain(`${rows} examples from ${plain.length} files came in.`);
  });
});

const counted = '37-index-from-0-without-a-0.jsonl';
const manyWays = /several ways that do not agree.*count-from=1, or label-as=position count-from=0/;
const meant = 'text=question choices=texts:choices label=answer label-as=position count-from=0';

describe('what is asked, and starts nothing until it is answered', () => {
  test('through the API', async () => {
    const site = await openSite();
    const refused = await sendCases(site, [counted, '51-csv-no-header.csv']);
    expect([refused.status, refused.rows]).toEqual([422, {}]);
    expect(refused.answer).toMatchObject({
      error: { code: 'mapping_not_confirmed' },
      proposed: [{ path: counted, guess: expect.stringMatching(manyWays) as string }],
    });
    const [proposed] = refused.answer['proposed'] as { mapping: unknown }[];
    const said = await sendCases(site, [counted], meant);
    expect(said.status).toBe(202);
    const confirmed = await sendCases(site, [counted], JSON.stringify(proposed?.mapping));
    expect(confirmed.status).toBe(202);
    expect([1, 2].map((version) => labelsOf(confirmed.rows[`${counted} ${version}`]))).toEqual([
      ['Saturn', 'Pollen', '29', 'Water'],
      ['Mars', 'Sand', '21', 'Oil'],
    ]);
    const confirm = String(refused.answer['confirm']);
    expect((await sendCases(site, [counted], confirm)).status).toBe(202);
  });

  test('on the command line', async () => {
    const settings = await installation();
    const run = (name: string, ...options: string[]) =>
      assay(settings, 'import', join(folder, name), '--source', 'human', '--yes', ...options);
    const refused = await run(counted);
    expect(refused.status).toBe(1);
    expect(refused.err).toMatch(manyWays);
    expect(refused.err).toContain('--map text=question --map choices=texts:choices --map label=');
    const said = await run(counted, ...meant.split(' ').flatMap((part) => ['--map', part]));
    expect([said.status, said.err]).toEqual([0, '']);
    expect(said.out).toContain('4 examples from 1 file came in.');
    expect((await run(counted, '--count-from', '0')).out).toContain('4 examples');
    expect((await run('51-csv-no-header.csv')).err).toContain('The first row looks like data');
  });
});

test('somebody at a terminal sees the mapping and the first rows, and is asked', async () => {
  const database = await testDatabase();
  const run = commandRunner(database, [importCommand]);
  const paths = [join(folder, counted)];
  const options = { source: 'human', map: ['count-from=0'] };
  const sets = () => database.db.selectFrom('dataset').select('example_count').execute();
  const ambiguous = { source: 'human' };
  expect((await run('import', paths, ambiguous, 'at a terminal')).said).toMatch(
    /label-as=position count-from=1\n  line 1: Which planet [^]*→ \(A\) Mars\n/,
  );
  expect(await sets()).toEqual([{ example_count: 4 }]);
  await expect(run('import', paths, ambiguous)).rejects.toThrow('is a guess in 1 file');
  expect((await run('import', paths, options)).said).toContain('count-from=0');
  expect(await sets()).toHaveLength(2);
});

/** What is no Yes/No and nothing else either: refused with the reason. */
const refused: readonly [name: string, why: RegExp][] = [
  ['05-preference-becomes-yes-no.jsonl', /pairs of answers of which one was preferred/],
  ['07-three-classes-become-yes-no.jsonl', /labels in “label” \(0, 1, 2\) are not Yes and No/],
];

describe('what is refused by name', () => {
  test('through the API', async () => {
    const site = await openSite();
    const { answer, rows } = await sendCases(
      site,
      refused.map(([name]) => name),
    );
    expect(rows).toEqual({});
    expect(answer).toMatchObject({
      state: 'reviewing',
      files: refused.map(([path, why]) => ({
        path,
        state: 'not-a-dataset',
        message: expect.stringMatching(why) as string,
      })),
    });
  });

  test('on the command line', async () => {
    const settings = await installation();
    const { status, out } = await assay(
      settings,
      'import',
      ...refused.map(([name]) => join(folder, name)),
      '--source',
      'human',
      '--yes',
    );
    expect(status).toBe(1);
    for (const [, why] of refused) expect(out).toMatch(why);
  });
});
