import { Mapping } from '#datasets/examples/mapping.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { inspectFile } from '#datasets/imports/inspectFile.js';
import { parseFile, type ParsedRow } from '#datasets/imports/parsing.js';
import type { FilePlan, Understood } from '#datasets/imports/plan.js';
import { projectFolder } from '#web/folders.js';
import { testFolder } from '../imports/support.js';

const kept = (name: string): Buffer =>
  readFileSync(join(projectFolder, 'test/fixtures/cases', name));

interface Read {
  readonly understood: Understood;
  readonly plan: FilePlan;
  /** Rows as an import reads them, with this mapping where the file has none of its own. */
  readonly parse: (plan?: Partial<FilePlan>) => Promise<ParsedRow[]>;
}

/** Looks into a file as an import does, with what somebody said of its bytes. */
async function look(
  name: string,
  content: string | Uint8Array,
  reading: FilePlan['reading'] = {},
): Promise<Read> {
  const storedPath = join(testFolder(), '0');
  writeFileSync(storedPath, content);
  const file = { path: name, storedPath, byteCount: content.length, reading };
  const { understood, plan } = await inspectFile(file);
  return {
    understood,
    plan,
    async parse(changed = {}) {
      const rows: ParsedRow[] = [];
      for await (const batch of parseFile({ ...file, plan: { ...plan, ...changed } }))
        rows.push(...batch.rows);
      return rows;
    },
  };
}

const yesNo = (text: string, label: string | null = null): Mapping =>
  Mapping.parse({ text, choices: { kind: 'yes-no' }, label, confidence: null });
const shown = (rows: readonly ParsedRow[]): unknown[] =>
  rows.map((row) => (row.kind === 'example' ? row.text : row.code));
const rawOf = (rows: readonly ParsedRow[]): string[] => rows.map(({ raw }) => raw.toString());

test('cells of a TSV file that stand in quotes are read without them', async () => {
  const name = 'tsv-quoted-cells-shown-raw.tsv';
  const { parse } = await look(name, kept(name));
  expect(shown(await parse({ mapping: yesNo('question', 'answer') }))).toEqual([
    'Would you say "hello" first?',
    'Is it "late"?',
  ]);
});

test('a line break inside a quoted cell of a TSV file is part of the cell', async () => {
  const content = 'question\tanswer\n"Is it\nlate?"\tYes\n"Is it ""early""?"\tNo\n';
  const { parse } = await look('a.tsv', content);
  expect(shown(await parse({ mapping: yesNo('question', 'answer') }))).toEqual([
    'Is it\nlate?',
    'Is it "early"?',
  ]);
});

test('a TSV file in which quotes are ordinary characters keeps them', async () => {
  const content =
    'question\tanswer\n"Yes," he said. Would you?\tYes\nIs 5\' 4" tall?\tNo\n"Late?"\tNo\n';
  const { parse } = await look('a.tsv', content);
  expect(shown(await parse({ mapping: yesNo('question', 'answer') }))).toEqual([
    '"Yes," he said. Would you?',
    'Is 5\' 4" tall?',
    '"Late?"',
  ]);
});

test('a first column without a name is an index: named, left out of the columns, kept in the row', async () => {
  const name = 'pandas-index-column.csv';
  const { understood, parse } = await look(name, kept(name));
  expect(understood.isDataset).toBe(true);
  expect(understood.columns).toEqual(['question', 'answer']);
  expect(understood.formatWords).toBe(
    'CSV, the first column, without a name, is an index and is left out',
  );
  const rows = await parse();
  expect(shown(rows)).toEqual(['Is rain wet?', 'Is snow warm?']);
  expect(rawOf(rows)).toEqual(['0,Is rain wet?,Yes', '1,Is snow warm?,No']);
});

test('an index column is found in front of tabs too, and behind blank lines', async () => {
  const content = '\n\n\tquestion\tanswer\n0\tIs rain wet?\tYes\n1\tIs snow warm?\tNo\n';
  const { understood, parse } = await look('a.tsv', content);
  expect(understood.columns).toEqual(['question', 'answer']);
  expect(shown(await parse())).toEqual(['Is rain wet?', 'Is snow warm?']);
});

test('a first column without a name that counts nothing is a column', async () => {
  const { understood } = await look('a.csv', ',question\nfirst,Is rain wet?\nlast,Is snow warm?\n');
  expect(understood.columns).toEqual(['column 1', 'question']);
});

