import { type DatabaseLocation, openDatabase } from '#storage/database.js';
import { answerPower } from './answer.js';
import { readPilot } from './pilot.js';
import type { PowerQuestion } from './question.js';
import type { PowerAnswer } from './schema.js';

/** What the simulating thread is given. */
export interface PowerTask {
  readonly location: DatabaseLocation;
  readonly question: PowerQuestion;
  /** Row of the study to learn from. */
  readonly pilot: number | null;
}

/** Simulates in a thread, and reads the pilot there with a connection of its own. */
export default async function work({ location, question, pilot }: PowerTask): Promise<PowerAnswer> {
  if (pilot === null) return answerPower(question, null);
  const database = openDatabase(location, { readonly: true, poolSize: 1 });
  try {
    return answerPower(question, await readPilot(database.db, pilot));
  } finally {
    await database.close();
  }
}
