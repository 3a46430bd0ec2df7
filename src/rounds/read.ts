import { type Generation, requireGeneration, type Stage } from '#generation/generation.js';
import { makingKinds } from '#generation/pipeline.js';
import { reasonOf } from '#generation/reasons.js';
import { readStudyData } from '#reports/input/read.js';
import type { Db } from '#storage/database.js';
import { readCorpus } from '#texts/corpus.js';
import type { LastCandidate, RoundData, WritingStage } from './input.js';

/** What a candidate that was dropped for would have been kept without the candidates of others. */
const onlyOthers = ['not-in-top', 'balance'] as const;
const atOnce = 500;

/** A kept dataset of a generation that was published, with when its publication was asked for. */
export interface PublishedKept {
  readonly publicationId: number;
  readonly datasetId: number;
  readonly askedAt: number;
}

/** The datasets of what was kept, the newest publication first. */
export async function keptDatasets(
  db: Db,
  generation: Pick<Generation, 'id'>,
): Promise<PublishedKept[]> {
  const rows = await db
    .selectFrom('publication')
    .select(['id', 'kept_dataset_id', 'asked_at'])
    .where('generation_id', '=', generation.id)
    .where('kept_dataset_id', 'is not', null)
    .orderBy('id', 'desc')
    .execute();
  return rows.flatMap(({ id, kept_dataset_id: datasetId, asked_at: askedAt }) =>
    datasetId === null ? [] : [{ publicationId: id, datasetId, askedAt }],
  );
}

/** The attempts of the stages that a publication was made of, by position. */
async function attemptsOf(
  db: Db,
  generation: Generation,
  { askedAt }: PublishedKept,
): Promise<Map<number, Stage>> {
  const rows = await db
    .selectFrom('generation_stage')
    .selectAll()
    .where('generation_id', '=', generation.id)
    .where('finished_at', '<=', askedAt)
    .orderBy('attempt')
    .execute();
  return new Map(rows.map((row) => [row.position, row]));
}

async function writingStages(
  db: Db,
  generation: Generation,
  attempts: ReadonlyMap<number, Stage>,
): Promise<WritingStage[]> {
  const found: WritingStage[] = [];
  for (const [position, settings] of generation.pipeline.stages.entries()) {
    const stage = attempts.get(position);
    if (settings.kind !== 'write' || stage === undefined) continue;
    const rows = await db
      .selectFrom('candidate')
      .leftJoin('candidate_decision', (join) =>
        join
          .onRef('candidate_decision.candidate_id', '=', 'candidate.id')
          .onRef('candidate_decision.stage_id', '=', 'candidate.stage_id'),
      )
      .select((eb) => [
        'candidate.prompt',
        'candidate_decision.reason',
        eb.fn.countAll<number>().as('count'),
      ])
      .where('candidate.stage_id', '=', stage.id)
      .groupBy(['candidate.prompt', 'candidate_decision.reason'])
      .execute();
    const sum = (of: typeof rows): number => of.reduce((all, { count }) => all + count, 0);
    found.push({
      position,
      counts: settings.prompts.map((_, prompt) => {
        const own = rows.filter((row) => row.prompt === prompt);
        const read = own.filter(
          ({ reason }) => reason === null || reasonOf(reason)?.wellFormed === true,
        );
        return { written: sum(own), wellFormed: sum(read) };
      }),
    });
  }
  return found;
}

/** A candidate as far as its descent goes. */
interface Link {
  readonly id: number;
  readonly stage_id: number;
  readonly parent_id: number | null;
  readonly prompt: number | null;
}

/** The ancestors of candidates, by id, these candidates with them. */
async function withAncestors(db: Db, links: readonly Link[]): Promise<Map<number, Link>> {
  const known = new Map(links.map((link) => [link.id, link]));
  let wanted = links;
  for (;;) {
    const parents = wanted.flatMap(({ parent_id: parent }) => parent ?? []);
    const ids = [...new Set(parents)].filter((id) => !known.has(id));
    if (ids.length === 0) return known;
    const found: Link[] = [];
    for (let from = 0; from < ids.length; from += atOnce)
      found.push(
        ...(await db
          .selectFrom('candidate')
          .select(['id', 'stage_id', 'parent_id', 'prompt'])
          .where('id', 'in', ids.slice(from, from + atOnce))
          .execute()),
      );
    for (const link of found) known.set(link.id, link);
    wanted = found;
  }
}

/** Candidates that were kept, with their lines, and those that only others kept out. */
async function lastCandidates(
  db: Db,
  published: PublishedKept,
  attempts: ReadonlyMap<number, Stage>,
): Promise<LastCandidate[]> {
  const columns = [
    'candidate.id',
    'candidate.stage_id',
    'candidate.parent_id',
    'candidate.prompt',
    'candidate.label',
  ] as const;
  const kept = await db
    .selectFrom('publication_row')
    .innerJoin('candidate', 'candidate.id', 'publication_row.candidate_id')
    .select([...columns, 'publication_row.line_number as line'])
    .where('publication_row.publication_id', '=', published.publicationId)
    .where('publication_row.part', '=', 'kept')
    .orderBy('publication_row.line_number')
    .execute();
  const stages = [...attempts.values()];
  const source = stages
    .filter(({ kind }) => (makingKinds as readonly string[]).includes(kind))
    .toSorted((one, other) => other.position - one.position)[0];
  const spare = await db
    .selectFrom('candidate')
    .innerJoin('candidate_decision', 'candidate_decision.candidate_id', 'candidate.id')
    .select(columns)
    .where('candidate.stage_id', '=', source?.id ?? 0)
    .where('candidate_decision.stage_id', 'in', [0, ...stages.map(({ id }) => id)])
    .where('candidate_decision.reason', 'in', onlyOthers)
    .orderBy('candidate.id')
    .execute();
  const rows = [...kept, ...spare.map((row) => ({ ...row, line: null }))];
  const links = await withAncestors(db, rows);
  const positions = new Map(stages.map(({ id, position }) => [id, position]));
  return rows.map((row): LastCandidate => {
    const prompts = new Map<number, number>();
    for (
      let link: Link | undefined = row;
      link !== undefined;
      link = link.parent_id === null ? undefined : links.get(link.parent_id)
    ) {
      const position = positions.get(link.stage_id);
      if (link.prompt !== null && position !== undefined) prompts.set(position, link.prompt);
    }
    return { line: row.line, label: row.label, prompts };
  });
}

/**
 * Reads what a study says of a generation. Meant for a worker thread with a connection of its own.
 * Throws where there is no such generation or study, or the study holds nothing that the generation
 * kept; callers ask `requireJudged` first.
 */
export async function readRound(
  db: Db,
  names: { readonly generation: string; readonly study: string },
): Promise<RoundData> {
  const generation = await requireGeneration(db, names.generation);
  const study = await readStudyData(db, names.study);
  const published = (await keptDatasets(db, generation)).find(({ datasetId }) =>
    study.datasets.some(({ id }) => id === datasetId),
  );
  const dataset = study.datasets.findIndex(({ id }) => id === published?.datasetId);
  const facts = study.datasets[dataset];
  if (published === undefined || facts === undefined)
    throw new Error('The study holds no dataset of what this generation kept.');
  const attempts = await attemptsOf(db, generation, published);
  const { texts } = await readCorpus(db, facts);
  return {
    generation: { publicId: generation.public_id, name: generation.name },
    pipeline: generation.pipeline,
    stages: await writingStages(db, generation, attempts),
    candidates: await lastCandidates(db, published, attempts),
    study,
    dataset,
    texts,
  };
}
