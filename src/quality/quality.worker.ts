import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import { groupsInStudy } from './groups.js';
import { seenInStudy } from './signals.js';

/** What is computed of a study, by name. */
const computations = { signals: seenInStudy, groups: groupsInStudy };

/** What each computation gives. */
export type Computed = {
  [Name in keyof typeof computations]: Awaited<ReturnType<(typeof computations)[Name]>>;
};

/** What the thread is given. */
export interface QualityTask {
  readonly location: DatabaseLocation;
  readonly studyId: number;
  readonly what: keyof Computed;
}

/** Computes in a thread with a connection of its own. */
export default async function work({
  location,
  studyId,
  what,
}: QualityTask): Promise<Computed[keyof Computed]> {
  const database = openDatabase(location, { readonly: true, poolSize: 1 });
  try {
    return await computations[what](database.db, studyId);
  } finally {
    await database.close();
  }
}
