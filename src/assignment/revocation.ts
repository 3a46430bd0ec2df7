import { recordConsent } from '#raters/consentEvents.js';
import { gateOf } from '#raters/gate.js';
import { lockRater, moveRater, recordRaterEvent, type Rater } from '#raters/rater.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { getStudy, presentSettings } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import { givePlaceBack, lockItem, type Strategy, takeFreePlace } from './places.js';
import { moveAssignment } from './transitions.js';
import { workedTime } from './workedTime.js';

/** Who does what to whom, when and why. */
export interface RaterAction {
  readonly raterId: number;
  readonly now: number;
  readonly accountId: number | null;
  readonly reason: string;
}

/**
 * Reads a rater under the lock that a submit of theirs takes first too, so that none of their
 * judgments comes in unseen.
 */
async function lockRaterAndStrategy(
  trx: Trx,
  raterId: number,
): Promise<{ rater: Rater; strategy: Strategy }> {
  const rater = await lockRater(trx, raterId);
  const study = await trx
    .selectFrom('study')
    .select('settings')
    .where('id', '=', rater.study_id)
    .executeTakeFirstOrThrow();
  return { rater, strategy: presentSettings(study).strategy };
}

/**
 * Takes every open lease of a rater back: the places are free at once; what they still send takes
 * none.
 */
async function revokeLeases(
  trx: Trx,
  rater: Rater,
  strategy: Strategy,
  options: { at: number; cause: 'blocked' | 'excluded' | 'stopped' | 'withdrawn' },
): Promise<void> {
  const held = await trx
    .selectFrom('assignment')
    .selectAll()
    .where('rater_id', '=', rater.id)
    .where('state', '=', 'leased')
    .orderBy('item_id')
    .execute();
  for (const assignment of held) {
    if (assignment.place_no !== null)
      await givePlaceBack(trx, assignment.item_id, assignment.place_no, strategy);
    await moveAssignment(trx, assignment, 'revoked', { ...options, values: { place_no: null } });
  }
}

/**
 * Blocks a rater: no more items, open leases freed; what was judged stays and counts. False where
 * they were blocked before.
 */
export const blockRater = (db: Db, action: RaterAction): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    const { rater, strategy } = await lockRaterAndStrategy(trx, action.raterId);
    if (rater.state === 'blocked') return false;
    await moveRater(trx, rater, 'blocked', {
      at: action.now,
      accountId: action.accountId,
      action: 'block',
      reason: action.reason,
    });
    await revokeLeases(trx, rater, strategy, { at: action.now, cause: 'blocked' });
    return true;
  });

/** Lets a blocked rater work again. Throws a `Problem` where they are not blocked. */
export const unblockRater = (db: Db, action: RaterAction): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    const { rater } = await lockRaterAndStrategy(trx, action.raterId);
    if (rater.state !== 'blocked')
      throw new Problem(409, 'rater_move', 'This rater is not blocked.', 'Nothing was changed.');
    await moveRater(trx, rater, rater.consented_at === null ? 'invited' : 'consented', {
      at: action.now,
      accountId: action.accountId,
      action: 'unblock',
      reason: action.reason,
    });
    return true;
  });

/**
 * Excludes a rater's judgments: they stay, count nowhere, and their places are free for others, as
 * is what the rater holds. They get nothing more. Which of the judgments held a place is kept.
 * False where they were excluded before.
 */
export const excludeRater = (db: Db, action: RaterAction): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    const { rater, strategy } = await lockRaterAndStrategy(trx, action.raterId);
    if (rater.excluded_at !== null) return false;
    await revokeLeases(trx, rater, strategy, { at: action.now, cause: 'excluded' });
    const submitted = await trx
      .selectFrom('assignment')
      .select(['id', 'item_id', 'place_no'])
      .where('rater_id', '=', rater.id)
      .where('state', '=', 'submitted')
      .where('excluded_at', 'is', null)
      .orderBy('item_id')
      .execute();
    for (const assignment of submitted) {
      await trx
        .updateTable('assignment')
        .set({
          excluded_at: action.now,
          place_no: null,
          place_lost: Number(assignment.place_no !== null),
        })
        .where('id', '=', assignment.id)
        .execute();
      if (assignment.place_no !== null)
        await givePlaceBack(trx, assignment.item_id, assignment.place_no, strategy);
    }
    await trx
      .updateTable('rater')
      .set({ excluded_at: action.now, exclusion_reason: action.reason })
      .where('id', '=', rater.id)
      .execute();
    await recordRaterEvent(trx, {
      raterId: rater.id,
      at: action.now,
      accountId: action.accountId,
      action: 'exclude',
      reason: action.reason,
    });
    return true;
  });

/**
 * Takes an exclusion back: the rater may work again; judgments that lost a place by it count again
 * where one is still free, the others are surplus. Gives both numbers; undefined where
 * the rater is not excluded.
 */
