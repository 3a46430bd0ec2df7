import { readChoiceOrder } from '#assignment/choiceOrder.js';
import { choicesOf } from '#datasets/storedExample.js';
import type { Judged } from '#statistics/raterQuality/judged.js';
import type { Db } from '#storage/database.js';

/** The judgments of a study as the signals read them, with whom and what the indexes stand for. */
export interface JudgedStudy {
  readonly judged: Judged;
  /** By rater index: the rater's id. */
  readonly raters: readonly number[];
  /** By row: the id of its assignment. */
  readonly assignments: readonly number[];
}

/** The standing judgments of a study without what was erased, oldest first. */
const rowsOfStudy = (db: Db, studyId: number) =>
  db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .select([
      'assignment.id',
      'assignment.rater_id',
      'assignment.item_id',
      'assignment.choice_order',
      'judgment.label_choice',
      'judgment.relevance',
      'judgment.active_ms',
      'judgment.submitted_at',
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    // What was thought first is what can be compared: a change may follow a talk with others.
    .where('judgment.revision', '=', 1)
    .where('judgment.blanked_at', 'is', null)
    .orderBy('assignment.submitted_at')
    .orderBy('assignment.id')
    .execute();

/** Numbers values in the order in which they come. */
function numbered(): { of(value: number): number; readonly values: number[] } {
  const indexes = new Map<number, number>();
  const values: number[] = [];
  return {
    values,
    of(value) {
      const known = indexes.get(value);
      if (known !== undefined) return known;
      indexes.set(value, values.length);
      return values.push(value) - 1;
    },
  };
}

/**
 * Reads what the signals of raters rest on: the first answers of everybody, those of the block and
 * with a known answer among them.
 */
export async function readJudged(db: Db, studyId: number): Promise<JudgedStudy> {
  const rows = await rowsOfStudy(db, studyId);
  const raters = numbered();
  const items = numbered();
  const raterIndexes = Int32Array.from(rows, (row) => raters.of(row.rater_id));
  const itemIndexes = Int32Array.from(rows, (row) => items.of(row.item_id));
  const facts = await db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .leftJoin('known_answer', (join) =>
      join
        .onRef('known_answer.example_id', '=', 'item.example_id')
        .onRef('known_answer.study_id', '=', 'item.study_id'),
    )
    .select([
      'item.id',
      'item.role',
      'example.choices',
      'example.fixed_order',
      'known_answer.choice',
    ])
    .where('item.study_id', '=', studyId)
    .execute();
  const gold = new Int32Array(items.values.length).fill(-1);
  const block = new Uint8Array(items.values.length);
  const ordered = new Uint8Array(items.values.length);
  const indexOf = new Map(items.values.map((id, index) => [id, index]));
  let choiceCount = 2;
  for (const { id, role, choices, choice, fixed_order: fixed } of facts) {
    const index = indexOf.get(id);
    if (index === undefined) continue;
    choiceCount = Math.max(choiceCount, choicesOf({ choices }).length);
    ordered[index] = fixed;
    if (role === 'calibration') block[index] = 1;
    if (role === 'gold' && choice !== null) gold[index] = choice;
  }
  const position = (row: (typeof rows)[number], index: number): number =>
    row.label_choice === null || ordered[itemIndexes[index] ?? 0] === 1
      ? -1
      : readChoiceOrder(row.choice_order).indexOf(row.label_choice);
  const relevance = Int32Array.from(rows, (row) =>
    row.relevance === null ? -1 : row.relevance - 1,
  );
  return {
    raters: raters.values,
    assignments: rows.map(({ id }) => id),
    judged: {
      raters: raterIndexes,
      items: itemIndexes,
      choices: Int32Array.from(rows, (row) => row.label_choice ?? -1),
      raterCount: raters.values.length,
      itemCount: items.values.length,
      choiceCount,
      ...(relevance.some((level) => level >= 0) ? { relevance, relevanceCount: 5 } : {}),
      positions: Int32Array.from(rows, position),
      ...(rows.some((row) => row.active_ms !== null)
        ? { milliseconds: Float64Array.from(rows, (row) => row.active_ms ?? Number.NaN) }
        : {}),
      at: Float64Array.from(rows, (row) => row.submitted_at),
      gold,
      block,
    },
  };
}
