import { recordAudit } from '#accounts/audit.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import type { Staff } from '#web/identity.js';

const day = 24 * 3_600_000;

/** When the ids of a study’s people are erased; null where it is not closed. */
export const idsErasedAt = (
  { state, closed_at: closedAt }: Pick<Study, 'state' | 'closed_at'>,
  idDays: number,
): number | null => (state === 'closed' && closedAt !== null ? closedAt + idDays * day : null);

const submissionsOf = (db: Db, studyId: number) =>
  db
    .selectFrom('platform_submission')
    .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
    .where('platform_study.study_id', '=', studyId);

/** How many ids and fingerprints of a study’s people are kept. */
export async function idsKept(
  db: Db,
  studyId: number,
): Promise<{ ids: number; fingerprints: number }> {
  const row = await submissionsOf(db, studyId)
    .select((eb) => [
      eb.fn.count<number>('platform_submission.external_person').as('ids'),
      eb.fn.count<number>('platform_submission.fingerprint').as('fingerprints'),
    ])
    .executeTakeFirstOrThrow();
  return { ids: Number(row.ids), fingerprints: Number(row.fingerprints) };
}

/**
 * Erases the ids of a study’s people at their platforms. Their fingerprints go too where that is
 * asked: then the same person can come again, and no list or later study knows them. Gives how many
 * ids went.
 */
export async function eraseIds(
  trx: Trx,
  given: {
    study: Pick<Study, 'id' | 'public_id'>;
    fingerprints: boolean;
    now: number;
    staff: Staff | 'server';
  },
): Promise<number> {
  const { study, fingerprints, now, staff } = given;
  const { ids } = await idsKept(trx, study.id);
  const visits = submissionsOf(trx, study.id).select('platform_submission.id');
  await trx
    .updateTable('platform_submission')
    .set({ external_person: null, ...(fingerprints ? { fingerprint: null } : {}) })
    .where('id', 'in', visits)
    .execute();
  if (fingerprints) {
    await trx
      .updateTable('rater')
      .set({ fingerprint: null })
      .where('study_id', '=', study.id)
      .execute();
    // Fingerprints stand in what was heard as well, and name visits of platforms without sessions.
    await trx
      .updateTable('platform_event')
      .set({ payload: '{}' })
      .where('platform_submission_id', 'in', visits)
      .where((eb) =>
        eb.or([eb('delivery_id', 'is', null), eb('delivery_id', 'not like', 'claim %')]),
      )
      .execute();
    await trx
      .updateTable('platform_submission')
      .set((eb) => ({
        external_id: eb(eb.val('erased '), '||', eb.ref('public_id')),
      }))
      .where('id', 'in', visits)
      .where('external_id', 'like', 'person %')
      .execute();
  }
  await recordAudit(trx, {
    at: now,
    staff,
    action: fingerprints ? 'recruitment.erase-people' : 'recruitment.erase-ids',
    subject: `study ${study.public_id}`,
    detail: { ids },
  });
  return ids;
}

/** Erases the ids of every study that was closed so long ago that their time is over. */
export async function sweepIds({
  db,
  config,
  now,
}: Pick<Application, 'db' | 'config' | 'now'>): Promise<void> {
  const at = now();
  const closed = await db
    .selectFrom('study')
    .select(['id', 'public_id'])
    .where('state', '=', 'closed')
    .where('closed_at', '<=', at - config.platforms.idDays * day)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('platform_submission')
          .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
          .select('platform_submission.id')
          .whereRef('platform_study.study_id', '=', 'study.id')
          .where('platform_submission.external_person', 'is not', null),
      ),
    )
    .execute();
  for (const study of closed)
    await inTransaction(db, (trx) =>
      eraseIds(trx, { study, fingerprints: false, now: at, staff: 'server' }),
    );
}
