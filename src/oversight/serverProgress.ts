import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { progressOf, type StudyProgress } from './progress.js';
import type { ProgressTask } from './progress.worker.js';

type Counting = Pick<Application, 'db' | 'database' | 'now'>;

const pool = new Piscina({
  filename: fileURLToPath(new URL('./progress.worker.js', import.meta.url)),
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 30_000,
});

/**
 * Up to this many items are counted at once; more would hold up the raters' requests in a process
 * that keeps SQLite itself.
 */
const countedAtOnce = 500;

/** A study's progress as it is now, counted where it holds nobody up. */
export async function serverProgress(
  { db, database, now }: Counting,
  study: Study,
): Promise<StudyProgress> {
  const beyond =
    database.engine === 'sqlite'
      ? await db
          .selectFrom('item')
          .select('id')
          .where('study_id', '=', study.id)
          .offset(countedAtOnce)
          .limit(1)
          .executeTakeFirst()
      : undefined;
  if (beyond === undefined) return progressOf(db, study, now());
  const counted: StudyProgress = await pool.run({
    location: database.location,
    study,
    now: now(),
  } satisfies ProgressTask);
  return counted;
}

interface Kept {
  readonly state: Study['state'];
  readonly until: number;
  readonly progress: Promise<StudyProgress>;
}
const kept = new WeakMap<object, Map<number, Kept>>();

/**
 * The same for pages that ask again and again: those who ask at once share one count, and counting
 * takes at most a fortieth of the time, however large the study is.
 */
export function keptProgress(application: Counting, study: Study): Promise<StudyProgress> {
  let byStudy = kept.get(application.database);
  if (byStudy === undefined) kept.set(application.database, (byStudy = new Map()));
  const studies = byStudy;
  const known = studies.get(study.id);
  const begun = performance.now();
  if (known !== undefined && begun < known.until && known.state === study.state)
    return known.progress;
  const progress = serverProgress(application, study);
  studies.set(study.id, { state: study.state, until: Infinity, progress });
  progress.then(
    () =>
      studies.set(study.id, {
        state: study.state,
        until: performance.now() + 40 * (performance.now() - begun),
        progress,
      }),
    () => studies.delete(study.id),
  );
  return progress;
}
