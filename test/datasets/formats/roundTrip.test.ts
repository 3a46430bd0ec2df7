import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { detectFormat, readAs } from '#datasets/formats/detectFormat.js';
import {
  delimiterNames,
  delimiters,
  type Encoding,
  encodingNames,
} from '#datasets/formats/reading.js';
import { isRejected } from '#datasets/formats/rejections.js';
import { readRows } from '#datasets/formats/readRows.js';

const folder = mkdtempSync(join(tmpdir(), 'assay-round-trip-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const encode = (text: string, encoding: Encoding, mark: boolean): Buffer => {
  const marked = mark ? `\uFEFF${text}` : text;
  if (encoding === 'utf-8') return Buffer.from(marked);
  if (encoding === 'utf-16le') return Buffer.from(marked, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(marked, 'utf16le').swap16();
  // No mark in Windows-1252; of its own characters, those of the cells below.
  return Buffer.from(text.replaceAll('€', '\u0080').replaceAll('’', '\u0092'), 'latin1');
};

const cell = fc.string({
  unit: fc.constantFrom(
    'a',
    'Word',
    ' ',
    '"',
    ',',
    ';',
    '\t',
    '|',
    '\n',
    '\r',
    '\r\n',
    'é',
    '€',
    '’',
  ),
  maxLength: 8,
});
const names = ['question', 'correct_answer', 'label'] as const;

/** Quotes everything, or only what must be, as writers of CSV do. */
const written = (text: string, delimiter: string, all: boolean): string =>
  all || /["\r\n]/.test(text) || text.includes(delimiter)
    ? `"${text.replaceAll('"', '""')}"`
    : text;

test('any table, with any delimiter, quotes, line ends, mark and encoding, comes back cell by cell', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 6 }),
      fc.record({
        name: fc.constantFrom(...delimiterNames),
        quotesAll: fc.boolean(),
        lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
        mark: fc.boolean(),
        encoding: fc.constantFrom(...encodingNames),
        ending: fc.constantFrom('.csv', '.tsv', '.txt', ''),
        packed: fc.boolean(),
        separatorLine: fc.boolean(),
        lastEnd: fc.boolean(),
      }),
      async (rows, how) => {
        const { name, quotesAll, lineEnd, encoding } = how;
        const delimiter = delimiters[name];
        const lines = [names, ...rows].map((cells) =>
          cells.map((text) => written(text, delimiter, quotesAll)).join(delimiter),
        );
        const text = [
          how.separatorLine ? `sep=${delimiter}${lineEnd}` : '',
          lines.join(lineEnd),
          how.lastEnd ? lineEnd : '',
        ].join('');
        const bytes = encode(text, encoding, how.mark);
        const path = join(folder, 'table');
        writeFileSync(path, how.packed ? gzipSync(bytes) : bytes);
        const reading = { encoding };
        const detected = await detectFormat(path, { name: `table${how.ending}`, reading });
        expect(readAs(detected)).toEqual({
          delimiter: name,
          encoding,
          header: true,
          questions: [],
        });
        const read: unknown[] = [];
        for await (const batch of readRows(path, detected))
          read.push(...batch.map((row) => (isRejected(row) ? row.message : row.value)));
        expect(read).toEqual(
          rows.map((cells) => Object.fromEntries(cells.map((text, at) => [names[at], text]))),
        );
      },
    ),
    { numRuns: 120 },
  );
});
