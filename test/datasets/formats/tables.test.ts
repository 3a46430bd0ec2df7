import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { formatWords } from '#datasets/formats/detectFormat.js';
import { isSnappyOf } from '#datasets/formats/parquetSnappy.js';
import { readContent, valuesOf } from './support.js';

test('CSV: quotes, commas, line breaks and doubled quotes inside quotes; CRLF; a byte order mark; blank lines', async () => {
  const { detected, rows } = await readContent(
    '\uFEFFtext,label\r\n"a, ""b""\r\nc",A\r\n\r\nplain,B\r\n',
    'rows.csv',
  );
  expect(formatWords(detected)).toBe('CSV, with a byte order mark');
  expect(rows).toEqual([
    { line: 2, raw: '"a, ""b""\r\nc",A', value: { text: 'a, "b"\r\nc', label: 'A' } },
    { line: 5, raw: 'plain,B', value: { text: 'plain', label: 'B' } },
  ]);
});

test('CSV with semicolons, and TSV in which quotes are ordinary characters', async () => {
  const semicolons = await readContent('text;label\n"a;b";A\n', 'rows.csv');
  expect([formatWords(semicolons.detected), valuesOf(semicolons.rows)]).toEqual([
    'CSV with semicolons',
    [{ text: 'a;b', label: 'A' }],
  ]);
  const tabs = await readContent('text\tlabel\n"a" he said, "b\tA\n', 'rows.tsv');
  expect([formatWords(tabs.detected), valuesOf(tabs.rows)]).toEqual([
    'TSV',
    [{ text: '"a" he said, "b', label: 'A' }],
  ]);
});

test('a table without a telling name is recognised by its header', async () => {
  for (const [words, delimiter] of [
    ['CSV', ','],
    ['CSV with semicolons', ';'],
    ['TSV', '\t'],
    ['CSV with vertical bars', '|'],
  ] as const) {
    const content = ['text', 'label\nx', 'A\n'].join(delimiter);
    for (const name of ['rows', 'rows.txt', 'rows.csv'])
      expect(formatWords((await readContent(content, name)).detected)).toBe(words);
  }
});

test('a row with too few or too many fields is rejected with its line, and the others are read', async () => {
  const { rows } = await readContent('a,b\n1,2\nonly\n3,4\n5,6,7\n8,9\n', 'rows.csv');
  expect(rows.map((row) => [row.line, 'code' in row ? row.code : row.value])).toEqual([
    [2, { a: '1', b: '2' }],
    [3, 'bad_csv'],
    [4, { a: '3', b: '4' }],
    [5, 'bad_csv'],
    [6, { a: '8', b: '9' }],
  ]);
});

test('a quote that does not close, text after a closing quote and bytes that are not UTF-8 reject their row', async () => {
  const content = Buffer.concat([
    Buffer.from('a,é\n"x"y,1\n5\' 4" tall,a""b\n'),
    Buffer.from([0xff]),
    Buffer.from(',3\n"",""""\n"open,6\n7,8\n'),
  ]);
  const { rows } = await readContent(content, 'rows.csv');
  expect(rows.map((row) => [row.line, 'code' in row ? row.code : row.value])).toEqual([
    [2, 'bad_csv'],
    [3, { a: '5\' 4" tall', é: 'a""b' }],
    [4, 'bad_encoding'],
    [5, { a: '', é: '"' }],
    [6, 'bad_csv'],
  ]);
  expect(rows.map((row) => ('code' in row ? row.message : ''))).toEqual([
    expect.stringContaining('“y,1” follows a closing quote'),
    '',
    expect.any(String),
    '',
    expect.stringContaining('A quote does not close'),
  ]);
  expect(rows[4]?.raw).toBe('"open,6\n7,8\n');
});

for (const [title, content, message] of [
  ['two columns of one name', 'text,text\n1,2\n', /Two columns are called “text”/],
  ['a column without a name', 'a,,b\n1,2,3\n', /Column 2 has no name/],
  ['a column called __proto__', 'a,__proto__\n1,2\n', /called __proto__/],
  [
    'a header that is not UTF-8',
    Buffer.from([...Buffer.from('a,'), 0xff, ...Buffer.from('\n1,2\n')]),
    /not UTF-8/,
  ],
] as const) {
  test(`CSV with ${title} is refused with a sentence`, async () => {
    const reading = { encoding: 'utf-8' } as const;
    await expect(readContent(content, 'rows.csv', { reading })).rejects.toThrow(message);
  });
}

test.each(['rows.csv', 'rows.tsv', 'rows.jsonl', 'rows'])(
  'UTF-16 is asked about in %s, with its mark and without, and a NUL in a cell does not make it',
  async (name) => {
    for (const mark of ['\uFEFF', '']) {
      const bytes = Buffer.from(`${mark}text,label\tx\nx,A\ty\n`, 'utf16le');
      for (const [content, encoding] of [
        [bytes, 'utf-16le'],
        [gzipSync(bytes), 'utf-16le'],
        [Buffer.from(bytes).swap16(), 'utf-16be'],
      ] as const) {
        const { detected } = await readContent(content, name);
        expect(detected.encoding).toBe(encoding);
        expect(detected.questions).toEqual([
          { field: 'encoding', sentence: expect.stringMatching(/^This file is UTF-16 text/) },
        ]);
      }
    }
    expect((await readContent('text,label\nx\u0000y,A\n', 'rows.csv')).rows).toHaveLength(1);
  },
);

