import type { Selectable } from 'kysely';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import type { ModelRunState, ModelRunTable } from '#storage/modelTables.js';
import { inTransaction } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import { type Hold, loseCalls } from './ledger.js';

/** Something that asks models many times, under one budget. */
export type ModelRun = Selectable<ModelRunTable>;

/** A run that waits to be begun. `settings` is the kind's own JSON. */
export const createRun = (
  trx: Trx,
  given: {
    kind: string;
    settings: string;
    budget: number;
    planned: number | null;
    accountId: number | null;
    now: number;
  },
): Promise<ModelRun> =>
  trx
    .insertInto('model_run')
    .values({
      public_id: newPublicId(),
      kind: given.kind,
      state: 'waiting',
      settings: given.settings,
      budget: given.budget,
      planned: given.planned,
      reason: null,
      account_id: given.accountId,
      created_at: given.now,
      started_at: null,
      finished_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();

export const getRun = (db: Db, id: number): Promise<ModelRun> =>
  db.selectFrom('model_run').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** The run, locked until the transaction ends, so that moves of it follow one another. */
const lockRun = (trx: Trx, id: number): Promise<ModelRun> =>
  trx
    .selectFrom('model_run')
    .selectAll()
    .where('id', '=', id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forUpdate())
    .executeTakeFirstOrThrow();

/**
 * Takes a run that waits, or one whose process has died, and counts what that one waited for as
 * lost. Null where the run is not to be begun: it was paused or has ended in the meantime.
 */
export const beginRun = (db: Db, id: number, now: number): Promise<Hold | null> =>
  inTransaction(
    db,
    async (trx) => {
      const run = await lockRun(trx, id);
      await loseCalls(trx, id, now);
      if (run.state !== 'waiting' && run.state !== 'running') return null;
      const epoch = run.epoch + 1;
      await trx
        .updateTable('model_run')
        .set({ state: 'running', epoch, reason: null, started_at: run.started_at ?? now })
        .where('id', '=', id)
        .execute();
      return { runId: id, epoch };
    },
    { repeatable: true },
  );

/** Whether a run still runs under this hold: it was not paused, cancelled or taken up by another. */
export async function stillRuns(db: Db, hold: Hold): Promise<boolean> {
  const { state, epoch } = await getRun(db, hold.runId);
  return state === 'running' && epoch === hold.epoch;
}

/** States in which nothing more will be asked. */
const over: readonly ModelRunState[] = ['done', 'failed', 'cancelled'];

/**
 * Says how the process that holds a run left it. Whatever it still waits for counts as lost. A run
 * that was paused or cancelled meanwhile stays so. Gives whether the run is as it was left.
 */
export const leaveRun = (
  db: Db,
  hold: Hold,
  left: { state: Exclude<ModelRunState, 'running'>; reason: string | null; now: number },
): Promise<boolean> =>
  inTransaction(
    db,
    async (trx) => {
      const run = await lockRun(trx, hold.runId);
      if (run.epoch !== hold.epoch) return false;
      await loseCalls(trx, hold.runId, left.now);
      if (run.state !== 'running') return run.state === left.state;
      await trx
        .updateTable('model_run')
        .set({
          state: left.state,
          reason: left.reason,
          finished_at: over.includes(left.state) ? left.now : null,
        })
        .where('id', '=', hold.runId)
        .execute();
      return true;
    },
    { repeatable: true },
  );

/** What may be done to a run: the states that it starts from, and the one that follows. */
export const runVerbs = {
  pause: {
    from: ['waiting', 'running'],
    to: 'paused',
    sentence: 'Nothing more is asked; answers that are under way are still stored.',
  },
  resume: {
    from: ['paused', 'out-of-budget', 'failed'],
    to: 'waiting',
    sentence: 'It goes on where it stopped. What was answered is not asked again.',
  },
  cancel: {
    from: ['waiting', 'running', 'paused', 'review', 'out-of-budget', 'failed'],
    to: 'cancelled',
    sentence: 'It ends here. What was answered stays, and is not asked again by others.',
  },
  'go-on': {
    from: ['review'],
    to: 'waiting',
    sentence: 'People have read what they were to read, and it goes on.',
  },
  again: {
    from: ['waiting', 'paused', 'review', 'out-of-budget', 'failed', 'done'],
    to: 'waiting',
    sentence: 'A part of its work is done again. What was answered is not asked again.',
  },
} as const satisfies Readonly<
  Record<string, { from: readonly ModelRunState[]; to: ModelRunState; sentence: string }>
>;
export type RunVerb = keyof typeof runVerbs;

/** The longest patience of a model, and a minute: what was sent before has no answer any more. */
const longestWait = 360_000;

/** Whether a process that still ends its work on a run may store an answer. */
async function hasOpenCalls(trx: Trx, runId: number, now: number): Promise<boolean> {
  const call = await trx
    .selectFrom('model_call')
    .select('id')
    .where('run_id', '=', runId)
    .where('state', '=', 'sent')
    .where('sent_at', '>', now - longestWait)
    .limit(1)
    .executeTakeFirst();
  return call !== undefined;
}

/**
 * Moves a run, inside the caller's transaction. Being there already is fine. Throws a `Problem`
 * where the run is in another state than the verb starts from.
 * @param options.budget the whole budget from now on; null leaves it as it is
 */
export async function moveRun(
  trx: Trx,
  options: { runId: number; verb: RunVerb; budget: number | null; now: number },
): Promise<ModelRun> {
  const verb = runVerbs[options.verb];
  const run = await lockRun(trx, options.runId);
  if (run.state === verb.to && options.budget === null) return run;
  const from: readonly ModelRunState[] = verb.from;
  if (run.state !== verb.to && !from.includes(run.state))
    throw new Problem(
      409,
      'run_state',
      `A run that is ${run.state} cannot be changed by “${options.verb}”.`,
      `That is possible where it is ${from.join(', ')}.`,
    );
  // Nobody holds a run that waits: what a process that died had sent is lost.
  if (run.state === 'waiting' && verb.to === 'cancelled') await loseCalls(trx, run.id, options.now);
  if (verb.to === 'waiting' && (await hasOpenCalls(trx, run.id, options.now)))
    throw new Problem(
      409,
      'answers_under_way',
      'Answers of this run are still under way.',
      'Try again in a moment, so that none of them is paid twice.',
    );
  const budget = options.budget ?? run.budget;
  if (budget < run.spent + run.reserved)
    throw new Problem(
      422,
      'budget_spent',
      'The budget is below what is spent or under way already.',
      'Nothing was changed.',
    );
  return trx
    .updateTable('model_run')
    .set({
      state: verb.to,
      budget,
      finished_at: over.includes(verb.to) ? options.now : null,
    })
    .where('id', '=', options.runId)
    .returningAll()
    .executeTakeFirstOrThrow();
}
