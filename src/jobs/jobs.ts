import type { Selectable } from 'kysely';
import type { Trx } from '#storage/database.js';
import type { JobTable } from '#storage/tables.js';

export type Job = Selectable<JobTable>;

/** The queue of long work, as features see it. */
export interface Jobs {
  /**
   * Puts a job of a known kind into the queue. This process takes it at once where its lane is
   * free; any other takes it at its next look.
   */
  add(kind: string, payload: unknown, accountId: number | null): Promise<Job>;
  /** The same, unless one of this kind and payload is queued or running: gives that one then. */
  addOnce(kind: string, payload: unknown, accountId: number | null): Promise<Job>;
  get(id: number): Promise<Job>;
  /** The job of this kind and payload that was added last. */
  latest(kind: string, payload: unknown): Promise<Job | undefined>;
  /**
   * Asks a queued or running job to stop; it ends as `cancelled` once it has. `also` writes more in
   * the same transaction, and is given the job as it is then; it is left out where the job has
   * ended or was asked before.
   */
  cancel(id: number, options?: { also?: (trx: Trx, job: Job) => Promise<unknown> }): Promise<void>;
  /**
   * Looks once at the queue of all processes: gives a sign of life for the jobs that run here, passes
   * a cancel on to them, queues again what a dead process left, and takes what the lanes have room
   * for. A server calls it every two seconds. Logs what goes wrong and throws nothing.
   */
  look(): Promise<void>;
  /**
   * Takes no more jobs, aborts the running ones and gives them back to the queue. Gives signs of
   * life until their threads have ended, and kills those that take longer than half a minute.
   */
  stop(): Promise<void>;
}
