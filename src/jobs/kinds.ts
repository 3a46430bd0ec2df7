import type { z } from 'zod';

/** What a kind of job is given while it runs in its worker thread. */
export interface JobContext {
  /** Stored at most once a second, and shown live. */
  readonly report: (progress: unknown) => void;
  /** Aborted when somebody cancels the job or the process stops. */
  readonly signal: AbortSignal;
  /** The `settings` of the kind. */
  readonly settings: unknown;
}

/** Jobs that wait for each other, and for no job of another lane. */
export interface Lane {
  readonly name: string;
  /** How many of its jobs run at once, over all processes; 1 where nothing is said. */
  readonly atOnce?: number;
}

/**
 * One kind of long work. Its module runs in a worker thread and default-exports what `jobWork`
 * makes. A job whose process died begins anew, so its work must be able to.
 */
export interface JobKind {
  readonly kind: string;
  readonly sentence: string;
  readonly lane: Lane;
  readonly payload: z.ZodType;
  /** URL of the worker module: `new URL('./import.worker.js', import.meta.url)`. */
  readonly module: URL;
  /** Memory limit of the worker's heap in megabytes. */
  readonly heapMegabytes: number;
  /**
   * What its worker needs of the configuration: handed over in memory and stored nowhere, since it
   * may hold secrets.
   */
  readonly settings?: unknown;
}
