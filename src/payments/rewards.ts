import type { Db } from '#storage/database.js';
import type { Study } from '#studies/study.js';
import type { PayRule } from './rule.js';

/** Whose visit ended like this got no reward of the platform. */
const unrewarded = ['returned', 'rejected', 'timed-out', 'screened-out'];

/**
 * What the platform pays by itself for visits that are done, and takes back where one was returned
 * or rejected after all: as far as it does not stand in the ledger.
 */
export async function openRewards(db: Db, study: Study, { reward, currency }: PayRule) {
  const visits = await db
    .selectFrom('platform_submission')
    .innerJoin('platform_study', 'platform_study.id', 'platform_submission.platform_study_id')
    .leftJoin('ledger_entry', (join) =>
      join
        .onRef('ledger_entry.platform_submission_id', '=', 'platform_submission.id')
        .on('ledger_entry.kind', '=', 'reward'),
    )
    .select((eb) => [
      'platform_submission.id',
      'platform_submission.public_id',
      'platform_submission.rater_id',
      'platform_submission.state',
      eb.fn.count<number>('ledger_entry.id').as('entries'),
      eb.fn.sum<number | null>('ledger_entry.amount_minor').as('sum'),
    ])
    .where('platform_study.study_id', '=', study.id)
    .where('platform_submission.outcome', '=', 'done')
    .where('platform_submission.code', 'is not', null)
    .groupBy([
      'platform_submission.id',
      'platform_submission.public_id',
      'platform_submission.rater_id',
      'platform_submission.state',
    ])
    .orderBy('platform_submission.id')
    .execute();
  return visits.flatMap((visit) => {
    const paid = unrewarded.includes(visit.state) ? 0 : reward;
    const amount = -paid - Number(visit.sum ?? 0);
    return visit.rater_id === null || amount === 0
      ? []
      : [
          {
            raterId: visit.rater_id,
            submissionId: visit.id,
            amount,
            currency,
            reason:
              amount < 0 ? 'paid by the platform itself' : 'not paid by the platform after all',
            key: `reward ${visit.public_id} ${Number(visit.entries) + 1}`,
          },
        ];
  });
}
