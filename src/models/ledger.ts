import type { Selectable } from 'kysely';
import type { Database, Trx } from '#storage/database.js';
import { isUniqueViolation } from '#storage/faults.js';
import { inGroup } from '#storage/groupCommit.js';
import { readJson, writeJson } from '#storage/json.js';
import type { ModelCallTable } from '#storage/modelTables.js';
import { TryAgain } from '#storage/transaction.js';
import { emptiedAnswer } from './emptied.js';
import {
  addCost,
  addReservation,
  callOfKey,
  endReservation,
  type Hold,
  newCall,
  newLink,
  storeEnd,
} from './ledgerQueries.js';
import { ModelAnswer } from './request.js';

/** One request as the ledger knows it. */
export interface Entry {
  readonly key: Buffer;
  readonly modelId: number;
  /** The request as JSON. */
  readonly request: string;
  /** What it may cost at most, in millionths of the currency. */
  readonly worst: number;
  /** The stage of a generation that asks. */
  readonly stageId: number | null;
}

/** Why a call has no answer. A call that was given up may be answered in a later run. */
export interface Refused {
  readonly refusal: NonNullable<ModelCallTable['refusal']>;
  readonly reason: string | null;
  readonly sentence: string;
}

export type Begun =
  /** It is written down, and what it may cost is reserved: send it, then say how it ended. */
  | { readonly kind: 'send'; readonly callId: number }
  /** It was answered before, in this run or another. */
  | { readonly kind: 'answered'; readonly callId: number; readonly answer: ModelAnswer }
  /** This run has given it up, or it can have no answer. */
  | ({ readonly kind: 'refused'; readonly callId: number } & Refused)
  /** Another run waits for its answer. */
  | { readonly kind: 'elsewhere' }
  /** It could go over the budget. */
  | { readonly kind: 'out-of-budget' }
  /** The run does not run any more, or another process has taken it up. */
  | { readonly kind: 'stopped' };

type Call = Selectable<ModelCallTable>;

/** Every begin and end of a call changes the row of its run. */
const oneRow = { oneRow: true };

/** Whether a request has its answer already. */
export async function isAnswered({ db }: Database, key: Buffer): Promise<boolean> {
  const call = await db
    .selectFrom('model_call')
    .select('id')
    .where('key', '=', key)
    .where('state', '=', 'answered')
    .where('answer', '<>', emptiedAnswer)
    .executeTakeFirst();
  return call !== undefined;
}

interface Attempt {
  readonly runId: number;
  readonly callId: number;
  readonly worst: number;
  readonly cost: number;
}

/** Ends the reservation of an attempt, of which `cost` was spent. */
async function spend(trx: Trx, { runId, callId, worst, cost }: Attempt): Promise<void> {
  await endReservation(trx, { runId, worst, cost });
  if (cost !== 0) await addCost(trx, { runId, callId, cost });
}

/** Reserves the worst case. One statement, so that two processes never go over together. */
async function reserve(
  trx: Trx,
  hold: Hold,
  worst: number,
): Promise<'reserved' | 'out-of-budget' | 'stopped'> {
  const { changed } = await addReservation(trx, { ...hold, worst });
  if (changed > 0n) return 'reserved';
  const run = await trx
    .selectFrom('model_run')
    .select(['state', 'epoch'])
    .where('id', '=', hold.runId)
    .executeTakeFirst();
  return run?.state === 'running' && run.epoch === hold.epoch ? 'out-of-budget' : 'stopped';
}

const link = (
  trx: Trx,
  { hold, entry, callId }: { hold: Hold; entry: Entry; callId: number },
): Promise<unknown> => newLink(trx, { runId: hold.runId, callId, stageId: entry.stageId });

/** Counts an attempt under way as paid, at the most that it may have cost, unless it has ended. */
async function loseAttempt(trx: Trx, call: Call, now: number): Promise<void> {
  const { id: callId, run_id: runId, worst } = call;
  const lost = await trx
    .updateTable('model_call')
    .set((eb) => ({ state: 'lost' as const, lost: eb('lost', '+', 1), ended_at: now }))
    .where('id', '=', callId)
    .where('state', '=', 'sent')
    .where('epoch', '=', call.epoch)
    .where('attempts', '=', call.attempts)
    .executeTakeFirst();
  if (lost.numUpdatedRows === 0n) throw new TryAgain();
  await spend(trx, { runId, callId, worst, cost: worst });
}

/** Writes the attempt down, as the first of its call or a further one. */
async function writeAttempt(
  trx: Trx,
  given: { hold: Hold; entry: Entry; call: Call | undefined; now: number },
): Promise<number> {
  const { hold, entry, call, now } = given;
  if (call === undefined) {
    try {
      const { rows } = await newCall(trx, { ...entry, ...hold, now });
      const [row] = rows;
      if (row === undefined) throw new Error('The row of a new call did not give its id.');
      return row.id;
    } catch (error) {
      if (isUniqueViolation(error)) throw new TryAgain();
      throw error;
    }
  }
  const written = await trx
    .updateTable('model_call')
    .set((eb) => ({
      run_id: hold.runId,
      epoch: hold.epoch,
      state: 'sent',
      worst: entry.worst,
      sent_at: now,
      ended_at: null,
      error: null,
      refusal: null,
      reason: null,
      request: entry.request,
      answer: null,
      attempts: eb('attempts', '+', 1),
    }))
    .where('id', '=', call.id)
    .where((eb) =>
      eb.or([eb('state', 'in', ['lost', 'refused']), eb('answer', '=', emptiedAnswer)]),
    )
    .where('epoch', '=', call.epoch)
    .where('attempts', '=', call.attempts)
    .executeTakeFirst();
  if (written.numUpdatedRows === 0n) throw new TryAgain();
  return call.id;
}

