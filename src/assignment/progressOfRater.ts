import type { Db } from '#storage/database.js';
import { prepared } from '#storage/prepared.js';
import type { Rater } from '#raters/rater.js';
import { checksLeft } from './checkSupply.js';
import type { StudyForRating } from './studyForRating.js';

/** How far a rater is: judgments sent, and roughly how many more there are for them. */
export interface OwnProgress {
  readonly done: number;
  readonly left: number;
}

/** What was free for a rater at a moment, who had so many items of the sample then. */
interface Counted {
  readonly at: number;
  readonly had: number;
  /** Items of the sample that they never had and that had a free place; null: more than are counted. */
  readonly free: number | null;
  /** Items of the sample. */
  readonly all: number;
}

const keptFor = 15_000;
/** With more free items than this nobody needs to know how many. */
const mostCounted = 1_000;
const mostKept = 20_000;
const kept = new WeakMap<object, Map<number, Counted>>();

const freeForRater = prepared<{ study: number; rater: number }>()((db, value) =>
  db
    .selectFrom((inner) =>
      inner
        .selectFrom('item')
        .select('item.id')
        .where('item.study_id', '=', value('study'))
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
        .limit(mostCounted + 1)
        .as('free'),
    )
    .select((eb) => eb.fn.countAll<number>().as('count')),
);
const sampled = prepared<{ study: number }>()((db, value) =>
  db
    .selectFrom('item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('study_id', '=', value('study'))
    .where('role', '=', 'validation'),
);

/**
 * What is free for a rater, counted every quarter of a minute: counting at every answer would cost
 * more than answering.
 */
async function freeItems(
  db: Db,
  options: { studyId: number; raterId: number; had: number; now: number; owner: object },
): Promise<Counted> {
  const { studyId, raterId, had, now, owner } = options;
  let byRater = kept.get(owner);
  if (byRater === undefined) kept.set(owner, (byRater = new Map()));
  const known = byRater.get(raterId);
  if (known !== undefined && now - known.at < keptFor && now >= known.at && had >= known.had)
    return known;
  const free = (await freeForRater(db, { study: studyId, rater: raterId })).rows[0]?.count ?? 0;
  const all = (await sampled(db, { study: studyId })).rows[0]?.count ?? 0;
  const counted = { at: now, had, free: free > mostCounted ? null : free, all };
  if (byRater.size >= mostKept) byRater.clear();
  byRater.set(raterId, counted);
  return counted;
}

/** Judgments sent are counted in the index alone. */
const sentByRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('rater_id', '=', value('rater'))
    .where('submitted_at', 'is not', null),
);
const sampleHadByRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('rater_id', '=', value('rater'))
    .where('role', '=', 'validation'),
);
const leasedByRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('rater_id', '=', value('rater'))
    .where('submitted_at', 'is', null)
    .where('state', '=', 'leased'),
);

/**
 * Progress as the rating page shows it. `left` is an upper bound: other raters take places
 * meanwhile. It falls by one with every answer, whatever the answer is to: an item of the sample is
 * one less that is free, and one beside it one less that is still to come.
 */
export async function ownProgress(
  db: Db,
  options: {
    rating: StudyForRating;
    rater: Pick<Rater, 'id' | 'seed'>;
    now: number;
    owner: object;
  },
): Promise<OwnProgress> {
  const { rating, rater, now, owner } = options;
  const own = { rater: rater.id };
  const done = (await sentByRater(db, own)).rows[0]?.count ?? 0;
  const held = (await leasedByRater(db, own)).rows[0]?.count ?? 0;
  const had = (await sampleHadByRater(db, own)).rows[0]?.count ?? 0;
  const counted = await freeItems(db, {
    studyId: rating.study.id,
    raterId: rater.id,
    had,
    now,
    owner,
  });
  const others = Math.max(
    0,
    counted.free === null ? counted.all - had : counted.free - (had - counted.had),
  );
  // Items beside the sample come for each rater, whatever others do.
  const beside =
    rating.checkItems.length === 0 ? 0 : await checksLeft(db, { rating, rater, others });
  const most = held + others + beside;
  const limit = rating.settings.raterLimit;
  return { done, left: Math.max(0, limit === null ? most : Math.min(most, limit - done)) };
}
