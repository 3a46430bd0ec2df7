import type { Db, Trx } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { editsOf, Fields, type FlowCandidate, sourceOf } from '../candidates.js';
import { currentStages, type Generation, type Stage } from '../generation.js';
import { type OneScore, scoreIn } from '../keep/mean.js';
import { reasons } from '../reasons.js';
import { readScores } from '../scoring/read.js';
import { allStages } from '../candidateSearch.js';
import { screeningsOf } from '../screened.js';
import type { PublicationCounts } from './publication.js';

const wellFormed: ReadonlySet<string> = new Set(
  reasons.filter((reason) => reason.wellFormed).map(({ name }) => name),
);

/** The current stages of a generation whose candidates may be published. */
export interface Finished {
  readonly stages: readonly Stage[];
  /** The stage that made the candidates. */
  readonly source: Stage;
  readonly last: Stage;
  /** Every attempt of a screening that saw its candidates: what one of them dropped stays out. */
  readonly screenings: readonly number[];
}

/** The stages of a generation that is done to its last one; undefined where it is not. */
export async function finishedStages(
  db: Db | Trx,
  generation: Pick<Generation, 'id' | 'pipeline'>,
): Promise<Finished | undefined> {
  const stages = await currentStages(db, generation.id);
  const count = generation.pipeline.stages.length;
  const source = sourceOf(stages, count);
  const last = stages.at(-1);
  if (source === undefined || last === undefined || stages.length !== count) return undefined;
  if (!stages.every(({ state }) => state === 'done')) return undefined;
  const screenings = screeningsOf(await allStages(db, generation.id), source);
  return { stages, source, last, screenings: idsOf(screenings) };
}

const idsOf = (stages: readonly Pick<Stage, 'id'>[]): number[] => stages.map(({ id }) => id);

/**
 * The stages after the screening: what one of them dropped had come through it. Nobody has screened
 * what went before, so that raters must not read it.
 */
const afterScreening = ({ stages }: Finished): number[] => {
  const screening = stages.findLastIndex(({ kind }) => kind === 'screen');
  return screening < 0 ? [] : idsOf(stages.slice(screening + 1));
};

/** The candidates that one of these stages dropped. */
const droppedIn = (db: Db | Trx, stageIds: readonly number[]) =>
  db
    .selectFrom('candidate_decision as dropping')
    .select('dropping.candidate_id')
    .where('dropping.kept', '=', 0)
    .where('dropping.stage_id', 'in', [0, ...stageIds]);

/**
 * What went of the last stage that makes candidates, once each: what any attempt of a screening
 * dropped, by the newest of these, and what another current stage dropped.
 */
const droppedOf = (db: Db | Trx, { stages, source, screenings }: Finished) =>
  db
    .selectFrom('candidate')
    .innerJoin('candidate_decision', 'candidate_decision.candidate_id', 'candidate.id')
    .where('candidate.stage_id', '=', source.id)
    .where('candidate_decision.kept', '=', 0)
    .where((eb) =>
      eb.or([
        eb(
          'candidate_decision.stage_id',
          '=',
          eb
            .selectFrom('candidate_decision as newest')
            .select(({ fn }) => fn.max('newest.stage_id').as('id'))
            .whereRef('newest.candidate_id', '=', 'candidate.id')
            .where('newest.kept', '=', 0)
            .where('newest.stage_id', 'in', [0, ...screenings]),
        ),
        eb.and([
          eb('candidate_decision.stage_id', 'in', idsOf(stages)),
          eb('candidate.id', 'not in', droppedIn(db, screenings)),
        ]),
      ]),
    );

const keptOf = (db: Db | Trx, { stages, source, screenings }: Finished) =>
  db
    .selectFrom('candidate')
    .where('candidate.stage_id', '=', source.id)
    .where('candidate.id', 'not in', droppedIn(db, [...idsOf(stages), ...screenings]));

