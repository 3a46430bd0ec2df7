import type { Db } from '#storage/database.js';
import type { Rater } from './rater.js';

/** Says what a rater has earned, in sentences for them; null where nothing is said about pay. */
export type Earned = (db: Db, rater: Rater, now: number) => Promise<string | null>;

let known: Earned | undefined;

/** Registers who knows what raters earn, once for a process. */
export function registerEarned(earned: Earned): void {
  known = earned;
}

/** What a rater has earned, in sentences for them; null where nothing is known about pay. */
export const earnedBy: Earned = async (db, rater, now) => (await known?.(db, rater, now)) ?? null;
