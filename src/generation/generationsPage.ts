import type { Db } from '#storage/database.js';
import type { ModelRunState } from '#storage/modelTables.js';
import { requireStaff } from '#web/identity.js';
import { readJson } from '#storage/json.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { StageResult } from './generation.js';
import { Pipeline } from './pipeline.js';
import { money, stateWords } from './words.js';

/** One generation as the list has it. */
export interface ListedGeneration {
  readonly id: string;
  readonly name: string;
  readonly behaviour: string;
  readonly state: ModelRunState;
  readonly by: string | null;
  readonly at: number;
  /** In millionths of the currency. */
  readonly spent: number;
  readonly budget: number;
  /** How many candidates its last stage let through; null until that is done. */
  readonly kept: number | null;
}

/** All generations, the newest first. */
export async function listGenerations(db: Db): Promise<ListedGeneration[]> {
  const rows = await db
    .selectFrom('generation')
    .innerJoin('model_run', 'model_run.id', 'generation.run_id')
    .leftJoin('account', 'account.id', 'generation.created_by')
    .select([
      'generation.id',
      'generation.public_id',
      'generation.name',
      'generation.pipeline',
      'generation.created_at',
      'model_run.state',
      'model_run.spent',
      'model_run.budget',
      'account.name as by',
    ])
    .orderBy('generation.created_at', 'desc')
    .orderBy('generation.id', 'desc')
    .execute();
  const done = await db
    .selectFrom('generation_stage')
    .select(['generation_id', 'position', 'result'])
    .where('state', '=', 'done')
    .orderBy('attempt')
    .execute();
  const results = new Map(
    done.map(({ generation_id: id, position, result }) => [`${id} ${position}`, result]),
  );
  return rows.map((row) => {
    const pipeline = readJson(Pipeline, row.pipeline, 'generation.pipeline');
    const last = results.get(`${row.id} ${pipeline.stages.length - 1}`) ?? null;
    return {
      id: row.public_id,
      name: row.name,
      behaviour: pipeline.behaviour.name,
      state: row.state,
      by: row.by,
      at: row.created_at,
      spent: row.spent,
      budget: row.budget,
      kept: last === null ? null : readJson(StageResult, last, 'generation_stage.result').out,
    };
  });
}

/** GET /generations */
export const showGenerations: Handler = async (request, response, application) => {
  const listed = await listGenerations(application.db);
  renderPage(request, response, application, {
    view: 'generation/list',
    shell: {
      layout: 'staff',
      title: 'Generations',
      section: 'generations',
      styles: ['css/generation.css'],
    },
    page: {
      mayRun: requireStaff(request).role === 'admin',
      generations: listed.map((one) => ({
        ...one,
        word: stateWords[one.state].word,
        by: one.by ?? 'the command line',
        spent: money(one.spent),
        budget: money(one.budget),
      })),
    },
  });
};
