import { type Kysely, sql } from 'kysely';
import { run } from './dialect.js';

/**
 * A study counts the pseudonyms that it has given: a count of its raters is the same for two who
 * join at once.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await run(db, `alter table study add column raters_numbered {INT} not null default 0;\n`);
  const { rows } = await sql<{
    study_id: number;
    pseudonym: string;
  }>`select study_id, pseudonym from rater`.execute(db);
  const highest = new Map<number, number>();
  for (const { study_id: study, pseudonym } of rows) {
    const number = Number(/^r-(\d{1,15})$/.exec(pseudonym)?.[1] ?? 0);
    highest.set(study, Math.max(highest.get(study) ?? 0, number));
  }
  for (const [study, number] of highest)
    await sql`update study set raters_numbered = ${number} where id = ${study}`.execute(db);
}
