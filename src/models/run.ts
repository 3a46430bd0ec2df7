import type { Selectable } from 'kysely';
import { databaseTime } from '#storage/clock.js';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import type { ModelRunState, ModelRunTable } from '#storage/modelTables.js';
import { inTransaction } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import { loseCalls } from './ledger.js';
import type { Hold } from './ledgerQueries.js';

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
      alive_at: null,
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

/** A process that holds a run and gave no sign of life for so many milliseconds has died. */
export const silentAfter = 20_000;

/** Whether a process holds the run and is not known to have died. */
async function isHeld(trx: Trx, id: number, deadAfter: number): Promise<boolean> {
  const held = await trx
    .selectFrom('model_run')
    .select('id')
    .where('id', '=', id)
    .where((eb) => eb(eb.ref('alive_at'), '>', eb(databaseTime(trx), '-', deadAfter)))
    .executeTakeFirst();
  return held !== undefined;
}

/**
 * Takes a run that waits, or one whose process has died, and counts what that one waited for as
 * lost. `held` where a living process still holds it. Null where the run is not to be begun: it was
 * paused or has ended in the meantime.
 * @param given.deadAfter milliseconds without a sign of life after which a process is dead; 0 where
 *   it is known to be
 */
export const beginRun = (
  db: Db,
  id: number,
  given: { now: number; deadAfter: number },
): Promise<Hold | 'held' | null> =>
  inTransaction(
    db,
    async (trx): Promise<Hold | 'held' | null> => {
      const { now, deadAfter } = given;
      const run = await lockRun(trx, id);
      const begins = run.state === 'waiting' || run.state === 'running';
      if (await isHeld(trx, id, deadAfter)) return begins ? 'held' : null;
      await loseCalls(trx, id, now);
      if (!begins) return null;
      const epoch = run.epoch + 1;
      await trx
        .updateTable('model_run')
        .set({
          state: 'running',
          epoch,
          alive_at: databaseTime(trx),
          reason: null,
          started_at: run.started_at ?? now,
        })
        .where('id', '=', id)
        .execute();
      return { runId: id, epoch };
    },
    { repeatable: true },
  );

/**
 * Gives a sign of life for a run. Gives whether it still runs under this hold: it was not paused,
 * cancelled or taken up by another.
 */
export async function renewHold(db: Db, hold: Hold): Promise<boolean> {
  const run = await db
    .updateTable('model_run')
    .set({ alive_at: databaseTime(db) })
    .where('id', '=', hold.runId)
    .where('epoch', '=', hold.epoch)
    .where('alive_at', 'is not', null)
    .returning('state')
    .executeTakeFirst();
  return run?.state === 'running';
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
      const leaving = trx
        .updateTable('model_run')
        .set({ alive_at: null })
        .where('id', '=', hold.runId);
      if (run.state !== 'running') {
        await leaving.execute();
        return run.state === left.state;
      }
      await leaving
        .set({
          state: left.state,
          reason: left.reason,
          finished_at: over.includes(left.state) ? left.now : null,
        })
        .execute();
      return true;
    },
    { repeatable: true },
  );

/** Fails a run that has been left running by a process that has died. */
export const failDeadRun = (db: Db, id: number, now: number): Promise<void> =>
  inTransaction(db, async (trx) => {
    const run = await lockRun(trx, id);
    if (run.state !== 'running' || (await isHeld(trx, id, silentAfter))) return;
    await loseCalls(trx, id, now);
    const reason = 'The process that worked on it has died. It can be resumed.';
    await trx
      .updateTable('model_run')
      .set({ state: 'failed', reason, alive_at: null, finished_at: now })
      .where('id', '=', id)
      .execute();
  });

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

/** Takes over a run whose process has died. */
const takingOver: readonly RunVerb[] = ['resume', 'again'];

/** Says that a living process works on a run. */
export const heldProblem = (): Problem =>
  new Problem(
    409,
    'run_held',
    'Another process is working on this run.',
    'Pause it first; where that process has died, try again in half a minute.',
  );

/** Whether a process that still ends its work on a run may store an answer. */
async function hasOpenCalls(trx: Trx, runId: number): Promise<boolean> {
  const call = await trx
    .selectFrom('model_call')
    .select('id')
    .where('run_id', '=', runId)
    .where('state', '=', 'sent')
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
  const held = await isHeld(trx, run.id, silentAfter);
  const takesOver = run.state === 'running' && takingOver.includes(options.verb);
  if (takesOver && held) throw heldProblem();
  if (run.state !== verb.to && !takesOver && !from.includes(run.state))
    throw new Problem(
      409,
      'run_state',
      `A run that is ${run.state} cannot be changed by “${options.verb}”.`,
      `That is possible where it is ${from.join(', ')}.`,
    );
  // What a process that died had sent is lost.
  if (!held) await loseCalls(trx, run.id, options.now);
  else if (verb.to === 'waiting' && (await hasOpenCalls(trx, run.id)))
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
