import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Database } from '#storage/database.js';
import { outageOf } from '#storage/faults.js';
import { newPublicId } from '#storage/identifiers.js';
import type { Job, Jobs } from './jobs.js';
import type { JobKind } from './kinds.js';
import { paced } from './paced.js';
import {
  addJob,
  addJobOnce,
  claimJob,
  finishJob,
  getJob,
  giveBack,
  giveBackAll,
  giveBackDead,
  latestJob,
  renewClaims,
  requestCancel,
  storeProgress,
  waitingLanes,
} from './queue.js';
import { type JobOutcome, runThread } from './thread.js';

const progressEvery = 1_000;
const outageEvery = 1_000;

/** How a process stops, in milliseconds. */
export interface Stopping {
  /** How often it gives a sign of life for the threads that still run. */
  readonly renewEvery: number;
  /** How long they have to end before they are killed. */
  readonly killAfter: number;
}

const ordinaryStop: Stopping = { renewEvery: 5_000, killAfter: 30_000 };

interface Running {
  readonly id: number;
  readonly cancel: AbortController;
  readonly kill: AbortController;
  /** True once its thread is gone: how it ended is being stored. */
  over: boolean;
  ended: Promise<void>;
}

/**
 * The part of one process in the queue of long work. Each job has a worker thread to itself;
 * progress and result are stored on its row. Nothing is taken before `start`, so a command that
 * only adds or reads jobs runs none.
 */