/** Counts what was kept and what went, by label and reason. */
export async function countChosen(
  db: Db | Trx,
  generation: Pick<Generation, 'pipeline'>,
  finished: Finished,
): Promise<PublicationCounts> {
  const labelOf = (label: number | null): string | null =>
    label === null ? null : (generation.pipeline.labels[label]?.choice ?? null);
  const kept = await keptOf(db, finished)
    .select((eb) => ['candidate.label', eb.fn.countAll<number>().as('count')])
    .groupBy('candidate.label')
    .orderBy('candidate.label')
    .execute();
  const dropped = await droppedOf(db, finished)
    .select((eb) => [
      'candidate.label',
      'candidate_decision.reason',
      'candidate_decision.stage_id',
      eb.fn.countAll<number>().as('count'),
    ])
    .groupBy(['candidate.label', 'candidate_decision.reason', 'candidate_decision.stage_id'])
    .orderBy('candidate_decision.reason')
    .orderBy('candidate.label')
    .orderBy('candidate_decision.stage_id')
    .execute();
  const screened = new Set(afterScreening(finished));
  return {
    kept: kept.map(({ label, count }) => ({ label: labelOf(label), count })),
    dropped: dropped.map(({ label, reason, stage_id: stage, count }) => ({
      label: labelOf(label),
      reason: reason ?? '',
      published: wellFormed.has(reason ?? '') && screened.has(stage),
      count,
    })),
    published: null,
  };
}

/** How many candidates one part has, those that make no row included. */
export const countPart = async (
  db: Db,
  part: 'kept' | 'dropped',
  finished: Finished,
): Promise<number> => (await idsInOrder(db, part, finished)).length;

/** The candidates of one part in the order of their rows: the best first, then as they were made. */
async function idsInOrder(db: Db, part: 'kept' | 'dropped', finished: Finished): Promise<number[]> {
  if (part === 'dropped') {
    const rows = await droppedOf(db, finished)
      .select('candidate.id')
      .where('candidate_decision.reason', 'in', [...wellFormed])
      .where('candidate_decision.stage_id', 'in', [0, ...afterScreening(finished)])
      .orderBy('candidate.slot')
      .orderBy('candidate.place')
      .execute();
    return [...new Set(rows.map(({ id }) => id))];
  }
  const rows = await keptOf(db, finished)
    .select(['candidate.id', 'candidate.slot', 'candidate.place'])
    .execute();
  const keeping = finished.stages.findLast(({ kind }) => kind === 'keep');
  const ranked =
    keeping === undefined
      ? []
      : await db
          .selectFrom('candidate_decision')
          .select(['candidate_id', 'rank'])
          .where('stage_id', '=', keeping.id)
          .where('rank', 'is not', null)
          .execute();
  const ranks = new Map(ranked.map((row) => [row.candidate_id, row.rank ?? Infinity]));
  const rankOf = ({ id }: { id: number }): number => ranks.get(id) ?? Number.MAX_SAFE_INTEGER;
  return rows
    .toSorted(
      (left, right) =>
        rankOf(left) - rankOf(right) || left.slot - right.slot || left.place - right.place,
    )
    .map(({ id }) => id);
}

/** A finished generation. */
interface ChosenFrom {
  readonly generation: Pick<Generation, 'pipeline'>;
  readonly finished: Finished;
}

/** A candidate with its scores as its text now reads, each averaged over models. */
export interface Chosen {
  readonly candidate: FlowCandidate;
  readonly scores: ReadonlyMap<string, number>;
}

const atOnce = 1_000;

/** Each score of a candidate, as the mean over models. */
const meansOf = (scores: readonly OneScore[]): Map<string, number> =>
  new Map(scores.map(({ name }) => [name, scoreIn(scores, name) ?? Number.NaN]));

/** Reads the candidates of one part, some hundred at a time, in the order of their rows. */
export async function* readChosen(
  db: Db,
  part: 'kept' | 'dropped',
  { generation, finished }: ChosenFrom,
): AsyncGenerator<readonly Chosen[]> {
  const ids = await idsInOrder(db, part, finished);
  const edits = await editsOf(db, finished.stages);
  const { stages } = finished;
  for (let from = 0; from < ids.length; from += atOnce) {
    const some = ids.slice(from, from + atOnce);
    const rows = await db
      .selectFrom('candidate')
      .select(['id', 'slot', 'place', 'label', 'prompt', 'fields'])
      .where('id', 'in', some)
      .execute();
    const scores = await readScores(db, { generation, stages, ids: some });
    const byId = new Map(rows.map((row) => [row.id, row]));
    yield some.flatMap((id): Chosen[] => {
      const row = byId.get(id);
      if (row === undefined) return [];
      const fields = edits.get(id) ?? readJson(Fields, row.fields, 'candidate.fields');
      return [{ candidate: { ...row, fields }, scores: meansOf(scores.get(id) ?? []) }];
    });
  }
}
