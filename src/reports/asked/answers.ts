import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { lockStudy, type Study } from '#studies/study.js';
import type { Staff } from '#web/identity.js';
import { type Line, lineNames, type LineFacts, lines } from './lines.js';
import { knownOf, type PaceOfWork } from './known.js';

/** What staff wrote on a line, as it stands. */
export interface Written {
  readonly version: number;
  readonly answer: string;
}

/** What stands on each line; version 0 and nothing where nobody wrote. */
export async function writtenOf(db: Db, studyId: number): Promise<Record<Line, Written>> {
  const rows = await db
    .selectFrom('reviewer_answer')
    .select(['line', 'version', 'answer'])
    .where('study_id', '=', studyId)
    .orderBy('version')
    .execute();
  const newest = new Map(rows.map(({ line, ...written }) => [line, written]));
  return Object.fromEntries(
    lineNames.map((line) => [line, newest.get(line) ?? { version: 0, answer: '' }]),
  ) as Record<Line, Written>;
}

/** An answer to one line, and the version that its author had read. */
export interface Change {
  readonly line: Line;
  readonly answer: string;
  readonly read: number;
}

/** A line that somebody else has changed since it was read. */
export interface Overtaken {
  readonly line: Line;
  readonly standing: Written;
}

/**
 * Stores answers that differ from what stands, all or none. Gives the lines that somebody else has
 * changed meanwhile; nothing is stored then.
 */
export const storeAnswers = (
  db: Db,
  given: { study: Study; changes: readonly Change[]; staff: Staff; now: number },
): Promise<readonly Overtaken[]> =>
  inTransaction(db, async (trx) => {
    const { study, staff, now } = given;
    await lockStudy(trx, study.id);
    const standing = await writtenOf(trx, study.id);
    const changes = given.changes.filter(({ line, answer }) => answer !== standing[line].answer);
    const overtaken = changes.filter(({ line, read }) => read !== standing[line].version);
    if (overtaken.length > 0)
      return overtaken.map(({ line }) => ({ line, standing: standing[line] }));
    for (const { line, answer } of changes)
      await trx
        .insertInto('reviewer_answer')
        .values({
          study_id: study.id,
          line,
          version: standing[line].version + 1,
          answer,
          at: now,
          account_id: staff.accountId,
        })
        .execute();
    if (changes.length > 0)
      await recordAudit(trx, {
        at: now,
        staff,
        action: 'study.answer-reviewers',
        subject: `study ${study.public_id}`,
        detail: { lines: changes.map(({ line }) => lines[line].title) },
      });
    return [];
  });

/**
 * Every line with what the database knows of it and what staff wrote.
 * @param pace null: nothing is said of it
 */
export async function readAsked(
  db: Db,
  study: Study,
  pace: PaceOfWork | null,
): Promise<LineFacts[]> {
  const known = await knownOf(db, study, pace);
  const written = await writtenOf(db, study.id);
  return lineNames.map((line) => ({
    line,
    known: [...(known[line]?.sentences ?? [])],
    enough: known[line]?.enough ?? false,
    written: written[line].answer,
  }));
}
