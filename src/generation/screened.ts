import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely';
import type { Tables } from '#storage/tables.js';
import type { Stage } from './generation.js';
import { makingKinds } from './pipeline.js';

type Candidates = ExpressionBuilder<Tables, 'candidate'>;

/** A screening of the candidates of one stage. */
export interface Screening {
  readonly id: number;
  /** The stages before it whose decisions kept candidates from it. */
  readonly before: readonly number[];
}

/** Who may read the text of a candidate. */
export type Reading =
  /** It was screened, or stands in the pipeline file. */
  | 'open'
  /** Screening dropped it: it is shown on request, with a line in the audit log. */
  | 'withheld'
  /** It was never screened: it is not shown. */
  | 'unscreened';

const makes = ({ kind }: Stage): boolean => (makingKinds as readonly string[]).includes(kind);

/**
 * The screenings that saw what the stage `made` has made: those that ended, before the next stage
 * that makes candidates, on this very attempt.
 * @param all every attempt of every stage of the generation
 */
export function screeningsOf(all: readonly Stage[], made: Stage): Screening[] {
  const finished = made.finished_at;
  if (finished === null) return [];
  const anew = Math.min(
    ...all
      .filter(({ position, attempt }) => position === made.position && attempt > made.attempt)
      .map(({ started_at: at }) => at ?? Infinity),
    Infinity,
  );
  const end = Math.min(
    ...all.filter((stage) => makes(stage) && stage.position > made.position).map((s) => s.position),
    Infinity,
  );
  return all.flatMap((stage): Screening[] => {
    const { started_at: begun, finished_at: ended } = stage;
    if (stage.kind !== 'screen' || begun === null || ended === null) return [];
    if (stage.position <= made.position || stage.position >= end) return [];
    if (begun < finished || begun >= anew) return [];
    // The attempt of each stage in between that counted when the screening began.
    const between = new Map<number, Stage>();
    for (const other of all) {
      const within = other.position > made.position && other.position < stage.position;
      if (!within || other.started_at === null || other.started_at > begun) continue;
      if ((between.get(other.position)?.attempt ?? 0) < other.attempt)
        between.set(other.position, other);
    }
    return [{ id: stage.id, before: [made.id, ...[...between.values()].map(({ id }) => id)] }];
  });
}

/** Whether one of these stages dropped the candidate. */
export const droppedBy = (eb: Candidates, stageIds: readonly number[]): Expression<SqlBool> =>
  stageIds.length === 0
    ? sql<SqlBool>`1 = 0`
    : eb.exists(
        eb
          .selectFrom('candidate_decision as screened')
          .select('screened.stage_id')
          .whereRef('screened.candidate_id', '=', 'candidate.id')
          .where('screened.kept', '=', 0)
          .where('screened.stage_id', 'in', [...stageIds]),
      );

/** Whether anybody may read the candidates that `made` made, as a condition on `candidate`. */
export function readable(
  eb: Candidates,
  made: Pick<Stage, 'kind'>,
  screenings: readonly Screening[],
): Expression<SqlBool> {
  if (made.kind === 'list') return sql<SqlBool>`1 = 1`;
  if (screenings.length === 0) return sql<SqlBool>`1 = 0`;
  return eb.and([
    eb.or(screenings.map(({ before }) => eb.not(droppedBy(eb, before)))),
    eb.not(
      droppedBy(
        eb,
        screenings.map(({ id }) => id),
      ),
    ),
  ]);
}

/**
 * Who may read a candidate that the stage `made` made.
 * @param dropping the stages that dropped it
 */
export function readingOf(
  made: Pick<Stage, 'kind'>,
  screenings: readonly Screening[],
  dropping: readonly number[],
): Reading {
  if (made.kind === 'list') return 'open';
  if (screenings.some(({ id }) => dropping.includes(id))) return 'withheld';
  return screenings.some(({ before }) => !before.some((id) => dropping.includes(id)))
    ? 'open'
    : 'unscreened';
}
