import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Application } from '#web/application.js';
import type { RaterSeen } from './signals.js';
import type { SignalsTask } from './signals.worker.js';

const pool = new Piscina({
  filename: fileURLToPath(new URL('./signals.worker.js', import.meta.url)),
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 30_000,
});

const known = new WeakMap<object, Map<number, Promise<RaterSeen[]>>>();

/** The signals of a study’s raters as they are now; those who ask at once share one computation. */
export function serverSignals(
  { database }: Pick<Application, 'database'>,
  studyId: number,
): Promise<RaterSeen[]> {
  const underWay = known.get(database) ?? new Map<number, Promise<RaterSeen[]>>();
  known.set(database, underWay);
  const asked = underWay.get(studyId);
  if (asked !== undefined) return asked;
  const task: SignalsTask = { location: database.location, studyId };
  const computing: Promise<RaterSeen[]> = pool.run(task);
  underWay.set(studyId, computing);
  const forget = (): void => void underWay.delete(studyId);
  computing.then(forget, forget);
  return computing;
}