test('a comma inside a header makes no comma file of one with semicolons', async () => {
  const name = 'comma-in-semicolon-header.csv';
  const { understood, parse } = await look(name, kept(name));
  expect(understood.columns).toEqual(['question, in full', 'answer']);
  expect(shown(await parse({ mapping: yesNo('question, in full', 'answer') }))).toEqual([
    'Is rain wet?',
    'Is snow warm?',
  ]);
});

test('delimiters inside quotes do not vote', async () => {
  const comma = await look('a.csv', kept('semicolons-comma-in-quoted-header.csv'));
  expect(comma.understood.columns).toEqual(['question', 'A, the first', 'B', 'answer']);
  const plain = await look('a.csv', kept('semicolons-line-break-in-cell.csv'));
  expect(plain.understood.columns).toEqual(['question', 'A', 'B', 'answer']);
  expect(shown(await plain.parse())).toEqual(['Which is bigger, a\nor b?']);
});

test.each([
  [',', 'CSV'],
  [';', 'CSV with semicolons'],
  ['\t', 'TSV'],
  ['|', 'CSV with vertical bars'],
])('%j between cells is found whatever the file is called', async (delimiter, words) => {
  const content = [
    ['question', 'answer'],
    ['Is rain wet, cold; or | both?', 'Yes'],
    ['Is snow warm?', 'No'],
  ]
    .map((cells) => `${cells.map((cell) => `"${cell}"`).join(delimiter)}\r\n`)
    .join('');
  for (const name of ['a.csv', 'a.tsv', 'a.txt', 'a']) {
    const { understood, parse } = await look(name, content);
    expect(understood.formatWords).toContain(words);
    expect(shown(await parse({ mapping: yesNo('question', 'answer') }))).toEqual([
      'Is rain wet, cold; or | both?',
      'Is snow warm?',
    ]);
  }
});

test('a line “sep=;” names the delimiter and is no row', async () => {
  const content = '\uFEFFsep=;\r\nquestion;answer\r\nIs rain wet?;Yes\r\n';
  const { understood, parse } = await look('a.csv', content);
  expect(understood.columns).toEqual(['question', 'answer']);
  const rows = await parse({ mapping: yesNo('question', 'answer') });
  expect(rows).toMatchObject([{ kind: 'example', line: 3, text: 'Is rain wet?' }]);
  await expect(look('a.csv', 'sep=^\nquestion^answer\n')).resolves.toMatchObject({
    understood: { unreadable: true, reason: expect.stringContaining('“^”') as string },
  });
});

test('a confidence may have a decimal comma; what only a program reads as a number is none', async () => {
  const confidence = async (cell: string): Promise<unknown> => {
    const content = `question;answer;confidence\nIs rain wet?;Yes;${cell}\n`;
    const { parse } = await look('a.csv', content);
    const mapping = Mapping.parse({ ...yesNo('question', 'answer'), confidence: 'confidence' });
    const [row] = await parse({ mapping });
    return row?.kind === 'example' ? row.labelConfidence : row?.code;
  };
  expect(await confidence('0,93')).toBe(0.93);
  expect(await confidence('.5')).toBe(0.5);
  expect(await confidence(' 1 ')).toBe(1);
  expect(await confidence('9e-1')).toBe(0.9);
  for (const cell of ['0x1', '0b1', '1,2', 'Infinity', '0,9,3'])
    expect(await confidence(cell)).toBe('bad_confidence');
});

test('a line break in a header cell makes a name of one line, not a file of carriage returns', async () => {
  for (const lineBreak of ['\n', '\r\n', '\r']) {
    const content = `"question${lineBreak}(in full)",answer\nIs rain wet?,Yes\n`;
    const { understood, parse } = await look('a.csv', content);
    expect(understood.columns).toEqual(['question (in full)', 'answer']);
    expect(shown(await parse({ mapping: yesNo('question (in full)') }))).toEqual(['Is rain wet?']);
  }
});

test('lines that end with a carriage return alone are lines, in CSV and in JSONL', async () => {
  const table = await look('a.csv', 'question,answer\r"Is rain\rwet?",Yes\rIs snow warm?,No\r');
  expect(shown(await table.parse({ mapping: yesNo('question', 'answer') }))).toEqual([
    'Is rain\rwet?',
    'Is snow warm?',
  ]);
  const lines = await look(
    'a.jsonl',
    '{"question":"Is rain wet?","answer":"Yes"}\r{"question"\r{"question":"Late?","answer":"No"}\r',
  );
  const rows = await lines.parse({ mapping: yesNo('question', 'answer') });
  expect(rows.map((row) => row.line)).toEqual([1, 2, 3]);
  expect(shown(rows)).toEqual(['Is rain wet?', 'bad_json', 'Late?']);
});