export const restoreRater = (
  db: Db,
  action: RaterAction,
): Promise<{ counted: number; surplus: number } | undefined> =>
  inTransaction(db, async (trx) => {
    const { rater, strategy } = await lockRaterAndStrategy(trx, action.raterId);
    if (rater.excluded_at === null) return undefined;
    let counted = 0;
    let surplus = 0;
    const excluded = await trx
      .selectFrom('assignment')
      .select(['id', 'item_id', 'place_lost'])
      .where('rater_id', '=', rater.id)
      .where('state', '=', 'submitted')
      .where('excluded_at', 'is not', null)
      .orderBy('item_id')
      .execute();
    for (const assignment of excluded) {
      const again = assignment.place_lost === 1 && rater.state !== 'withdrawn';
      const place = again
        ? ((await takeFreePlace(trx, await lockItem(trx, assignment.item_id), strategy)) ?? null)
        : null;
      await trx
        .updateTable('assignment')
        .set({ excluded_at: null, place_no: place, place_lost: 0 })
        .where('id', '=', assignment.id)
        .execute();
      if (place === null) surplus += 1;
      else counted += 1;
    }
    await trx
      .updateTable('rater')
      .set({ excluded_at: null, exclusion_reason: null })
      .where('id', '=', rater.id)
      .execute();
    await recordRaterEvent(trx, {
      raterId: rater.id,
      at: action.now,
      accountId: action.accountId,
      action: 'restore',
      reason: action.reason,
    });
    return { counted, surplus };
  });

/**
 * A rater stops of their own accord: open leases are free for others, what was judged stays and
 * counts. False where they had stopped before.
 */
export const stopRater = (db: Db, action: Pick<RaterAction, 'raterId' | 'now'>): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    const { rater, strategy } = await lockRaterAndStrategy(trx, action.raterId);
    if (rater.stopped_at !== null) return false;
    gateOf(rater, await getStudy(trx, rater.study_id), action.now).require('stop');
    await revokeLeases(trx, rater, strategy, { at: action.now, cause: 'stopped' });
    await trx
      .updateTable('rater')
      .set({ stopped_at: action.now })
      .where('id', '=', rater.id)
      .execute();
    await recordRaterEvent(trx, {
      raterId: rater.id,
      at: action.now,
      accountId: null,
      action: 'stop',
      reason: null,
    });
    return true;
  });

/**
 * Blanks the answers of a rater who withdraws: the one sanctioned loss. The rows stay and say when
 * and why; their places are free for others. False where the rater had withdrawn before.
 */
export const withdrawRater = (db: Db, action: RaterAction): Promise<boolean> =>
  inTransaction(db, async (trx) => {
    const { rater, strategy } = await lockRaterAndStrategy(trx, action.raterId);
    if (rater.state === 'withdrawn') return false;
    await revokeLeases(trx, rater, strategy, { at: action.now, cause: 'withdrawn' });
    const submitted = await trx
      .selectFrom('assignment')
      .select(['id', 'item_id', 'place_no'])
      .where('rater_id', '=', rater.id)
      .where('state', '=', 'submitted')
      .orderBy('item_id')
      .execute();
    for (const assignment of submitted) {
      await trx
        .updateTable('assignment')
        .set({ place_no: null })
        .where('id', '=', assignment.id)
        .execute();
      if (assignment.place_no !== null)
        await givePlaceBack(trx, assignment.item_id, assignment.place_no, strategy);
    }
    const times = await trx
      .selectFrom('judgment')
      .select(['shown_at', 'submitted_at', 'active_ms'])
      .where('rater_id', '=', rater.id)
      .where('revision', '=', 1)
      .execute();
    await trx
      .updateTable('rater')
      .set({ worked_ms: times.reduce((sum, one) => sum + workedTime(one), 0) })
      .where('id', '=', rater.id)
      .execute();
    await trx
      .updateTable('judgment')
      .set({
        active_ms: null,
        visible_ms: null,
        label_choice: null,
        ambiguous: null,
        relevance: null,
        answers: '{}',
        comment: null,
        blanked_at: action.now,
        blank_reason: action.reason,
      })
      .where('rater_id', '=', rater.id)
      .where('blanked_at', 'is', null)
      .execute();
    const assignments = trx.selectFrom('assignment').select('id').where('rater_id', '=', rater.id);
    await trx
      .updateTable('flag')
      .set({ comment: null })
      .where('assignment_id', 'in', assignments)
      .execute();
    await trx
      .updateTable('assignment_return')
      .set({ comment: null })
      .where('assignment_id', 'in', assignments)
      .execute();
    await trx.deleteFrom('rater_ai_use').where('rater_id', '=', rater.id).execute();
    await trx.deleteFrom('training_answer').where('rater_id', '=', rater.id).execute();
    await moveRater(trx, rater, 'withdrawn', {
      at: action.now,
      accountId: action.accountId,
      action: 'withdraw',
      reason: action.reason,
    });
    await recordConsent(trx, {
      studyId: rater.study_id,
      raterId: rater.id,
      kind: 'withdrawn',
      consentVersion: rater.consent_version ?? 0,
      warningVersion: rater.warning_version ?? 0,
      at: action.now,
    });
    return true;
  });
