import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { longestRow } from '#datasets/formats/rejections.js';
import { readContent, valuesOf } from './support.js';

test('lines end at LF; CR, a byte order mark and blank lines are no part of a row but count as lines', async () => {
  const { detected, rows } = await readContent('\uFEFF{"a":1}\r\n\r\n   \n{"a":2}');
  expect(detected).toMatchObject({ format: 'jsonl', gzipped: false, marked: true });
  expect(rows).toEqual([
    { line: 1, raw: '{"a":1}', value: { a: 1 } },
    { line: 4, raw: '{"a":2}', value: { a: 2 } },
  ]);
});

test('U+2028 stays inside its row, and a row keeps its own bytes, spaces and number spelling', async () => {
  const row = '{ "a" : "x\u2028y", "b": 0.10000 }';
  const { rows } = await readContent(`${row}\n`);
  expect(rows).toEqual([
    { line: 1, raw: Buffer.from(row).toString('latin1'), value: { a: 'x\u2028y', b: 0.1 } },
  ]);
});

const faulty: readonly (readonly [title: string, row: string, code: string])[] = [
  ['a row that breaks off', '{"a": 1', 'bad_json'],
  ['two values on a line', '{"a":1} {"a":2}', 'bad_json'],
  ['a trailing comma', '{"a":1,}', 'bad_json'],
  ['a raw control character in a string', '{"a":"x\u0001"}', 'bad_json'],
  ['NaN', '{"a": NaN}', 'not_a_number'],
  ['minus Infinity in a list', '{"a": [1, -Infinity]}', 'not_a_number'],
  ['a number beyond all numbers', '{"a": 1e999}', 'not_a_number'],
  ['a field named twice', '{"a":1,"b":2,"a":3}', 'duplicate_key'],
  ['a field named twice, once by an escape', '{"a":1,"\\u0061":2}', 'duplicate_key'],
  ['a field named twice, with space before the colons', '{"a"\t:1,"a" :2,"b":3}', 'duplicate_key'],
  ['a field named twice, with space before one colon', '{"a" :1,"a":2}', 'duplicate_key'],
  [
    'a field named twice beside a string with quotes and colons',
    '{"a":"\\":","b":1,"b":2}',
    'duplicate_key',
  ],
  ['a field named twice deep inside', '{"a":[{"b":{"c":1,"c":2}}]}', 'duplicate_key'],
  ['__proto__', '{"__proto__":{"polluted":true}}', 'forbidden_key'],
  ['__proto__ by an escape, deep inside', '{"a":{"\\u005f_proto__":1}}', 'forbidden_key'],
  ['lists nested 100 deep', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 'too_deep'],
];

for (const [title, row, code] of faulty) {
  test(`${title} is rejected by name, and the next row is read`, async () => {
    const { rows } = await readContent(`${row}\n{"a":1}\n`);
    expect(valuesOf(rows)).toEqual([code, { a: 1 }]);
    expect(rows[0]).toMatchObject({ line: 1, raw: Buffer.from(row).toString('latin1') });
    const array = await readContent(
      `[${row.includes('} {') ? '{"a": tru}' : row},\n{"a":1}]`,
      'rows.json',
    ).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
    // Where brackets do not close, an array has no next element; the file is refused instead.
    if (array instanceof Error) expect(array.message).toMatch(/JSON array/);
    else expect(valuesOf(array.rows).at(-1)).toEqual({ a: 1 });
  });
}

