import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import type { Tables } from '#storage/tables.js';
import { type Candidate, editsOf, Fields } from './candidates.js';
import { currentStages, type Generation, type Stage } from './generation.js';
import { makingKinds } from './pipeline.js';
import { droppedBy, type Reading, readable, readingOf, screeningsOf } from './screened.js';
import { screenedSentence } from './screenedSentence.js';

/** Which candidates are looked for. */
export interface CandidateFilter {
  /** The attempt of a stage that made them; null is the last stage that makes any. */
  readonly stage: Stage | null;
  /** The attempt of a stage that dropped them. */
  readonly at: Stage | null;
  readonly decision: 'any' | 'kept' | 'dropped';
  readonly reason: string | null;
  readonly label: number | null;
  readonly text: string;
}

/** A decision about a candidate, with the stage that made it. */
export interface StageDecision {
  readonly stageId: number;
  readonly position: number;
  readonly attempt: number;
  readonly kind: string;
  /** Whether the attempt counts now. */
  readonly current: boolean;
  readonly kept: boolean;
  readonly reason: string | null;
  /** The sentence behind the reason, as everybody may read it. */
  readonly detail: string | null;
  readonly rank: number | null;
}

/** A score of a candidate by one model. */
export interface StageScore {
  readonly stageId: number;
  readonly position: number;
  readonly current: boolean;
  readonly name: string;
  readonly model: string;
  readonly value: number;
  readonly mass: number | null;
  readonly kind: string;
}

/** A candidate as people see it. */
export interface SeenCandidate {
  readonly candidate: Candidate;
  readonly made: Stage;
  readonly reading: Reading;
  readonly edited: boolean;
  readonly decisions: readonly StageDecision[];
  readonly scores: readonly StageScore[];
}

/** Every attempt of every stage. */
export const allStages = (db: Db | Trx, generationId: number): Promise<Stage[]> =>
  db
    .selectFrom('generation_stage')
    .selectAll()
    .where('generation_id', '=', generationId)
    .orderBy('position')
    .orderBy('attempt')
    .execute();

export const makesCandidates = ({ kind }: Pick<Stage, 'kind'>): boolean =>
  (makingKinds as readonly string[]).includes(kind);

/** The last stage that makes candidates and was begun. */
export const lastMaking = (current: readonly Stage[]): Stage | undefined =>
  current.findLast((stage) => makesCandidates(stage) && stage.started_at !== null);

