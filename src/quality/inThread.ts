import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Application } from '#web/application.js';
import type { Computed, QualityTask } from './quality.worker.js';

const pool = new Piscina({
  filename: fileURLToPath(new URL('./quality.worker.js', import.meta.url)),
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 30_000,
});

const underWay = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * What is seen of a study’s raters now, computed where it holds nobody up; those who ask at once
 * share one computation.
 */
export function inThread<What extends keyof Computed>(
  { database }: Pick<Application, 'database'>,
  { studyId, what }: { studyId: number; what: What },
): Promise<Computed[What]> {
  const ofDatabase = underWay.get(database) ?? new Map<string, Promise<unknown>>();
  underWay.set(database, ofDatabase);
  const key = `${what} ${studyId}`;
  const asked = ofDatabase.get(key);
  if (asked !== undefined) return asked as Promise<Computed[What]>;
  const task: QualityTask = { location: database.location, studyId, what };
  const computing: Promise<Computed[What]> = pool.run(task);
  ofDatabase.set(key, computing);
  const forget = (): void => void ofDatabase.delete(key);
  computing.then(forget, forget);
  return computing;
}
