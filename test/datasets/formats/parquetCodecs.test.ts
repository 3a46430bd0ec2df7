import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { CompressionCodec } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { unpackPage } from '#datasets/formats/parquetCodecs.js';
import { projectFolder } from '#web/folders.js';
import { readContent, valuesOf } from './support.js';

const fixture = (name: string): Buffer =>
  readFileSync(`${projectFolder}/test/fixtures/cases/${name}`);

/** LZ4 with literals alone, or one byte and its repetition to `size`. */
function lz4(bytes: Uint8Array, size?: number): Buffer {
  const length = (nibble: number): number[] => {
    if (nibble < 15) return [];
    const rest = nibble - 15;
    return [...Array.from({ length: Math.floor(rest / 255) }, () => 255), rest % 255];
  };
  const literals = (count: number): number => Math.min(15, count) * 16;
  if (size === undefined)
    return Buffer.from([literals(bytes.length), ...length(bytes.length), ...bytes]);
  // One literal, a copy of it from one byte before, and the last five bytes as literals.
  const copied = size - 6 - 4;
  const tail = bytes.subarray(0, 5);
  return Buffer.from([
    literals(1) + Math.min(15, copied),
    bytes[0] ?? 0,
    1,
    0,
    ...length(copied),
    literals(5),
    ...tail,
  ]);
}

const hadoop = (block: Buffer, size: number): Buffer => {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(size, 0);
  lengths.writeUInt32BE(block.length, 4);
  return Buffer.concat([lengths, block]);
};

/**
 * A Zstandard frame without its content's size: blocks of bytes as they are, or of one byte again
 * and again.
 */
function zstd(blocks: readonly (Uint8Array | { byte: number; times: number })[]): Buffer {
  const parts = blocks.flatMap((block, index) => {
    const repeated = 'byte' in block;
    const size = repeated ? block.times : block.length;
    const header = (index === blocks.length - 1 ? 1 : 0) + (repeated ? 2 : 0) + size * 8;
    const written = Buffer.alloc(3);
    written.writeUIntLE(header, 0, 3);
    return [written, repeated ? Buffer.from([block.byte]) : Buffer.from(block)];
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]), ...parts]);
}

const packers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  GZIP: (bytes) => gzipSync(bytes),
  BROTLI: (bytes) => brotliCompressSync(bytes),
  ZSTD: (bytes) => zstd([bytes]),
  LZ4: (bytes) => hadoop(lz4(bytes), bytes.length),
  LZ4_RAW: (bytes) => lz4(bytes),
};
const codecs = Object.entries(packers) as [CompressionCodec, (bytes: Uint8Array) => Uint8Array][];

/** A megabyte of one byte, as small as each codec makes it. */
const bombs: Readonly<Record<string, Uint8Array>> = {
  GZIP: gzipSync(Buffer.alloc(1_000_000, 7)),
  BROTLI: brotliCompressSync(Buffer.alloc(1_000_000, 7)),
  ZSTD: zstd(Array.from({ length: 10 }, () => ({ byte: 7, times: 100_000 }))),
  LZ4: hadoop(lz4(Buffer.alloc(5, 7), 1_000_000), 1_000_000),
  LZ4_RAW: lz4(Buffer.alloc(5, 7), 1_000_000),
};

test.each(['gzip', 'zstd', 'brotli', 'lz4-raw'])(
  'Parquet that another program packed with %s is read',
  async (name) => {
    const { rows } = await readContent(fixture(`codec-${name}.parquet`), 'rows.parquet');
    expect(rows).toHaveLength(24);
    expect(valuesOf(rows)[1]).toEqual({
      question: 'Would you gladly water plant number 1 for your neighbour while they are away?',
      answer: 'Yes',
      confidence: 0.51,
    });
  },
);

const table = (codec: CompressionCodec, questions: readonly string[]): Buffer =>
  Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'question', data: [...questions], type: 'STRING' }],
      codec,
      compressors: packers,
    }),
  );

test.each(codecs)('%s: pages come back, and one that gives too much is refused', (codec, pack) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
      const packed = pack(bytes);
      expect(Buffer.from(unpackPage(packed, bytes.length, codec))).toEqual(Buffer.from(bytes));
      expect(() => unpackPage(packed, bytes.length - 1, codec)).toThrow();
      expect(() => unpackPage(packed, bytes.length + 1, codec)).toThrow();
    }),
  );
});

test.each(codecs)('%s: a bomb is stopped at the length that it claims', async (codec) => {
  const bomb = bombs[codec] ?? Buffer.alloc(0);
  expect(bomb.length).toBeLessThan(5000);
  expect(unpackPage(bomb, 1_000_000, codec)).toHaveLength(1_000_000);
  expect(() => unpackPage(bomb, 1000, codec)).toThrow();
  // A file whose pages are bombs: each claims the length of the text that it stands for.
  const forged = Buffer.from(
    parquetWriteBuffer({
      columnData: [{ name: 'question', data: ['One?', 'Two?'], type: 'STRING' }],
      codec,
      compressors: { [codec]: () => bomb },
    }),
  );
  await expect(readContent(forged, 'rows.parquet')).rejects.toThrow(
    /Parquet file is damaged.*page of the column “question” cannot be read/,
  );
});

test.each(codecs)('%s: what unpacks to more than the limit is refused unread', async (codec) => {
  const questions = Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(1000)}`);
  const file = table(codec, questions);
  expect((await readContent(file, 'rows.parquet')).rows).toHaveLength(50);
  await expect(readContent(file, 'rows.parquet', { unpackedLimit: 20_000 })).rejects.toThrow(
    /unpacks to more than is read of it\. Split it, or send it unpacked\. The limit for it is \d+ MB/,
  );
});

test('a Zstandard frame that asks for gigabytes of window is refused', () => {
  const frame = zstd([Buffer.from('word')]);
  frame[5] = 0xa0;
  expect(() => unpackPage(frame, 4, 'ZSTD')).toThrow(/wants too much memory/);
});

test.each(codecs)('%s: any bytes unpack or throw', (codec) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 500 }), (bytes, size) => {
      try {
        expect(unpackPage(bytes, size, codec)).toHaveLength(size);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 200 },
  );
});

test('NaN and the infinities in Parquet reject their row by name, as they do in JSONL', async () => {
  const file = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: 'question', data: ['One?', 'Two?', 'Three?', 'NaN'], type: 'STRING' },
        { name: 'confidence', data: [0.5, Number.NaN, -Infinity, 1], type: 'DOUBLE' },
      ],
    }),
  );
  const { rows } = await readContent(file, 'rows.parquet');
  expect(valuesOf(rows)).toEqual([
    { question: 'One?', confidence: 0.5 },
    'not_a_number',
    'not_a_number',
    { question: 'NaN', confidence: 1 },
  ]);
  expect(rows[1]?.raw).toBe('{"question":"Two?","confidence":NaN}');
  expect(rows[2]?.raw).toBe('{"question":"Three?","confidence":-Infinity}');
});
