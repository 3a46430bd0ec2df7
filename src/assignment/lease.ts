import type { Rater } from '#raters/rater.js';
import { type Database, engineOf, type Trx } from '#storage/database.js';
import { inGroup } from '#storage/groupCommit.js';
import { newPublicId } from '#storage/identifiers.js';
import { prepared } from '#storage/prepared.js';
import { choiceOrderFor } from './choiceOrder.js';
import { givePlaceBack, type ItemWithPlaces, lockItem, takeFreePlace } from './places.js';
import { choicesShown, type StudyForRating, studyForRating } from './studyForRating.js';
import { type Assignment, moveAssignment, recordMove } from './transitions.js';

/** How long an item that was fetched ahead holds its place before the page reports it as shown. */
export const prefetchHeld = 2 * 60_000;

export const leaseMs = (rating: StudyForRating): number => rating.settings.leaseMinutes * 60_000;
const leaseUntil = (rating: StudyForRating, slot: 0 | 1, now: number): number =>
  now + (slot === 0 ? leaseMs(rating) : prefetchHeld);

const choicesOfExample = prepared<{ example: number }>()((db, value) =>
  db.selectFrom('example').select(['choices', 'fixed_order']).where('id', '=', value('example')),
);

const newLease = prepared<{
  publicId: string;
  study: number;
  rater: number;
  item: number;
  role: ItemWithPlaces['role'];
  overlap: number;
  place: number | null;
  slot: 0 | 1;
  until: number;
  order: string;
  now: number;
  shownAt: number | null;
}>()((db, value) =>
  db
    .insertInto('assignment')
    .values({
      public_id: value('publicId'),
      study_id: value('study'),
      rater_id: value('rater'),
      item_id: value('item'),
      role: value('role'),
      overlap: value('overlap'),
      state: 'leased',
      place_no: value('place'),
      lease_slot: value('slot'),
      lease_until: value('until'),
      choice_order: value('order'),
      created_at: value('now'),
      shown_at: value('shownAt'),
      submitted_at: null,
      excluded_at: null,
    })
    .returning('id'),
);

/**
 * Leases an item to a rater who never had it, in a slot (0: on screen, 1: fetched ahead), with a
 * place that was taken for it, or with none where its role counts none.
 */
export async function leaseItem(
  trx: Trx,
  options: {
    rating: StudyForRating;
    rater: Rater;
    item: Pick<ItemWithPlaces, 'id' | 'example_id' | 'role' | 'overlap'>;
    place: number | null;
    slot: 0 | 1;
    now: number;
  },
): Promise<Assignment> {
  const { rating, rater, item, slot, now } = options;
  const [example] = (await choicesOfExample(trx, { example: item.example_id })).rows;
  if (example === undefined) throw new Error(`There is no example ${item.example_id}.`);
  const order = choiceOrderFor({
    ...choicesShown(example, rating.settings),
    seed: `${rater.seed} ${item.id}`,
  });
  const lease = {
    publicId: newPublicId(),
    study: rating.study.id,
    rater: rater.id,
    item: item.id,
    role: item.role,
    overlap: item.overlap,
    place: options.place,
    slot,
    until: leaseUntil(rating, slot, now),
    order: JSON.stringify(order),
    now,
    shownAt: slot === 0 ? now : null,
  };
  const [row] = (await newLease(trx, lease)).rows;
  if (row === undefined) throw new Error('The database gave no id.');
  const assignment: Assignment = {
    id: row.id,
    public_id: lease.publicId,
    study_id: lease.study,
    rater_id: lease.rater,
    item_id: lease.item,
    role: lease.role,
    overlap: lease.overlap,
    state: 'leased',
    place_no: lease.place,
    lease_slot: slot,
    lease_until: lease.until,
    choice_order: lease.order,
    created_at: now,
    shown_at: lease.shownAt,
    submitted_at: null,
    excluded_at: null,
    place_lost: 0,
  };
  await recordMove(trx, {
    assignmentId: assignment.id,
    at: now,
    from: null,
    to: 'leased',
    cause: slot === 0 ? 'next' : 'prefetch',
  });
  return assignment;
}

/**
 * Takes an expired or returned assignment up again on its own row, while a place of its item is
 * free, or where its role counts none.
 */
export async function leaseAgain(
  trx: Trx,
  options: {
    rating: StudyForRating;
    assignment: Assignment;
    slot: 0 | 1;
    now: number;
    cause: string;
  },
): Promise<Assignment | undefined> {
  const { rating, assignment, slot, now } = options;
  const place =
    assignment.role === 'validation'
      ? await takeFreePlace(trx, await lockItem(trx, assignment.item_id), rating.settings.strategy)
      : null;
  if (place === undefined) return undefined;
  return moveAssignment(trx, assignment, 'leased', {
    at: now,
    cause: options.cause,
    values: {
      place_no: place,
      lease_slot: slot,
      lease_until: leaseUntil(rating, slot, now),
      ...(slot === 0 ? { shown_at: assignment.shown_at ?? now } : {}),
    },
  });
}

/**
 * Leases that lapsed expire in steps of this many, each a transaction of its own: raters wait for
 * none of them long.
 */
export const leasesPerStep = 50;

const lapsedLeases = (engine: Database['engine']) =>
  prepared<{ study: number; now: number }>()((db, value) =>
    db
      .selectFrom('assignment')
      .innerJoin('rater', 'rater.id', 'assignment.rater_id')
      .selectAll('assignment')
      .where('assignment.state', '=', 'leased')
      .where('assignment.study_id', '=', value('study'))
      .where('assignment.lease_until', '<', value('now'))
      .orderBy('assignment.lease_until')
      .limit(leasesPerStep)
      .$if(engine === 'postgres', (query) => query.forUpdate().skipLocked()),
  );
const lapsedLease = { sqlite: lapsedLeases('sqlite'), postgres: lapsedLeases('postgres') } as const;

/**
 * Expires leases of this study that ran out, one step of them, so that their places can be had;
 * gives how many. Their raters are locked as whatever is done to them asks for; those who are doing
 * something at this moment keep theirs.
 */
export function expireLeases(database: Database, studyId: number, now: number): Promise<number> {
  return inGroup(database, async (trx) => {
    const { settings } = await studyForRating(trx, studyId, database);
    const lapsed = (await lapsedLease[engineOf(trx)](trx, { study: studyId, now })).rows;
    // In one order of items, so that two who give places back never wait for each other.
    for (const assignment of lapsed.toSorted((left, right) => left.item_id - right.item_id)) {
      if (assignment.place_no !== null)
        await givePlaceBack(trx, assignment.item_id, assignment.place_no, settings.strategy);
      await moveAssignment(trx, assignment, 'expired', {
        at: now,
        cause: 'lease',
        values: { place_no: null },
      });
    }
    return lapsed.length;
  });
}
