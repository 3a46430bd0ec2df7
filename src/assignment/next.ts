import type { Selectable } from 'kysely';
import type { Rater } from '#raters/rater.js';
import { type Database, engineOf, type Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { prepared } from '#storage/prepared.js';
import type { RaterCursorTable, Source } from '#storage/tables.js';
import { choiceOrderFor } from './choiceOrder.js';
import { type ItemWithPlaces, lockItem, takeFreePlace } from './places.js';
import { seededShare, sourcesInOrder } from './sources.js';
import { choicesShown, type RatedDataset, type StudyForRating } from './studyForRating.js';
import { type Assignment, moveAssignment, recordMove } from './transitions.js';

/** How long an item that was fetched ahead holds its place before the page reports it as shown. */
export const prefetchHeld = 2 * 60_000;

export const leaseMs = (rating: StudyForRating): number => rating.settings.leaseMinutes * 60_000;
const leaseUntil = (rating: StudyForRating, slot: 0 | 1, now: number): number =>
  now + (slot === 0 ? leaseMs(rating) : prefetchHeld);

type Cursor = Selectable<RaterCursorTable>;

const sharesKept = 20_000;
const shares = new Map<string, number>();

/**
 * A number in [0, 1) that is this rater's own for this text: seeded ties and starting points
 * without state.
 */
function shareOf(rater: Rater, text: string): number {
  const name = `${rater.seed} ${text}`;
  const known = shares.get(name);
  if (known !== undefined) return known;
  const share = seededShare(name);
  if (shares.size >= sharesKept) shares.clear();
  shares.set(name, share);
  return share;
}

const cursorsOfRater = prepared<{ rater: number }>()((db, value) =>
  db.selectFrom('rater_cursor').selectAll().where('rater_id', '=', value('rater')),
);

async function cursorOf(
  trx: Trx,
  rating: StudyForRating,
  rater: Rater,
): Promise<Map<number, Cursor>> {
  const { rows } = await cursorsOfRater(trx, { rater: rater.id });
  const cursors = new Map(rows.map((row) => [row.dataset_id, row]));
  for (const dataset of rating.datasets) {
    if (cursors.has(dataset.datasetId)) continue;
    const last = await trx
      .selectFrom('item')
      .select('position')
      .where('study_id', '=', rating.study.id)
      .where('dataset_id', '=', dataset.datasetId)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    const start =
      Math.floor(shareOf(rater, `start ${dataset.datasetId}`) * ((last?.position ?? -1) + 1)) - 1;
    const row = {
      rater_id: rater.id,
      dataset_id: dataset.datasetId,
      rank: 0,
      position: start,
      start_rank: 0,
      start_position: start,
      wrapped: 0,
      seen: 0,
    };
    await trx.insertInto('rater_cursor').values(row).execute();
    cursors.set(dataset.datasetId, row);
  }
  return cursors;
}

/** A dataset whose turn it is; `forced` where no other source may be taken while it has an item. */
interface Turn {
  readonly dataset: RatedDataset;
  readonly forced: boolean;
}

/**
 * The datasets of one behaviour: the source that is drawn first, and of each source the dataset
 * seen least.
 */
function* turnsOfBehaviour(
  rater: Rater,
  datasets: readonly RatedDataset[],
  seen: (dataset: RatedDataset) => number,
): Generator<Turn> {
  const ofSource = new Map<Source, RatedDataset[]>();
  for (const dataset of datasets)
    ofSource.set(dataset.source, [...(ofSource.get(dataset.source) ?? []), dataset]);
  const counts = new Map(
    [...ofSource].map(([source, own]) => [
      source,
      own.reduce((sum, dataset) => sum + seen(dataset), 0),
    ]),
  );
  const { order, forced } = sourcesInOrder({
    seed: rater.seed,
    behaviourId: datasets[0]?.behaviourId ?? 0,
    seen: counts,
  });
  for (const [place, source] of order.entries()) {
    const own = ofSource.get(source) ?? [];
    const tie = (dataset: RatedDataset): number => shareOf(rater, `dataset ${dataset.datasetId}`);
    const sorted = own.toSorted(
      (left, right) => seen(left) - seen(right) || tie(left) - tie(right),
    );
    for (const dataset of sorted) yield { dataset, forced: forced && place === 0 };
  }
}

/**
 * The order in which datasets are tried: the behaviour of the rater's block while it lasts, then
 * the behaviours that this rater has seen least of, ties by the rater's own seed; within a
 * behaviour as its sources are drawn.
 */
function* datasetsInOrder(
  rating: StudyForRating,
  rater: Rater,
  cursors: ReadonlyMap<number, Cursor>,
): Generator<Turn> {
  const seen = (dataset: RatedDataset): number => cursors.get(dataset.datasetId)?.seen ?? 0;
  const behaviours = new Map<number, { id: number; seen: number; datasets: RatedDataset[] }>();
  for (const dataset of rating.datasets) {
    const behaviour = behaviours.get(dataset.behaviourId) ?? {
      id: dataset.behaviourId,
      seen: 0,
      datasets: [],
    };
    behaviour.datasets.push(dataset);
    behaviours.set(dataset.behaviourId, { ...behaviour, seen: behaviour.seen + seen(dataset) });
  }
  const inBlock = (id: number): boolean =>
    id === rater.block_behaviour_id && rater.block_count < rating.settings.blockLength;
  const tie = (id: number): number => shareOf(rater, `behaviour ${id}`);
  const inOrder = [...behaviours.values()].toSorted(
    (left, right) =>
      Number(inBlock(right.id)) - Number(inBlock(left.id)) ||
      left.seen - right.seen ||
      tie(left.id) - tie(right.id),
  );
  for (const { datasets } of inOrder) yield* turnsOfBehaviour(rater, datasets, seen);
}

/**
 * The next item of a dataset with a free place that this rater never had, among those of one rank
 * behind a position, and not locked by anybody. `rank` and `position` are bound values and
 * `free_places <> 0` is literal: only so do both engines seek in the partial index instead of
 * walking it.
 */
const freeItemsAfter = (engine: Database['engine']) =>
  prepared<{ study: number; dataset: number; rater: number; rank: number; after: number }>()(
    (db, value) =>
      db
        .selectFrom('item')
        .select([
          'item.id',
          'item.dataset_id',
          'item.position',
          'item.rank',
          'item.free_places',
          'item.overlap',
          'item.role',
          'item.example_id',
        ])
        .where('item.study_id', '=', value('study'))
        .where('item.dataset_id', '=', value('dataset'))
        .where('item.rank', '=', value('rank'))
        .where('item.position', '>', value('after'))
        .where((eb) => eb('item.free_places', '<>', eb.lit(0)))
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('assignment')
                .select('assignment.id')
                .whereRef('assignment.item_id', '=', 'item.id')
                .where('assignment.rater_id', '=', value('rater')),
            ),
          ),
        )
        .orderBy('item.rank')
        .orderBy('item.position')
        .limit(1)
        .$if(engine === 'postgres', (query) => query.forUpdate().skipLocked()),
  );
