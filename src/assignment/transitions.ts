import type { Selectable, Updateable } from 'kysely';
import type { Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { AssignmentState, AssignmentTable } from '#storage/raterTables.js';
import { TryAgain } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';

/**
 * What a rater reads who asks for an assignment that is not theirs: it is not said whether it
 * exists.
 */
export const notYours = new Problem(
  404,
  'not_found',
  'This example was not found, or it is not assigned to you.',
  'If somebody else has opened a link to a study in this browser, open your own personal link again.',
);

export type Assignment = Selectable<AssignmentTable>;

/**
 * The moves of an assignment. Nothing leaves `submitted`: exclusion and withdrawal are facts beside
 * it.
 */
export const assignmentMoves: Readonly<Record<AssignmentState, readonly AssignmentState[]>> = {
  leased: ['submitted', 'expired', 'returned', 'revoked'],
  expired: ['submitted', 'leased'],
  returned: ['leased'],
  revoked: ['submitted'],
  submitted: [],
};

/** A move that the table does not know: a fault of the program, not of a person. */
export class ForbiddenMove extends Error {}

type Change = Updateable<AssignmentTable>;

const movers = new Map<string, ReturnType<typeof moverOf>>();

/**
 * The statement that changes these columns of an assignment, where it still is in the state that it
 * was in.
 */
const moverOf = (columns: readonly (keyof Change)[]) =>
  prepared<Required<Change> & { assignment: number; before: AssignmentState }>()((db, value) =>
    db
      .updateTable('assignment')
      .set(Object.fromEntries(columns.map((column) => [column, value(column)])) as Change)
      .where('id', '=', value('assignment'))
      .where('state', '=', value('before')),
  );

/**
 * The only writer of an assignment's state: checks the move against the table, writes state, place
 * and lease, and the event, in the transaction of its caller. Being there already changes nothing.
 * `values` are the columns that change with the state; leaving `leased` always gives the lease slot
 * back. Throws `TryAgain` where somebody else moved it meanwhile.
 */
export async function moveAssignment(
  trx: Trx,
  assignment: Assignment,
  to: AssignmentState,
  options: { at: number; cause: string; values: Updateable<AssignmentTable> },
): Promise<Assignment> {
  if (assignment.state === to) return assignment;
  if (!assignmentMoves[assignment.state].includes(to))
    throw new ForbiddenMove(`An assignment cannot move from ${assignment.state} to ${to}.`);
  const lease = to === 'leased' ? {} : { lease_slot: null, lease_until: null };
  const change: Change = { ...options.values, ...lease, state: to };
  const columns = Object.keys(change) as (keyof Change)[];
  const name = columns.join(' ');
  const mover = movers.get(name) ?? moverOf(columns);
  movers.set(name, mover);
  const { changed } = await mover(trx, {
    ...(change as Required<Change>),
    assignment: assignment.id,
    before: assignment.state,
  });
  if (changed !== 1n)
    throw new TryAgain(`Assignment ${assignment.id} left ${assignment.state} meanwhile.`);
  await recordMove(trx, {
    assignmentId: assignment.id,
    at: options.at,
    from: assignment.state,
    to,
    cause: options.cause,
  });
  return { ...assignment, ...(change as Partial<Assignment>) };
}

/** One line of an assignment's history. */
export const recordMove = (
  trx: Trx,
  event: {
    assignmentId: number;
    at: number;
    from: AssignmentState | null;
    to: AssignmentState;
    cause: string;
  },
): Promise<unknown> => insertEvent(trx, event);

const insertEvent = prepared<{
  assignmentId: number;
  at: number;
  from: AssignmentState | null;
  to: AssignmentState;
  cause: string;
}>()((db, value) =>
  db.insertInto('assignment_event').values({
    assignment_id: value('assignmentId'),
    at: value('at'),
    from_state: value('from'),
    to_state: value('to'),
    cause: value('cause'),
  }),
);
