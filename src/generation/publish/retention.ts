import type { ExpressionBuilder } from 'kysely';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { discardRows } from '#datasets/imports/discard.js';
import { type Pace, paceFor, type Step } from '#datasets/imports/pace.js';
import { Choice, choicesOf } from '#datasets/storedExample.js';
import { emptyCalls } from '#models/emptied.js';
import type { Database, Db, Trx } from '#storage/database.js';
import { writeJson } from '#storage/json.js';
import type { Tables } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import { currentStages, type Generation, getGeneration } from '../generation.js';
import { fieldsOf } from '../template.js';
import { getPublication, type Publication } from './publication.js';

/** What stands in the place of a text that was removed. */
export const removedText = 'This text was removed when the time for which it was kept was over.';

/** Studies that use a dataset, with what they are in. */
const usesOf = (db: Db, datasetId: number) =>
  db
    .selectFrom('study_dataset')
    .innerJoin('study', 'study.id', 'study_dataset.study_id')
    .select(['study.id', 'study.title', 'study.state'])
    .where('study_dataset.dataset_id', '=', datasetId)
    .execute();

/**
 * The studies that raters may still work in with the dropped texts of a publication, by title: the
 * texts stay until these are closed.
 */
export async function studiesHolding(
  db: Db,
  { dropped_dataset_id: id }: Pick<Publication, 'dropped_dataset_id'>,
): Promise<string[]> {
  if (id === null) return [];
  return (await usesOf(db, id)).flatMap(({ state, title }) =>
    state === 'open' || state === 'paused' ? title : [],
  );
}

/** Whether another publication of the generation is not published or refused yet: it needs texts. */
const isAnotherOpen = async (
  db: Db,
  { id, generation_id: generationId }: Pick<Publication, 'id' | 'generation_id'>,
): Promise<boolean> =>
  (await db
    .selectFrom('publication')
    .select('id')
    .where('generation_id', '=', generationId)
    .where('id', '<>', id)
    .where('state', 'in', ['asked', 'approved', 'failed'])
    .executeTakeFirst()) !== undefined;

/** Publications whose dropped texts are to be removed now. */
export const overdue = async (db: Db, now: number): Promise<number[]> =>
  (
    await db
      .selectFrom('publication')
      .select('id')
      .where('state', 'in', ['published', 'refused'])
      .where('dropped_removed_at', 'is', null)
      .where('dropped_until', '<=', now)
      .execute()
  ).map(({ id }) => id);

interface Removing {
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly fixedStep?: Step | undefined;
}

interface Emptying {
  readonly pace: Pace;
  readonly signal: AbortSignal;
  /** Choices that are the same for all examples. */
  readonly fixed: ReadonlySet<string>;
}

/** What every example of a pipeline may choose, since it stands in the file: `Yes`, `No`. */
const fixedChoices = ({ pipeline: { example } }: Pick<Generation, 'pipeline'>): Set<string> =>
  new Set(
    example.choices
      .filter((choice) => fieldsOf(choice).length === 0)
      .map((choice) => choice.trim()),
  );

/** The choices of an example as JSON, without what a model wrote; their number and keys stay. */
const emptyChoices = (stored: { choices: string }, fixed: ReadonlySet<string>): string =>
  writeJson(
    z.array(Choice),
    choicesOf(stored).map(({ key, text }, index) => {
      const number = String(index + 1);
      return fixed.has(text.trim())
        ? { key, text }
        : { key: key === text ? number : key, text: `(removed ${number})` };
    }),
  );

/** Empties the texts of a dataset whose judgments a closed study has: labels and scores stay. */
async function emptyExamples(
  db: Db,
  datasetId: number,
  { pace, signal, fixed }: Emptying,
): Promise<void> {
  await db
    .updateTable('example_finding')
    .set({ detail: null })
    .where('dataset_id', '=', datasetId)
    .execute();
  for (;;) {
    signal.throwIfAborted();
    const rows = await db
      .selectFrom('example')
      .select(['id', 'choices'])
      .where('dataset_id', '=', datasetId)
      .where('text', '<>', removedText)
      .limit(Math.min(pace.step.rows, 1_000))
      .execute();
    if (rows.length === 0) return;
    await inTransaction(db, async (trx) => {
      for (const { id, choices } of rows)
        await trx
          .updateTable('example')
          .set({
            text: removedText,
            choices: emptyChoices({ choices }, fixed),
            raw: Buffer.from('{}'),
          })
          .where('id', '=', id)
          .execute();
    });
    await pace.breathe();
  }
}

/**
 * Removes the dataset of dropped texts. Where a closed study has judgments of them, the rows stay
 * without their texts, so that what was judged still counts for the discriminator.
 */
async function removeDataset(db: Db, datasetId: number, options: Emptying): Promise<void> {
  const uses = await usesOf(db, datasetId);
  const drafts = uses.filter(({ state }) => state === 'draft');
  if (uses.length > drafts.length) return emptyExamples(db, datasetId, options);
  await inTransaction(db, async (trx) => {
    await trx.deleteFrom('study_dataset').where('dataset_id', '=', datasetId).execute();
    await trx
      .updateTable('dataset')
      .set({ state: 'deleted' })
      .where('id', '=', datasetId)
      .where('state', '=', 'visible')
      .execute();
  });
  const { pace, signal } = options;
  await discardRows(db, datasetId, { pace, signal, keepRejections: false });
}