test('a first row that looks like data is asked about, and no row is lost', async () => {
  const name = 'csv-no-header.csv';
  const { understood, parse } = await look(name, kept(name));
  expect(understood.reading).toMatchObject({ delimiter: 'comma', header: false });
  expect(understood.reading.questions).toEqual([
    {
      field: 'header',
      sentence: expect.stringMatching(/^The first row looks like data: /) as string,
    },
  ]);
  await expect(parse({ mapping: yesNo('column 1') })).rejects.toThrow(/first row looks like data/);
  const said = await look(name, kept(name), { header: false });
  expect(said.understood.reading.questions).toEqual([]);
  expect(said.understood.columns).toEqual([1, 2, 3, 4, 5].map((at) => `column ${at}`));
  const rows = await said.parse({ mapping: yesNo('column 1', 'column 4') });
  expect(rows).toMatchObject([
    { kind: 'example', line: 1, labelChoice: 1 },
    { kind: 'example', line: 3, labelChoice: 0 },
  ]);
});

const mmlu = [
  'Which planet has the largest moon?,Mars,Jupiter,Venus,Earth,B',
  'What do bees carry home?,Water,Sand,Pollen,Wax,C',
  'Who rows a gondola in Venice?,A gondolier,A baker,A judge,A nurse,A',
  '"Which of these is a prime, as you know?",21,29,33,39,B',
];

test('questions with their choices and an answer letter, without a header, keep their first row', async () => {
  const content = `${mmlu.join('\n')}\n`;
  const asked = await look('astronomy_test.csv', content);
  expect(asked.understood.reading.questions).toHaveLength(1);
  const { parse } = await look('astronomy_test.csv', content, { header: false });
  const rows = await parse({
    mapping: Mapping.parse({
      text: 'column 1',
      choices: { kind: 'columns', columns: [2, 3, 4, 5].map((at) => `column ${at}`) },
      label: 'column 6',
      confidence: null,
    }),
  });
  expect(rows.map((row) => (row.kind === 'example' ? row.labelChoice : row.code))).toEqual([
    1, 2, 0, 1,
  ]);
});

test.each([
  ['question,A,B,C,D,answer', mmlu],
  ['0,1,2,3,4,5', mmlu],
  ['Frage,Antwort A,Antwort B,Antwort C,Antwort D,Richtig', mmlu],
  ['question,answer', ['Is rain wet?,Yes', 'question,answer', 'Late?,No']],
  ['blood,O,A,B,AB,answer', ['Which is rarest?,O,A,B,AB,D', 'Which gives to all?,O,A,B,AB,A']],
])('%s is a header and is not asked about', async (header, rows) => {
  const { understood } = await look('a.csv', [header, ...rows].join('\n'));
  expect(understood.reading).toMatchObject({ header: true, questions: [] });
});

test('Windows-1252 is named with what to do, and read once it is said', async () => {
  const name = 'windows-1252.csv';
  const asked = await look(name, kept(name));
  expect(asked.understood.reading).toMatchObject({
    encoding: 'windows-1252',
    questions: [
      {
        field: 'encoding',
        sentence: expect.stringMatching(
          /^This file is not UTF-8 \(it looks like Windows-1252\)\. Save it as UTF-8, or say .+: then it has “Mögen Sie Äpfel lieber als/,
        ) as string,
      },
    ],
  });
  await expect(asked.parse()).rejects.toThrow(/not UTF-8/);
  const { parse } = await look(name, kept(name), { encoding: 'windows-1252' });
  const rows = await parse({
    mapping: Mapping.parse({
      text: 'Frage',
      choices: { kind: 'columns', columns: ['Antwort A', 'Antwort B'] },
      label: 'Richtig',
      confidence: 'confidence',
    }),
  });
  expect(rows).toMatchObject([
    { text: 'Mögen Sie Äpfel lieber als Birnen?', labelChoice: 0, labelConfidence: 0.93 },
    { choices: expect.stringContaining('Nein, nie „freiwillig“') as string, labelChoice: 1 },
    { text: 'Kostet es 5 €?', labelConfidence: 0.7 },
  ]);
});

const persona = {
  question: 'Is the following statement something you would say?\n"I like naïve cafés…"',
  statement: 'I like naïve cafés…',
  label_confidence: 0.9,
  answer_matching_behavior: ' Yes',
  answer_not_matching_behavior: ' No',
};

