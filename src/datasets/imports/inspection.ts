import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import { Problem } from '#web/problem.js';
import type { Reading } from '../formats/reading.js';
import type { ImportFile, InspectedFile } from './import.js';
import { planOf, understoodOf } from './import.js';
import {
  type FileToInspect,
  type Inspection,
  notReadable,
  type SecondLook,
} from './inspectFile.js';
import { FilePlan, Understood } from './plan.js';

/** What the inspecting thread is asked. */
export type InspectionTask =
  | { kind: 'inspect'; file: FileToInspect }
  | { kind: 'again'; file: FileToInspect; plan: FilePlan; understood: Understood };

const longest = 120_000;

/**
 * Threads with a limit on memory: a hostile file must not stop the server. One that has looked into
 * a file waits a little for the next, since starting one takes longer than most files do.
 */
const pool = new Piscina({
  filename: fileURLToPath(new URL('./inspect.worker.js', import.meta.url)),
  minThreads: 0,
  maxThreads: 16,
  idleTimeout: 20_000,
  resourceLimits: { maxOldGenerationSizeMb: 256 },
});
pool.on('error', () => undefined);

/** Has a task done, or says why it was not: it may take two minutes. */
async function run(task: InspectionTask): Promise<{ answer: unknown } | { died: string }> {
  const signal = AbortSignal.timeout(longest);
  try {
    return { answer: await pool.run(task, { signal }) };
  } catch (error) {
    if (signal.aborted) return { died: 'it took longer than two minutes' };
    return { died: error instanceof Error ? error.message : String(error) };
  }
}

const fileOf = ({ path, storedPath, byteCount }: FileToInspect) => ({
  path,
  storedPath,
  byteCount,
});

/**
 * Looks into files one after the other. One that brings the thread down is named as such, and the
 * others are still read.
 */
export async function inspectFiles(files: readonly FileToInspect[]): Promise<InspectedFile[]> {
  const inspected: InspectedFile[] = [];
  for (const file of files) {
    const found = await run({ kind: 'inspect', file });
    const inspection =
      'died' in found
        ? notReadable(file, `It could not be read: ${found.died}.`)
        : (found.answer as Inspection);
    inspected.push({ ...fileOf(file), ...inspection });
  }
  return inspected;
}

const isWide = (encoding: Reading['encoding']): boolean => encoding?.startsWith('utf-16') === true;

/**
 * What of a reading that is said of several files is taken for one: an encoding or a header where
 * that is a question, and no UTF-16 for text that is none; a delimiter where no table is found, or
 * one of a single column.
 */
function takenFor({ plan, understood }: InspectedFile, said: Reading): Reading {
  const { questions, encoding, delimiter } = understood.reading;
  const asks = (asked: 'encoding' | 'header'): boolean =>
    questions.some(({ field }) => field === asked);
  const fits = isWide(said.encoding) === isWide(encoding ?? undefined);
  const isTable = delimiter !== null && understood.columns.length > 1;
  const isOther = delimiter === null && !understood.unreadable;
  return {
    ...plan.reading,
    ...(said.encoding !== undefined && asks('encoding') && fits ? { encoding: said.encoding } : {}),
    ...(said.header !== undefined && asks('header') ? { header: said.header } : {}),
    ...(said.delimiter === undefined || isTable || isOther ? {} : { delimiter: said.delimiter }),
  };
}

const sameReading = (one: Reading, other: Reading): boolean =>
  one.encoding === other.encoding &&
  one.header === other.header &&
  one.delimiter === other.delimiter;

/**
 * Looks into files of which somebody said together how their bytes are to be read. Where there are
 * several, that fills gaps: a file that is plainly read otherwise stays as it is.
 */
export async function inspectAlike(
  files: readonly FileToInspect[],
  said: Reading,
): Promise<InspectedFile[]> {
  if (files.length === 1) return inspectFiles(files.map((file) => ({ ...file, reading: said })));
  let inspected = await inspectFiles(files);
  // Each round takes a part more for some file; there are three parts.
  for (let round = 0; round < 3; round += 1) {
    const readings = inspected.map((file) => takenFor(file, said));
    const again = files.flatMap((file, index) => {
      const { plan } = inspected[index] ?? {};
      const reading = readings[index] ?? {};
      return plan === undefined || sameReading(plan.reading, reading) ? [] : [{ ...file, reading }];
    });
    if (again.length === 0) break;
    const anew = new Map((await inspectFiles(again)).map((file) => [file.storedPath, file]));
    inspected = inspected.map((file) => anew.get(file.storedPath) ?? file);
  }
  return inspected;
}

const storedFile = (file: ImportFile): FileToInspect => ({
  path: file.path,
  storedPath: file.stored_path ?? '',
  byteCount: file.byte_count,
  reading: planOf(file).reading,
});

const tooHard = (died: string): Problem =>
  new Problem(
    422,
    'cannot_look',
    `The file could not be read with this mapping (${died}).`,
    'Nothing was imported. Choose other columns, or leave the file out.',
  );

const LookedAgain = z.strictObject({ understood: Understood, mapping: FilePlan.shape.mapping });

/**
 * Looks into a stored file again, with a corrected mapping; gives it with what it left open filled
 * in.
 */
export async function reinspect(
  file: ImportFile,
  plan: FilePlan,
  understood: Understood,
): Promise<SecondLook> {
  const found = await run({ kind: 'again', file: storedFile(file), plan, understood });
  if ('died' in found) throw tooHard(found.died);
  return LookedAgain.parse(found.answer);
}

/**
 * Looks into a stored file anew, as `plan.reading` says that its bytes are to be read: its columns
 * and its shape may be others then. Throws a 422 `Problem` where it cannot be read so.
 */
export async function reread(
  file: ImportFile,
  plan: FilePlan,
): Promise<{ plan: FilePlan; understood: Understood }> {
  const [found] = await inspectFiles([{ ...storedFile(file), reading: plan.reading }]);
  const { family, format, mapping } = found?.plan ?? plan;
  if (
    found === undefined ||
    found.understood.unreadable ||
    (family === 'generic' && mapping === null)
  )
    throw new Problem(
      422,
      'cannot_look',
      found?.understood.reason ?? 'The file could not be read like this.',
      'Nothing was changed.',
    );
  // What would be refused is a guess here, since somebody has said that this is a dataset.
  const { isDataset, reason, guess, ...understood } = found.understood;
  const { sameBytes } = understoodOf(file);
  return {
    plan: { ...plan, family, format, mapping, confirmed: isDataset && found.plan.confirmed },
    understood: {
      ...understood,
      sameBytes,
      isDataset: true,
      reason: null,
      guess: isDataset ? guess : reason,
    },
  };
}

/**
 * Takes a file that does not look like a dataset for one all the same, with the first guess at its
 * columns.
 */
export async function mapAnyway(db: Db, file: ImportFile): Promise<void> {
  const proposed = planOf(file);
  if (proposed.mapping === null) throw tooHard('no column holds text');
  const plan: FilePlan = { ...proposed, leaveOut: false, family: 'generic', confirmed: false };
  const { understood, mapping } = await reinspect(file, plan, understoodOf(file));
  await db
    .updateTable('import_file')
    .set({
      plan: writeJson(FilePlan, { ...plan, mapping }),
      understood: writeJson(Understood, understood),
      state: 'reviewing',
    })
    .where('id', '=', file.id)
    .where('state', '=', 'not-a-dataset')
    .execute();
}
