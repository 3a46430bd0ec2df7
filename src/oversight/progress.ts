import { sql } from 'kysely';
import type { Rater } from '#raters/rater.js';
import { proportion } from '#statistics/proportions.js';
import type { Db } from '#storage/database.js';
import type { StudyState } from '#storage/tables.js';
import type { DatasetPart, Source } from '#storage/datasetTables.js';
import type { Study } from '#studies/study.js';
import { skippedByAll } from './skipped.js';

/**
 * How far one dataset of a study is. Shares rest on what is counted so far; null where nothing can
 * be said yet.
 */
export interface DatasetProgress {
  readonly id: string;
  readonly name: string;
  readonly behaviour: string;
  readonly source: Source;
  readonly part: DatasetPart | null;
  readonly items: number;
  /** Items with a label of the dataset's own. */
  readonly withLabel: number;
  readonly wanted: number;
  /** Counted judgments. */
  readonly judgments: number;
  /** Items with all their judgments. */
  readonly complete: number;
  /** Complete items with a label of the dataset's own, about which raters were asked. */
  readonly labelled: number;
  /**
   * How many of those more than half of the raters upheld, and on how many more than half chose one
   * other answer.
   */
  readonly upheld: number;
  readonly overruled: number;
  readonly upheldInterval: { readonly lower: number; readonly upper: number } | null;
  readonly meanRelevance: number | null;
  /** Share of judgments that marked the item as unclear. */
  readonly unclear: number | null;
  /** Complete items that every rater marked as unclear. */
  readonly unclearToAll: number;
}

/** What one rater has done so far. */
export interface RaterProgress {
  readonly id: string;
  readonly pseudonym: string;
  readonly state: Rater['state'];
  readonly simulated: boolean;
  readonly excluded: boolean;
  /** They stopped of their own accord. */
  readonly stopped: boolean;
  /** Where they stand in the training. */
  readonly training: Rater['training'];
  readonly judgments: number;
  readonly counted: number;
  /** Judgments beside the sample: of the block that all judge, or with a known answer. */
  readonly checks: number;
  readonly skipped: number;
  /**
   * Median time for a judgment among the newest of the study; null where this rater has none of
   * them.
   */
  readonly medianMs: number | null;
  readonly lastSeenAt: number | null;
  readonly atWork: boolean;
}

/** Everything about a running study that changes while people judge. */
export interface StudyProgress {
  readonly state: StudyState;
  readonly items: number;
  readonly wanted: number;
  readonly judgments: number;
  readonly complete: number;
  /** Judgments that count nowhere: late, beyond k, excluded or withdrawn. */
  readonly surplus: number;
  /** Counted judgments an hour over the last hour of the study; null where there were none. */
  readonly perHour: number | null;
  /**
   * When the last judgment will have come at this pace; null unless the study is open and moving.
   */
  readonly doneAt: number | null;
  readonly datasets: readonly DatasetProgress[];
  readonly raters: readonly RaterProgress[];
  readonly atWork: number;
  /** Items that everybody who met them skipped. */
  readonly skippedByAll: number;
  /** Items that somebody flagged. */
  readonly flags: number;
  readonly comments: number;
}

const hour = 3_600_000;
/** A rater who was seen within this time is at work. */
export const atWorkWithin = 5 * 60_000;
/** Medians of raters' times rest on this many of a study's newest judgments. */
export const newestTimed = 5000;

/**
 * Per dataset: votes are added up for each choice of an item, then for each item, so that
 * majorities can be counted.
 */