/**
 * The attempts that counted when a publication was asked for: of each stage the newest that was there
 * when the attempt of the last stage was made, since that makes every stage behind it anew.
 */
async function stagesOf(
  db: Db,
  { generation_id: id, stage_id: last }: Pick<Publication, 'generation_id' | 'stage_id'>,
): Promise<number[]> {
  const rows = await db
    .selectFrom('generation_stage')
    .select((eb) => eb.fn.max<number>('id').as('id'))
    .where('generation_id', '=', id)
    .where('id', '<=', last)
    .groupBy('position')
    .execute();
  return rows.map((row) => row.id);
}

/** Whether one of these stages dropped the candidate. */
const isDroppedBy = (eb: ExpressionBuilder<Tables, 'candidate'>, stageIds: readonly number[]) =>
  eb.exists(
    eb
      .selectFrom('candidate_decision')
      .select('candidate_decision.stage_id')
      .whereRef('candidate_decision.candidate_id', '=', 'candidate.id')
      .where('candidate_decision.kept', '=', 0)
      .where('candidate_decision.stage_id', 'in', [0, ...stageIds]),
  );

/** The calls that wrote these candidates and that scored them. */
async function callsOf(trx: Trx, ids: readonly number[]): Promise<number[]> {
  const wrote = await trx
    .selectFrom('candidate')
    .select('call_id')
    .where('id', 'in', ids)
    .execute();
  const scored = await trx
    .selectFrom('candidate_score')
    .select('call_id')
    .where('candidate_id', 'in', ids)
    .execute();
  return [...new Set([...wrote, ...scored].flatMap(({ call_id: id }) => id ?? []))];
}

/**
 * Empties what the stages of a publication dropped, save what is published as kept and what the
 * stages that count now keep; decisions and scores stay.
 */
async function emptyCandidates(
  db: Db,
  publication: Publication,
  { pace, signal }: { pace: Pace; signal: AbortSignal },
): Promise<number> {
  const { generation_id: generationId } = publication;
  const own = await stagesOf(db, publication);
  const current = (await currentStages(db, generationId)).map(({ id }) => id);
  let emptied = 0;
  for (;;) {
    signal.throwIfAborted();
    const rows = await db
      .selectFrom('candidate')
      .select('candidate.id')
      .where('candidate.stage_id', 'in', own)
      .where('candidate.fields', '<>', '{}')
      .where((eb) => isDroppedBy(eb, own))
      .where((eb) => eb.or([eb('candidate.stage_id', 'not in', current), isDroppedBy(eb, current)]))
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('publication_row')
              .select('publication_row.line_number')
              .whereRef('publication_row.candidate_id', '=', 'candidate.id')
              .where('publication_row.part', '=', 'kept'),
          ),
        ),
      )
      .limit(Math.min(pace.step.rows, 1_000))
      .execute();
    if (rows.length === 0) return emptied;
    const ids = rows.map(({ id }) => id);
    await inTransaction(db, async (trx) => {
      await trx.updateTable('candidate').set({ fields: '{}' }).where('id', 'in', ids).execute();
      await emptyCalls(trx, await callsOf(trx, ids));
      await trx
        .updateTable('candidate_review')
        .set((eb) => ({
          before: '{}',
          after: eb.case().when('after', 'is', null).then(null).else('{}').end(),
        }))
        .where('candidate_id', 'in', ids)
        .execute();
    });
    emptied += ids.length;
    await pace.breathe();
  }
}

/**
 * Removes the dropped texts of a publication whose time is over: its dataset of them, and the fields
 * of its candidates that were dropped. False where raters may still work with them, where another
 * publication of the generation is under way, or where it was done before. Done again after a death it goes on.
 */
export async function removeDropped(
  { db }: Pick<Database, 'db'>,
  publicationId: number,
  { now, signal, fixedStep }: Removing,
): Promise<boolean> {
  const publication = await getPublication(db, publicationId);
  const { dropped_until: until, dropped_removed_at: removed } = publication;
  if (removed !== null || until === null || until > now()) return false;
  if ((await studiesHolding(db, publication)).length > 0) return false;
  if (await isAnotherOpen(db, publication)) return false;
  const pace = paceFor(db, now, fixedStep);
  const datasetId = publication.dropped_dataset_id;
  const fixed = fixedChoices(await getGeneration(db, publication.generation_id));
  if (datasetId !== null) await removeDataset(db, datasetId, { pace, signal, fixed });
  const emptied = await emptyCandidates(db, publication, { pace, signal });
  await inTransaction(db, async (trx) => {
    const at = now();
    const done = await trx
      .updateTable('publication')
      .set({ dropped_removed_at: at })
      .where('id', '=', publicationId)
      .where('dropped_removed_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    if (done === undefined) return;
    await recordAudit(trx, {
      at,
      staff: 'server',
      action: 'publication.remove-dropped',
      subject: `publication ${publication.public_id}`,
      detail: { candidates: emptied },
    });
  });
  return true;
}
