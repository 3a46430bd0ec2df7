import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import { type RaterSeen, seenInStudy } from './signals.js';

/** What the thread is given. */
export interface SignalsTask {
  readonly location: DatabaseLocation;
  readonly studyId: number;
}

/** Computes the signals in a thread with a connection of its own. */
export default async function work({ location, studyId }: SignalsTask): Promise<RaterSeen[]> {
  const database = openDatabase(location, { readonly: true, poolSize: 1 });
  try {
    return await seenInStudy(database.db, studyId);
  } finally {
    await database.close();
  }
}
