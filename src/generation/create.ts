import { createHash } from 'node:crypto';
import { recordAudit } from '#accounts/audit.js';
import { type Model, refuseRetired, requireModelNamed } from '#models/model.js';
import { createRun } from '#models/run.js';
import { serverFault } from '#models/server.js';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { type FieldFault, Problem } from '#web/problem.js';
import type { ModelsConfig } from '../config.js';
import { checkPipeline } from './checkPipeline.js';
import { type Generation, generationOf, writeModels } from './generation.js';
import { Pipeline } from './pipeline.js';
import { pathWords } from './readYaml.js';

/** Budgets are entered in the currency, and kept in millionths. */
const million = 1e6;

/** What names of a pipeline stand for, with the faults of those that stand for nothing. */
interface Resolution {
  readonly names: Record<string, string>;
  readonly faults: FieldFault[];
}

/** What a new run may not ask, as a sentence; null where it may. */
function objection(model: Model, models: ModelsConfig): string | null {
  try {
    refuseRetired(model);
  } catch (error) {
    if (error instanceof Problem) return error.title;
    throw error;
  }
  return serverFault(model.settings, models)?.message ?? null;
}

async function resolveModels(
  db: Db,
  pipeline: Pipeline,
  models: ModelsConfig,
): Promise<Resolution> {
  const names: Record<string, string> = {};
  const faults: FieldFault[] = [];
  for (const [name, named] of Object.entries(pipeline.models)) {
    const field = `models.${name}`;
    const model = await requireModelNamed(db, named).catch((error: unknown) => {
      if (error instanceof Problem) return null;
      throw error;
    });
    const message =
      model === null
        ? `There is no model “${named}”. “assay models list” and the page of models list them.`
        : objection(model, models);
    if (message !== null) faults.push({ field, message });
    else if (model !== null) names[name] = model.public_id;
  }
  for (const [index, stage] of pipeline.stages.entries()) {
    const [asked, part] =
      stage.kind === 'judge'
        ? [stage.models, 'models']
        : stage.kind === 'screen'
          ? [stage.asked?.models ?? [], 'asked.models']
          : [[], ''];
    for (const [place, name] of asked.entries()) {
      const same = asked.findIndex((other) => names[other] === names[name]);
      if (names[name] !== undefined && same < place)
        faults.push({
          field: `stages[${index}].${part}[${place}]`,
          message: `${name} is the same model as ${asked[same]}, which would count twice.`,
        });
    }
  }
  return { names, faults };
}

/** Examples of a dataset that can be shown: with a label, where the form or the turn needs one. */
async function countShown(db: Db, datasetId: number, needsLabel: boolean): Promise<number> {
  const { count } = await db
    .selectFrom('example')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('dataset_id', '=', datasetId)
    .$if(needsLabel, (query) => query.where('label_choice', 'is not', null))
    .executeTakeFirstOrThrow();
  return count;
}

async function resolveDatasets(db: Db, pipeline: Pipeline): Promise<Resolution> {
  const names: Record<string, string> = {};
  const faults: FieldFault[] = [];
  const stages = pipeline.stages.entries();
  for (const [index, stage] of stages) {
    if (stage.kind !== 'write' || stage.shown === null) continue;
    const { dataset: name, count, form, turn } = stage.shown;
    const field = `stages[${index}].shown`;
    const dataset = await db
      .selectFrom('dataset')
      .select(['id', 'public_id'])
      .where('name', '=', name)
      .where('role', '=', 'few-shot')
      .where('state', '=', 'visible')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (dataset === undefined) {
      faults.push({
        field: `${field}.dataset`,
        message: `There is no dataset “${name}” of few-shot prompts. Import it with this role first.`,
      });
      continue;
    }
    const needsLabel = (turn && pipeline.labels.length > 0) || form.includes('{label}');
    const there = await countShown(db, dataset.id, needsLabel);
    if (there < count)
      faults.push({
        field: `${field}.count`,
        message: `${count} examples are to be shown, and “${name}” has ${there}${needsLabel ? ' with a label' : ''}.`,
      });
    names[name] = dataset.public_id;
  }
  return { names, faults };
}

const refuse = (faults: readonly FieldFault[]): void => {
  if (faults.length > 0)
    throw new Problem(
      422,
      'invalid_pipeline',
      'The generation was not created.',
      'Nothing was asked of any model. Correct what is listed and try again.',
      faults,
    );
};

/** The versions that the names of a pipeline stand for. */
export interface ResolvedNames {
  readonly models: Record<string, string>;
  readonly datasets: Record<string, string>;
}

/**
 * Everything that is looked at before a generation is created: what its names stand for. Throws a
 * `Problem` with every field at fault: of the pipeline, of models that there are not, that are
 * retired or that cannot be reached from here, and of datasets that there are not or that have too
 * few examples. Stores nothing and asks no model.
 */
export async function resolveNames(
  db: Db,
  { pipeline, models: config }: { readonly pipeline: Pipeline; readonly models: ModelsConfig },
): Promise<ResolvedNames> {
  refuse(checkPipeline(pipeline).map(({ path, message }) => ({ field: pathWords(path), message })));
  const models = await resolveModels(db, pipeline, config);
  const datasets = await resolveDatasets(db, pipeline);
  refuse([...models.faults, ...datasets.faults]);
  return { models: models.names, datasets: datasets.names };
}

export interface NewGeneration {
  readonly pipeline: Pipeline;
  /** The file as it was given. */
  readonly source: string;
  /** Which servers may be asked, and which keys are set. */
  readonly models: ModelsConfig;
  readonly staff: Staff | null;
  readonly now: number;
  /** The generation that this one is the next round of, and what was changed and why. */
  readonly follows?: { readonly generationId: number; readonly changes: string } | null;
}

/**
 * Stores a generation with its run and its stages, none of them begun, and a line of the audit log.
 * Names of models and of few-shot datasets are resolved to versions here, and stay what they are
 * resolved to. Throws what `resolveNames` throws.
 */
export async function createGeneration(db: Db, given: NewGeneration): Promise<Generation> {
  const { pipeline, source, staff, now, follows = null } = given;
  const names = await resolveNames(db, given);
  const content = writeJson(Pipeline, pipeline);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return inTransaction(db, async (trx) => {
    const run = await createRun(trx, {
      kind: 'generation',
      settings: '{}',
      budget: Math.round(pipeline.budget * million),
      planned: null,
      accountId: staff?.accountId ?? null,
      now,
    });
    const row = await trx
      .insertInto('generation')
      .values({
        public_id: newPublicId(),
        run_id: run.id,
        name: pipeline.name,
        pipeline: content,
        source,
        sha256,
        models: writeModels(names.models),
        datasets: writeModels(names.datasets),
        follows: follows?.generationId ?? null,
        changes: follows?.changes ?? null,
        created_at: now,
        created_by: staff?.accountId ?? null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await trx
      .insertInto('generation_stage')
      .values(
        pipeline.stages.map(({ kind }, position) => ({
          generation_id: row.id,
          position,
          attempt: 1,
          kind,
          state: 'waiting' as const,
          result: null,
          started_at: null,
          finished_at: null,
        })),
      )
      .execute();
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'generation.create',
      subject: `generation ${row.public_id}`,
      detail: { name: row.name, run: run.public_id, budget: run.budget, sha256 },
    });
    return generationOf(row);
  });
}
