import type { Gate } from '#raters/gate.js';
import { getRater, moveRater, noteSeen, type Rater } from '#raters/rater.js';
import type { Db, Trx } from '#storage/database.js';
import { inGroup } from '#storage/groupCommit.js';
import { prepared } from '#storage/prepared.js';
import { type AtWork, lockAtWork } from './atWork.js';
import { expireLeases, leaseAgain, leaseMs, prefetchHeld } from './lease.js';
import { leaseAfterWaiting, leaseNextItem } from './next.js';
import { nothingBecause, type NothingNow, whyNothing } from './nothing.js';
import type { StudyForRating } from './studyForRating.js';
import type { Assignment } from './transitions.js';

/** The assignment in one of the rater's two slots. */
export const inSlot = (db: Db, raterId: number, slot: 0 | 1): Promise<Assignment | undefined> =>
  db
    .selectFrom('assignment')
    .selectAll()
    .where('rater_id', '=', raterId)
    .where('lease_slot', '=', slot)
    .executeTakeFirst();

const putOnScreen = prepared<{ assignment: number; shownAt: number; until: number }>()(
  (db, value) =>
    db
      .updateTable('assignment')
      .set({ lease_slot: 0, shown_at: value('shownAt'), lease_until: value('until') })
      .where('id', '=', value('assignment')),
);

/** The item is on the screen from now on: it counts as shown and has a full lease. */
async function promote(
  trx: Trx,
  assignment: Assignment,
  rating: StudyForRating,
  now: number,
): Promise<Assignment> {
  const shownAt = assignment.shown_at ?? now;
  const until = now + leaseMs(rating);
  await putOnScreen(trx, { assignment: assignment.id, shownAt, until });
  return { ...assignment, lease_slot: 0, shown_at: shownAt, lease_until: until };
}

const openWork = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .selectAll()
    .where('rater_id', '=', value('rater'))
    .where('submitted_at', 'is', null)
    .where('state', 'in', ['leased', 'expired']),
);

/**
 * What a rater has before them: on the screen, and fetched ahead; undefined where there is none to
 * be had.
 */
export interface Before {
  readonly shown: Assignment | undefined;
  readonly ahead: Assignment | undefined;
}

/**
 * Fills a rater's slots: the screen with the held item, the one fetched ahead or a new one; then,
 * where wanted, the one ahead.
 */
export async function fillSlots(
  trx: Trx,
  options: { at: AtWork; rater: Rater; rating: StudyForRating; fetchAhead: boolean },
): Promise<Before> {
  const { at, rater, rating } = options;
  const { now } = at;
  const open = (await openWork(trx, { rater: rater.id })).rows;
  const lapsed = open.some((assignment) => assignment.state === 'expired');
  const onScreen = open.find((assignment) => assignment.lease_slot === 0);
  const waiting = open.find((assignment) => assignment.lease_slot === 1);
  const first = onScreen ?? waiting;
  const shown =
    first === undefined
      ? await leaseNextItem(trx, { rating, rater, slot: 0, now, lapsed })
      : await promote(trx, first, rating, now);
  if (!options.fetchAhead || shown === undefined) return { shown, ahead: undefined };
  if (onScreen !== undefined && waiting !== undefined) return { shown, ahead: waiting };
  // A lease moves the rater's block on: the next one must see it.
  const present = first === undefined ? await getRater(trx, rater.id) : rater;
  return {
    shown,
    ahead: await leaseNextItem(trx, { rating, rater: present, slot: 1, now, lapsed }),
  };
}
const lapsedLeaseOf = prepared<{ study: number; now: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select('id')
    .where('state', '=', 'leased')
    .where('study_id', '=', value('study'))
    .where('lease_until', '<', value('now'))
    .limit(1),
);

type Look =
  | { readonly found: Assignment | NothingNow }
  | { readonly again: 'taken' | 'free' }
  | { readonly again: 'lapsed'; readonly studyId: number };

/** The training comes first, unless nobody can train now or nothing would come after it. */
async function beforeTraining(
  trx: Trx,
  { rater, rating, gate, now }: { rater: Rater; rating: StudyForRating; gate: Gate; now: number },
): Promise<NothingNow> {
  const refusal = gate.refusal('train');
  if (refusal !== undefined) return nothingBecause(refusal);
  const nothing = await whyNothing(trx, rater, { rating, now });
  return nothing !== 'free' && nothing.reason === 'all-done' ? nothing : { reason: 'training' };
}

/**
 * One look for something to show to this rater; nobody is sent away while an item may still become
 * free for them.
 */
