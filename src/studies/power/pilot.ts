import { pairsOf } from '../pairs.js';
import { type Pilot, pilotOf } from '#statistics/power/pilot.js';
import type { Undefined } from '#statistics/estimate.js';
import type { Votes } from '#statistics/votes.js';
import type { Db } from '#storage/database.js';

/** What an earlier study says about votes on labels and about relevance. */
export interface PilotStudy {
  readonly labels: Pilot | Undefined;
  readonly relevance: Pilot | Undefined;
}

/** Studies with judgments that a new one can learn from, newest first. */
export const pilotStudies = (
  db: Db,
  except: number,
): Promise<{ public_id: string; title: string }[]> =>
  db
    .selectFrom('study')
    .select(['public_id', 'title'])
    .where('first_judgment_at', 'is not', null)
    .where('id', '!=', except)
    .orderBy('id', 'desc')
    .limit(200)
    .execute();

interface CountedJudgment {
  readonly item_id: number;
  readonly rater_id: number;
  readonly dataset_id: number;
  readonly chosen: number | null;
  readonly label: number | null;
  readonly relevance: number | null;
}

/** The judgments of a study that count, in their newest revision. */
const countedJudgments = (db: Db, studyId: number): Promise<CountedJudgment[]> =>
  db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select([
      'assignment.item_id',
      'assignment.rater_id',
      'item.dataset_id',
      'judgment.label_choice as chosen',
      'example.label_choice as label',
      'judgment.relevance',
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('assignment.role', '=', 'validation')
    .where('assignment.place_no', 'is not', null)
    .where('judgment.blanked_at', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('judgment as later')
            .select('later.revision')
            .whereRef('later.assignment_id', '=', 'judgment.assignment_id')
            .whereRef('later.revision', '>', 'judgment.revision'),
        ),
      ),
    )
    .orderBy('assignment.id')
    .execute();

/** Votes with items and raters numbered from 0; a judgment that says nothing (null) is no vote. */
function votesOf(
  judgments: readonly CountedJudgment[],
  indexes: {
    readonly items: ReadonlyMap<number, number>;
    readonly raters: ReadonlyMap<number, number>;
  },
  value: (judgment: CountedJudgment) => number | null,
): Votes {
  const said = judgments.flatMap((judgment) => {
    const answer = value(judgment);
    return answer === null ? [] : [{ judgment, answer }];
  });
  return {
    items: Int32Array.from(said, ({ judgment }) => indexes.items.get(judgment.item_id) ?? 0),
    raters: Int32Array.from(said, ({ judgment }) => indexes.raters.get(judgment.rater_id) ?? 0),
    values: Float64Array.from(said, ({ answer }) => answer),
  };
}

const numbered = (ids: Iterable<number>): Map<number, number> =>
  new Map([...new Set(ids)].map((id, index) => [id, index]));

/**
 * Reads an earlier study and estimates how its raters answered. Long for large studies: for a
 * thread of its own.
 */
export async function readPilot(db: Db, studyId: number): Promise<PilotStudy> {
  const judgments = await countedJudgments(db, studyId);
  const datasets = await db
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .select(['dataset.id', 'dataset.source', 'dataset.part', 'study_dataset.behaviour_id'])
    .where('study_id', '=', studyId)
    .where('dataset.part', 'is distinct from', 'dropped')
    .orderBy('position')
    .execute();
  const raters = numbered(judgments.map((judgment) => judgment.rater_id));
  const byDataset = datasets.map(({ id }) => {
    const own = judgments.filter((judgment) => judgment.dataset_id === id);
    return { own, indexes: { raters, items: numbered(own.map((judgment) => judgment.item_id)) } };
  });
  const pairs = pairsOf(
    datasets.map(({ source, part, behaviour_id: id }) => ({ source, part, behaviour: { id } })),
  ).map(({ generated, human }): [number, number] => [generated, human]);
  const setsOf = (value: (judgment: CountedJudgment) => number | null): Votes[] =>
    byDataset.map(({ own, indexes }) => votesOf(own, indexes, value));
  return {
    labels: pilotOf(
      setsOf(({ chosen, label }) =>
        chosen === null || label === null ? null : Number(chosen === label),
      ),
      pairs,
      { lowest: 0, highest: 1 },
    ),
    relevance: pilotOf(
      setsOf(({ relevance }) => relevance),
      pairs,
      { lowest: 1, highest: 5 },
    ),
  };
}
