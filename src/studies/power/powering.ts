import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import { findStudy, type Study } from '../study.js';
import type { PowerTask } from './power.worker.js';
import type { PowerQuestion } from './question.js';
import type { PowerAnswer } from './schema.js';

const pool = new Piscina({
  filename: fileURLToPath(new URL('./power.worker.js', import.meta.url)),
  minThreads: 0,
  maxThreads: 1,
  idleTimeout: 30_000,
});

/**
 * The study that a question wants to learn from; null where it names none. Throws where it has no
 * judgments or does not exist.
 */
export async function requirePilot(db: Db, publicId: string | undefined): Promise<Study | null> {
  if (publicId === undefined || publicId === '') return null;
  const study = await findStudy(db, publicId);
  if (study !== undefined && study.first_judgment_at !== null) return study;
  const message =
    study === undefined ? 'There is no such study.' : `“${study.title}” has no judgments yet.`;
  throw new Problem(
    422,
    'invalid_input',
    'There is nothing to learn from.',
    'Choose a study with judgments, or none.',
    [{ field: 'pilot', message }],
  );
}

/** Answers a question about power in a thread of its own. */
export function powerOf(
  { database }: Pick<Application, 'database'>,
  question: PowerQuestion,
  pilot: Study | null,
): Promise<PowerAnswer> {
  return pool.run({
    location: database.location,
    question,
    pilot: pilot?.id ?? null,
  } satisfies PowerTask);
}