test('nothing that is read pollutes a prototype', async () => {
  await readContent(
    '{"__proto__":{"polluted":true}}\n{"constructor":{"prototype":{"polluted":true}}}\n',
  );
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('the same value in two fields, and the same key in two objects, are no duplicates', async () => {
  const row = '{"a":"b","b":"a","c":[{"a":1},{"a":2}],"d":"\\"a\\":","e":"\\u0041"}';
  expect(valuesOf((await readContent(`${row}\n`)).rows)).toEqual([JSON.parse(row)]);
});

test('bytes that are not UTF-8 reject their row alone, and keep every byte', async () => {
  const broken = Buffer.from([...Buffer.from('{"a":"'), 0xc3, 0x28, ...Buffer.from('"}')]);
  const { rows } = await readContent(
    Buffer.concat([Buffer.from('{"a":"ü"}\n'), broken, Buffer.from('\n{"a":3}\n')]),
  );
  expect(valuesOf(rows)).toEqual([{ a: 'ü' }, 'bad_encoding', { a: 3 }]);
  expect(rows[1]?.raw).toBe(broken.toString('latin1'));
});

test('a row of just 16 MB is read and a longer one is rejected, in lines and in arrays', async () => {
  const fits = `{"a":"${'x'.repeat(longestRow - 8)}"}`;
  const over = `{"a":"${'x'.repeat(longestRow)}"}`;
  for (const content of [`${fits}\n${over}\n{"a":1}\n`, `[${fits},\n${over},\n{"a":1}]`]) {
    const { rows } = await readContent(
      content,
      content.startsWith('[') ? 'rows.json' : 'rows.jsonl',
    );
    expect(rows.map((row) => [row.line, 'code' in row ? row.code : 'read'])).toEqual([
      [1, 'read'],
      [2, 'too_long'],
      [3, 'read'],
    ]);
    expect(rows[1]?.raw.length).toBeLessThan(10_000);
  }
});

test('a last line of 50 MB without an end is rejected without being held', async () => {
  const { rows } = await readContent(
    Buffer.concat([Buffer.from('{"a":1}\n'), Buffer.alloc(50_000_000, 'x')]),
  );
  expect(valuesOf(rows)).toEqual([{ a: 1 }, 'too_long']);
});

test('a JSON array is streamed: brackets and commas inside strings, nested values, scalars', async () => {
  const elements = ['{"a":"],[{\\"}"}', '{"b":[1,[2,{"c":"}"}]]}', '"text"', '7', 'null'];
  const { detected, rows } = await readContent(
    `\uFEFF [ ${elements.join(' ,\n ')} ]\n`,
    'rows.json',
  );
  expect(detected).toMatchObject({ format: 'json', marked: true });
  expect(rows.map((row) => row.line)).toEqual([1, 2, 3, 4, 5]);
  expect(valuesOf(rows)).toEqual(elements.map((element) => JSON.parse(element) as unknown));
  expect(rows[0]?.raw).toBe(elements[0]);
});

test('a large array arrives in batches, each element whole across the borders of chunks', async () => {
  const values = Array.from({ length: 20_000 }, (_, index) => ({
    index,
    text: 'ä'.repeat(index % 50),
  }));
  const { rows } = await readContent(JSON.stringify(values, null, 1), 'rows.json');
  expect(valuesOf(rows)).toEqual(values);
});

for (const [title, content] of [
  ['is not closed', '[{"a":1},{"a":2}'],
  ['misses an element', '[{"a":1},,{"a":2}]'],
  ['ends with a comma', '[{"a":1},]'],
  ['is followed by something', '[{"a":1}] tail'],
  ['ends inside a string', '[{"a":"'],
] as const) {
  test(`a JSON array that ${title} is refused as a whole, with its line`, async () => {
    await expect(readContent(content, 'rows.json')).rejects.toThrow(
      /begins as a JSON array but does not go on as one\. .*line 1/i,
    );
  });
}

test('an empty array has no rows', async () => {
  expect((await readContent('[ ]', 'rows.json')).rows).toEqual([]);
});

for (const [title, content, message] of [
  ['an empty file', '', 'The file is empty.'],
  ['a file of blanks', ' \n\r\n', 'The file is empty.'],
  ['a gzip of nothing', gzipSync(''), 'The file is empty.'],
  ['65 MB of blanks', gzipSync(Buffer.alloc(65_000_000, ' ')), /^The file begins with more blanks/],
  [
    'a picture',
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
    'The file is neither JSONL, JSON, CSV, TSV nor Parquet.',
  ],
] as const) {
  test(`${title} is refused with a sentence`, async () => {
    await expect(readContent(content, 'rows')).rejects.toThrow(message);
  });
}

test('a gzip that was cut off, was damaged, or unpacks to too much is refused with a sentence', async () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => `{"a":${index * 7919}}\n`).join('');
  const packed = gzipSync(rows);
  expect((await readContent(packed, 'rows.jsonl.gz')).rows).toHaveLength(20_000);
  await expect(readContent(packed.subarray(0, packed.length - 8))).rejects.toThrow(
    /gzip file ends too early.*bytes could be unpacked/,
  );
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, 20_000, 20_064);
  await expect(readContent(damaged)).rejects.toThrow(/gzip file is damaged/);
  await expect(readContent(packed, 'rows.jsonl.gz', { unpackedLimit: 1000 })).rejects.toThrow(
    /unpacks to more than is read of it\. Split it, or send it unpacked\. The limit for it is \d+ MB/,
  );
});
