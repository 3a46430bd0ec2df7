import { notFound, Problem } from '#web/problem.js';
import { inTransaction } from '#storage/transaction.js';
import { leaseAgain } from './next.js';
import { givePlaceBack } from './places.js';
import { type Assignment, moveAssignment } from './transitions.js';
import { type AtWork, inSlot, lockAtWork, mayNotLease } from './work.js';

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

const own = async (trx: Parameters<Parameters<typeof inTransaction>[1]>[0], raterId: number, publicId: string): Promise<Assignment> => {
  const assignment = await trx.selectFrom('assignment').selectAll().where('public_id', '=', publicId).where('rater_id', '=', raterId).executeTakeFirst();
  if (assignment === undefined) throw notFound('example of yours');
  return assignment;
};

/** Skips an item: its place is free again and it is not offered to this rater unless they ask for it. */
export function returnItem(at: AtWork, options: { assignment: string; reason: SkipReason; comment: string | null }): Promise<void> {
  return inTransaction(at.database.db, async (trx) => {
    const { rater, rating } = await lockAtWork(trx, at);
    const assignment = await own(trx, rater.id, options.assignment);
    if (assignment.state === 'returned') return;
    if (assignment.state !== 'leased') throw new Problem(409, 'not_skipped', 'This example cannot be skipped any more.', 'Nothing was changed.');
    if (assignment.place_no !== null) await givePlaceBack(trx, assignment.item_id, assignment.place_no, rating.settings.strategy);
    await moveAssignment(trx, assignment, 'returned', { at: at.now, cause: options.reason, values: { place_no: null } });
    await trx.insertInto('assignment_return').values({ assignment_id: assignment.id, at: at.now, reason: options.reason, comment: options.comment, undone_at: null }).execute();
  });
}

/** The rater asks for a skipped item again; false where its places were taken meanwhile. What is on the screen goes back for later. */
export function takeUpAgain(at: AtWork, publicId: string): Promise<boolean> {
  return inTransaction(at.database.db, async (trx) => {
    const { rater, rating } = await lockAtWork(trx, at);
    if (mayNotLease(rater, rating) !== undefined) return false;
    const assignment = await own(trx, rater.id, publicId);
    if (assignment.state !== 'returned') return assignment.state === 'leased';
    const shown = await inSlot(trx, rater.id, 0);
    if (shown !== undefined) {
      const ahead = await inSlot(trx, rater.id, 1);
      if (ahead !== undefined) await letGo(trx, ahead, rating.settings.strategy, at.now);
      await trx.updateTable('assignment').set({ lease_slot: 1 }).where('id', '=', shown.id).execute();
    }
    const again = await leaseAgain(trx, { rating, assignment, slot: 0, now: at.now, cause: 'asked for' });
    if (again === undefined) {
      if (shown !== undefined) await trx.updateTable('assignment').set({ lease_slot: 0 }).where('id', '=', shown.id).execute();
      return false;
    }
    await trx.updateTable('assignment_return').set({ undone_at: at.now }).where('assignment_id', '=', assignment.id).where('undone_at', 'is', null).execute();
    return true;
  });
}

async function letGo(trx: Parameters<Parameters<typeof inTransaction>[1]>[0], assignment: Assignment, strategy: Parameters<typeof givePlaceBack>[3], now: number): Promise<void> {
  if (assignment.place_no !== null) await givePlaceBack(trx, assignment.item_id, assignment.place_no, strategy);
  await moveAssignment(trx, assignment, 'expired', { at: now, cause: 'let go', values: { place_no: null } });
}

/** The rater leaves: what was fetched ahead is free for others at once; what is on the screen stays theirs until its lease ends. */
export function leaveForNow(at: AtWork): Promise<void> {
  return inTransaction(at.database.db, async (trx) => {
    const { rater, rating } = await lockAtWork(trx, at);
    const ahead = await inSlot(trx, rater.id, 1);
    if (ahead !== undefined) await letGo(trx, ahead, rating.settings.strategy, at.now);
  });
}

/** Points something out about an example, beside the judgment. */
export function flagItem(at: AtWork, options: { assignment: string; kind: FlagKind; comment: string | null }): Promise<void> {
  return inTransaction(at.database.db, async (trx) => {
    const { rater } = await lockAtWork(trx, at);
    const assignment = await own(trx, rater.id, options.assignment);
    await trx.insertInto('flag').values({ assignment_id: assignment.id, at: at.now, kind: options.kind, comment: options.comment }).execute();
  });
}
