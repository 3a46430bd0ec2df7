import { sql, type Updateable } from 'kysely';
import { databaseTime } from '#storage/clock.js';
import { type Db, engineOf, type Trx } from '#storage/database.js';
import { isUniqueViolation } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import type { JobTable } from '#storage/tables.js';
import { inTransaction, TryAgain } from '#storage/transaction.js';
import type { Job } from './jobs.js';
import type { JobKind, Lane } from './kinds.js';

/** A running job without a sign of life for this long, in milliseconds, has lost its process. */
const deadAfter = 60_000;

/** Puts a job into the queue. Throws a `ZodError` where the payload does not fit its kind. */
export const addJob = (
  db: Db,
  given: { kind: JobKind; payload: unknown; accountId: number | null; now: number },
): Promise<Job> =>
  db
    .insertInto('job')
    .values({
      public_id: newPublicId(),
      kind: given.kind.kind,
      state: 'queued',
      payload: JSON.stringify(given.kind.payload.parse(given.payload)),
      account_id: given.accountId,
      created_at: given.now,
      progress: null,
      result: null,
      error: null,
      started_at: null,
      heartbeat_at: null,
      finished_at: null,
      cancel_requested_at: null,
      lane: given.kind.lane.name,
      lane_no: null,
      claim: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();

/**
 * The same, unless one of this kind and payload is queued or running: gives that one then. Processes
 * that add at one moment add one job.
 */
export const addJobOnce = (db: Db, given: Parameters<typeof addJob>[1]): Promise<Job> =>
  inTransaction(
    db,
    async (trx) => {
      const { kind, payload } = given;
      const key = `${kind.kind} ${JSON.stringify(kind.payload.parse(payload))}`;
      if (engineOf(trx) === 'postgres')
        await sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`.execute(trx);
      const last = await latestJob(trx, kind, payload);
      return last?.state === 'queued' || last?.state === 'running' ? last : addJob(trx, given);
    },
    { repeatable: true },
  );

export const getJob = (db: Db, id: number): Promise<Job> =>
  db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** The job of this kind and payload that was added last. */
export const latestJob = (db: Db, kind: JobKind, payload: unknown): Promise<Job | undefined> =>
  db
    .selectFrom('job')
    .selectAll()
    .where('kind', '=', kind.kind)
    .where('payload', '=', JSON.stringify(kind.payload.parse(payload)))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();

/**
 * Asks a job to stop: a queued one is cancelled at once, a running one is told by its process. A
 * job that has ended, or was asked before, stays as it is. One statement, so that a job that goes
 * back into the queue at the same moment is not missed.
 * @param options.also writes more in the same transaction where the job was asked now; it is given
 *   the job as it is then
 */
export const requestCancel = (
  db: Db,
  options: { id: number; now: number; also?: (trx: Trx, job: Job) => Promise<unknown> },
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { id, now } = options;
    const job = await trx
      .updateTable('job')
      .set((eb) => ({
        state: eb
          .case()
          .when('state', '=', 'queued')
          .then('cancelled' as const)
          .else('running' as const)
          .end(),
        finished_at: eb
          .case()
          .when('state', '=', 'queued')
          .then(eb.cast<number>(eb.val(now), 'bigint'))
          .end(),
        cancel_requested_at: now,
      }))
      .where('id', '=', id)
      .where('state', 'in', ['queued', 'running'])
      .where((eb) => eb.or([eb('state', '=', 'queued'), eb('cancel_requested_at', 'is', null)]))
      .returningAll()
      .executeTakeFirst();
    if (job !== undefined) await options.also?.(trx, job);
  });

/** The lanes in which jobs of these kinds are queued. */
export async function waitingLanes(db: Db, kinds: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('job')
    .select('lane')
    .distinct()
    .where('state', '=', 'queued')
    .where('kind', 'in', kinds)
    .execute();
  return new Set(rows.map((row) => row.lane));
}

/** The lowest number of the lane that no running job has; undefined where the lane is full. */
async function freeNumber(trx: Trx, lane: Lane): Promise<number | undefined> {
  const rows = await trx
    .selectFrom('job')
    .select('lane_no')
    .where('lane', '=', lane.name)
    .where('lane_no', 'is not', null)
    .execute();
  const taken = new Set(rows.map((row) => row.lane_no));
  for (let number = 1; number <= (lane.atOnce ?? 1); number += 1)
    if (!taken.has(number)) return number;
  return undefined;
}

/**
 * Takes the oldest queued job of a lane that has room, under a claim: what is stored of a running
 * job afterwards is stored under it. That two processes never hold one number of a lane is kept by
 * a unique index.
 */
export function claimJob(
  db: Db,
  given: { claim: string; lane: Lane; kinds: readonly string[]; now: number },
): Promise<Job | undefined> {
  const { claim, lane } = given;
  const work = async (trx: Trx): Promise<Job | undefined> => {
    const claimed = await trx
      .selectFrom('job')
      .selectAll()
      .where('claim', '=', claim)
      .executeTakeFirst();
    if (claimed !== undefined) return claimed;
    const number = await freeNumber(trx, lane);
    if (number === undefined) return undefined;
    const next = trx
      .selectFrom('job')
      .select('id')
      .where('state', '=', 'queued')
      .where('lane', '=', lane.name)
      .where('kind', 'in', given.kinds)
      .orderBy('id')
      .limit(1)
      .$if(engineOf(trx) === 'postgres', (query) => query.forUpdate().skipLocked());
    try {
      return await trx
        .updateTable('job')
        .set({
          state: 'running',
          claim,
          lane_no: number,
          started_at: given.now,
          heartbeat_at: databaseTime(trx),
        })
        .where('id', '=', next)
        .where('state', '=', 'queued')
        .returningAll()
        .executeTakeFirst();
    } catch (error) {
      if (isUniqueViolation(error)) throw new TryAgain();
      throw error;
    }
  };
  return inTransaction(db, work, { repeatable: true });
}

/**
 * Gives a sign of life for the jobs under these claims. A claim that is not in the answer does not
 * hold any more; the others say when somebody asked to cancel.
 */
export async function renewClaims(
  db: Db,
  claims: readonly string[],
): Promise<Map<string | null, number | null>> {
  const rows = await db
    .updateTable('job')
    .set({ heartbeat_at: databaseTime(db) })
    .where('claim', 'in', claims)
    .where('state', '=', 'running')
    .returning(['claim', 'cancel_requested_at'])
    .execute();
  return new Map(rows.map((row) => [row.claim, row.cancel_requested_at]));
}

/** Stores how far the job under this claim is. */
export const storeProgress = (db: Db, claim: string, progress: unknown): Promise<unknown> =>
  db
    .updateTable('job')
    .set({ progress: JSON.stringify(progress) })
    .where('claim', '=', claim)
    .where('state', '=', 'running')
    .execute();

/** Where a cut connection leaves open whether it was stored, it is stored again. */
const leaveRunning = (db: Db, claim: string, values: Updateable<JobTable>): Promise<unknown> =>
  inTransaction(
    db,
    (trx) =>
      trx
        .updateTable('job')
        .set({ claim: null, lane_no: null, ...values })
        .where('claim', '=', claim)
        .where('state', '=', 'running')
        .execute(),
    { repeatable: true },
  );

/** Stores how the job under this claim ended. */
export const finishJob = (
  db: Db,
  claim: string,
  values: {
    state: 'done' | 'failed' | 'cancelled';
    finished_at: number;
    result?: string;
    error?: string;
  },
): Promise<unknown> => leaveRunning(db, claim, values);

const backInQueue = {
  state: 'queued',
  claim: null,
  lane_no: null,
  started_at: null,
  heartbeat_at: null,
  progress: null,
} as const;

/** Gives the job under this claim back to the queue. */
export const giveBack = (db: Db, claim: string): Promise<unknown> =>
  leaveRunning(db, claim, backInQueue);

/** Queues every running job again: for a process that knows that no other one runs. */
export const giveBackAll = (db: Db): Promise<unknown> =>
  db.updateTable('job').set(backInQueue).where('state', '=', 'running').execute();

/**
 * Queues again the jobs whose process has died; those under `own` claims have not. One without a
 * claim was taken by an earlier version.
 */
export const giveBackDead = (db: Db, own: readonly string[]): Promise<unknown> =>
  db
    .updateTable('job')
    .set(backInQueue)
    .where('state', '=', 'running')
    .where('heartbeat_at', '<', (eb) => eb(databaseTime(db), '-', deadAfter))
    .$if(own.length > 0, (query) =>
      query.where((eb) => eb.or([eb('claim', 'is', null), eb('claim', 'not in', own)])),
    )
    .execute();
