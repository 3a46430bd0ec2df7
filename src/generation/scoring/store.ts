import type { Insertable } from 'kysely';
import type { Database } from '#storage/database.js';
import type { CandidateScoreTable } from '#storage/generationTables.js';
import { insertRows } from '#storage/insertRows.js';
import { inTransaction } from '#storage/transaction.js';
import { addDecisions, type Decision } from '../candidates.js';
import type { Stage } from '../generation.js';

export type Score = Omit<Insertable<CandidateScoreTable>, 'stage_id'>;

/** Rows of one transaction. */
const together = 500;

/** What a stage has stored of some candidates before, by candidate. */
export interface Stored {
  readonly dropped: ReadonlySet<number>;
  /** How many scores each has. */
  readonly scores: ReadonlyMap<number, number>;
}

/** What an earlier process of the same stage has stored. */
export async function readStored({ db }: Database, stage: Pick<Stage, 'id'>): Promise<Stored> {
  const dropped = await db
    .selectFrom('candidate_decision')
    .select('candidate_id')
    .where('stage_id', '=', stage.id)
    .where('kept', '=', 0)
    .execute();
  const scores = await db
    .selectFrom('candidate_score')
    .select((eb) => ['candidate_id', eb.fn.countAll<number>().as('count')])
    .where('stage_id', '=', stage.id)
    .groupBy('candidate_id')
    .execute();
  return {
    dropped: new Set(dropped.map(({ candidate_id: id }) => id)),
    scores: new Map(scores.map(({ candidate_id: id, count }) => [id, Number(count)])),
  };
}

/**
 * Stores scores and decisions of a stage, many in one transaction. What it holds when a process dies
 * is asked again, and comes from the ledger then.
 */
export class ScoreStore {
  readonly #database: Database;
  readonly #stage: Pick<Stage, 'id'>;
  #scores: Score[] = [];
  #decisions: Decision[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(database: Database, stage: Pick<Stage, 'id'>) {
    this.#database = database;
    this.#stage = stage;
  }

  /** Comes back once it may take more. */
  async add(scores: readonly Score[], decision: Decision | null): Promise<void> {
    this.#scores.push(...scores);
    if (decision !== null) this.#decisions.push(decision);
    if (this.#scores.length + this.#decisions.length >= together) await this.flush();
  }

  /** Stores what it holds. */
  async flush(): Promise<void> {
    const [scores, decisions] = [this.#scores, this.#decisions];
    [this.#scores, this.#decisions] = [[], []];
    const before = this.#writing;
    const writing = (async () => {
      await before;
      await this.#write(scores, decisions);
    })();
    this.#writing = writing;
    await writing;
  }

  async #write(scores: readonly Score[], decisions: readonly Decision[]): Promise<void> {
    if (scores.length + decisions.length === 0) return;
    const stage_id = this.#stage.id;
    await inTransaction(
      this.#database.db,
      async (trx) => {
        await insertRows(
          trx,
          'candidate_score',
          scores.map((score) => ({ stage_id, ...score })),
        );
        await addDecisions(trx, this.#stage, decisions);
      },
      { repeatable: true },
    );
  }
}