/** What is known of a call without asking: its answer, or that this run asks no more. */
async function known(
  trx: Trx,
  { hold, entry, call }: { hold: Hold; entry: Entry; call: Call },
): Promise<Begun | null> {
  const callId = call.id;
  if (call.answer === emptiedAnswer) return null;
  if (call.state === 'answered' && call.answer !== null) {
    await link(trx, { hold, entry, callId });
    return {
      kind: 'answered',
      callId,
      answer: readJson(ModelAnswer, call.answer, 'model_call.answer'),
    };
  }
  if (call.state !== 'refused' || call.refusal === null) return null;
  const own = call.run_id === hold.runId && call.epoch === hold.epoch;
  if (call.refusal === 'given-up' && !own) return null;
  await link(trx, { hold, entry, callId });
  const { refusal, reason, error } = call;
  return { kind: 'refused', callId, refusal, reason, sentence: error ?? '' };
}

/**
 * Begins a request: gives the answer where one is there, else reserves what it may cost and writes
 * it down before it is sent. One process asks for one key at a time.
 * @param options.lostBefore a call of another run that was sent before this time and has no answer
 *   is taken for lost
 */
export function beginCall(
  database: Database,
  options: { hold: Hold; entry: Entry; lostBefore: number; now: number },
): Promise<Begun> {
  const { hold, entry, lostBefore, now } = options;
  // What this very call has stored where the database did not confirm it; null before it tried.
  let before: Call | undefined | null = null;
  return inGroup(
    database,
    async (trx): Promise<Begun> => {
      const {
        rows: [call],
      } = await callOfKey(trx, { key: entry.key });
      const first = before === null;
      if (first) before = call;
      if (call !== undefined) {
        const found = await known(trx, { hold, entry, call });
        if (found !== null) return found;
      }
      const sent = call?.state === 'sent' ? call : undefined;
      const own = sent?.run_id === hold.runId && sent.epoch === hold.epoch;
      if (own && !first && sent.attempts !== before?.attempts)
        return { kind: 'send', callId: sent.id };
      if (sent !== undefined && !own && sent.sent_at >= lostBefore) return { kind: 'elsewhere' };
      const reserved = await reserve(trx, hold, entry.worst);
      if (reserved !== 'reserved') return { kind: reserved };
      if (sent !== undefined) await loseAttempt(trx, sent, now);
      const callId = await writeAttempt(trx, { hold, entry, call, now });
      await link(trx, { hold, entry, callId });
      return { kind: 'send', callId };
    },
    oneRow,
  );
}

/** How the attempt of a call ended. */
export type Ending =
  | { readonly state: 'answered'; readonly answer: ModelAnswer; readonly cost: number }
  | ({ readonly state: 'refused'; readonly paid: boolean } & Refused)
  /** To be asked again. */
  | { readonly state: 'lost'; readonly sentence: string; readonly paid: boolean };

/**
 * Stores how the attempt of a call ended, and what it cost: where no answer came, its worst case if
 * an answer may have been made, else nothing. Gives whether it was stored: an attempt that was taken
 * for lost in the meantime stays so.
 */
export function endCall(
  database: Database,
  options: { hold: Hold; callId: number; ending: Ending; now: number },
): Promise<boolean> {
  const { hold, callId, ending, now } = options;
  const answered = ending.state === 'answered' ? ending : null;
  const refused = ending.state === 'refused' ? ending : null;
  const paid = ending.state !== 'answered' && ending.paid;
  return inGroup(
    database,
    async (trx) => {
      const {
        rows: [call],
      } = await storeEnd(trx, {
        ...hold,
        callId,
        state: ending.state,
        answer: answered === null ? null : writeJson(ModelAnswer, answered.answer),
        input: answered?.answer.tokens.input ?? 0,
        output: answered?.answer.tokens.output ?? 0,
        lost: paid ? 1 : 0,
        sentence: ending.state === 'answered' ? null : ending.sentence,
        refusal: refused?.refusal ?? null,
        reason: refused?.reason ?? null,
        now,
      });
      if (call === undefined) {
        // Stored by the first try, where the database did not confirm it.
        const found = await trx
          .selectFrom('model_call')
          .select(['state', 'run_id', 'epoch'])
          .where('id', '=', callId)
          .executeTakeFirst();
        const own = found?.run_id === hold.runId && found.epoch === hold.epoch;
        return own && found.state === ending.state;
      }
      const cost = answered?.cost ?? (paid ? call.worst : 0);
      await spend(trx, { runId: hold.runId, callId, worst: call.worst, cost });
      return true;
    },
    oneRow,
  );
}

/**
 * Counts every call of a run that has no answer yet as lost: for a run whose process is known to be
 * gone, or to have stopped waiting.
 */
export async function loseCalls(trx: Trx, runId: number, now: number): Promise<void> {
  const calls = await trx
    .updateTable('model_call')
    .set((eb) => ({
      state: 'lost' as const,
      lost: eb('lost', '+', 1),
      error: 'The process that waited for its answer ended.',
      ended_at: now,
    }))
    .where('run_id', '=', runId)
    .where('state', '=', 'sent')
    .returning(['id', 'worst'])
    .execute();
  for (const { id, worst } of calls) await spend(trx, { runId, callId: id, worst, cost: worst });
}