const look = (at: AtWork, options: { swept: boolean }): Promise<Look> =>
  inGroup(at.database, async (trx) => {
    const { rater, rating, gate } = await lockAtWork(trx, at);
    const refusal = gate.refusal('lease');
    // What is on the screen stays there while a study is paused: it may still be sent.
    const kept =
      refusal !== undefined && gate.refusal('keepLease') === undefined
        ? await inSlot(trx, rater.id, 0)
        : undefined;
    if (refusal === 'training')
      return { found: await beforeTraining(trx, { rater, rating, gate, now: at.now }) };
    if (refusal !== undefined && kept === undefined) return { found: nothingBecause(refusal) };
    await noteSeen(trx, rater, at.now);
    if (kept !== undefined) return { found: kept };
    const { shown } = await fillSlots(trx, { at, rater, rating, fetchAhead: false });
    const item = shown ?? (await leaseAfterWaiting(trx, { rating, rater, slot: 0, now: at.now }));
    if (item === 'taken') return { again: 'taken' };
    if (item !== undefined) {
      if (rater.state === 'finished')
        await moveRater(trx, rater, 'consented', {
          at: at.now,
          accountId: null,
          action: 'back at work',
        });
      return { found: item };
    }
    const studyId = rating.study.id;
    if (
      !options.swept &&
      (await lapsedLeaseOf(trx, { study: studyId, now: at.now })).rows.length > 0
    )
      return { again: 'lapsed', studyId };
    const nothing = await whyNothing(trx, rater, { rating, now: at.now });
    if (nothing === 'free') return { again: 'free' };
    if (
      rater.state === 'consented' &&
      (nothing.reason === 'all-done' || nothing.reason === 'limit')
    )
      await moveRater(trx, rater, 'finished', { at: at.now, accountId: null, action: 'finished' });
    return { found: nothing };
  });

/**
 * What the rating page shows to this rater now: an item on lease, or why there is none. Every look
 * is a transaction of its own. Another one follows where a place was taken that was waited for,
 * where one became free since, and where leases lapsed: these expire first. It ends: a look that is
 * told of a free place leases it, or finds it taken and notes that.
 */
export async function currentItem(at: AtWork): Promise<Assignment | NothingNow> {
  for (let swept = false; ;) {
    const looked = await look(at, { swept });
    if ('found' in looked) return looked.found;
    if (looked.again === 'lapsed')
      swept = (await expireLeases(at.database, looked.studyId, at.now)) === 0;
  }
}

/**
 * The item that is fetched ahead while another one is on the screen; undefined where there is none
 * to be had.
 */
export function itemAhead(at: AtWork): Promise<Assignment | undefined> {
  return inGroup(at.database, async (trx) => {
    const { rater, rating, gate } = await lockAtWork(trx, at);
    if (gate.refusal('lease') !== undefined) return undefined;
    if ((await inSlot(trx, rater.id, 0)) === undefined) return undefined;
    return (await fillSlots(trx, { at, rater, rating, fetchAhead: true })).ahead;
  });
}

/**
 * The page reports that somebody is still at work on an item, or that one fetched ahead is on the
 * screen now: its lease begins anew, and the item ahead keeps its place. A lease that lapsed is
 * taken again where a place is free. False where it is not this rater's any more.
 */
export function renewLease(at: AtWork, publicId: string): Promise<boolean> {
  return inGroup(at.database, async (trx) => {
    const { rater, rating, gate } = await lockAtWork(trx, at);
    if (gate.refusal('keepLease') !== undefined) return false;
    await noteSeen(trx, rater, at.now);
    const assignment = await trx
      .selectFrom('assignment')
      .selectAll()
      .where('public_id', '=', publicId)
      .where('rater_id', '=', rater.id)
      .executeTakeFirst();
    if (assignment === undefined) return false;
    const shown = await inSlot(trx, rater.id, 0);
    if (
      assignment.state === 'expired' &&
      shown === undefined &&
      gate.refusal('lease') === undefined
    )
      return (
        (await leaseAgain(trx, { rating, assignment, slot: 0, now: at.now, cause: 'again' })) !==
        undefined
      );
    if (assignment.state !== 'leased') return false;
    if (assignment.lease_slot === 1) {
      if (shown === undefined) await promote(trx, assignment, rating, at.now);
      return true;
    }
    await trx
      .updateTable('assignment')
      .set({ lease_until: at.now + leaseMs(rating), shown_at: assignment.shown_at ?? at.now })
      .where('id', '=', assignment.id)
      .execute();
    await trx
      .updateTable('assignment')
      .set({ lease_until: at.now + prefetchHeld })
      .where('rater_id', '=', rater.id)
      .where('lease_slot', '=', 1)
      .execute();
    return true;
  });
}
