import type { Refusal } from '#raters/gate.js';
import type { Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import { leaseAgain } from './lease.js';
import { givePlaceBack, type Strategy } from './places.js';
import { type Assignment, moveAssignment, notYours } from './transitions.js';
import { type AtWork, lockAtWork } from './atWork.js';
import { inSlot } from './slots.js';

/** Why a rater may skip an example; the pages list them, exports name them. */
export const skipReasons = {
  unclear: 'I do not understand it',
  uncomfortable: 'It makes me uncomfortable',
  broken: 'The text is broken or incomplete',
  expertise: 'I know too little about the topic',
  other: 'Another reason',
} as const;
export type SkipReason = keyof typeof skipReasons;

/** What a rater may point out about an example, whether or not they answer it. */
export const flagKinds = {
  broken: 'The text is broken or incomplete',
  offensive: 'It is offensive or harmful',
  'personal-data': 'It holds somebody’s personal data',
  'no-fit': 'None of the answers fits',
  other: 'Something else',
} as const;
export type FlagKind = keyof typeof flagKinds;

/** Every verb here knows by a key, or by the state of the assignment, what it has done before. */
const repeatably = <T>(at: AtWork, work: (trx: Trx) => Promise<T>): Promise<T> =>
  inTransaction(at.database.db, work, { repeatable: true });

type Aside<Kind> = {
  readonly assignment: string;
  readonly key: string;
  readonly comment: string | null;
} & Kind;

const own = async (trx: Trx, raterId: number, publicId: string): Promise<Assignment> => {
  const assignment = await trx
    .selectFrom('assignment')
    .selectAll()
    .where('public_id', '=', publicId)
    .where('rater_id', '=', raterId)
    .executeTakeFirst();
  if (assignment === undefined) throw notYours;
  return assignment;
};

const isKnown = async (
  trx: Trx,
  table: 'assignment_return' | 'flag',
  assignment: Assignment,
  key: string,
): Promise<boolean> =>
  (await trx
    .selectFrom(table)
    .select('id')
    .where('assignment_id', '=', assignment.id)
    .where('submission_key', '=', key)
    .executeTakeFirst()) !== undefined;

/**
 * Skips an item: its place is free again and it is not offered to this rater unless they ask for
 * it. A repeated key changes nothing.
 */
export function returnItem(
  at: AtWork,
  options: Aside<{ readonly reason: SkipReason }>,
): Promise<void> {
  return repeatably(at, async (trx) => {
    const { rater, rating, gate } = await lockAtWork(trx, at);
    const assignment = await own(trx, rater.id, options.assignment);
    if (await isKnown(trx, 'assignment_return', assignment, options.key))
      return gate.require('repeat');
    gate.require('skip');
    if (assignment.state === 'returned') return;
    if (assignment.state !== 'leased')
      throw new Problem(
        409,
        'not_skipped',
        'This example cannot be skipped any more.',
        'Nothing was changed.',
      );
    if (assignment.place_no !== null)
      await givePlaceBack(trx, assignment.item_id, assignment.place_no, rating.settings.strategy);
    await moveAssignment(trx, assignment, 'returned', {
      at: at.now,
      cause: options.reason,
      values: { place_no: null },
    });
    await trx
      .insertInto('assignment_return')
      .values({
        assignment_id: assignment.id,
        at: at.now,
        reason: options.reason,
        comment: options.comment,
        undone_at: null,
        submission_key: options.key,
      })
      .execute();
  });
}

/**
 * The rater asks for a skipped item again; false where its places were taken in the meantime. What
 * is on the screen goes back for later. Asked for twice, it is theirs already.
 */
export function takeUpAgain(at: AtWork, publicId: string): Promise<boolean> {
  return repeatably(at, async (trx) => {
    const { rater, rating, gate } = await lockAtWork(trx, at);
    const assignment = await own(trx, rater.id, publicId);
    gate.require('takeUpAgain');
    if (assignment.state !== 'returned') return assignment.state === 'leased';
    const shown = await inSlot(trx, rater.id, 0);
    if (shown !== undefined) {
      const ahead = await inSlot(trx, rater.id, 1);
      if (ahead !== undefined) await letGo(trx, ahead, rating.settings.strategy, at.now);
      await trx
        .updateTable('assignment')
        .set({ lease_slot: 1 })
        .where('id', '=', shown.id)
        .execute();
    }
    const again = await leaseAgain(trx, {
      rating,
      assignment,
      slot: 0,
      now: at.now,
      cause: 'asked for',
    });
    if (again === undefined) {
      if (shown !== undefined)
        await trx
          .updateTable('assignment')
          .set({ lease_slot: 0 })
          .where('id', '=', shown.id)
          .execute();
      return false;
    }
    await trx
      .updateTable('assignment_return')
      .set({ undone_at: at.now })
      .where('assignment_id', '=', assignment.id)
      .where('undone_at', 'is', null)
      .execute();
    return true;
  });
}

async function letGo(
  trx: Trx,
  assignment: Assignment,
  strategy: Strategy,
  now: number,
): Promise<void> {
  if (assignment.place_no !== null)
    await givePlaceBack(trx, assignment.item_id, assignment.place_no, strategy);
  await moveAssignment(trx, assignment, 'expired', {
    at: now,
    cause: 'let go',
    values: { place_no: null },
  });
}

/**
 * The rater leaves: what was fetched ahead is free for others at once; what is on the screen stays
 * theirs until its lease ends. Gives why they are not at work anyway, if so.
 */
export function leaveForNow(at: AtWork): Promise<Refusal | undefined> {
  return repeatably(at, async (trx) => {
    const { rater, rating, gate } = await lockAtWork(trx, at);
    const refusal = gate.refusal('leave');
    if (refusal !== undefined) return refusal;
    const ahead = await inSlot(trx, rater.id, 1);
    if (ahead !== undefined) await letGo(trx, ahead, rating.settings.strategy, at.now);
    return undefined;
  });
}

/** Points something out about an example, beside the judgment. A repeated key stores nothing. */
export function flagItem(at: AtWork, options: Aside<{ readonly kind: FlagKind }>): Promise<void> {
  return repeatably(at, async (trx) => {
    const { rater, gate } = await lockAtWork(trx, at);
    const assignment = await own(trx, rater.id, options.assignment);
    if (await isKnown(trx, 'flag', assignment, options.key)) return gate.require('repeat');
    gate.require('flag');
    await trx
      .insertInto('flag')
      .values({
        assignment_id: assignment.id,
        at: at.now,
        kind: options.kind,
        comment: options.comment,
        submission_key: options.key,
      })
      .execute();
  });
}