async function datasetsOf(db: Db, studyId: number): Promise<DatasetProgress[]> {
  const choices = db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select((eb) => [
      'item.id as item_id',
      'item.dataset_id',
      'item.overlap',
      'example.label_choice as label',
      'judgment.label_choice as choice',
      eb.fn.countAll<number>().as('votes'),
      eb.fn.sum<number | null>('judgment.relevance').as('relevance'),
      eb.fn.count<number>('judgment.relevance').as('rated'),
      sql<number>`sum(case when judgment.ambiguous = 1 then 1 else 0 end)`.as('unclear'),
      eb.fn.count<number>('judgment.ambiguous').as('asked'),
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('assignment.place_no', 'is not', null)
    .where(
      'judgment.revision',
      '=',
      sql<number>`(select max(later.revision) from judgment as later where later.assignment_id = assignment.id)`,
    )
    .groupBy([
      'item.id',
      'item.dataset_id',
      'item.overlap',
      'example.label_choice',
      'judgment.label_choice',
    ])
    .as('choices');
  const votes = db
    .selectFrom(choices)
    .select((eb) => [
      'choices.dataset_id',
      'choices.overlap',
      eb.fn.sum<number>('choices.votes').as('votes'),
      sql<number>`max(case when choices.label is null or choices.choice is null then 0 else 1 end)`.as(
        'labelled',
      ),
      sql<number>`max(case when choices.choice = choices.label then choices.votes else 0 end)`.as(
        'agreeing',
      ),
      sql<number>`max(case when choices.choice <> choices.label then choices.votes else 0 end)`.as(
        'most_against',
      ),
      eb.fn.sum<number | null>('choices.relevance').as('relevance'),
      eb.fn.sum<number>('choices.rated').as('rated'),
      eb.fn.sum<number>('choices.unclear').as('unclear'),
      eb.fn.sum<number>('choices.asked').as('asked'),
    ])
    .groupBy(['choices.item_id', 'choices.dataset_id', 'choices.overlap'])
    .as('votes');
  const majority = (votes: 'agreeing' | 'most_against') =>
    sql<number>`sum(case when votes.votes = votes.overlap and votes.labelled = 1 and ${sql.ref(`votes.${votes}`)} * 2 > votes.votes then 1 else 0 end)`;
  const counted = await db
    .selectFrom(votes)
    .select((eb) => [
      'votes.dataset_id',
      eb.fn.sum<number>('votes.votes').as('judgments'),
      sql<number>`sum(case when votes.votes = votes.overlap then 1 else 0 end)`.as('complete'),
      sql<number>`sum(case when votes.votes = votes.overlap then votes.labelled else 0 end)`.as(
        'labelled',
      ),
      majority('agreeing').as('upheld'),
      majority('most_against').as('overruled'),
      sql<number | null>`sum(votes.relevance)`.as('relevance'),
      eb.fn.sum<number>('votes.rated').as('rated'),
      eb.fn.sum<number>('votes.unclear').as('unclear'),
      eb.fn.sum<number>('votes.asked').as('asked'),
      sql<number>`sum(case when votes.votes = votes.overlap and votes.unclear = votes.votes then 1 else 0 end)`.as(
        'unclear_to_all',
      ),
    ])
    .groupBy('votes.dataset_id')
    .execute();
  const rows = await db
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .innerJoin('behaviour', 'behaviour.id', 'study_dataset.behaviour_id')
    .leftJoin('item', (join) =>
      join
        .onRef('item.study_id', '=', 'study_dataset.study_id')
        .onRef('item.dataset_id', '=', 'study_dataset.dataset_id')
        .on('item.role', '=', 'validation'),
    )
    .leftJoin('example', 'example.id', 'item.example_id')
    .select((eb) => [
      'dataset.id as dataset_id',
      'dataset.public_id',
      'dataset.name',
      'dataset.source',
      'dataset.part',
      'behaviour.name as behaviour',
      eb.fn.count<number>('item.id').as('items'),
      eb.fn.count<number>('example.label_choice').as('with_label'),
      sql<number | null>`sum(item.overlap)`.as('wanted'),
    ])
    .where('study_dataset.study_id', '=', studyId)
    .groupBy([
      'dataset.id',
      'dataset.public_id',
      'dataset.name',
      'dataset.source',
      'dataset.part',
      'behaviour.name',
      'study_dataset.position',
    ])
    .orderBy('study_dataset.position')
    .execute();
  return rows.map((row) => {
    const sums = counted.find((entry) => entry.dataset_id === row.dataset_id);
    const share = proportion(sums?.upheld ?? 0, sums?.labelled ?? 0);
    return {
      id: row.public_id,
      name: row.name,
      behaviour: row.behaviour,
      source: row.source,
      part: row.part,
      items: row.items,
      withLabel: row.with_label,
      wanted: row.wanted ?? 0,
      judgments: sums?.judgments ?? 0,
      complete: sums?.complete ?? 0,
      labelled: sums?.labelled ?? 0,
      upheld: sums?.upheld ?? 0,
      overruled: sums?.overruled ?? 0,
      upheldInterval:
        share.kind === 'estimate' && share.interval !== undefined
          ? { lower: share.interval.lower, upper: share.interval.upper }
          : null,
      meanRelevance:
        sums === undefined || sums.rated === 0 ? null : (sums.relevance ?? 0) / sums.rated,
      unclear: sums === undefined || sums.asked === 0 ? null : sums.unclear / sums.asked,
      unclearToAll: sums?.unclear_to_all ?? 0,
    };
  });
}

/**
 * The middle value; the mean of the two middle ones where their number is even; null of nothing.
 */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

async function timesByRater(db: Db, studyId: number): Promise<Map<number, number[]>> {
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .select([
      'assignment.rater_id',
      sql<number>`coalesce(judgment.active_ms, judgment.submitted_at - judgment.shown_at)`.as('ms'),
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('judgment.revision', '=', 1)
    .orderBy('assignment.submitted_at', 'desc')
    .limit(newestTimed)
    .execute();
  const times = new Map<number, number[]>();
  for (const row of rows) {
    const known = times.get(row.rater_id);
    if (known === undefined) times.set(row.rater_id, [row.ms]);
    else known.push(row.ms);
  }
  return times;
}

async function ratersOf(db: Db, studyId: number, now: number): Promise<RaterProgress[]> {
  const raters = await db
    .selectFrom('rater')
    .selectAll()
    .where('study_id', '=', studyId)
    .orderBy('id')
    .execute();
  const done = await db
    .selectFrom('assignment')
    .select((eb) => [
      'rater_id',
      sql<number>`sum(case when state = 'submitted' then 1 else 0 end)`.as('judgments'),
      sql<number>`sum(case when state = 'submitted' and place_no is not null then 1 else 0 end)`.as(
        'counted',
      ),
      sql<number>`sum(case when state = 'submitted' and role <> 'validation' then 1 else 0 end)`.as(
        'checks',
      ),
      sql<number>`sum(case when state = 'returned' then 1 else 0 end)`.as('skipped'),
      eb.fn.countAll<number>().as('met'),
    ])
    .where('study_id', '=', studyId)
    .groupBy('rater_id')
    .execute();
  const times = await timesByRater(db, studyId);
  return raters.map((rater) => {
    const own = done.find((row) => row.rater_id === rater.id);
    return {
      id: rater.public_id,
      pseudonym: rater.pseudonym,
      state: rater.state,
      simulated: rater.origin === 'simulated',
      excluded: rater.excluded_at !== null,
      stopped: rater.stopped_at !== null,
      training: rater.training,
      judgments: own?.judgments ?? 0,
      counted: own?.counted ?? 0,
      checks: own?.checks ?? 0,
      skipped: own?.skipped ?? 0,
      medianMs: median(times.get(rater.id) ?? []),
      lastSeenAt: rater.state === 'invited' ? null : rater.last_seen_at,
      atWork:
        rater.state === 'consented' &&
        rater.stopped_at === null &&
        rater.training !== 'failed' &&
        rater.last_seen_at !== null &&
        now - rater.last_seen_at < atWorkWithin,
    };
  });
}

const countOf = async (query: {
  executeTakeFirstOrThrow(): Promise<{ count: number }>;
}): Promise<number> => (await query.executeTakeFirstOrThrow()).count;

async function perHourOf(db: Db, study: Study, now: number): Promise<number | null> {
  if (study.first_judgment_at === null) return null;
  const from = Math.max(study.first_judgment_at, now - hour);
  const sent = await countOf(
    db
      .selectFrom('assignment')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('study_id', '=', study.id)
      .where('state', '=', 'submitted')
      .where('submitted_at', '>=', from)
      .where('place_no', 'is not', null),
  );
  // The first minute says nothing about an hour.
  return sent === 0 ? null : sent / (Math.max(60_000, now - from) / hour);
}

/** Counts everything that a study's page shows. */
export async function progressOf(db: Db, study: Study, now: number): Promise<StudyProgress> {
  const datasets = await datasetsOf(db, study.id);
  const raters = await ratersOf(db, study.id, now);
  const wanted = datasets.reduce((sum, dataset) => sum + dataset.wanted, 0);
  const judgments = datasets.reduce((sum, dataset) => sum + dataset.judgments, 0);
  const perHour = await perHourOf(db, study, now);
  const inStudy = db.selectFrom('assignment').select('id').where('study_id', '=', study.id);
  return {
    state: study.state,
    items: datasets.reduce((sum, dataset) => sum + dataset.items, 0),
    wanted,
    judgments,
    complete: datasets.reduce((sum, dataset) => sum + dataset.complete, 0),
    surplus: raters.reduce((sum, rater) => sum + rater.judgments - rater.checks, 0) - judgments,
    perHour,
    doneAt:
      study.state === 'open' && perHour !== null && judgments < wanted
        ? now + ((wanted - judgments) / perHour) * hour
        : null,
    datasets,
    raters,
    atWork: raters.filter((rater) => rater.atWork).length,
    skippedByAll: (await skippedByAll(db, study.id)).length,
    flags: await countOf(
      db
        .selectFrom('flag')
        .innerJoin('assignment', 'assignment.id', 'flag.assignment_id')
        .select((eb) => eb.fn.count<number>('assignment.item_id').distinct().as('count'))
        .where('assignment.study_id', '=', study.id),
    ),
    comments: await countOf(
      db
        .selectFrom('judgment')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('comment', 'is not', null)
        .where('assignment_id', 'in', inStudy)
        .where(
          'revision',
          '=',
          sql<number>`(select max(later.revision) from judgment as later where later.assignment_id = judgment.assignment_id)`,
        ),
    ),
  };
}