const freeItemAfter = {
  sqlite: freeItemsAfter('sqlite'),
  postgres: freeItemsAfter('postgres'),
} as const;

/**
 * An item of a dataset with a free place that this rater never had, locked or not, whatever its
 * rank.
 */
const anyFreeItem = prepared<{ study: number; dataset: number; rater: number }>()((db, value) =>
  db
    .selectFrom('item')
    .select('item.id')
    .where('item.study_id', '=', value('study'))
    .where('item.dataset_id', '=', value('dataset'))
    .where((eb) => eb('item.free_places', '<>', eb.lit(0)))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('assignment')
            .select('assignment.id')
            .whereRef('assignment.item_id', '=', 'item.id')
            .where('assignment.rater_id', '=', value('rater')),
        ),
      ),
    )
    .orderBy('item.rank')
    .orderBy('item.position')
    .limit(1),
);

const rankAbove = prepared<{ study: number; dataset: number; rank: number }>()((db, value) =>
  db
    .selectFrom('item')
    .select('rank')
    .where('study_id', '=', value('study'))
    .where('dataset_id', '=', value('dataset'))
    .where('rank', '>', value('rank'))
    .where((eb) => eb('free_places', '<>', eb.lit(0)))
    .orderBy('rank')
    .limit(1),
);

