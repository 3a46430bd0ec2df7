import { generatedProvenance, type StageEffort } from '#datasets/generated.js';
import type { Db } from '#storage/database.js';
import type { Generation } from '../generation.js';
import type { StageSettings } from '../pipeline.js';
import type { Publication } from './publication.js';

const millionths = 1_000_000;
const minute = 60_000;

/**
 * What each stage took, over all of its attempts. A call counts once, in the stage that asked it
 * first, so that the stages sum to what the run spent.
 */
async function effortOf(db: Db, generation: Generation): Promise<StageEffort[]> {
  const stages = await db
    .selectFrom('generation_stage')
    .select(['id', 'position'])
    .where('generation_id', '=', generation.id)
    .execute();
  const effort: StageEffort[] = [];
  for (const [position, { kind }] of generation.pipeline.stages.entries()) {
    const ids = stages.filter((stage) => stage.position === position).map(({ id }) => id);
    if (ids.length === 0) continue;
    const { cost } = await db
      .selectFrom('model_run_call')
      .select((eb) => eb.fn.sum<number | null>('cost').as('cost'))
      .where('run_id', '=', generation.run_id)
      .where('stage_id', 'in', ids)
      .executeTakeFirstOrThrow();
    const { active } = await db
      .selectFrom('candidate_review')
      .select((eb) => eb.fn.sum<number | null>('active_ms').as('active'))
      .where('stage_id', 'in', ids)
      .executeTakeFirstOrThrow();
    effort.push({
      stage: `${position + 1} ${kind}`,
      modelCost: (cost ?? 0) / millionths,
      reviewMinutes: (active ?? 0) / minute,
    });
  }
  return effort;
}

const writers = (stage: StageSettings): readonly string[] =>
  stage.kind === 'write' ? [stage.model] : [];

const judges = (stage: StageSettings): readonly string[] =>
  stage.kind === 'judge'
    ? stage.models
    : stage.kind === 'screen'
      ? (stage.asked?.models ?? [])
      : [];

/** Where the datasets of a publication come from, in words that their pages and files show. */
export async function provenanceOf(
  db: Db,
  generation: Generation,
  publication: Pick<Publication, 'public_id'>,
): Promise<Record<string, string>> {
  const { pipeline } = generation;
  const ids = Object.values(generation.models);
  const versions =
    ids.length === 0
      ? []
      : await db
          .selectFrom('model')
          .select(['public_id', 'name', 'version'])
          .where('public_id', 'in', ids)
          .execute();
  const words = (names: readonly string[]): string =>
    [...new Set(names)]
      .flatMap((name) => {
        const model = versions.find(({ public_id: id }) => id === generation.models[name]);
        return model === undefined ? [] : [`${model.name}, version ${model.version}`];
      })
      .join('; ');
  const prompts = pipeline.stages.flatMap((stage) => (stage.kind === 'write' ? stage.prompts : []));
  return {
    ...generatedProvenance({
      generation: generation.public_id,
      publication: publication.public_id,
      purpose: pipeline.purpose,
      responsible: pipeline.responsible,
      effort: await effortOf(db, generation),
    }),
    pipeline: generation.name,
    pipeline_sha256: generation.sha256,
    generator: words(pipeline.stages.flatMap(writers)),
    discriminator: words(pipeline.stages.flatMap(judges)),
    prompt: prompts.length === 1 ? (prompts[0] ?? '') : '',
  };
}