/** A text as a pattern of LIKE, for JSON that holds it; `\` escapes. */
const patternOf = (text: string): string =>
  `%${JSON.stringify(text.toLowerCase())
    .slice(1, -1)
    .replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;

/** Whether a text holds the pattern, upper and lower case alike. */
const alike = (text: Expression<string | null>, like: string): Expression<SqlBool> =>
  sql<SqlBool>`lower(${text}) like ${like} escape '\\'`;

type Eb = ExpressionBuilder<Tables, 'candidate'>;

function conditions(
  eb: Eb,
  filter: CandidateFilter & { stage: Stage },
  stages: { all: readonly Stage[]; current: readonly Stage[] },
): Expression<SqlBool>[] {
  const { stage, at, decision, reason, label, text } = filter;
  const currentIds = (at === null ? stages.current : [at]).map(({ id }) => id);
  const found: Expression<SqlBool>[] = [eb('candidate.stage_id', '=', stage.id)];
  if (label !== null) found.push(eb('candidate.label', '=', label));
  if (decision === 'kept') found.push(eb.not(droppedBy(eb, currentIds)));
  if (decision === 'dropped' || reason !== null || at !== null)
    found.push(
      currentIds.length === 0
        ? eb.lit(false)
        : eb.exists(
            eb
              .selectFrom('candidate_decision as why')
              .select('why.stage_id')
              .whereRef('why.candidate_id', '=', 'candidate.id')
              .where('why.kept', '=', 0)
              .where('why.stage_id', 'in', currentIds)
              .$if(reason !== null, (query) => query.where('why.reason', '=', reason)),
          ),
    );
  if (text !== '') {
    const like = patternOf(text);
    found.push(
      // What nobody may read is not found by its text either.
      readable(eb, stage, screeningsOf(stages.all, stage)),
      eb.or([
        alike(eb.ref('candidate.fields'), like),
        eb.exists(
          eb
            .selectFrom('candidate_review as edit')
            .select('edit.id')
            .whereRef('edit.candidate_id', '=', 'candidate.id')
            .where((inner) => alike(inner.ref('edit.after'), like)),
        ),
      ]),
    );
  }
  return found;
}

/** Adds to candidates what was decided, scored and edited. */
export async function seenCandidates(
  db: Db,
  generation: Pick<Generation, 'id'>,
  rows: readonly Candidate[],
): Promise<SeenCandidate[]> {
  if (rows.length === 0) return [];
  const all = await allStages(db, generation.id);
  const current = await currentStages(db, generation.id);
  const isCurrent = (id: number): boolean => current.some((stage) => stage.id === id);
  const ids = rows.map(({ id }) => id);
  const decisions = await db
    .selectFrom('candidate_decision')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate_decision.stage_id')
    .selectAll('candidate_decision')
    .select(['position', 'attempt', 'kind'])
    .where('candidate_id', 'in', ids)
    .orderBy('position')
    .orderBy('attempt')
    .execute();
  const scores = await db
    .selectFrom('candidate_score')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate_score.stage_id')
    .innerJoin('model', 'model.id', 'candidate_score.model_id')
    .select([
      'candidate_score.candidate_id',
      'candidate_score.stage_id',
      'candidate_score.name',
      'candidate_score.value',
      'candidate_score.mass',
      'candidate_score.kind',
      'position',
      'model.name as model',
      'model.version',
    ])
    .where('candidate_id', 'in', ids)
    .orderBy('position')
    .orderBy('candidate_score.name')
    .orderBy('model.name')
    .execute();
  const edits = await editsOf(db, current, ids);
  return rows.map((candidate) => {
    const made = all.find(({ id }) => id === candidate.stage_id);
    if (made === undefined) throw new Error('the candidate is of another generation');
    const own = decisions.filter((decision) => decision.candidate_id === candidate.id);
    const dropping = own.filter(({ kept }) => kept === 0).map(({ stage_id: id }) => id);
    const reading = readingOf(made, screeningsOf(all, made), dropping);
    const edit = edits.get(candidate.id);
    return {
      candidate: { ...candidate, fields: edit ?? candidate.fields },
      made,
      reading,
      edited: edit !== undefined,
      decisions: own.map((decision) => ({
        stageId: decision.stage_id,
        position: decision.position,
        attempt: decision.attempt,
        kind: decision.kind,
        current: isCurrent(decision.stage_id),
        kept: decision.kept === 1,
        reason: decision.reason,
        detail: decision.detail === null ? null : screenedSentence(decision.detail),
        rank: decision.rank,
      })),
      scores: scores
        .filter((score) => score.candidate_id === candidate.id)
        .map((score) => ({
          stageId: score.stage_id,
          position: score.position,
          current: isCurrent(score.stage_id),
          name: score.name,
          model: `${score.model}@${score.version}`,
          value: score.value,
          mass: score.mass,
          kind: score.kind,
        })),
    };
  });
}

const perPage = 50;

/** One page of the candidates that a filter finds, in the order in which they were made. */
export async function searchCandidates(
  db: Db,
  generation: Pick<Generation, 'id'>,
  options: { filter: CandidateFilter; page: number },
): Promise<{ found: number; pages: number; rows: SeenCandidate[] }> {
  const all = await allStages(db, generation.id);
  const current = await currentStages(db, generation.id);
  const stage = options.filter.stage ?? lastMaking(current);
  if (stage === undefined) return { found: 0, pages: 1, rows: [] };
  const filter = { ...options.filter, stage };
  const base = db
    .selectFrom('candidate')
    .where((eb) => eb.and(conditions(eb, filter, { all, current })));
  const { found } = await base
    .select((eb) => eb.fn.countAll<number>().as('found'))
    .executeTakeFirstOrThrow();
  const rows = await base
    .selectAll()
    .orderBy('slot')
    .orderBy('place')
    .limit(perPage)
    .offset((options.page - 1) * perPage)
    .execute();
  const candidates = rows.map((row): Candidate => ({
    ...row,
    fields: readJson(Fields, row.fields, 'candidate.fields'),
  }));
  return {
    found: Number(found),
    pages: Math.max(1, Math.ceil(Number(found) / perPage)),
    rows: await seenCandidates(db, generation, candidates),
  };
}
