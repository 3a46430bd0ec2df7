import { recordAudit } from '#accounts/audit.js';
import { describeBehaviour, ensureBehaviour, latestDescription } from '#datasets/behaviour.js';
import { markCounterparts, markCounterpartsAgain } from '#datasets/imports/counterparts.js';
import { inSteps, type Step } from '#datasets/imports/pace.js';
import { beginVersion, type Version, type VersionFacts } from '#datasets/imports/version.js';
import type { Database, Db } from '#storage/database.js';
import type { DatasetPart } from '#storage/datasetTables.js';
import { insertRows } from '#storage/insertRows.js';
import { inTransaction } from '#storage/transaction.js';
import { type Generation, getGeneration } from '../generation.js';
import { countPart, type Finished, finishedStages, readChosen } from './chosen.js';
import { requireCurrent } from './decide.js';
import { provenanceOf } from './provenance.js';
import { getPublication, type Publication, removedAfter, writeCounts } from './publication.js';
import { canaryOf, rowMaker } from './rows.js';

export interface PublishContext {
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** How many rows of both datasets are written. */
  report?(progress: { rows: number }): void;
  /** Steps of this size whatever raters do: for tests. */
  readonly fixedStep?: Step | undefined;
}

/** What one publication works with. */
interface Work {
  readonly database: Database;
  readonly publication: Publication;
  readonly generation: Generation;
  readonly finished: Finished;
  readonly provenance: Readonly<Record<string, string>>;
  readonly context: PublishContext;
  /** Rows that were written before this part. */
  readonly before: number;
}

/** How a dataset of dropped candidates is called, beside the one of what was kept. */
export const droppedName = (name: string): string => `${name} (dropped)`;

/** Writes the rows of one part into a version; gives how many candidates made none. */
async function writeRows(work: Work, part: DatasetPart, version: Version): Promise<number> {
  const { database, publication, generation, finished, context } = work;
  const { pipeline } = generation;
  const maker = rowMaker(pipeline, {
    canary: pipeline.publish.canary ? canaryOf(publication.public_id) : null,
    position: finished.source.position,
  });
  // By line, from the first on.
  const candidates: number[] = [];
  let leftOut = 0;
  for await (const some of readChosen(database.db, part, { generation, finished })) {
    context.signal.throwIfAborted();
    const rows = [];
    for (const chosen of some) {
      const row = maker.make(chosen, candidates.length + 1);
      if (row === null) {
        leftOut += 1;
        continue;
      }
      rows.push(row);
      candidates.push(chosen.candidate.id);
    }
    await version.write(rows);
    context.report?.({ rows: work.before + candidates.length });
  }
  await version.finish();
  const links = candidates.map((candidate_id, index) => ({
    publication_id: publication.id,
    part,
    line_number: index + 1,
    candidate_id,
  }));
  // Those that an attempt before has linked stay.
  await inSteps(
    links,
    { db: database.db, pace: version.pace, signal: context.signal },
    (trx, some) => insertRows(trx, 'publication_row', some),
  );
  return leftOut;
}

const factsOf = (work: Work, part: DatasetPart, until: number): VersionFacts => {
  const { generation, publication, provenance } = work;
  const { pipeline } = generation;
  const { family, mapping } = rowMaker(pipeline, { canary: null, position: 0 }).shape;
  return {
    name: part === 'kept' ? pipeline.name : droppedName(pipeline.name),
    behaviour: pipeline.behaviour.name,
    source: 'generated',
    role: 'evaluated',
    family,
    mapping,
    provenance: {
      ...provenance,
      part,
      ...(part === 'dropped' ? { removed_after: new Date(until).toISOString().slice(0, 10) } : {}),
    },
    file: null,
    accountId: publication.asked_by,
    part,
    dropDuplicates: false,
  };
};

const columnOf = { kept: 'kept_dataset_id', dropped: 'dropped_dataset_id' } as const;

/**
 * Publishes one part and notes its dataset with the publication in the transaction that shows it,
 * so that done again after a death it finds the dataset and makes no second one. Rows that a dead
 * attempt wrote were never seen and are swept.
 */
