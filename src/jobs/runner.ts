import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Updateable } from 'kysely';
import type { Logger } from 'pino';
import type { Database, DatabaseLocation, Trx } from '#storage/database.js';
import { outageOf } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import type { JobTable } from '#storage/tables.js';
import { inTransaction } from '#storage/transaction.js';
import type { Job, Jobs } from './jobs.js';
import type { JobKind } from './kinds.js';

/** What a job's worker thread is started with (`workerData`). */
export interface JobWorkerData {
  readonly location: DatabaseLocation;
  readonly payload: unknown;
  readonly jobId: number;
  readonly settings: unknown;
}

/** What a job's worker thread says to the runner. */
export type JobMessage =
  | { type: 'progress'; progress: unknown }
  | { type: 'done'; result: unknown }
  | { type: 'failed'; message: string }
  | { type: 'cancelled' };

const heartbeatEvery = 5_000;
const deadAfter = 60_000;
const progressEvery = 250;
const outageEvery = 1_000;

interface Running {
  readonly worker: Worker;
  readonly ended: Promise<void>;
}

/**
 * Runs the queue of long work: one job at a time in this process, each in a worker thread of its
 * own, progress and result stored on its row. A job whose process died (no heartbeat for a minute)
 * is queued again.
 */
export function createJobs(options: {
  database: Database;
  log: Logger;
  now: () => number;
  kinds: readonly JobKind[];
}): Jobs & { start(): Promise<void>; idle(): Promise<void> } {
  const { database, log, now } = options;
  const { db } = database;
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  let running: { id: number; use: Running } | null = null;
  const halt = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  /**
   * Repeats `work` while the database is away or full, until this process stops: the end of a job
   * must not be lost.
   */
  async function persistently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (halt.signal.aborted || outageOf(error) === undefined) throw error;
        log.warn({ err: error }, 'the queue of jobs waits for the database');
      }
      await pause(outageEvery, undefined, { signal: halt.signal });
    }
  }

  /**
   * Stores how a running job ended; where a cut connection leaves that open, it is stored again.
   */
  const leaveRunning = (id: number, values: Updateable<JobTable>): Promise<unknown> =>
    inTransaction(
      db,
      (trx) =>
        trx
          .updateTable('job')
          .set(values)
          .where('id', '=', id)
          .where('state', '=', 'running')
          .execute(),
      { repeatable: true },
    );

  const finish = (
    id: number,
    values: { state: 'done' | 'failed' | 'cancelled'; result?: string; error?: string },
  ): Promise<unknown> => leaveRunning(id, { ...values, finished_at: now() });

  const requeue = (id: number): Promise<unknown> =>
    leaveRunning(id, { state: 'queued', started_at: null, heartbeat_at: null });

  /**
   * Takes the oldest queued job whose kind this process knows; nobody else can take it afterwards.
   */
  function claim(): Promise<Job | undefined> {
    const at = now();
    let tried = 0;
    const work = async (trx: Trx): Promise<Job | undefined> => {
      const taken = await trx
        .selectFrom('job')
        .selectAll()
        .where('id', '=', tried)
        .where('state', '=', 'running')
        .where('started_at', '=', at)
        .executeTakeFirst();
      if (taken !== undefined) return taken;
      const next = await trx
        .selectFrom('job')
        .select('id')
        .where('state', '=', 'queued')
        .where('kind', 'in', [...kinds.keys()])
        .orderBy('id')
        .limit(1)
        .$if(database.engine === 'postgres', (query) => query.forUpdate().skipLocked())
        .executeTakeFirst();
      if (next === undefined) return undefined;
      tried = next.id;
      return trx
        .updateTable('job')
        .set({ state: 'running', started_at: at, heartbeat_at: at })
        .where('id', '=', tried)
        .returningAll()
        .executeTakeFirstOrThrow();
    };
    return inTransaction(db, work, { repeatable: true });
  }

  function start(job: Job, kind: JobKind): Running {
    const workerData: JobWorkerData = {
      location: database.location,
      payload: kind.payload.parse(JSON.parse(job.payload)),
      jobId: job.id,
      settings: kind.settings,
    };
    const worker = new Worker(kind.module, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: kind.heapMegabytes },
    });
    let lastProgress = 0;
    let outcome: JobMessage | null = null;
    const heartbeat = setInterval(() => {
      void db
        .updateTable('job')
        .set({ heartbeat_at: now() })
        .where('id', '=', job.id)
        .where('state', '=', 'running')
        .execute()
        .catch((error: unknown) =>
          log.error({ err: error, job: job.public_id }, 'heartbeat failed'),
        );
    }, heartbeatEvery);
    const store = (progress: unknown): void => {
      void db
        .updateTable('job')
        .set({ progress: JSON.stringify(progress) })
        .where('id', '=', job.id)
        .where('state', '=', 'running')
        .execute()
        .catch((error: unknown) =>
          log.error({ err: error, job: job.public_id }, 'progress was not stored'),
        );
    };
    const ended = new Promise<void>((resolve) => {
      worker.on('message', (message: JobMessage) => {
        if (message.type !== 'progress') {
          outcome = message;
          return;
        }
        if (now() - lastProgress < progressEvery) return;
        lastProgress = now();
        store(message.progress);
      });
      worker.on('error', (error) => {
        outcome = { type: 'failed', message: error.message };
        log.error({ err: error, job: job.public_id, kind: job.kind }, 'a job failed');
      });
      worker.on('exit', () => {
        clearInterval(heartbeat);
        void persistently(() => settle(job, outcome))
          .catch((error: unknown) =>
            log.error({ err: error, job: job.public_id }, 'the end of a job was not stored'),
          )
          .finally(resolve);
      });
    });
    return { worker, ended };
  }

  async function settle(job: Job, outcome: JobMessage | null): Promise<void> {
    if (outcome?.type === 'done')
      await finish(job.id, { state: 'done', result: JSON.stringify(outcome.result ?? null) });
    else if (outcome?.type === 'cancelled' && halt.signal.aborted) await requeue(job.id);
    else if (outcome?.type === 'cancelled') await finish(job.id, { state: 'cancelled' });
    else if (halt.signal.aborted) await requeue(job.id);
    else
      await finish(job.id, {
        state: 'failed',
        error:
          outcome?.type === 'failed' ? outcome.message : 'The worker ended without saying why.',
      });
  }

  async function runAll(): Promise<void> {
    while (!halt.signal.aborted) {
      const job = await persistently(claim);
      if (job === undefined) return;
      log.info({ job: job.public_id, kind: job.kind }, 'job started');
      try {
        running = { id: job.id, use: start(job, known(job.kind)) };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        await persistently(() => finish(job.id, { state: 'failed', error: message }));
        continue;
      }
      const { worker, ended } = running.use;
      // Somebody may have cancelled it before it could be told.
      const told = persistently(() => get(job.id)).then(
        (fresh) => fresh.cancel_requested_at !== null && worker.postMessage('cancel'),
        (error: unknown) =>
          log.error(
            { err: error, job: job.public_id },
            'it is not known whether a job was cancelled',
          ),
      );
      await Promise.all([ended, told]);
      running = null;
    }
  }

  const wake = (): void => {
    loop = loop
      .then(runAll)
      .catch((error: unknown) => log.error({ err: error }, 'the queue of jobs stumbled'));
  };

  const known = (kind: string): JobKind => {
    const found = kinds.get(kind);
    if (found === undefined) throw new Error(`no kind of job is called ${kind}`);
    return found;
  };

  const get = (id: number): Promise<Job> =>
    db.selectFrom('job').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  return {
    async start() {
      await db
        .updateTable('job')
        .set({ state: 'queued', started_at: null, heartbeat_at: null })
        .where('state', '=', 'running')
        .where((eb) =>
          eb.or([
            eb('heartbeat_at', 'is', null),
            eb('heartbeat_at', '<', now() - (database.engine === 'sqlite' ? 0 : deadAfter)),
          ]),
        )
        .execute();
      wake();
    },
    async add(kind, payload, accountId) {
      const job = await db
        .insertInto('job')
        .values({
          public_id: newPublicId(),
          kind,
          state: 'queued',
          payload: JSON.stringify(known(kind).payload.parse(payload)),
          account_id: accountId,
          created_at: now(),
          progress: null,
          result: null,
          error: null,
          started_at: null,
          heartbeat_at: null,
          finished_at: null,
          cancel_requested_at: null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      wake();
      return job;
    },
    find: (publicId) =>
      db.selectFrom('job').selectAll().where('public_id', '=', publicId).executeTakeFirst(),
    get,
    latest: (kind, payload) =>
      db
        .selectFrom('job')
        .selectAll()
        .where('kind', '=', kind)
        .where('payload', '=', JSON.stringify(known(kind).payload.parse(payload)))
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst(),
    async cancel(id, also = () => Promise.resolve()) {
      await inTransaction(db, async (trx) => {
        await trx
          .updateTable('job')
          .set({ state: 'cancelled', finished_at: now(), cancel_requested_at: now() })
          .where('id', '=', id)
          .where('state', '=', 'queued')
          .execute();
        await trx
          .updateTable('job')
          .set({ cancel_requested_at: now() })
          .where('id', '=', id)
          .where('state', '=', 'running')
          .execute();
        const job = await trx
          .selectFrom('job')
          .selectAll()
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        await also(trx, job);
      });
      if (running?.id === id) running.use.worker.postMessage('cancel');
    },
    async stop() {
      halt.abort();
      running?.use.worker.postMessage('cancel');
      await loop;
    },
    idle: () => loop,
  };
}
