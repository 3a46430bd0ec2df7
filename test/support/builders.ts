import { createHash } from 'node:crypto';
import type { Database, Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import type { DatasetPart, DatasetRole, Family, Source } from '#storage/datasetTables.js';
import { inviteRater, joinStudy, type Rater } from '#raters/rater.js';
import type { Form } from '#studies/form.js';
import { createDraft } from '#studies/draft.js';
import { openStudy } from '#studies/opening.js';
import { StudySettings } from '#studies/settings.js';
import { type Study, writeForm } from '#studies/study.js';

export interface BuiltExample {
  readonly text: string;
  readonly choices?: readonly string[];
  readonly label?: number | null;
  readonly confidence?: number | null;
  readonly fixedOrder?: boolean;
  readonly findings?: readonly string[];
}

export interface BuiltDataset {
  readonly name?: string;
  readonly behaviour?: string;
  readonly source?: Source;
  readonly role?: DatasetRole;
  readonly part?: DatasetPart | null;
  readonly provenance?: Readonly<Record<string, string>>;
  readonly family?: Family;
  readonly examples: readonly BuiltExample[];
  readonly confirmed?: boolean;
}

/** n examples with Yes/No choices, labels alternating. */
export const plainExamples = (count: number, prefix = 'Statement'): BuiltExample[] =>
  Array.from({ length: count }, (_, index) => ({
    text: `${prefix} ${index + 1}`,
    choices: ['Yes', 'No'],
    label: index % 2,
    fixedOrder: true,
  }));

async function behaviourId(db: Db, name: string, confirmed: boolean): Promise<number> {
  const known = await db
    .selectFrom('behaviour')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirst();
  if (known !== undefined) return known.id;
  const { id } = await db
    .insertInto('behaviour')
    .values({ public_id: newPublicId(), name, created_at: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('behaviour_description')
    .values({
      behaviour_id: id,
      version: 1,
      short: `Somebody who is ${name}`,
      long: `Suppose there is a person who is ${name}.`,
      created_at: 1,
      created_by: null,
      confirmed_at: confirmed ? 1 : null,
      confirmed_by: null,
    })
    .execute();
  return id;
}

/** An id or seed that is the same in every run, so that samples and orders are too. */
const fixedId = (name: string): string =>
  `f${createHash('sha256').update(name).digest('hex').slice(0, 15)}`;

/** As many rows a statement as neither engine minds. */
const rowsAtOnce = 500;

async function writeExamples(
  db: Db,
  datasetId: number,
  examples: readonly BuiltExample[],
): Promise<void> {
  const rows = examples.map((example, index) => {
    const choices = (example.choices ?? ['Yes', 'No']).map((text, at) => ({
      key: text === 'Yes' || text === 'No' ? text : `(${String.fromCharCode(65 + at)})`,
      text,
    }));
    const label = example.label === undefined ? 0 : example.label;
    const raw = JSON.stringify({
      question: example.text,
      answer_matching_behavior: label === null ? undefined : ` ${choices[label]?.key ?? ''}`,
    });
    return {
      dataset_id: datasetId,
      line_number: index + 1,
      content_hash: createHash('sha256').update(example.text).digest().subarray(0, 16),
      text: example.text,
      choices: JSON.stringify(choices),
      label_choice: label,
      label_confidence: example.confidence ?? null,
      fixed_order: Number(example.fixedOrder ?? false),
      doubtful: Number((example.findings ?? []).length > 0),
      raw: Buffer.from(raw),
    };
  });
  for (let from = 0; from < rows.length; from += rowsAtOnce)
    await db
      .insertInto('example')
      .values(rows.slice(from, from + rowsAtOnce))
      .execute();
  if (!examples.some((example) => example.findings !== undefined)) return;
  const written = await db
    .selectFrom('example')
    .select('id')
    .where('dataset_id', '=', datasetId)
    .orderBy('line_number')
    .execute();
  const findings = written.flatMap(({ id }, index) =>
    (examples[index]?.findings ?? []).map((finding) => ({
      dataset_id: datasetId,
      finding,
      example_id: id,
      detail: null,
    })),
  );
  if (findings.length > 0) await db.insertInto('example_finding').values(findings).execute();
}

/** Writes a visible dataset straight into the tables and gives its public id. */
export async function buildDataset(db: Db, built: BuiltDataset): Promise<string> {
  const behaviour = built.behaviour ?? 'kind';
  const { before } = await db
    .selectFrom('dataset')
    .select((eb) => eb.fn.countAll<number>().as('before'))
    .executeTakeFirstOrThrow();
  const publicId = fixedId(`dataset ${before}`);
  const { id } = await db
    .insertInto('dataset')
    .values({
      public_id: publicId,
      behaviour_id: await behaviourId(db, behaviour, built.confirmed ?? true),
      name: built.name ?? behaviour,
      version: 1,
      source: built.source ?? 'generated',
      role: built.role ?? 'evaluated',
      part: built.part ?? null,
      family: built.family ?? 'persona',
      state: 'visible',
      file_name: `${behaviour}.jsonl`,
      byte_count: 1,
      sha256: '0'.repeat(64),
      format: 'jsonl',
      mapping: null,
      provenance: JSON.stringify(built.provenance ?? {}),
      example_count: built.examples.length,
      health: null,
      import_file_id: null,
      created_at: 1,
      created_by: null,
      visible_at: 1,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await writeExamples(db, id, built.examples);
  return publicId;
}

/** An open study over these datasets. */
export async function buildStudy(
  database: Database,
  options: {
    datasets: readonly BuiltDataset[];
    settings?: Partial<StudySettings>;
    form?: Form;
    now?: number;
    open?: boolean;
  },
): Promise<Study> {
  const { db } = database;
  const datasets: string[] = [];
  for (const dataset of options.datasets) datasets.push(await buildDataset(db, dataset));
  const now = options.now ?? 1_000_000;
  const study = await inTransaction(db, async (trx) => {
    const made = await createDraft(
      trx,
      {
        title: 'A study',
        settings: StudySettings.parse({ ...options.settings, datasets }),
        // What a model wrote is not opened without one.
        ...(options.datasets.some(({ part }) => part != null)
          ? { texts: { warning: 'Some texts were written by a model.' } }
          : {}),
      },
      { now, accountId: null },
    );
    if (options.form !== undefined)
      await writeForm(trx, { studyId: made.id, form: options.form, now, accountId: null });
    const { before } = await trx
      .selectFrom('study')
      .select((eb) => eb.fn.countAll<number>().as('before'))
      .executeTakeFirstOrThrow();
    return trx
      .updateTable('study')
      .set({ seed: fixedId(`study ${before}`) })
      .where('id', '=', made.id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
  return options.open === false ? study : openStudy(db, { study, now, staff: null });
}

/** Raters who consented. */
export async function buildRaters(
  database: Database,
  study: Study,
  count: number,
  now = 1_000_000,
): Promise<Rater[]> {
  const raters: Rater[] = [];
  for (let index = 0; index < count; index += 1) {
    const { rater } = await inTransaction(database.db, (trx) =>
      joinStudy(trx, {
        studyId: study.id,
        key: newPublicId(),
        consentVersion: 1,
        warningVersion: 1,
        origin: 'rater',
        arrival: 'open-link',
        now,
      }),
    );
    raters.push(
      await database.db
        .updateTable('rater')
        .set({ seed: fixedId(`${study.seed} ${rater.pseudonym}`) })
        .where('id', '=', rater.id)
        .returningAll()
        .executeTakeFirstOrThrow(),
    );
  }
  return raters;
}

/** A rater with a personal link who has not come yet. */
export const buildInvitation = (
  database: Database,
  study: Study,
  now = 1_000_000,
): Promise<{ rater: Rater; token: string }> =>
  inTransaction(database.db, (trx) =>
    inviteRater(trx, { studyId: study.id, origin: 'rater', now }),
  );

/** Known answers of a draft: the labels of these examples, counted from 0 in the order of all. */
export async function buildKnownAnswers(
  db: Db,
  study: Study,
  given: { purpose: 'gold' | 'training'; examples: readonly number[]; explanation?: string },
): Promise<number[]> {
  const examples = await db
    .selectFrom('example')
    .select(['id', 'label_choice'])
    .orderBy('id')
    .execute();
  const known = given.examples.flatMap((index) => examples[index] ?? []);
  await db
    .insertInto('known_answer')
    .values(
      known.map(({ id, label_choice: choice }) => ({
        study_id: study.id,
        example_id: id,
        choice: choice ?? 0,
        explanation: given.explanation ?? 'As agreed.',
        purpose: given.purpose,
        created_at: 1,
        created_by: null,
      })),
    )
    .execute();
  return known.map(({ id }) => id);
}
