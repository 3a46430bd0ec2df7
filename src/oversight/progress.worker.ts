import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import type { Study } from '#studies/study.js';
import { progressOf, type StudyProgress } from './progress.js';

/** What the counting thread is given. */
export interface ProgressTask {
  readonly location: DatabaseLocation;
  readonly study: Study;
  readonly now: number;
}

/** Counts in a thread with a connection of its own. */
export default async function work({ location, study, now }: ProgressTask): Promise<StudyProgress> {
  const database = openDatabase(location, { readonly: true, poolSize: 1 });
  try {
    return await progressOf(database.db, study, now);
  } finally {
    await database.close();
  }
}