/** Below every rank: an item has 30 places at most. */
const belowAll = -31;

/**
 * The ranks that a dataset's items with a free place have, in the order of the strategy: `fill`
 * takes those with most places taken first.
 */
async function* ranksInOrder(
  trx: Trx,
  rating: StudyForRating,
  dataset: RatedDataset,
): AsyncGenerator<number> {
  if (rating.settings.strategy === 'random') {
    yield 0;
    return;
  }
  for (let rank = belowAll; ;) {
    const [next] = (
      await rankAbove(trx, { study: rating.study.id, dataset: dataset.datasetId, rank })
    ).rows;
    if (next === undefined) return;
    rank = next.rank;
    yield rank;
  }
}

async function findFreeItem(
  trx: Trx,
  rating: StudyForRating,
  rater: Rater,
  dataset: RatedDataset,
  cursor: Cursor,
): Promise<ItemWithPlaces | undefined> {
  const starts = cursor.position < 0 ? [-1] : [cursor.position, -1];
  for (const after of starts) {
    for await (const rank of ranksInOrder(trx, rating, dataset)) {
      const [item] = (
        await freeItemAfter[engineOf(trx)](trx, {
          study: rating.study.id,
          dataset: dataset.datasetId,
          rater: rater.id,
          rank,
          after,
        })
      ).rows;
      if (item !== undefined) return item;
    }
  }
  return undefined;
}

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

