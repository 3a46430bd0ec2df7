import { sql } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { StudySettings } from '#studies/settings.js';

/** Which items of a study are offered first. */
export type Strategy = StudySettings['strategy'];

const bitOf = (place: number): number => 2 ** (place - 1);

/** The lowest free place of a mask, counted from 1; undefined where none is free. */
export function lowestFreePlace(mask: number): number | undefined {
  for (let place = 1; place <= 30; place += 1) if (Math.floor(mask / bitOf(place)) % 2 === 1) return place;
  return undefined;
}

/** How an item's rank changes with a place taken (+1) or given back (−1), by strategy: `fill` offers begun items first. */
const rankStep: Readonly<Record<Strategy, number>> = { fill: -1, spread: 1, random: 0 };

const takeBit = prepared<{ item: number; bit: number; step: number }>()((db, value) =>
  db
    .updateTable('item')
    .set({ free_places: sql<number>`free_places - cast(${value('bit')} as bigint)`, rank: sql<number>`rank + cast(${value('step')} as bigint)` })
    .where('id', '=', value('item'))
    .where(sql<number>`free_places & cast(${value('bit')} as bigint)`, '<>', 0),
);

/** Takes one place of an item by comparing its bit, so that two takers cannot both have it; false where it was gone. */
export async function takePlace(trx: Trx, itemId: number, place: number, strategy: Strategy): Promise<boolean> {
  const { changed } = await takeBit(trx, { item: itemId, bit: bitOf(place), step: rankStep[strategy] });
  return changed === 1n;
}

/** Gives a place back. The mask is a hint: a place that is free already stays free. */
export const givePlaceBack = (trx: Trx, itemId: number, place: number, strategy: Strategy): Promise<unknown> =>
  trx
    .updateTable('item')
    .set({ free_places: sql<number>`free_places + cast(${bitOf(place)} as bigint)`, rank: sql<number>`rank - cast(${rankStep[strategy]} as bigint)` })
    .where('id', '=', itemId)
    .where(sql<number>`free_places & cast(${bitOf(place)} as bigint)`, '=', 0)
    .execute();

/**
 * Recomputes every mask from the places that assignments hold, and gives how many were wrong. The place is the truth,
 * the mask a hint for finding work: a wrong one costs a waiting item at most. Run at start.
 */
export async function mendPlaces(db: Db): Promise<number> {
  const held = sql`coalesce((select sum(cast(1 as bigint) << cast(assignment.place_no - 1 as integer)) from assignment where assignment.item_id = item.id and assignment.place_no is not null), 0)`;
  const all = sql`((cast(1 as bigint) << cast(overlap as integer)) - 1)`;
  const result = await sql`update item set free_places = cast(${all} - ${held} as bigint) where free_places <> ${all} - ${held}`.execute(db);
  return Number(result.numAffectedRows ?? 0n);
}
