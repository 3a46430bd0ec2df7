import { choiceOrderFor } from '#assignment/choiceOrder.js';
import { studyForRating } from '#assignment/studyForRating.js';
import { type Choice, choicesOf } from '#datasets/storedExample.js';
import { gateOf } from '#raters/gate.js';
import { lockRater, type Rater, recordRaterEvent } from '#raters/rater.js';
import type { Database, Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { getStudy, settingsOf } from '#studies/study.js';

/** One example of a training. */
export interface TrainingExample {
  readonly itemId: number;
  readonly datasetId: number;
  readonly text: string;
  readonly choices: readonly Choice[];
  readonly fixedOrder: boolean;
  /** Index of the known answer among the choices. */
  readonly answer: number;
  readonly explanation: string;
}

/** The training of a study, in the order in which everybody gets it. */
export async function trainingOf(db: Db, studyId: number): Promise<TrainingExample[]> {
  const rows = await db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .innerJoin('known_answer', (join) =>
      join
        .onRef('known_answer.example_id', '=', 'item.example_id')
        .onRef('known_answer.study_id', '=', 'item.study_id'),
    )
    .select([
      'item.id',
      'item.dataset_id',
      'example.text',
      'example.choices',
      'example.fixed_order',
      'known_answer.choice',
      'known_answer.explanation',
    ])
    .where('item.study_id', '=', studyId)
    .where('item.role', '=', 'training')
    .orderBy('item.id')
    .execute();
  return rows.map((row) => ({
    itemId: row.id,
    datasetId: row.dataset_id,
    text: row.text,
    choices: choicesOf(row),
    fixedOrder: row.fixed_order === 1,
    answer: row.choice,
    explanation: row.explanation,
  }));
}

/** Where a rater is in their training. */
export interface TrainingStand {
  readonly attempt: number;
  readonly attempts: number;
  /** What was answered in this attempt, in the order of the training. */
  readonly answered: readonly { readonly choice: number; readonly correct: boolean }[];
  /** How much of the attempt before was right; null in the first one. */
  readonly before: { readonly correct: number; readonly of: number } | null;
}

/** Reads where a rater is: the newest attempt, or the next one where that is over. */
export async function trainingStand(
  db: Db,
  rater: Pick<Rater, 'id'>,
  given: { examples: number; attempts: number },
): Promise<TrainingStand> {
  const rows = await db
    .selectFrom('training_answer')
    .select(['attempt', 'choice', 'correct'])
    .where('rater_id', '=', rater.id)
    .orderBy('attempt')
    .orderBy('item_id')
    .execute();
  const newest = rows.at(-1)?.attempt ?? 1;
  const of = (attempt: number) => rows.filter((row) => row.attempt === attempt);
  const over = of(newest).length >= given.examples;
  const attempt = over ? newest + 1 : newest;
  const last = of(attempt - 1);
  return {
    attempt,
    attempts: given.attempts,
    answered: of(attempt).map(({ choice, correct }) => ({ choice, correct: correct === 1 })),
    before:
      attempt === 1
        ? null
        : { correct: last.filter(({ correct }) => correct === 1).length, of: last.length },
  };
}

/** The order in which a rater sees the choices of a training example. */
export const trainingOrder = (
  example: TrainingExample,
  given: { rater: Pick<Rater, 'seed'>; shuffle: boolean },
): number[] =>
  choiceOrderFor({
    choices: example.choices.length,
    shuffled: given.shuffle && !example.fixedOrder,
    seed: `${given.rater.seed} training ${example.itemId}`,
  });

/**
 * Stores the answer to the training example at this index, and at the last one decides: enough
 * right, and the rater goes on; else a further attempt, or the end of it. An answer to an example
 * that is not the next one changes nothing. Throws a `Problem` where the rater may not train.
 */
export function answerTraining(
  database: Database,
  given: { raterId: number; index: number; choice: number; now: number },
): Promise<void> {
  const { raterId, index, choice, now } = given;
  return inTransaction(
    database.db,
    async (trx) => {
      const rater = await lockRater(trx, raterId);
      const study = await getStudy(trx, rater.study_id);
      // Sent twice at the last example: it was stored the first time.
      if (rater.training === 'passed' || rater.training === 'failed') return;
      gateOf(rater, study, now).require('train');
      const settings = settingsOf(study);
      const examples = await trainingOf(trx, study.id);
      const stand = await trainingStand(trx, rater, {
        examples: examples.length,
        attempts: settings.trainingAttempts,
      });
      const example = examples[index];
      if (index !== stand.answered.length || example === undefined) return;
      const correct = choice === example.answer;
      await trx
        .insertInto('training_answer')
        .values({
          rater_id: rater.id,
          attempt: stand.attempt,
          item_id: example.itemId,
          choice,
          correct: correct ? 1 : 0,
          at: now,
        })
        .execute();
      if (index + 1 < examples.length) return;
      const right = [...stand.answered, { correct }].filter((one) => one.correct).length;
      const enough = right >= settings.trainingShare * examples.length - 1e-9;
      if (!enough && stand.attempt < settings.trainingAttempts) return;
      await trx
        .updateTable('rater')
        .set({ training: enough ? 'passed' : 'failed' })
        .where('id', '=', rater.id)
        .execute();
      await recordRaterEvent(trx, {
        raterId: rater.id,
        at: now,
        accountId: null,
        action: enough ? 'trained' : 'not qualified',
        reason: `${right} of ${examples.length} right in attempt ${stand.attempt}`,
      });
    },
    { repeatable: true },
  );
}

/** What raters of a study read about the behaviour of a training example. */
export async function behaviourTextOf(
  database: Database,
  given: { studyId: number; datasetId: number },
): Promise<string> {
  const rating = await studyForRating(database.db, given.studyId, database);
  return (
    rating.datasets.find(({ datasetId }) => datasetId === given.datasetId)?.behaviourText ?? ''
  );
}
