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

interface Counted {
  readonly at: number;
  readonly free: number;
  readonly all: number;
}

const keptFor = 15_000;
const kept = new WeakMap<object, Map<number, Counted>>();

/**
 * Items of the study with a free place, counted every quarter of a minute: counting them at every
 * answer would cost more than answering.
 */
async function freeItems(db: Db, studyId: number, now: number, owner: object): Promise<Counted> {
  let byStudy = kept.get(owner);
  if (byStudy === undefined) kept.set(owner, (byStudy = new Map()));
  const known = byStudy.get(studyId);
  if (known !== undefined && now - known.at < keptFor && now >= known.at) return known;
  const free = await db
    .selectFrom('item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('study_id', '=', studyId)
    .where((eb) => eb('free_places', '<>', eb.lit(0)))
    .executeTakeFirstOrThrow();
  const all = await db
    .selectFrom('item')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('study_id', '=', studyId)
    .where('role', '=', 'validation')
    .executeTakeFirstOrThrow();
  const counted = { at: now, free: free.count, all: all.count };
  byStudy.set(studyId, counted);
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
const sentChecksOfRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('rater_id', '=', value('rater'))
    .where('submitted_at', 'is not', null)
    .where('role', '<>', 'validation'),
);
const openOfRater = prepared<{ rater: number }>()((db, value) =>
  db
    .selectFrom('assignment')
    .select(['state', 'role'])
    .where('rater_id', '=', value('rater'))
    .where('submitted_at', 'is', null)
    .where('state', 'in', ['leased', 'returned']),
);

/**
 * Progress as the rating page shows it. `left` is an upper bound: other raters take places
 * meanwhile.
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
  const { rating, rater } = options;
  const done = (await sentByRater(db, { rater: rater.id })).rows[0]?.count ?? 0;
  const open = (await openOfRater(db, { rater: rater.id })).rows;
  const leased = open.filter((row) => row.state === 'leased');
  const counted = await freeItems(db, rating.study.id, options.now, options.owner);
  // Items beside the sample come for each rater, whatever others do.
  const beside = rating.checkItems.length > 0;
  const sentChecks = beside
    ? ((await sentChecksOfRater(db, { rater: rater.id })).rows[0]?.count ?? 0)
    : 0;
  const ofSample = open.filter(({ role }) => role === 'validation');
  const held = ofSample.filter(({ state }) => state === 'leased').length;
  const mostOfSample = Math.max(
    held,
    Math.min(counted.free + held, counted.all - (done - sentChecks) - (ofSample.length - held)),
  );
  const most =
    mostOfSample +
    (leased.length - held) +
    (beside ? await checksLeft(db, { rating, rater, others: mostOfSample - held }) : 0);
  const limit = rating.settings.raterLimit;
  return { done, left: Math.max(0, limit === null ? most : Math.min(most, limit - done)) };
}
