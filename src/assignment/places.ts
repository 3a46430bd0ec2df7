import { type RawBuilder, type Selectable, sql } from 'kysely';
import { type Database, type Db, engineOf, type Trx } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { ItemTable } from '#storage/tables.js';
import type { StudySettings } from '#studies/settings.js';
import { settingsOf } from '#studies/study.js';

/** Which items of a study are offered first. */
export type Strategy = StudySettings['strategy'];

const bitOf = (place: number): number => 2 ** (place - 1);

/** The lowest free place of a mask, counted from 1; undefined where none is free. */
export function lowestFreePlace(mask: number): number | undefined {
  for (let place = 1; place <= 30; place += 1)
    if (Math.floor(mask / bitOf(place)) % 2 === 1) return place;
  return undefined;
}

/**
 * How an item's rank changes with a place taken (+1) or given back (−1), by strategy: `fill` offers
 * begun items first.
 */
const rankStep: Readonly<Record<Strategy, number>> = { fill: -1, spread: 1, random: 0 };

const takeBit = prepared<{ item: number; bit: number; step: number }>()((db, value) =>
  db
    .updateTable('item')
    .set({
      free_places: sql<number>`free_places - cast(${value('bit')} as bigint)`,
      rank: sql<number>`rank + cast(${value('step')} as bigint)`,
    })
    .where('id', '=', value('item'))
    .where(sql<number>`free_places & cast(${value('bit')} as bigint)`, '<>', 0),
);

/**
 * Takes one place of an item by comparing its bit, so that two takers cannot both have it; false
 * where it was gone.
 */
async function takePlace(
  trx: Trx,
  itemId: number,
  place: number,
  strategy: Strategy,
): Promise<boolean> {
  const { changed } = await takeBit(trx, {
    item: itemId,
    bit: bitOf(place),
    step: rankStep[strategy],
  });
  return changed === 1n;
}

/** Gives a place back. The mask is a hint: a place that is free already stays free. */
export const givePlaceBack = (
  trx: Trx,
  itemId: number,
  place: number,
  strategy: Strategy,
): Promise<unknown> =>
  trx
    .updateTable('item')
    .set({
      free_places: sql<number>`free_places + cast(${bitOf(place)} as bigint)`,
      rank: sql<number>`rank - cast(${rankStep[strategy]} as bigint)`,
    })
    .where('id', '=', itemId)
    .where(sql<number>`free_places & cast(${bitOf(place)} as bigint)`, '=', 0)
    .execute();

const placesOfItem = (engine: Database['engine']) =>
  prepared<{ item: number }>()((db, value) =>
    db
      .selectFrom('item')
      .select([
        'id',
        'dataset_id',
        'position',
        'rank',
        'free_places',
        'overlap',
        'role',
        'example_id',
      ])
      .where('id', '=', value('item'))
      .$if(engine === 'postgres', (query) => query.forUpdate()),
  );
const itemLocked = { sqlite: placesOfItem('sqlite'), postgres: placesOfItem('postgres') } as const;

/** An item as far as its places and its turn are concerned. */
export type ItemWithPlaces = Pick<
  Selectable<ItemTable>,
  'id' | 'dataset_id' | 'position' | 'rank' | 'free_places' | 'overlap' | 'role' | 'example_id'
>;

/**
 * Reads an item under a lock: waits for anybody who is taking one of its places or giving one back.
 */
export async function lockItem(trx: Trx, itemId: number): Promise<ItemWithPlaces> {
  const [item] = (await itemLocked[engineOf(trx)](trx, { item: itemId })).rows;
  if (item === undefined) throw new Error(`There is no item ${itemId}.`);
  return item;
}

const holderOf = prepared<{ item: number; place: number | null }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select('id')
    .where('item_id', '=', value('item'))
    .where('place_no', '=', value('place')),
);

/**
 * Takes a free place of an item that was read under its lock. A bit of the mask that is free while
 * somebody holds the place is taken on the way, so that the mask is right afterwards. Undefined
 * where no place was really free.
 */
export async function takeFreePlace(
  trx: Trx,
  item: Pick<ItemWithPlaces, 'id' | 'free_places'>,
  strategy: Strategy,
): Promise<number | undefined> {
  let mask = item.free_places;
  for (let place = lowestFreePlace(mask); place !== undefined; place = lowestFreePlace(mask)) {
    mask -= bitOf(place);
    if (!(await takePlace(trx, item.id, place, strategy))) continue;
    if ((await holderOf(trx, { item: item.id, place })).rows.length === 0) return place;
  }
  return undefined;
}

/**
 * Recomputes every mask and rank from the places that assignments hold, and gives how many items
 * were wrong. The place is the truth, the mask a hint for finding work: a wrong one costs a waiting
 * item at most. Run at start.
 */
export async function recomputePlaces(db: Db): Promise<number> {
  const studies = await db
    .selectFrom('study')
    .select(['id', 'settings', 'settings_opened'])
    .where('state', '<>', 'draft')
    .execute();
  const all = sql`((cast(1 as bigint) << cast(overlap as integer)) - 1)`;
  const held = (what: RawBuilder<unknown>) =>
    sql`(select coalesce(sum(${what}), 0) from assignment where assignment.item_id = item.id and assignment.place_no is not null)`;
  const free = sql<number>`cast(${all} - ${held(sql`cast(1 as bigint) << cast(assignment.place_no - 1 as integer)`)} as bigint)`;
  let wrong = 0n;
  for (const study of studies) {
    const rank = sql<number>`cast(${sql.lit(rankStep[settingsOf(study).strategy])} * ${held(sql`1`)} as bigint)`;
    const { numUpdatedRows } = await db
      .updateTable('item')
      .set({ free_places: free, rank })
      .where('study_id', '=', study.id)
      .where((eb) => eb.or([eb('free_places', '<>', free), eb('rank', '<>', rank)]))
      .executeTakeFirstOrThrow();
    wrong += numUpdatedRows;
  }
  return Number(wrong);
}
