import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import { inSnapshot } from '#storage/transaction.js';
import { readRound } from './read.js';
import { roundOf } from './round.js';
import type { Round } from './schema.js';

/** One round for the computing thread: which study of which generation, by public ids. */
export interface RoundTask {
  readonly location: DatabaseLocation;
  readonly generation: string;
  readonly study: string;
}

/** Reads everything in one transaction and computes the round. */
export default async function work({ location, ...names }: RoundTask): Promise<Round> {
  const database = openDatabase(location, { readonly: true, poolSize: 1 });
  try {
    return roundOf(await inSnapshot(database.db, (trx) => readRound(trx, names)));
  } finally {
    await database.close();
  }
}
