import type { Selectable } from 'kysely';
import type { Trx } from '#storage/database.js';
import type { JobTable } from '#storage/tables.js';

export type Job = Selectable<JobTable>;

/** The queue of long work, as features see it. */
export interface Jobs {
  /** Puts a job of a known kind into the queue and starts it as soon as a worker is free. */
  add(kind: string, payload: unknown, accountId: number | null): Promise<Job>;
  find(publicId: string): Promise<Job | undefined>;
  get(id: number): Promise<Job>;
  /** The job of this kind and payload that was added last. */
  latest(kind: string, payload: unknown): Promise<Job | undefined>;
  /**
   * Asks a queued or running job to stop; it ends as `cancelled` once it has. `also` writes more in
   * the same transaction, and is given the job as it is then.
   */
  cancel(id: number, also?: (trx: Trx, job: Job) => Promise<unknown>): Promise<void>;
  /** Stops taking jobs and aborts the running ones; they are queued again at the next start. */
  stop(): Promise<void>;
}
