import { inviteRater, renewPersonalLink } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';

/**
 * Invites raters who carry `origin = simulated`, with every judgment of theirs; gives the paths of
 * their personal links.
 */
export async function inviteSimulatedRaters(
  db: Db,
  options: { studyId: number; count: number; now: number },
): Promise<string[]> {
  const links: string[] = [];
  for (let index = 0; index < options.count; index += 1) {
    const { token } = await inTransaction(db, (trx) =>
      inviteRater(trx, { studyId: options.studyId, origin: 'simulated', now: options.now }),
    );
    links.push(`/r/${token}`);
  }
  return links;
}

/**
 * New personal links for the simulated raters that a study has already, in the order in which they
 * came; blocked and withdrawn ones stay away.
 */
export async function renewSimulatedRaters(db: Db, studyId: number): Promise<string[]> {
  const raters = await db
    .selectFrom('rater')
    .select('id')
    .where('study_id', '=', studyId)
    .where('origin', '=', 'simulated')
    .where('state', 'not in', ['blocked', 'withdrawn'])
    .orderBy('id')
    .execute();
  const links: string[] = [];
  for (const rater of raters)
    links.push(`/r/${await inTransaction(db, (trx) => renewPersonalLink(trx, rater.id))}`);
  return links;
}
