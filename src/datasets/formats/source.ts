import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileFailure } from './rejections.js';

/** What reading a file takes note of while it goes on. */
export interface ReadProgress {
  /** Bytes of the file itself (packed, where it is packed) that have been read. */
  bytesRead: number;
}

export interface SourceOptions {
  /** Most bytes that a packed file may unpack to. */
  readonly unpackedLimit?: number;
  readonly progress?: ReadProgress;
  readonly signal?: AbortSignal;
}

const gzipMagic = [0x1f, 0x8b];

/**
 * The first bytes of a file, unpacked where it is gzipped. Throws `FileFailure` on an empty or
 * broken file.
 */
export async function readHead(
  path: string,
  length = 65_536,
): Promise<{ head: Buffer; gzipped: boolean }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    if (bytesRead === 0) throw new FileFailure('empty_file');
    const head = buffer.subarray(0, bytesRead);
    if (head[0] !== gzipMagic[0] || head[1] !== gzipMagic[1]) return { head, gzipped: false };
  } finally {
    await file.close();
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of openSource(path, true)) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= length) break;
  }
  if (size === 0) throw new FileFailure('empty_file');
  return { head: Buffer.concat(parts).subarray(0, length), gzipped: true };
}

/**
 * The bytes of a file in chunks, unpacked where it is gzipped; flat in memory. Throws `FileFailure`
 * where they end badly.
 */
export async function* openSource(
  path: string,
  gzipped: boolean,
  options: SourceOptions = {},
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const { progress } = options;
  const counted = new Transform({
    highWaterMark: 1 << 18,
    transform(chunk: Buffer, _encoding, done) {
      if (progress !== undefined) progress.bytesRead += chunk.length;
      done(null, chunk);
    },
  });
  const ignore = (): void => undefined;
  const stream = gzipped
    ? pipeline(file, counted, createGunzip({ chunkSize: 1 << 18 }), ignore)
    : pipeline(file, counted, ignore);
  let unpacked = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      options.signal?.throwIfAborted();
      unpacked += chunk.length;
      if (gzipped && options.unpackedLimit !== undefined && unpacked > options.unpackedLimit)
        throw new FileFailure(
          'too_large',
          `The limit is ${Math.round(options.unpackedLimit / 1e6)} MB.`,
        );
      yield chunk;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'Z_BUF_ERROR')
      throw new FileFailure('truncated_gzip', `${unpacked} bytes could be unpacked.`);
    if (code.startsWith('Z_'))
      throw new FileFailure('broken_gzip', `${unpacked} bytes could be unpacked.`);
    throw error;
  } finally {
    file.destroy();
  }
}
