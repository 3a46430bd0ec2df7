import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldsOf, splitRecords } from '#datasets/formats/csvRecords.js';
import { readCsv } from '#datasets/formats/csv.js';
import { readJsonArray } from '#datasets/formats/jsonArray.js';
import { duplicateKey, readJsonRow } from '#datasets/formats/jsonValue.js';
import { readJsonLines } from '#datasets/formats/lines.js';
import {
  FileFailure,
  isRejected,
  type RawRow,
  type RejectedRow,
} from '#datasets/formats/rejections.js';
import { detectFormat } from '#datasets/formats/detectFormat.js';
import {
  type Delimiter,
  delimiterNames,
  delimiters,
  encodingNames,
} from '#datasets/formats/reading.js';
import { readRows } from '#datasets/formats/readRows.js';
import type { TableLayout } from '#datasets/formats/tableLayout.js';

/** The bytes cut at these places, as a stream might deliver them. */
async function* chunked(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const places = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  for (let index = 1; index < places.length; index += 1) {
    const chunk = bytes.subarray(places[index - 1], places[index]);
    if (chunk.length > 0) yield chunk;
  }
}

async function collect<T>(source: AsyncIterable<T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of source) all.push(...batch);
  return all;
}

const layoutOf = (delimiter: Delimiter): TableLayout => ({
  delimiter,
  quoted: true,
  lineEnd: '\n',
  header: true,
  indexColumn: false,
});

const cuts = fc.array(fc.nat(), { maxLength: 8 });
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('"', ',', '\n', '\r', '\\', '{', '}', '[', ']', ':', '\u2028', 'é', '🗎'),
    fc.string({ minLength: 1, maxLength: 3 }),
  ),
  maxLength: 20,
});
// A field called __proto__ is rejected by name, which other tests show.
const innocent = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  values.filter((value) => !JSON.stringify(value).includes('__proto__'));
const object = innocent(
  fc.dictionary(
    fc.constantFrom('question', 'a', 'b', 'answer', 'c d', '"', '\\'),
    fc.jsonValue({ maxDepth: 3 }),
    { noNullPrototype: true },
  ),
);
const plain = (row: RawRow | RejectedRow): unknown => (isRejected(row) ? row.code : row.value);

test('JSONL: whatever objects are written come back, with their own bytes, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 8 }),
      cuts,
      fc.constantFrom('\n', '\r\n'),
      async (values, places, end) => {
        const written = values.map((value) => JSON.stringify(value));
        const rows = await collect(
          readJsonLines(chunked(Buffer.from(written.map((row) => row + end).join('')), places)),
        );
        expect(rows.map(plain)).toEqual(written.map((row) => JSON.parse(row) as unknown));
        expect(rows.map((row) => row.raw.toString())).toEqual(written);
      },
    ),
  );
});

test('JSON array: the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(object, innocent(fc.jsonValue({ maxDepth: 2 }))), { maxLength: 8 }),
      cuts,
      fc.constantFrom('', ' ', '\n\t'),
      async (values, places, space) => {
        const written = values.map((value) => JSON.stringify(value));
        const rows = await collect(
          readJsonArray(
            chunked(
              Buffer.from(`[${written.map((row) => `${space}${row}${space}`).join(',')}${space}]`),
              places,
            ),
          ),
        );
        expect(rows.map(plain)).toEqual(written.map((row) => JSON.parse(row) as unknown));
        expect(rows.map((row) => row.raw.toString())).toEqual(written);
      },
    ),
  );
});

