import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { Request } from 'express';
import { bytes } from '#web/format.js';
import { Problem } from '#web/problem.js';

/**
 * A file as it was received: under a name of ours, with the path that the sender gave it as a
 * label.
 */
export interface ReceivedFile {
  readonly path: string;
  readonly storedPath: string;
  readonly byteCount: number;
}

const mostFiles = 1000;
const mostFields = 2100;
const longestPath = 400;

/**
 * The sender's path as a label: forward slashes, no `.` or `..`, no control characters. It is never
 * used to open a file.
 */
export function labelOf(path: string): string {
  const parts = path
    .replaceAll('\\', '/')
    // oxlint-disable-next-line no-control-regex -- control characters are what is removed
    .replace(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const label = parts.join('/');
  return label === '' ? 'file' : label.slice(-longestPath);
}

const tooLarge = (limit: number): Problem =>
  new Problem(
    413,
    'upload_too_large',
    `A file is larger than ${bytes(limit)}, the most that this installation takes.`,
    'Nothing was kept. Compress it with gzip, split it, or import it with “assay import” ' +
      'on the server; UPLOAD_LIMIT_MB raises the limit.',
  );

const brokenForm = (detail: string): Problem =>
  new Problem(
    400,
    'upload_broken',
    `The upload broke off or is not a form with files (${detail}).`,
    'Nothing was kept. Send it again.',
  );

/**
 * Writes one stream of bytes under `folder`, counting them; throws a 413 `Problem` past the limit.
 */
async function store(
  stream: Readable & { truncated?: boolean },
  target: string,
  limit: number,
): Promise<number> {
  let count = 0;
  await pipeline(
    stream,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        count += chunk.length;
        if (count > limit) throw tooLarge(limit);
        yield chunk;
      }
    },
    createWriteStream(target, { flags: 'wx', mode: 0o600 }),
  );
  if (stream.truncated === true) throw tooLarge(limit);
  return count;
}

/**
 * Streams the files of a multipart form to `folder` under names of ours. A field `path` names the
 * file that follows it (folders keep their structure so); `checkToken` is given the first field
 * named `csrf`, before any file is read, and throws to refuse. On any failure the folder is
 * removed. Throws `Problem` 400 or 413.
 */
export async function receiveForm(
  request: Request,
  options: {
    folder: string;
    limitBytes: number;
    checkToken(token: string | undefined): Promise<void>;
    /** Is given every field of the form. */
    field?(name: string, value: string): void;
  },
): Promise<ReceivedFile[]> {
  const { folder, limitBytes } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await readForm(request, options);
  } catch (error) {
    request.unpipe();
    request.resume();
    await rm(folder, { recursive: true, force: true });
    throw error instanceof Problem ||
      !(error instanceof Error) ||
      'statusCode' in error ||
      'code' in error
      ? error
      : brokenForm(error.message);
  }

  function readForm(source: Request, given: typeof options): Promise<ReceivedFile[]> {
    let form: busboy.Busboy;
    try {
      form = busboy({
        headers: source.headers,
        preservePath: true,
        defParamCharset: 'utf8',
        limits: {
          fileSize: limitBytes + 1,
          files: mostFiles,
          fields: mostFields,
          parts: mostFiles + mostFields,
          fieldNameSize: 100,
          fieldSize: 65_536,
          headerPairs: 50,
        },
      });
    } catch (error) {
      throw brokenForm(error instanceof Error ? error.message : 'no content type');
    }
    return new Promise((resolve, reject) => {
      const files: ReceivedFile[] = [];
      const writes: Promise<void>[] = [];
      let nextPath: string | undefined;
      let token: Promise<void> | undefined;
      let failed = false;
      const fail = (error: unknown): void => {
        failed = true;
        reject(error instanceof Error ? error : new Error(String(error)));
      };
      form.on('field', (name, value, info) => {
        if (name === 'csrf') token ??= given.checkToken(value);
        if (name === 'path') nextPath = value;
        given.field?.(name, value);
        if (info.valueTruncated) fail(brokenForm(`the field ${name} is too long`));
        token?.catch(fail);
      });
      form.on('file', (_name, stream, info) => {
        const label = nextPath ?? info.filename;
        nextPath = undefined;
        token ??= given.checkToken(undefined);
        // A browser sends an empty part for an input without a file.
        if (label === undefined || label === '' || failed) {
          stream.resume();
          return;
        }
        const storedPath = join(folder, String(writes.length));
        const index = writes.length;
        writes.push(
          token
            .then(() => store(stream, storedPath, limitBytes))
            .then((byteCount) => {
              files[index] = { path: labelOf(label), storedPath, byteCount };
            }),
        );
        writes.at(-1)?.catch((error: unknown) => {
          stream.resume();
          fail(error);
        });
      });
      form.on('filesLimit', () =>
        fail(
          new Problem(
            413,
            'too_many_files',
            `More than ${mostFiles} files were sent at once.`,
            'Nothing was kept. Send them in several uploads, or import the folder with ' +
              '“assay import”.',
          ),
        ),
      );
      form.on('partsLimit', () => fail(brokenForm('too many parts')));
      form.on('fieldsLimit', () => fail(brokenForm('too many fields')));
      form.on('error', fail);
      form.on('close', () => {
        Promise.all(writes).then(() => resolve(files.filter((file) => file !== undefined)), fail);
      });
      source.on('aborted', () => fail(brokenForm('the connection was cut')));
      source.pipe(form);
    });
  }
}

/** Stores a raw body as one file called `path`. Throws `Problem` 413 past the limit. */
export async function receiveBody(
  request: Request,
  options: { folder: string; limitBytes: number; path: string },
): Promise<ReceivedFile[]> {
  const { folder, limitBytes, path } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const storedPath = join(folder, '0');
  try {
    return [
      { path: labelOf(path), storedPath, byteCount: await store(request, storedPath, limitBytes) },
    ];
  } catch (error) {
    request.resume();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
