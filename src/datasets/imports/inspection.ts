import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import { Problem } from '#web/problem.js';
import type { Reading } from '../formats/reading.js';
import type { ImportFile, InspectedFile } from './import.js';
import { planOf, understoodOf } from './import.js';
import type { FileToInspect, Inspection, SecondLook } from './inspectFile.js';
import { FilePlan, notUnderstood, Understood } from './plan.js';

/** What the inspecting thread is asked. */
export type InspectionTask =
  | { kind: 'inspect'; files: readonly FileToInspect[] }
  | { kind: 'again'; file: FileToInspect; plan: FilePlan; understood: Understood };

const longest = 120_000;

/**
 * Runs a task in a thread of its own, with a limit on memory and time: a hostile file must not stop
 * the server.
 */
function run(task: InspectionTask): Promise<{ messages: unknown[]; died: string | null }> {
  return new Promise((resolve) => {
    const messages: unknown[] = [];
    let died: string | null = null;
    const worker = new Worker(new URL('./inspect.worker.js', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    const timer = setTimeout(() => {
      died = 'it took longer than two minutes';
      void worker.terminate();
    }, longest);
    worker.on('message', (message) => void messages.push(message));
    worker.on('error', (error) => {
      died = error.message;
    });
    worker.on('exit', () => {
      clearTimeout(timer);
      resolve({ messages, died });
    });
  });
}

const unreadable = (file: FileToInspect, died: string): InspectedFile => ({
  path: file.path,
  storedPath: file.storedPath,
  byteCount: file.byteCount,
  understood: notUnderstood(`It could not be read: ${died}.`),
  plan: {
    leaveOut: true,
    name: 'unnamed',
    behaviour: 'unnamed',
    source: null,
    role: 'evaluated',
    saidByFolder: false,
    family: 'generic',
    format: '',
    mapping: null,
    reading: file.reading ?? {},
    confirmed: false,
    provenance: { generator: '', prompt: '', discriminator: '' },
  },
});

/**
 * Looks into files one after the other. One that brings the thread down is named as such, and the
 * others are still read.
 */
export async function inspectFiles(files: readonly FileToInspect[]): Promise<InspectedFile[]> {
  const inspected: InspectedFile[] = [];
  while (inspected.length < files.length) {
    const rest = files.slice(inspected.length);
    const { messages, died } = await run({ kind: 'inspect', files: rest });
    for (const [index, message] of messages.entries()) {
      const file = rest[index];
      if (file !== undefined)
        inspected.push({
          path: file.path,
          storedPath: file.storedPath,
          byteCount: file.byteCount,
          ...(message as Inspection),
        });
    }
    const culprit = files[inspected.length];
    if (culprit !== undefined)
      inspected.push(unreadable(culprit, died ?? 'reading it ended without a word'));
  }
  return inspected;
}

/**
 * Looks into files of which somebody said together how their bytes are to be read. Where there are
 * several, the encoding is taken for those that are not plainly UTF-8: it is not that of the others.
 */
export async function inspectAlike(
  files: readonly FileToInspect[],
  { encoding, ...reading }: Reading,
): Promise<InspectedFile[]> {
  const said = files.map((file) => ({ ...file, reading }));
  if (encoding === undefined || files.length === 1)
    return inspectFiles(said.map((file) => ({ ...file, reading: { ...reading, encoding } })));
  const inspected = await inspectFiles(said);
  const asks = inspected.map(({ understood }) =>
    understood.reading.questions.some(({ field }) => field === 'encoding'),
  );
  const again = await inspectFiles(
    said
      .filter((_, index) => asks[index])
      .map((file) => ({ ...file, reading: { ...reading, encoding } })),
  );
  return inspected.map((file, index) => (asks[index] ? (again.shift() ?? file) : file));
}

const storedFile = (file: ImportFile): FileToInspect => ({
  path: file.path,
  storedPath: file.stored_path ?? '',
  byteCount: file.byte_count,
  reading: planOf(file).reading,
});

const tooHard = (died: string | null): Problem =>
  new Problem(
    422,
    'cannot_look',
    `The file could not be read with this mapping (${died ?? 'no reason given'}).`,
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
  const { messages, died } = await run({ kind: 'again', file: storedFile(file), plan, understood });
  const parsed = LookedAgain.safeParse(messages[0]);
  if (!parsed.success) throw tooHard(died);
  return parsed.data;
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
  const { family, format, mapping, confirmed } = found?.plan ?? plan;
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
  return {
    plan: { ...plan, family, format, mapping, confirmed },
    understood: { ...found.understood, isDataset: true, reason: null },
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
