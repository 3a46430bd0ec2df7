import type { Selectable } from 'kysely';
import { recordAudit } from '#accounts/audit.js';
import type { Db, Trx } from '#storage/database.js';
import { isUniqueViolation } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import { readJson, writeJson } from '#storage/json.js';
import type { ModelTable } from '#storage/modelTables.js';
import { inTransaction, TryAgain } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import { ModelSettings } from './settings.js';

/** One version of a language model, with how it is asked. It never changes, besides being retired. */
export interface Model extends Omit<Selectable<ModelTable>, 'settings'> {
  readonly settings: ModelSettings;
}

const modelOf = (row: Selectable<ModelTable>): Model => ({
  ...row,
  settings: readJson(ModelSettings, row.settings, 'model.settings'),
});

/** How a model is called where one is meant: `claude`, or `claude@2` for a version of it. */
export const modelName = (model: Pick<Model, 'name' | 'version'>): string =>
  `${model.name}@${model.version}`;

/**
 * Stores a model, as the next version of its name where there is one. Settings that the newest
 * version has already make no new one.
 */
export const addModel = (
  db: Db,
  given: { name: string; settings: ModelSettings; staff: Staff | null; now: number },
): Promise<Model> =>
  inTransaction(db, async (trx) => {
    const { name, staff, now } = given;
    const settings = writeJson(ModelSettings, given.settings);
    const newest = await newestOf(trx, name);
    if (newest?.settings === settings && newest.state === 'active') return modelOf(newest);
    let row: Selectable<ModelTable>;
    try {
      row = await trx
        .insertInto('model')
        .values({
          public_id: newPublicId(),
          name,
          version: (newest?.version ?? 0) + 1,
          provider: given.settings.provider,
          settings,
          state: 'active',
          created_at: now,
          created_by: staff?.accountId ?? null,
          retired_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
    } catch (error) {
      if (isUniqueViolation(error)) throw new TryAgain();
      throw error;
    }
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'model.add',
      subject: `model ${row.public_id}`,
      detail: { name, version: row.version, provider: row.provider },
    });
    return modelOf(row);
  });

const newestOf = (trx: Trx | Db, name: string): Promise<Selectable<ModelTable> | undefined> =>
  trx
    .selectFrom('model')
    .selectAll()
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();

/** All models, by name, the newest version first. */
export async function listModels(db: Db): Promise<Model[]> {
  const rows = await db
    .selectFrom('model')
    .selectAll()
    .orderBy('name')
    .orderBy('version', 'desc')
    .execute();
  return rows.map(modelOf);
}

/** The model with this public id. Throws “not found”. */
export async function requireModel(db: Db, publicId: string): Promise<Model> {
  const row = await db
    .selectFrom('model')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('model');
  return modelOf(row);
}

/** The model that a person names: `name`, its newest version, or `name@2`. Throws “not found”. */
export async function requireModelNamed(db: Db, named: string): Promise<Model> {
  const [, name = named, version] = /^(.*)@(\d{1,9})$/.exec(named) ?? [];
  const row =
    version === undefined
      ? await newestOf(db, name)
      : await db
          .selectFrom('model')
          .selectAll()
          .where('name', '=', name)
          .where('version', '=', Number(version))
          .executeTakeFirst();
  if (row === undefined) throw notFound(`model as ${named}`);
  return modelOf(row);
}

/** Takes a model out of use: no new run may ask it. Being retired already is fine. */
export const retireModel = (
  db: Db,
  given: { model: Pick<Model, 'id' | 'public_id'>; staff: Staff | null; now: number },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { model, staff, now } = given;
    const retired = await trx
      .updateTable('model')
      .set({ state: 'retired', retired_at: now })
      .where('id', '=', model.id)
      .where('state', '=', 'active')
      .executeTakeFirst();
    if (retired.numUpdatedRows === 0n) return;
    const subject = `model ${model.public_id}`;
    await recordAudit(trx, { at: now, staff, action: 'model.retire', subject });
  });

/** Throws a `Problem` where a new run may not ask this model. */
export function refuseRetired(model: Model): void {
  if (model.state === 'retired')
    throw new Problem(
      409,
      'model_retired',
      `${modelName(model)} is retired, so nothing new is asked of it.`,
      'Add it again, as a further version, to use it.',
    );
}
