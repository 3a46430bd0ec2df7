import type { Selectable } from 'kysely';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import type { BehaviourDescriptionTable, BehaviourTable } from '#storage/datasetTables.js';
import { notFound, Problem } from '#web/problem.js';

export type Behaviour = Selectable<BehaviourTable>;
export type BehaviourDescription = Selectable<BehaviourDescriptionTable>;

/**
 * A description as people write it: one line, and where the line is not enough a longer text, which
 * raters then read instead.
 */
export interface DescriptionText {
  readonly short: string;
  readonly long: string;
}

export const findBehaviour = (db: Db, publicId: string): Promise<Behaviour | undefined> =>
  db.selectFrom('behaviour').selectAll().where('public_id', '=', publicId).executeTakeFirst();

/** A behaviour by its public id. Throws 404 where there is none. */
export async function requireBehaviour(db: Db, publicId: string): Promise<Behaviour> {
  const behaviour = await findBehaviour(db, publicId);
  if (behaviour === undefined) throw notFound('behaviour');
  return behaviour;
}

/** All behaviours by name. */
export const listBehaviours = (db: Db): Promise<Behaviour[]> =>
  db.selectFrom('behaviour').selectAll().orderBy('name').execute();

/** The behaviour of this name, made where it is new. */
export async function ensureBehaviour(db: Db, name: string, now: number): Promise<Behaviour> {
  await db
    .insertInto('behaviour')
    .values({ public_id: newPublicId(), name, created_at: now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  return db.selectFrom('behaviour').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
}

/** What raters read of a behaviour: the longer description, or the line where there is none. */
export const textForRaters = ({ short, long }: DescriptionText): string =>
  long.trim() === '' ? short : long;

/** Every version of a behaviour's description, newest first. */
export const descriptionHistory = (db: Db, behaviourId: number): Promise<BehaviourDescription[]> =>
  db
    .selectFrom('behaviour_description')
    .selectAll()
    .where('behaviour_id', '=', behaviourId)
    .orderBy('version', 'desc')
    .execute();

/** The newest description, confirmed or not. */
export const latestDescription = (
  db: Db,
  behaviourId: number,
): Promise<BehaviourDescription | undefined> =>
  db
    .selectFrom('behaviour_description')
    .selectAll()
    .where('behaviour_id', '=', behaviourId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();

/**
 * The newest confirmed description: the one that a study opened now takes. Undefined means: may not
 * go to raters.
 */
export const confirmedDescription = (
  db: Db,
  behaviourId: number,
): Promise<BehaviourDescription | undefined> =>
  db
    .selectFrom('behaviour_description')
    .selectAll()
    .where('behaviour_id', '=', behaviourId)
    .where('confirmed_at', 'is not', null)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();

/** How a behaviour is described now: its confirmed text, else its newest one. */
export interface Described extends DescriptionText {
  readonly publicId: string;
  readonly version: number;
  readonly confirmed: boolean;
}

/** The described ones among behaviours of these names, by name. */
export async function describedBehaviours(
  db: Db,
  names: readonly string[],
): Promise<ReadonlyMap<string, Described>> {
  const described = new Map<string, Described>();
  if (names.length === 0) return described;
  const rows = await db
    .selectFrom('behaviour')
    .innerJoin('behaviour_description as text', 'text.behaviour_id', 'behaviour.id')
    .select(['behaviour.name', 'behaviour.public_id', 'text.version', 'text.short', 'text.long'])
    .select('text.confirmed_at')
    .where('behaviour.name', 'in', names)
    .orderBy('text.version')
    .execute();
  for (const { name, public_id: publicId, confirmed_at: confirmedAt, ...text } of rows)
    if (confirmedAt !== null || described.get(name)?.confirmed !== true)
      described.set(name, { ...text, publicId, confirmed: confirmedAt !== null });
  return described;
}

/** A description by its internal id, as `study_dataset.behaviour_description_id` names it. */
export const getDescription = (db: Db, id: number): Promise<BehaviourDescription> =>
  db.selectFrom('behaviour_description').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/**
 * Reads the newest description under its behaviour's lock: two who write one at the same moment
 * follow each other.
 */
async function latestLocked(
  trx: Trx,
  behaviourId: number,
): Promise<BehaviourDescription | undefined> {
  if (engineOf(trx) === 'postgres')
    await trx
      .selectFrom('behaviour')
      .select('id')
      .where('id', '=', behaviourId)
      .forNoKeyUpdate()
      .execute();
  return latestDescription(trx, behaviourId);
}

/** The newest version of a description, and whether the call has changed anything. */
export interface WrittenDescription {
  readonly description: BehaviourDescription;
  readonly changed: boolean;
}

/**
 * Writes a description. An unconfirmed newest version is overwritten; a confirmed one stays and a
 * new version follows. The same text again changes nothing. `confirm` also confirms it. With
 * `keepConfirmed`, another text than the confirmed newest one is refused with a 409 `Problem`.
 */
export async function describeBehaviour(
  trx: Trx,
  options: {
    behaviourId: number;
    text: DescriptionText;
    confirm: boolean;
    keepConfirmed?: boolean;
    now: number;
    accountId: number | null;
  },
): Promise<WrittenDescription> {
  const { behaviourId, text, now, accountId } = options;
  const latest = await latestLocked(trx, behaviourId);
  const same = latest !== undefined && latest.short === text.short && latest.long === text.long;
  const confirmation = options.confirm
    ? { confirmed_at: now, confirmed_by: accountId }
    : { confirmed_at: null, confirmed_by: null };
  if (latest !== undefined && same && (latest.confirmed_at !== null || !options.confirm))
    return { description: latest, changed: false };
  if (options.keepConfirmed === true && latest !== undefined && latest.confirmed_at !== null)
    throw new Problem(
      409,
      'description_confirmed',
      'This behaviour has a confirmed description by now.',
      'Nothing was changed. The page of the behaviour shows it, and takes a new version.',
    );
  if (latest !== undefined && latest.confirmed_at === null) {
    const description = await trx
      .updateTable('behaviour_description')
      .set({ ...text, ...confirmation })
      .where('id', '=', latest.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return { description, changed: true };
  }
  const description = await trx
    .insertInto('behaviour_description')
    .values({
      behaviour_id: behaviourId,
      version: (latest?.version ?? 0) + 1,
      ...text,
      created_at: now,
      created_by: accountId,
      ...confirmation,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { description, changed: true };
}

/**
 * Confirms one version for raters. Already confirmed is fine; a version that is no longer the
 * newest, or an empty one, is refused.
 */
export async function confirmDescription(
  trx: Trx,
  options: { behaviourId: number; version: number; now: number; accountId: number | null },
): Promise<WrittenDescription> {
  const latest = await latestLocked(trx, options.behaviourId);
  if (latest === undefined || latest.version !== options.version) {
    throw new Problem(
      409,
      'description_changed',
      'Somebody has written a newer description meanwhile.',
      'Nothing was confirmed. Read the newest one and confirm that.',
    );
  }
  if (latest.short.trim() === '')
    throw new Problem(
      422,
      'description_empty',
      'The description is empty.',
      'Write what the behaviour is, for raters, and confirm it then.',
    );
  if (latest.confirmed_at !== null) return { description: latest, changed: false };
  const description = await trx
    .updateTable('behaviour_description')
    .set({ confirmed_at: options.now, confirmed_by: options.accountId })
    .where('id', '=', latest.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return { description, changed: true };
}
