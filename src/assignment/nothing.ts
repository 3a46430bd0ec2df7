import { sql, type SqlBool } from 'kysely';
import type { Refusal } from '#raters/gate.js';
import type { Rater } from '#raters/rater.js';
import type { Trx } from '#storage/database.js';
import { atLimit, nextDay } from './next.js';
import type { StudyForRating } from './studyForRating.js';
import type { Assignment } from './transitions.js';

/**
 * Why nothing can be had now, in the order in which the reasons are looked for. The pages put them
 * into words.
 */
export type NothingNow =
  | {
      readonly reason:
        | 'invited'
        | 'training'
        | 'unqualified'
        | 'draft'
        | 'paused'
        | 'closed'
        | 'blocked'
        | 'stopped'
        | 'withdrawn'
        | 'limit'
        | 'all-done';
    }
  | { readonly reason: 'held-by-others'; readonly items: number; readonly until: number }
  | { readonly reason: 'day-done'; readonly until: number };

export const isNothing = (result: Assignment | NothingNow): result is NothingNow =>
  'reason' in result;

/** A refusal as the page says it that has nothing to show. */
export function nothingBecause(refusal: Refusal): NothingNow {
  if (refusal === 'over') return { reason: 'closed' };
  if (refusal === 'visitor' || refusal === 'working' || refusal === 'unproven')
    throw new Error(`A rater who is ${refusal} is refused nothing.`);
  return { reason: refusal };
}

/**
 * True for an item that this rater never had, or whose lease they let lapse: only such a one can be
 * given to them.
 */
const openTo = (raterId: number, itemId: 'item.id' | 'assignment.item_id') =>
  sql<SqlBool>`not exists (
    select 1 from assignment as own
    where own.item_id = ${sql.ref(itemId)} and own.rater_id = ${raterId}
      and (own.state <> 'expired' or own.submitted_at is not null))`;

/**
 * Why this rater finds nothing although the study is open; `free` where a place became free since
 * they looked. One statement sees what is free and what others hold: a place that changes hands
 * meanwhile is one or the other.
 */
export async function whyNothing(
  trx: Trx,
  rater: Rater,
  { rating, now }: { rating: StudyForRating; now: number },
): Promise<NothingNow | 'free'> {
  if (await atLimit(trx, rating, rater)) return { reason: 'limit' };
  const tomorrow = await nextDay(trx, { rating, rater, now });
  const { free, items, until } = await trx
    .selectFrom('assignment')
    .select((eb) => [
      eb.fn.count<number>('assignment.item_id').distinct().as('items'),
      eb.fn.max<number>('assignment.lease_until').as('until'),
      eb
        .selectFrom('item')
        .select('item.id')
        .where('item.study_id', '=', rating.study.id)
        .where('item.free_places', '<>', eb.lit(0))
        .where(openTo(rater.id, 'item.id'))
        .limit(1)
        .as('free'),
    ])
    .where('assignment.study_id', '=', rating.study.id)
    .where('assignment.state', '=', 'leased')
    .where('assignment.role', '=', 'validation')
    .where('assignment.rater_id', '<>', rater.id)
    .where(openTo(rater.id, 'assignment.item_id'))
    .executeTakeFirstOrThrow();
  // Who could not go on tomorrow either is told that they are done.
  const more = free !== null || items > 0;
  if (more && tomorrow !== null) return { reason: 'day-done', until: tomorrow };
  if (free !== null) return 'free';
  return items > 0 ? { reason: 'held-by-others', items, until } : { reason: 'all-done' };
}