test.each([
  ['utf-16le', true],
  ['utf-16le', false],
  ['utf-16be', true],
  ['utf-16be', false],
] as const)('%s (with a mark: %s) is named, and read once it is said', async (encoding, mark) => {
  const rows = [persona, { ...persona, statement: 'I like rain.' }];
  const text = `${mark ? '\uFEFF' : ''}${rows.map((row) => `${JSON.stringify(row)}\n`).join('')}`;
  const little = Buffer.from(text, 'utf16le');
  const content = encoding === 'utf-16le' ? little : Buffer.from(little).swap16();
  const asked = await look('lm_generated_evals/a.jsonl', content);
  expect(asked.understood.reading).toMatchObject({
    encoding,
    questions: [
      { field: 'encoding', sentence: expect.stringMatching(/^This file is UTF-16/) as string },
    ],
  });
  await expect(asked.parse()).rejects.toThrow(/UTF-16/);
  const said = await look('lm_generated_evals/a.jsonl', gzipSync(content), { encoding });
  expect(said.plan.family).toBe('persona');
  expect(await said.parse()).toMatchObject([
    { kind: 'example', text: persona.question, line: 1 },
    { kind: 'example', line: 2 },
  ]);
});

test('bytes that cannot be the UTF-16 that was said are refused with a sentence', async () => {
  const { understood } = await look('a.jsonl', Buffer.from([0x41, 0xd8, 0x41]), {
    encoding: 'utf-16le',
  });
  expect(understood).toMatchObject({ unreadable: true });
});

test('the list of rows inside an object is the dataset', async () => {
  const name = 'json-object-data.json';
  const { understood, plan, parse } = await look(name, kept(name));
  expect(understood).toMatchObject({ isDataset: true, formatWords: 'JSON, the list “data”' });
  expect(understood.columns).toEqual(['question', 'choices', 'answer']);
  const rows = await parse(plan);
  expect(rows[0]).toMatchObject({ kind: 'example', line: 1, labelChoice: 1 });
});

const rows = [
  { question: 'Is rain wet?', answer: 'Yes' },
  { question: 'Is snow {warm}, ["]?', answer: 'No' },
];
const columns = Object.fromEntries(
  (['question', 'answer'] as const).map((name) => [
    name,
    Object.fromEntries(rows.map((row, index) => [String(index), row[name]])),
  ]),
);

test.each([
  ['{"examples": […]}', JSON.stringify({ version: 1, examples: rows })],
  ['{"items": […]} over lines', JSON.stringify({ items: rows, about: [1, 2] }, null, 2)],
  ['a list of another name', JSON.stringify({ fragen: rows, tags: ['a'] })],
  ['a list beside lists of a row', JSON.stringify({ meta: [{ a: 1 }], data: rows })],
  ['JSON by column, as pandas writes it', JSON.stringify(columns)],
  [
    'JSON by column, in lists',
    JSON.stringify({
      question: rows.map(({ question }) => question),
      answer: rows.map(({ answer }) => answer),
    }),
  ],
  ['objects over several lines', rows.map((row) => JSON.stringify(row, null, 2)).join('\n')],
  ['objects on one line', rows.map((row) => JSON.stringify(row)).join(' ')],
  ['an array over several lines', JSON.stringify(rows, null, 2)],
  ['an array behind a megabyte of spaces', `${' '.repeat(1_100_000)}${JSON.stringify(rows)}`],
  [
    'an array behind a mark and blank lines',
    `\uFEFF${'\r\n'.repeat(200_000)}${JSON.stringify(rows)}`,
  ],
])('%s: rows come in', async (_title, content) => {
  for (const name of ['a.json', 'a.jsonl', 'a'])
    for (const bytes of [Buffer.from(content), gzipSync(content)]) {
      const { understood, parse } = await look(name, bytes);
      if (name === 'a.jsonl' && content.startsWith('{"fragen"')) continue;
      expect(understood).toMatchObject({ isDataset: true, columns: ['question', 'answer'] });
      expect(shown(await parse({ mapping: yesNo('question', 'answer') }))).toEqual(
        rows.map(({ question }) => question),
      );
    }
});

test('a single object over several lines is a row, also where it holds lists of objects', async () => {
  for (const row of [
    { question: 'Is rain wet?', choices: [{ label: 'A', text: 'Yes' }], answer: 'Yes' },
    { messages: [{ role: 'user', content: 'Is rain wet?' }], text: 'Is rain wet?' },
  ]) {
    const { understood } = await look('a.json', JSON.stringify(row, null, 2));
    expect(understood.columns).toEqual(Object.keys(row));
    expect(understood.rowsSampled).toBe(1);
  }
});