async function insertAssignment(
  trx: Trx,
  options: {
    rating: StudyForRating;
    rater: Rater;
    item: ItemWithPlaces;
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
 * free.
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
  const place = await takeFreePlace(
    trx,
    await lockItem(trx, assignment.item_id),
    rating.settings.strategy,
  );
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

/** Work that this rater let lapse, oldest first, whose item still has a free place. */
const lapsedWork = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .selectAll('assignment')
    .where('assignment.rater_id', '=', value('rater'))
    .where('assignment.submitted_at', 'is', null)
    .where('assignment.state', '=', 'expired')
    .where((eb) => eb('item.free_places', '<>', eb.lit(0)))
    .orderBy('assignment.id')
    .limit(5),
);

const moveCursor = prepared<{
  rater: number;
  dataset: number;
  rank: number;
  position: number;
  wrapped: number;
  seen: number;
}>()((db, value) =>
  db
    .updateTable('rater_cursor')
    .set({
      rank: value('rank'),
      position: value('position'),
      wrapped: value('wrapped'),
      seen: value('seen'),
    })
    .where('rater_id', '=', value('rater'))
    .where('dataset_id', '=', value('dataset')),
);

const moveBlock = prepared<{ rater: number; behaviour: number | null; count: number }>()(
  (db, value) =>
    db
      .updateTable('rater')
      .set({ block_behaviour_id: value('behaviour'), block_count: value('count') })
      .where('id', '=', value('rater')),
);

/**
 * How many items this rater has answered or holds now: what the limit of a rater is compared with.
 */
const workOf = async (trx: Trx, raterId: number): Promise<number> =>
  (
    await trx
      .selectFrom('assignment')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('rater_id', '=', raterId)
      .where('state', 'in', ['leased', 'submitted'])
      .executeTakeFirstOrThrow()
  ).count;

/** Whether this rater has had as many items as one person may. */
export const atLimit = async (trx: Trx, rating: StudyForRating, rater: Rater): Promise<boolean> => {
  const limit = rating.settings.raterLimit;
  return limit !== null && (await workOf(trx, rater.id)) >= limit;
};

interface Search {
  readonly rating: StudyForRating;
  readonly rater: Rater;
  readonly slot: 0 | 1;
  readonly now: number;
}

/**
 * Leases an item that was read under its lock, and moves the rater's cursor and block on; undefined
 * where it has no place.
 */
async function leaseItem(
  trx: Trx,
  search: Search,
  found: { dataset: RatedDataset; cursor: Cursor; item: ItemWithPlaces },
): Promise<Assignment | undefined> {
  const { rating, rater, slot, now } = search;
  const { dataset, cursor, item } = found;
  const place =
    item.role === 'validation' ? await takeFreePlace(trx, item, rating.settings.strategy) : null;
  if (place === undefined) return undefined;
  const assignment = await insertAssignment(trx, { rating, rater, item, place, slot, now });
  const wrapped = item.position <= cursor.position ? cursor.wrapped + 1 : cursor.wrapped;
  await moveCursor(trx, {
    rater: rater.id,
    dataset: dataset.datasetId,
    rank: item.rank,
    position: item.position,
    wrapped,
    seen: cursor.seen + 1,
  });
  const sameBlock =
    rater.block_behaviour_id === dataset.behaviourId &&
    rater.block_count < rating.settings.blockLength;
  await moveBlock(trx, {
    rater: rater.id,
    behaviour: dataset.behaviourId,
    count: sameBlock ? rater.block_count + 1 : 1,
  });
  return assignment;
}

/**
 * Leases the next item to a rater in a slot (0: on screen, 1: fetched ahead): one whose lease
 * lapsed, else a new one by block, source and strategy. Runs inside its caller's transaction; the
 * caller has checked that study and rater may work and that the slot is empty, and knows whether
 * any of their work lapsed. Undefined where nothing is to be had at once: items that others hold
 * locked at this moment were passed over, so that it is no reason to send anybody away.
 */
export async function leaseNextItem(
  trx: Trx,
  options: Search & { lapsed: boolean },
): Promise<Assignment | undefined> {
  const { rating, rater, slot, now } = options;
  if (await atLimit(trx, rating, rater)) return undefined;
  const lapsedOnes = options.lapsed ? (await lapsedWork(trx, { rater: rater.id })).rows : [];
  for (const lapsed of lapsedOnes) {
    const again = await leaseAgain(trx, { rating, assignment: lapsed, slot, now, cause: 'again' });
    if (again !== undefined) return again;
  }
  const cursors = await cursorOf(trx, rating, rater);
  for (const { dataset, forced } of datasetsInOrder(rating, rater, cursors)) {
    const cursor = cursors.get(dataset.datasetId);
    if (cursor === undefined) continue;
    // An item whose mask was wrong has no place after all; its mask is right now, and the next look
    // passes it over.
    for (
      let item = await findFreeItem(trx, rating, rater, dataset, cursor);
      item !== undefined;
      item = await findFreeItem(trx, rating, rater, dataset, cursor)
    ) {
      const assignment = await leaseItem(trx, options, { dataset, cursor, item });
      if (assignment !== undefined) return assignment;
    }
    // What is only locked at this moment is waited for rather than the other source taken out of
    // turn.
    if (
      forced &&
      (
        await anyFreeItem(trx, {
          study: rating.study.id,
          dataset: dataset.datasetId,
          rater: rater.id,
        })
      ).rows.length > 0
    )
      return undefined;
  }
  return undefined;
}

/**
 * Leases an item that others hold locked, waiting for them: for a rater who found nothing at once.
 * `taken` where its last place went to them; the caller then ends the transaction, which lets the
 * item go, and looks again from the beginning. Undefined where no item has a free place for this
 * rater.
 */
export async function leaseAfterWaiting(
  trx: Trx,
  search: Search,
): Promise<Assignment | 'taken' | undefined> {
  const { rating, rater } = search;
  if (await atLimit(trx, rating, rater)) return undefined;
  const cursors = await cursorOf(trx, rating, rater);
  for (const { dataset } of datasetsInOrder(rating, rater, cursors)) {
    const cursor = cursors.get(dataset.datasetId);
    const [free] = (
      await anyFreeItem(trx, {
        study: rating.study.id,
        dataset: dataset.datasetId,
        rater: rater.id,
      })
    ).rows;
    if (cursor === undefined || free === undefined) continue;
    return (
      (await leaseItem(trx, search, { dataset, cursor, item: await lockItem(trx, free.id) })) ??
      'taken'
    );
  }
  return undefined;
}