export function createJobs(options: {
  database: Database;
  log: Logger;
  now: () => number;
  kinds: readonly JobKind[];
  stopping?: Stopping | undefined;
}): Jobs & { start(): Promise<void> } {
  const { database, log, now } = options;
  const { db } = database;
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  const kindNames = [...kinds.keys()];
  const lanes = new Map(options.kinds.map(({ lane }) => [lane.name, lane]));
  const running = new Map<string, Running>();
  const halt = new AbortController();
  let started = false;
  let looking: Promise<void> | null = null;
  let lookAgain = false;

  const known = (kind: string): JobKind => {
    const found = kinds.get(kind);
    if (found === undefined) throw new Error(`no kind of job is called ${kind}`);
    return found;
  };

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

  /** True where somebody cancelled the job before this process began to stop. */
  const wasCancelled = ({ cancel }: Running): boolean =>
    cancel.signal.aborted && cancel.signal.reason !== halt.signal.reason;

  function settle(claim: string, outcome: JobOutcome, use: Running): Promise<unknown> {
    if (outcome.type === 'done') {
      const result = JSON.stringify(outcome.result ?? null);
      return finishJob(db, claim, { state: 'done', result, finished_at: now() });
    }
    // A job that was cancelled later goes back as well: its work reads the cancel as it begins anew.
    const halted = halt.signal.aborted && !(outcome.type === 'cancelled' && wasCancelled(use));
    if (halted) return giveBack(db, claim);
    if (outcome.type === 'cancelled')
      return finishJob(db, claim, { state: 'cancelled', finished_at: now() });
    return finishJob(db, claim, { state: 'failed', error: outcome.message, finished_at: now() });
  }

  async function work(claim: string, job: Job, use: Running): Promise<void> {
    const named = { job: job.public_id, kind: job.kind };
    const reports = paced(progressEvery, (progress) => {
      storeProgress(db, claim, progress).catch((error: unknown) =>
        log.error({ err: error, ...named }, 'progress was not stored'),
      );
    });
    let outcome: JobOutcome;
    try {
      const { location } = database;
      const { payload } = job;
      const { signal: cancel } = use.cancel;
      const { signal: kill } = use.kill;
      outcome = await runThread(known(job.kind), {
        location,
        payload,
        cancel,
        kill,
        heard: reports.send,
      });
    } catch (error) {
      outcome = { type: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
    reports.end();
    use.over = true;
    if (outcome.type === 'failed' && outcome.cause !== undefined)
      log.error({ err: outcome.cause, ...named }, 'a job failed');
    try {
      await persistently(() => settle(claim, outcome, use));
    } catch (error) {
      log.error({ err: error, ...named }, 'the end of a job was not stored');
    }
    running.delete(claim);
    void look();
  }

  /** Takes what the lanes have room for. */
  async function takeJobs(): Promise<void> {
    const waiting = await waitingLanes(db, kindNames);
    for (const lane of [...lanes.values()].filter(({ name }) => waiting.has(name))) {
      while (!halt.signal.aborted) {
        const claim = newPublicId();
        const job = await claimJob(db, { claim, lane, kinds: kindNames, now: now() });
        if (job === undefined) break;
        log.info({ job: job.public_id, kind: job.kind }, 'job started');
        const use: Running = {
          id: job.id,
          cancel: new AbortController(),
          kill: new AbortController(),
          over: false,
          ended: Promise.resolve(),
        };
        running.set(claim, use);
        use.ended = work(claim, job, use);
      }
    }
  }

  /** Gives a sign of life for what runs here; ends what was cancelled or taken by others. */
  async function renew(): Promise<void> {
    const before = [...running];
    if (before.length === 0) return;
    const held = await renewClaims(
      db,
      before.map(([claim]) => claim),
    );
    for (const [claim, use] of before) {
      if (use.over) continue;
      const asked = held.get(claim);
      if (asked === undefined) {
        log.warn('another process has taken up a job of this one');
        use.kill.abort();
      } else if (asked !== null) use.cancel.abort();
    }
  }

  async function logged(part: () => Promise<unknown>): Promise<void> {
    try {
      await part();
    } catch (error) {
      if (outageOf(error) === undefined) log.error({ err: error }, 'the queue of jobs failed');
      else log.warn({ err: error }, 'the queue of jobs waits for the database');
    }
  }

  async function lookOnce(): Promise<void> {
    await logged(renew);
    await logged(async () => {
      await giveBackDead(db, [...running.keys()]);
      await takeJobs();
      // Once more, for a cancel between the taking of a job and the start of its thread.
      await renew();
    });
  }

  /** Comes back once no thread runs; gives signs of life until then. */
  async function endThreads({ renewEvery, killAfter }: Stopping): Promise<void> {
    const kill = setTimeout(() => {
      for (const use of running.values()) use.kill.abort();
    }, killAfter);
    const alive = setInterval(() => void logged(renew), renewEvery);
    for (const use of running.values()) use.cancel.abort(halt.signal.reason);
    await Promise.all([...running.values()].map((use) => use.ended));
    clearTimeout(kill);
    clearInterval(alive);
  }

  /** One look at a time; those asked for in the meantime are one more together. */
  async function look(): Promise<void> {
    if (!started || halt.signal.aborted) return;
    lookAgain = true;
    looking ??= (async () => {
      while (lookAgain && !halt.signal.aborted) {
        lookAgain = false;
        await lookOnce();
      }
      looking = null;
    })();
    await looking;
  }

  return {
    async start() {
      // One server has the SQLite file, and commands run no job: a job that is running there was
      // left by a process that has ended.
      if (database.engine === 'sqlite') await giveBackAll(db);
      started = true;
      void look();
    },
    async add(kind, payload, accountId) {
      const job = await addJob(db, { kind: known(kind), payload, accountId, now: now() });
      void look();
      return job;
    },
    async addOnce(kind, payload, accountId) {
      const job = await addJobOnce(db, { kind: known(kind), payload, accountId, now: now() });
      void look();
      return job;
    },
    get: (id) => getJob(db, id),
    latest: (kind, payload) => latestJob(db, known(kind), payload),
    async cancel(id, more) {
      await requestCancel(db, { ...more, id, now: now() });
      for (const use of running.values()) if (use.id === id) use.cancel.abort();
    },
    look,
    async stop() {
      halt.abort();
      await looking;
      await endThreads(options.stopping ?? ordinaryStop);
    },
  };
}