test('CSV: whatever fields are quoted come back, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(text, text), { maxLength: 8 }),
      cuts,
      fc.constantFrom('comma' as const, 'semicolon' as const),
      async (records, places, name) => {
        const delimiter = delimiters[name];
        const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
        const written = records.map((record) => record.map(quoted).join(delimiter));
        const rows = await collect(
          readCsv(
            chunked(
              Buffer.from(`a${delimiter}b\n${written.map((row) => `${row}\r\n`).join('')}`),
              places,
            ),
            layoutOf(name),
          ),
        );
        expect(rows.map(plain)).toEqual(
          records.map(([a, b]) => ({ a: a.toWellFormed(), b: b.toWellFormed() })),
        );
        expect(rows.map((row) => row.raw.toString())).toEqual(
          written.map((row) => row.toWellFormed()),
        );
      },
    ),
  );
});

test('CSV: no byte is lost or told twice, and cutting the stream changes nothing', async () => {
  const noise = fc
    .array(fc.constantFrom('"', '""', ',', '\n', '\r\n', 'x', 'é'), { maxLength: 40 })
    .map((parts) => Buffer.from(parts.join('')));
  await fc.assert(
    fc.asyncProperty(noise, cuts, async (bytes, places) => {
      const options = { delimiter: 0x2c, quoted: true };
      const whole = await collect(splitRecords(chunked(bytes, []), options));
      expect(await collect(splitRecords(chunked(bytes, places), options))).toEqual(whole);
      const inLines = (buffer: Buffer): string => buffer.toString().replaceAll(/[\r\n]/g, '');
      expect(whole.map((record) => inLines(record.raw)).join('')).toBe(inLines(bytes));
      for (const { raw } of whole)
        expect(() => fieldsOf(raw.toString(), { delimiter: ',', quoted: true })).not.toThrow();
    }),
  );
});

test('a row of JSON is read or rejected, never thrown over, and its bytes stay', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        object.map((value) => JSON.stringify(value)),
        fc.json(),
      ),
      (row) => {
        const raw = Buffer.from(row);
        expect(readJsonRow(7, raw)).toMatchObject({ lineNumber: 7, raw });
      },
    ),
  );
});

test('a duplicate key is found exactly where there is one', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.constantFrom('a', 'b', 'c', 'question', 'é', '"'),
          innocent(fc.jsonValue({ maxDepth: 2 })),
        ),
        { maxLength: 6 },
      ),
      (entries) => {
        const json = `{${entries.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(', ')}}`;
        const names = entries.map(([key]) => key);
        const twice = names.some((name, index) => names.indexOf(name) !== index);
        expect(duplicateKey(json) !== undefined).toBe(twice);
        const read = readJsonRow(1, Buffer.from(json));
        expect(isRejected(read)).toBe(twice);
      },
    ),
  );
});

test('any bytes under any name are read, rejected row by row, or refused with a sentence', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-any-'));
  try {
    const beginning = fc.constantFrom(
      Buffer.alloc(0),
      Buffer.from('PAR1'),
      Buffer.from([0x1f, 0x8b, 8, 0]),
      Buffer.from('['),
      Buffer.from('{"a":'),
      Buffer.from('a,b\n"'),
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('{"data":[{"a":'),
      Buffer.from('{"a":{"0":1},"b":{"0":'),
      Buffer.from('{"a":["x"],"b":['),
      Buffer.from('{\n"a": 1\n}\n{'),
      Buffer.from('sep=;\na;b\n'),
      Buffer.from('a\tb\n"'),
      Buffer.from(',a\n0,'),
    );
    const reading = fc.record(
      {
        delimiter: fc.constantFrom(...delimiterNames),
        encoding: fc.constantFrom(...encodingNames),
        header: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        beginning,
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('x', 'x.jsonl', 'x.json', 'x.csv', 'x.tsv', 'x.parquet', 'x.jsonl.gz'),
        reading,
        async (begin, rest, name, said) => {
          const path = join(folder, 'file');
          writeFileSync(path, Buffer.concat([begin, rest]));
          try {
            await collect(readRows(path, await detectFormat(path, { name, reading: said })));
          } catch (error) {
            expect(error).toBeInstanceOf(FileFailure);
          }
        },
      ),
      { numRuns: 300 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