test('a CSV file with a header alone has no rows', async () => {
  expect((await readContent('a,b\n', 'rows.csv')).rows).toEqual([]);
});

const parquet = (): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'question', data: ['One?', 'Two, “ü”?', 'Three?'], type: 'STRING' },
        { name: 'number', data: [1n, 2n, 9_007_199_254_740_993n], type: 'INT64' },
        { name: 'confidence', data: [0.5, 0.25, 1], type: 'DOUBLE' },
        {
          name: 'choices',
          data: [
            ['a', 'b'],
            ['c', 'd'],
            ['e', 'f'],
          ],
          type: 'JSON',
        },
      ],
    }),
  );

test('Parquet rows are read as JSON, numbered from 1; integers beyond what JSON can hold become text', async () => {
  const { detected, rows } = await readContent(parquet(), 'rows.parquet');
  expect(detected.format).toBe('parquet');
  expect(rows.map((row) => row.line)).toEqual([1, 2, 3]);
  expect(valuesOf(rows)).toEqual([
    { question: 'One?', number: 1, confidence: 0.5, choices: ['a', 'b'] },
    { question: 'Two, “ü”?', number: 2, confidence: 0.25, choices: ['c', 'd'] },
    { question: 'Three?', number: '9007199254740993', confidence: 1, choices: ['e', 'f'] },
  ]);
  expect(rows[0]?.raw).toBe('{"question":"One?","number":1,"confidence":0.5,"choices":["a","b"]}');
});

test('a Parquet file that was cut or damaged is refused with a sentence, or its damage is in no row that is read', async () => {
  const whole = parquet();
  await expect(readContent(whole.subarray(0, whole.length - 20), 'rows.parquet')).rejects.toThrow(
    /Parquet file is damaged/,
  );
  await expect(
    readContent(Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100)]), 'rows.parquet'),
  ).rejects.toThrow(/Parquet file is damaged/);
  // Every byte changed, one at a time: refused or read, never a crash and never more rows than
  // there are.
  for (let at = 4; at < whole.length; at += 3) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x55;
    const outcome = await readContent(damaged, 'rows.parquet').catch((error: unknown) => error);
    if (outcome instanceof Error) expect(outcome.message).toMatch(/^The (?:Parquet file|file is)/);
    else expect(outcome).toMatchObject({ rows: { length: 3 } });
  }
});

/**
 * A Parquet file with one column of repeated words, whose dictionary page is followed by one run of
 * their places.
 */
const repeated = (count: number, options: { nullable?: boolean } = {}): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: [
        {
          name: 'question',
          data: Array.from({ length: count }, (_, index) =>
            options.nullable === true && index % 7 === 0
              ? null
              : `word ${index < count / 2 ? 'one' : 'two'}`,
          ),
          type: 'STRING',
          nullable: options.nullable ?? false,
        },
      ],
      codec: 'UNCOMPRESSED',
    }),
  );

test('a Parquet page whose run lengths claim more than it holds is refused before anything is unpacked', async () => {
  const honest = repeated(1000);
  expect((await readContent(honest, 'rows.parquet')).rows).toHaveLength(1000);
  expect((await readContent(repeated(1000, { nullable: true }), 'rows.parquet')).rows).toHaveLength(
    1000,
  );
  // The two runs of 500 of the same word: a varint of 500 * 2, then the place in the dictionary.
  const run = honest.indexOf(Buffer.from([0xe8, 0x07, 0x00, 0xe8, 0x07, 0x01]));
  expect(run).toBeGreaterThan(0);
  const forged = Buffer.from(honest);
  forged.set([0xfe, 0xff, 0xff, 0xff, 0x0f, 0x01], run);
  const outcome = await readContent(forged, 'rows.parquet').catch((error: unknown) => error);
  expect(outcome).toMatchObject({
    code: 'broken_parquet',
    message: expect.stringMatching(
      /column “question” claims a run of 2,147,483,647 values where 1,000 are left\. Write the file again/,
    ) as string,
  });
});

test('a Snappy stream whose lengths are forged is told from an honest one', () => {
  const literal = Buffer.from([5, 0x10, ...Buffer.from('words')]);
  expect(isSnappyOf(literal, 5)).toBe(true);
  expect(isSnappyOf(literal, 6)).toBe(false);
  expect(isSnappyOf(Buffer.from([12, 0x10, ...Buffer.from('words'), 0x0d, 5]), 12)).toBe(true);
  // A literal of 2 ** 32 - 5 bytes: read as a signed number, it leads back to its own beginning.
  expect(isSnappyOf(Buffer.from([5, 0xfc, 0xfa, 0xff, 0xff, 0xff]), 5)).toBe(false);
});

test('each format is read the same when it is gzipped', async () => {
  const contents: readonly (readonly [string, string | Buffer])[] = [
    ['rows.jsonl', '{"a":"x"}\n{"a":"y"}\n'],
    ['rows.json', '[{"a":"x"},{"a":"y"}]'],
    ['rows.csv', 'a\nx\ny\n'],
    ['rows.tsv', 'a\tb\nx\t1\ny\t2\n'],
    ['rows.parquet', parquet()],
  ];
  for (const [name, content] of contents) {
    const plain = await readContent(content, name);
    const packed = await readContent(gzipSync(content), `${name}.gz`);
    expect(packed.detected).toEqual({ ...plain.detected, gzipped: true });
    expect(packed.rows).toEqual(plain.rows);
  }
});
