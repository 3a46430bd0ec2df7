import { recordAudit } from '#accounts/audit.js';
import { getRun } from '#models/run.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { getGeneration } from '../generation.js';
import { finishedStages } from './chosen.js';
import { type Publication, publicationOf, removedAfter } from './publication.js';

const unchanged = 'Nothing was changed.';

/** What moves a run on, as the audit log names it. */
const moves = ['generation.resume', 'generation.again', 'generation.go-on'] as const;

/**
 * Why this person may not approve a publication; null where they may. Under `second-person` it is
 * nobody who asked for it, started its run, moved it on or edited its texts, and it must be known who it is: on the command
 * line it is not.
 */
export async function whyNotApprove(
  db: Db | Trx,
  options: {
    publication: Pick<Publication, 'generation_id' | 'asked_by'>;
    staff: Pick<Staff, 'accountId'> | null;
    approval: 'second-person' | 'own';
  },
): Promise<string | null> {
  const { publication, staff } = options;
  if (options.approval === 'own') return null;
  if (staff === null)
    return 'The command line does not say who approves it; another admin can on the page.';
  if (staff.accountId === publication.asked_by)
    return 'You asked for it, so somebody else approves it.';
  const generation = await getGeneration(db, publication.generation_id);
  const run = await getRun(db, generation.run_id);
  if ([generation.created_by, run.account_id].includes(staff.accountId))
    return 'You started its run, so somebody else approves it.';
  const moved = await db
    .selectFrom('audit_event')
    .select('id')
    .where('account_id', '=', staff.accountId)
    .where('subject', '=', `generation ${generation.public_id}`)
    .where('action', 'in', [...moves])
    .executeTakeFirst();
  if (moved !== undefined) return 'You moved its run on, so somebody else approves it.';
  const edited = await db
    .selectFrom('candidate_review')
    .innerJoin('generation_stage', 'generation_stage.id', 'candidate_review.stage_id')
    .select('candidate_review.id')
    .where('generation_stage.generation_id', '=', generation.id)
    .where('candidate_review.account_id', '=', staff.accountId)
    .where('candidate_review.action', '=', 'edited')
    .limit(1)
    .executeTakeFirst();
  return edited === undefined ? null : 'You edited its texts, so somebody else approves it.';
}

/** That no stage was done again since it was asked. Throws a `Problem` where one was. */
export async function requireCurrent(
  db: Db | Trx,
  publication: Pick<Publication, 'generation_id' | 'stage_id'>,
): Promise<void> {
  const generation = await getGeneration(db, publication.generation_id);
  const finished = await finishedStages(db, generation);
  if (finished?.last.id !== publication.stage_id)
    throw new Problem(
      409,
      'stages_done_again',
      'A stage of this generation was done again since this was asked.',
      `${unchanged} Refuse it, and ask again once the generation is done.`,
    );
}

/**
 * Approves or refuses a publication; one that failed can be approved again, which goes on with what
 * is published already, or refused: what is published stays, and its dropped texts have a date. The
 * caller adds the job of an approved one. Throws a `Problem` where it was
 * decided before, where this person may not approve it, and where a stage was done again since.
 */
export async function decide(
  db: Db,
  options: {
    publication: Pick<Publication, 'id' | 'public_id'>;
    approve: boolean;
    note: string;
    staff: Staff | null;
    approval: 'second-person' | 'own';
    now: number;
  },
): Promise<Publication> {
  const { approve, staff, now } = options;
  return inTransaction(db, async (trx) => {
    const row = await trx
      .updateTable('publication')
      .set({
        state: approve ? 'approved' : 'refused',
        note: options.note.trim() === '' ? null : options.note.trim().slice(0, 2_000),
        decided_at: now,
        decided_by: staff?.accountId ?? null,
      })
      .where('id', '=', options.publication.id)
      .where('state', 'in', ['asked', 'failed'])
      .returningAll()
      .executeTakeFirst();
    if (row === undefined)
      throw new Problem(
        409,
        'publication_decided',
        'This was decided meanwhile.',
        `${unchanged} The page of the generation shows how.`,
      );
    if (!approve && row.kept_dataset_id !== null) {
      const until = removedAfter(await getGeneration(trx, row.generation_id), now);
      row.dropped_until ??= until;
      await trx
        .updateTable('publication')
        .set({ dropped_until: row.dropped_until })
        .where('id', '=', row.id)
        .execute();
    }
    if (approve) {
      await requireCurrent(trx, row);
      const why = await whyNotApprove(trx, {
        publication: row,
        staff,
        approval: options.approval,
      });
      if (why !== null)
        throw new Problem(
          403,
          'second_person_wanted',
          why,
          `${unchanged} GENERATION_APPROVAL=own lets any admin approve.`,
        );
    }
    await recordAudit(trx, {
      at: now,
      staff,
      action: approve ? 'publication.approve' : 'publication.refuse',
      subject: `publication ${row.public_id}`,
      detail: { note: row.note },
    });
    return publicationOf(row);
  });
}
