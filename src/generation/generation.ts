import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { Db, Trx } from '#storage/database.js';
import type { GenerationStageTable, GenerationTable } from '#storage/generationTables.js';
import { readJson, writeJson } from '#storage/json.js';
import { notFound, Problem } from '#web/problem.js';
import { Pipeline } from './pipeline.js';

/** A pipeline with its run. */
export interface Generation extends Omit<
  Selectable<GenerationTable>,
  'pipeline' | 'models' | 'datasets'
> {
  readonly pipeline: Pipeline;
  /** Name in the pipeline → public id of the version of a model that it stands for. */
  readonly models: Readonly<Record<string, string>>;
  /** Name of a few-shot dataset → public id of the version that prompts show examples of. */
  readonly datasets: Readonly<Record<string, string>>;
}

/** Name in a pipeline → public id of what it stands for. */
const Resolved = z.record(z.string(), z.string());

export const generationOf = (row: Selectable<GenerationTable>): Generation => ({
  ...row,
  pipeline: readJson(Pipeline, row.pipeline, 'generation.pipeline'),
  models: readJson(Resolved, row.models, 'generation.models'),
  datasets: readJson(Resolved, row.datasets, 'generation.datasets'),
});

/** What names of a pipeline stand for, as it is stored: `generation.models`, `generation.datasets`. */
export const writeModels = (names: Readonly<Record<string, string>>): string =>
  writeJson(Resolved, names);

export const getGeneration = async (db: Db | Trx, id: number): Promise<Generation> =>
  generationOf(
    await db.selectFrom('generation').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  );

/** The generation with this public id. Throws “not found”. */
export async function requireGeneration(db: Db | Trx, publicId: string): Promise<Generation> {
  const row = await db
    .selectFrom('generation')
    .selectAll()
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  if (row === undefined) throw notFound('generation');
  return generationOf(row);
}

/** The generations with this public id or name, or all of them; the newest first. */
export async function findGenerations(db: Db, named: string | null = null): Promise<Generation[]> {
  const rows = await db
    .selectFrom('generation')
    .selectAll()
    .$if(named !== null, (query) =>
      query.where((eb) => eb.or([eb('public_id', '=', named ?? ''), eb('name', '=', named ?? '')])),
    )
    .orderBy('id', 'desc')
    .execute();
  return rows.map(generationOf);
}

/**
 * The generation that a person names at a terminal, by public id or name. Throws a `Problem` where it
 * is none, or several.
 */
export async function requireGenerationNamed(db: Db, name: string): Promise<Generation> {
  const [found, ...more] = await findGenerations(db, name);
  if (found === undefined) throw notFound('generation');
  if (more.length > 0)
    throw new Problem(
      409,
      'several',
      `Several generations are called ${name}.`,
      `Name one by its id: ${[found, ...more].map((one) => one.public_id).join(', ')}.`,
    );
  return found;
}

export type Stage = Selectable<GenerationStageTable>;

/** The attempt of each stage that counts now, by position: the newest that is not stale. */
export async function currentStages(db: Db | Trx, generationId: number): Promise<Stage[]> {
  const rows = await db
    .selectFrom('generation_stage')
    .selectAll()
    .where('generation_id', '=', generationId)
    .where('state', '!=', 'stale')
    .orderBy('position')
    .orderBy('attempt', 'desc')
    .execute();
  return rows.filter((row, index) => row.position !== rows[index - 1]?.position);
}

/** What a stage came to. */
export const StageResult = z.strictObject({
  /** Candidates that came in, that it made, and that go on. */
  in: z.int(),
  made: z.int(),
  out: z.int(),
  /** Those that go on, by label; empty where none has a label. */
  labels: z.array(z.int()).default([]),
  /** Dropped, by reason. */
  dropped: z.record(z.string(), z.int()),
  /** The commonest sentences behind the reasons, with how often each was said. */
  details: z.array(z.strictObject({ reason: z.string(), detail: z.string(), count: z.int() })),
  /** What `keep` would have kept by the rule of the paper alone, and what it kept; null elsewhere. */
  kept: z
    .strictObject({
      asPaper: z.array(z.int()),
      withSwitches: z.array(z.int()),
      /** Kept by the rule alone and dropped by a switch, by reason. */
      bySwitch: z.record(z.string(), z.int()),
    })
    .nullable()
    .default(null),
  /** What people did in a review: candidates by what was done to them last; null elsewhere. */
  review: z
    .strictObject({
      accepted: z.int(),
      edited: z.int(),
      rejected: z.int(),
      skipped: z.int(),
      /** Nobody looked at them: they go on. */
      unread: z.int(),
    })
    .nullable()
    .default(null),
});
export type StageResult = z.output<typeof StageResult>;

/** What a stage came to; null until it is done. */
export const resultOf = (stage: Pick<Stage, 'result'>): StageResult | null =>
  stage.result === null ? null : readJson(StageResult, stage.result, 'generation_stage.result');