async function publishPart(
  work: Work,
  part: DatasetPart,
): Promise<{ rows: number; leftOut: number }> {
  const { database, publication, context } = work;
  const { now, signal, fixedStep } = context;
  const known = publication[columnOf[part]];
  if (known !== null) {
    await markCounterpartsAgain(database.db, known, { now, signal });
    const { example_count: rows } = await database.db
      .selectFrom('dataset')
      .select('example_count')
      .where('id', '=', known)
      .executeTakeFirstOrThrow();
    return { rows, leftOut: (await countPart(database.db, part, work.finished)) - rows };
  }
  const until = removedAfter(work.generation, now());
  const facts = factsOf(work, part, until);
  const version = await beginVersion(database, facts, { now, signal, fixedStep });
  try {
    const leftOut = await writeRows(work, part, version);
    const { examples } = version.counts;
    if (examples === 0) {
      await version.discard();
      return { rows: 0, leftOut };
    }
    const shown = await version.show(async (trx, dataset) => {
      await requireCurrent(trx, publication);
      await trx
        .updateTable('publication')
        .set({
          [columnOf[part]]: dataset.id,
          ...(part === 'dropped' ? { dropped_until: until } : {}),
        })
        .where('id', '=', publication.id)
        .where('state', '=', 'approved')
        .where(columnOf[part], 'is', null)
        .returning('id')
        .executeTakeFirstOrThrow();
      await recordAudit(trx, {
        at: now(),
        staff: 'server',
        action: 'dataset.publish',
        subject: `dataset ${dataset.public_id}`,
        detail: {
          name: dataset.name,
          version: dataset.version,
          part,
          examples: dataset.example_count,
          publication: publication.public_id,
        },
      });
    });
    await markCounterparts(database.db, version.pace, shown, { signal });
    return { rows: examples, leftOut };
  } catch (error) {
    await version.discard().catch(() => undefined);
    throw error;
  } finally {
    await version.close();
  }
}

/** Proposes the behaviour's text for raters where nobody has written one; a person confirms it. */
async function proposeDescription(db: Db, work: Pick<Work, 'generation'>, now: number) {
  const { name, short } = work.generation.pipeline.behaviour;
  const behaviour = await ensureBehaviour(db, name, now);
  await inTransaction(db, async (trx) => {
    if ((await latestDescription(trx, behaviour.id)) !== undefined) return;
    await describeBehaviour(trx, {
      behaviourId: behaviour.id,
      text: { short, long: '' },
      confirm: false,
      now,
      accountId: null,
    });
  });
}

/** How many rows became visible. */
export interface Published {
  readonly kept: number;
  readonly dropped: number;
  /** Candidates that make no example, or another one than they should. */
  readonly leftOut: number;
}

/**
 * Makes the datasets of an approved publication: of what was kept, and of what was well formed and
 * went. Rows are streamed, and nobody sees a dataset before all of it is there. The same candidates
 * give the same bytes. Null where the publication is not approved; done again it goes on with what
 * is not published yet. Throws where nothing that was kept makes a row, and where a stage was done
 * again since it was asked.
 */
export async function publish(
  database: Database,
  publicationId: number,
  context: PublishContext,
): Promise<Published | null> {
  const { db } = database;
  const { now } = context;
  const publication = await getPublication(db, publicationId);
  if (publication.state !== 'approved') return null;
  const generation = await getGeneration(db, publication.generation_id);
  await requireCurrent(db, publication);
  const finished = await finishedStages(db, generation);
  if (finished === undefined) throw new Error('The generation is not done.');
  const provenance = await provenanceOf(db, generation, publication);
  const work = { database, publication, generation, finished, provenance, context, before: 0 };
  await proposeDescription(db, work, now());
  const kept = await publishPart(work, 'kept');
  if (kept.rows === 0)
    throw new Error('Nothing that was kept makes an example, so nothing was published.');
  const dropped = await publishPart({ ...work, before: kept.rows }, 'dropped');
  const published = {
    kept: kept.rows,
    dropped: dropped.rows,
    leftOut: kept.leftOut + dropped.leftOut,
  };
  await inTransaction(db, async (trx) => {
    const at = now();
    const done = await trx
      .updateTable('publication')
      .set((eb) => ({
        state: 'published',
        published_at: at,
        dropped_until: eb.fn.coalesce('dropped_until', eb.val(removedAfter(generation, at))),
        counts: writeCounts({ ...publication.counts, published }),
      }))
      .where('id', '=', publicationId)
      .where('state', '=', 'approved')
      .returning('id')
      .executeTakeFirst();
    if (done === undefined) return;
    await recordAudit(trx, {
      at,
      staff: 'server',
      action: 'publication.publish',
      subject: `publication ${publication.public_id}`,
      detail: published,
    });
  });
  return published;
}

/** Says that a publication failed, and why, so that somebody can approve it again. */
export const failPublication = (
  db: Db,
  options: { publicationId: number; reason: string; now: number },
): Promise<unknown> =>
  inTransaction(db, async (trx) => {
    const row = await trx
      .updateTable('publication')
      .set({ state: 'failed', note: options.reason.slice(0, 2_000) })
      .where('id', '=', options.publicationId)
      .where('state', '=', 'approved')
      .returning('public_id')
      .executeTakeFirst();
    if (row === undefined) return;
    await recordAudit(trx, {
      at: options.now,
      staff: 'server',
      action: 'publication.fail',
      subject: `publication ${row.public_id}`,
      detail: { reason: options.reason.slice(0, 2_000) },
    });
  });