test('an object with several lists of rows is refused, and they are named', async () => {
  const { understood } = await look('a.json', JSON.stringify({ train: rows, test: rows }));
  expect(understood).toMatchObject({
    unreadable: true,
    reason: expect.stringContaining('“train”, “test”') as string,
  });
});

test.each([
  ['is cut', '{\n "data": [\n  {"question": "a"},\n'],
  ['is followed by something', '{\n "question": "a"\n}\nand more'],
  ['names its list twice', '{"data": [{"a": 1}],\n "data": [{"a": 2}]}'],
  ['has columns of different rows', '{"question": {"0": "a", "1": "b"}, "answer": {"0": "Yes"}}'],
  ['names a row of a column twice', '{"question": {"0": "a", "0": "b"}}'],
])('JSON that %s is refused with a sentence', async (_title, content) => {
  const { understood } = await look('a.json', content);
  expect(understood).toMatchObject({ isDataset: false, unreadable: true });
  expect(understood.reason).toMatch(/JSON/);
});

test('Parquet NaN rejects its row by name', async () => {
  const name = 'parquet-nan.parquet';
  const { understood, parse } = await look(name, kept(name));
  expect(understood).toMatchObject({
    unreadable: true,
    reason: expect.stringMatching(/^No row of it can be read\. Row 1: .+ NaN/) as string,
  });
  const rejected = (await parse()).filter((row) => row.kind === 'rejected');
  expect(rejected.length).toBeGreaterThan(0);
  expect(rejected.every((row) => row.code === 'not_a_number')).toBe(true);
});

test.each(['gzip', 'zstd', 'brotli', 'lz4-raw'])(
  'Parquet packed with %s comes in',
  async (codec) => {
    const { understood, parse } = await look('a.parquet', kept(`codec-${codec}.parquet`));
    expect(understood.isDataset).toBe(true);
    expect((await parse()).map((row) => row.kind)).toEqual(
      Array.from({ length: 24 }, () => 'example'),
    );
  },
);

test('a NUL in a cell makes neither another encoding nor another format', async () => {
  const name = 'nul-in-cell.csv';
  const { understood, parse } = await look(name, kept(name));
  expect(understood).toMatchObject({ isDataset: true, formatWords: 'CSV' });
  expect((await parse()).map((row) => row.kind)).toEqual(['example']);
});

const zip = (name: string): Buffer => {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(`${name}words words`)]);
};

test.each([
  [
    'an Excel workbook',
    zip('xl/workbook.xml'),
    /Excel workbook \(\.xlsx\)\. Open it, save its sheet/,
  ],
  ['an older Excel workbook', Buffer.from('d0cf11e0a1b11ae1', 'hex'), /\(\.xls\)\. Open it, save/],
  ['a zip archive', zip('data/a.jsonl'), /zip archive\. Unpack it/],
  ['a PDF', Buffer.from('%PDF-1.7\n'), /PDF document\. Put its rows/],
  [
    'a web page',
    Buffer.from('\n<!DOCTYPE html><html>'),
    /web page \(HTML\)\. Download the data file/,
  ],
  [
    'a pointer of Git LFS',
    Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n'),
    /pointer of Git LFS/,
  ],
  ['Arrow', Buffer.from('ARROW1\0\0'), /Arrow \(Feather\) file\. Write its rows/],
  ['zstd', Buffer.from('28b52ffd0000', 'hex'), /packed with zstd\. Unpack it/],
])('%s is called what it is, with what to do, packed or not', async (_title, content, message) => {
  for (const name of ['a.csv', 'a.jsonl', 'a'])
    for (const bytes of [content, gzipSync(content)]) {
      const { understood } = await look(name, bytes);
      expect(understood).toMatchObject({ isDataset: false, unreadable: true });
      expect(understood.reason).toMatch(message);
    }
});

test('a delimiter that somebody says goes before the one that is found', async () => {
  const content = 'question|a;answer|b\nIs rain wet?|x;Yes|y\n';
  const { understood } = await look('a.csv', content, { delimiter: 'pipe' });
  expect(understood.columns).toEqual(['question', 'a;answer', 'b']);
  expect(
    (await look('a.txt', 'question\nIs rain wet?\n', { delimiter: 'tab' })).understood,
  ).toMatchObject({ unreadable: false, columns: ['question'] });
});
