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
 * The attempt of the stage at `position` that counted for another: each attempt is made together with
 * those of all stages behind it, so it is the newest that was there before.
 */
const countedFor = (
  all: readonly Stage[],
  { id }: Pick<Stage, 'id'>,
  position: number,
): Stage | undefined =>
  all
    .filter((stage) => stage.position === position && stage.id < id)
    .toSorted((one, other) => other.attempt - one.attempt)[0];

/**
 * The screenings that saw what the stage `made` has made: those that ended, before the next stage
 * that makes candidates, on this very attempt.
 * @param all every attempt of every stage of the generation
 */
export function screeningsOf(all: readonly Stage[], made: Stage): Screening[] {
  const end = Math.min(
    ...all.filter((stage) => makes(stage) && stage.position > made.position).map((s) => s.position),
    Infinity,
  );
  return all.flatMap((stage): Screening[] => {
    if (stage.kind !== 'screen' || stage.finished_at === null) return [];
    if (stage.position <= made.position || stage.position >= end) return [];
    if (countedFor(all, stage, made.position)?.id !== made.id) return [];
    const between = new Set(all.map(({ position }) => position));
    const before = [...between]
      .filter((position) => position > made.position && position < stage.position)
      .flatMap((position) => countedFor(all, stage, position)?.id ?? []);
    return [{ id: stage.id, before: [made.id, ...before] }];
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
