import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { withoutMark } from './lines.js';
import { FileFailure, unpacksToMore } from './rejections.js';

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

/** Blanks that a file may begin with; the failure `blank_file` names the same number. */
const mostBlanks = 64_000_000;

/** Whether a file begins as gzip does. Throws `FileFailure` where it is empty. */
async function isGzipped(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (bytesRead === 0) throw new FileFailure('empty_file');
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

const isBlank = (bytes: Buffer): boolean =>
  bytes.every((byte) => byte === 32 || byte === 10 || byte === 13 || byte === 9);

/**
 * The first bytes of a file, unpacked where it is gzipped, without the chunks before them that hold
 * nothing but blanks. `whole` is true where they are all that the file has. Throws `FileFailure`
 * on an empty or broken file.
 */
export async function readHead(
  path: string,
  length: number,
): Promise<{ head: Buffer; gzipped: boolean; whole: boolean }> {
  const gzipped = await isGzipped(path);
  const parts: Buffer[] = [];
  let size = 0;
  let blanks = 0;
  for await (const chunk of openSource(path, gzipped)) {
    if (size === 0 && isBlank(blanks === 0 ? withoutMark(chunk) : chunk)) {
      blanks += chunk.length;
      if (blanks <= mostBlanks) continue;
      throw new FileFailure('blank_file');
    }
    parts.push(chunk);
    size += chunk.length;
    if (size > length)
      return { head: Buffer.concat(parts).subarray(0, length), gzipped, whole: false };
  }
  if (size === 0) throw new FileFailure('empty_file');
  return { head: Buffer.concat(parts), gzipped, whole: true };
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
        throw unpacksToMore(options.unpackedLimit);
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
