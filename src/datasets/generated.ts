import { z } from 'zod';
import { readJson, writeJson } from '#storage/json.js';

/** What a stage of a generation took: money for its calls, and minutes of its reviewers. */
const StageEffort = z.strictObject({
  /** Number of the stage from 1, and its kind: "2 write". */
  stage: z.string(),
  /** Of all models, in units of the currency. */
  modelCost: z.number().nonnegative(),
  /** Active minutes of people. */
  reviewMinutes: z.number().nonnegative(),
});
export type StageEffort = z.output<typeof StageEffort>;

/**
 * Where a published dataset comes from. What was kept and what was dropped of one publication say
 * the same, and are found by it.
 */
export const Generated = z.strictObject({
  /** Public ids. */
  generation: z.string(),
  publication: z.string(),
  /** What it was generated for, and who answers for it; null where nobody said. */
  purpose: z.string().nullable(),
  responsible: z.string().nullable(),
  /** In the order of the stages; empty where it is not known. */
  effort: z.array(StageEffort),
});
export type Generated = z.output<typeof Generated>;

/** Addresses of a generation's pages: whatever stands above datasets is named by address alone. */
export const generationHref = ({ generation }: Pick<Generated, 'generation'>): string =>
  `/generations/${generation}`;
export const publicationHref = (from: Pick<Generated, 'generation'>): string =>
  `${generationHref(from)}/publish`;
export const candidateHref = (
  from: Pick<Generated, 'generation'>,
  row: { readonly dataset: string; readonly line: number },
): string => `${generationHref(from)}/rows/${row.dataset}/${row.line}`;

/** The same without what it took. */
export const Origin = Generated.omit({ effort: true });

const Amounts = z.record(z.string(), z.number().nonnegative());

/** The keys that a published dataset carries in its provenance, beside those that pages show. */
export function generatedProvenance(generated: Generated): Record<string, string> {
  const { generation, publication, purpose, responsible, effort } = generated;
  const amounts = (of: (stage: StageEffort) => number): string =>
    writeJson(Amounts, Object.fromEntries(effort.map((stage) => [stage.stage, of(stage)])));
  return {
    generation,
    publication,
    ...(purpose === null ? {} : { purpose }),
    ...(responsible === null ? {} : { responsible }),
    model_cost: amounts(({ modelCost }) => modelCost),
    review_minutes: amounts(({ reviewMinutes }) => reviewMinutes),
  };
}

const Provenance = z.object({
  generation: z.string().optional(),
  publication: z.string().optional(),
  purpose: z.string().nullable().default(null),
  responsible: z.string().nullable().default(null),
  model_cost: z.string().default('{}'),
  review_minutes: z.string().default('{}'),
});

/** Reads them back; null where a dataset comes from no generation. */
export function generatedFrom(provenance: string): Generated | null {
  const facts = readJson(Provenance, provenance, 'dataset.provenance');
  if (facts.generation === undefined || facts.publication === undefined) return null;
  const [cost, minutes] = (['model_cost', 'review_minutes'] as const).map((key) =>
    readJson(Amounts, facts[key], `dataset.provenance.${key}`),
  );
  return {
    generation: facts.generation,
    publication: facts.publication,
    purpose: facts.purpose,
    responsible: facts.responsible,
    effort: [...new Set([...Object.keys(cost ?? {}), ...Object.keys(minutes ?? {})])].map(
      (stage) => ({
        stage,
        modelCost: cost?.[stage] ?? 0,
        reviewMinutes: minutes?.[stage] ?? 0,
      }),
    ),
  };
}
