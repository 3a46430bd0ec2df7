import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Insertable, Selectable } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import type { FrozenFileTable } from '#storage/tables.js';
import { notFound } from '#web/problem.js';
import type { Theme } from '../plots/plot.js';

/** A file of a frozen report as it is stored: gzipped, under its address below the report's. */
export type StoredFile = Omit<Insertable<FrozenFileTable>, 'frozen_report_id' | 'position'>;

/** What is known of a stored file without its content. */
export type FileFacts = Omit<Selectable<FrozenFileTable>, 'frozen_report_id' | 'content'>;

const facts = [
  'name',
  'served',
  'position',
  'kind',
  'page',
  'heading',
  'title',
  'sentence',
  'file_name',
  'media_type',
] as const;

/** The name under which a frozen report keeps a plot. */
export const plotName = (id: string, theme: Theme): string => `plots/${theme}/${id}.svg`;

/** The plots among the files of a frozen report. */
export const plotsKept = (
  files: readonly FileFacts[],
): { readonly id: string; readonly title: string }[] =>
  files.flatMap(({ name, title }) => {
    const id = /^plots\/light\/(.+)\.svg$/.exec(name)?.[1];
    return id === undefined ? [] : [{ id, title }];
  });

/** The stamp that a frozen report keeps with its first page; empty where nothing was to come. */
export const stampKept = (files: readonly FileFacts[]): string =>
  files.find(({ kind, name }) => kind === 'page' && name === '')?.sentence ?? '';

/** Rows and bytes in one `insert`: it holds the event loop on SQLite. */
const rowsAtOnce = 50;
const bytesAtOnce = 200_000;

/** Parts of a list, each as long as one `insert` may be; a large file is a part of its own. */
function* portions<T extends Pick<StoredFile, 'content'>>(files: readonly T[]): Generator<T[]> {
  let portion: T[] = [];
  let bytes = 0;
  for (const file of files) {
    if (portion.length === rowsAtOnce || (bytes > 0 && bytes + file.content.length > bytesAtOnce)) {
      yield portion;
      [portion, bytes] = [[], 0];
    }
    portion.push(file);
    bytes += file.content.length;
  }
  if (portion.length > 0) yield portion;
}

/**
 * Keeps the files of a frozen report in their order; those that are there already stay. A suite has
 * megabytes of them: between portions other work of the process has its turn.
 */
export async function storeFiles(
  trx: Trx,
  reportId: number,
  files: readonly StoredFile[],
): Promise<void> {
  const rows = files.map((file, position) => ({ ...file, frozen_report_id: reportId, position }));
  for (const portion of portions(rows)) {
    await trx
      .insertInto('frozen_file')
      .values(portion)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await nextTurn();
  }
}

/** Which of the two variants of a file are given out. */
const servedTo = (superseded: number | null) =>
  ['always', superseded === null ? 'before-withdrawal' : 'after-withdrawal'] as const;

/**
 * What a frozen report offers, in its order; `superseded` says when a rater withdrew whose answers
 * it holds.
 */
export const filesOf = (
  db: Db,
  reportId: number,
  superseded: number | null,
): Promise<FileFacts[]> =>
  db
    .selectFrom('frozen_file')
    .select(facts)
    .where('frozen_report_id', '=', reportId)
    .where('served', 'in', servedTo(superseded))
    .orderBy('position')
    .execute();

/** Whether the files of a frozen report were stored with it. */
export async function hasFiles(db: Db, reportId: number): Promise<boolean> {
  const any = await db
    .selectFrom('frozen_file')
    .select('position')
    .where('frozen_report_id', '=', reportId)
    .limit(1)
    .executeTakeFirst();
  return any !== undefined;
}

/** A file of a frozen report with its gzipped content, where it has one of these kinds. */
export const findFile = (
  db: Db,
  reportId: number,
  options: { name: string; kinds: readonly StoredFile['kind'][]; superseded: number | null },
): Promise<(FileFacts & { content: Uint8Array }) | undefined> =>
  db
    .selectFrom('frozen_file')
    .select([...facts, 'content'])
    .where('frozen_report_id', '=', reportId)
    .where('name', '=', options.name)
    .where('kind', 'in', options.kinds)
    .where('served', 'in', servedTo(options.superseded))
    .executeTakeFirst();

/** The same; throws "not found" of a `what`. */
export async function requireFile(
  db: Db,
  reportId: number,
  { what, ...options }: Parameters<typeof findFile>[2] & { what: string },
): Promise<FileFacts & { content: Uint8Array }> {
  const file = await findFile(db, reportId, options);
  if (file === undefined) throw notFound(what);
  return file;
}
