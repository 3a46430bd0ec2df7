import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Generation, Stage } from './generation.js';
import {
  dayOf,
  type Eb,
  isDecided,
  isSkippedBy,
  lockStage,
  requireReview,
  type ShownForReview,
  shownOf,
  shownToday,
} from './review.js';

/** How long a candidate that one reviewer was shown is kept from others, while there are any else. */
const heldFor = 15 * 60_000;

/** What a reviewer may be shown now. */
export type NextForReview =
  | { readonly kind: 'candidate'; readonly shown: ShownForReview }
  /** The reviewer was shown as many as a person is shown in a day. */
  | { readonly kind: 'capped'; readonly until: number }
  /** Nothing is left that this reviewer has not decided or skipped. */
  | { readonly kind: 'none' };

/** The id of a reviewer's last skip of a candidate. */
const lastSkip = (eb: Eb, { stage, accountId }: { stage: Pick<Stage, 'id'>; accountId: number }) =>
  eb
    .selectFrom('candidate_review as skipping')
    .select((inner) => inner.fn.max('skipping.id').as('id'))
    .where('skipping.stage_id', '=', stage.id)
    .whereRef('skipping.candidate_id', '=', 'candidate.id')
    .where('skipping.account_id', '=', accountId)
    .where('skipping.action', '=', 'skipped');

/**
 * The next candidate for a reviewer, noted as shown to them: the one that is open already, then one
 * that nobody else was shown in the last quarter of an hour, then any.
 * @param options.wanted the public id of a candidate to show in any case
 * @param options.skippedAfter 0 for the first of those that the reviewer has skipped
 * @param options.cap how many a person is shown in a day
 */
export const nextForReview = (
  db: Db,
  options: {
    generation: Generation;
    accountId: number;
    wanted: string | null;
    /** Only what this reviewer has skipped, after the skip with this id; null for all others. */
    skippedAfter?: number | null;
    cap: number;
    now: number;
  },
): Promise<NextForReview> =>
  inTransaction(
    db,
    async (trx): Promise<NextForReview> => {
      const { accountId, wanted, cap, now } = options;
      const found = await requireReview(trx, options.generation);
      await lockStage(trx, found.stage);
      const { stage } = found;
      const open = found.flow.rows
        .selectAll('candidate')
        .where((eb) => found.readable(eb))
        .orderBy('candidate.slot')
        .orderBy('candidate.place')
        .limit(1);
      const undecided = open.where((eb) =>
        eb.and([eb.not(isDecided(eb, stage)), eb.not(isSkippedBy(eb, stage, accountId))]),
      );
      const opened = (eb: Eb, mine: boolean) =>
        eb.exists(
          eb
            .selectFrom('candidate_opening')
            .select('candidate_opening.at')
            .where('candidate_opening.stage_id', '=', stage.id)
            .whereRef('candidate_opening.candidate_id', '=', 'candidate.id')
            .where('candidate_opening.account_id', mine ? '=' : '!=', accountId)
            .$if(!mine, (query) => query.where('candidate_opening.at', '>', now - heldFor)),
        );
      const skip = { stage, accountId, after: options.skippedAfter ?? 0 };
      const row =
        wanted === null && options.skippedAfter != null
          ? await open
              .where((eb) =>
                eb.and([isSkippedBy(eb, stage, accountId), eb.not(isDecided(eb, stage))]),
              )
              .where((eb) => eb(lastSkip(eb, skip), '>', skip.after))
              .clearOrderBy()
              .orderBy((eb) => lastSkip(eb, skip))
              .executeTakeFirst()
          : wanted === null
            ? ((await undecided.where((eb) => opened(eb, true)).executeTakeFirst()) ??
              (await undecided.where((eb) => eb.not(opened(eb, false))).executeTakeFirst()) ??
              (await undecided.executeTakeFirst()))
            : await open.where('candidate.public_id', '=', wanted).executeTakeFirst();
      if (row === undefined) return { kind: 'none' };
      const before = await trx
        .selectFrom('candidate_opening')
        .select('at')
        .where('stage_id', '=', stage.id)
        .where('candidate_id', '=', row.id)
        .where('account_id', '=', accountId)
        .executeTakeFirst();
      if (before === undefined) {
        if ((await shownToday(trx, accountId, now)) >= cap)
          return { kind: 'capped', until: dayOf(now) + 86_400_000 };
        await trx
          .insertInto('candidate_opening')
          .values({ stage_id: stage.id, candidate_id: row.id, account_id: accountId, at: now })
          .execute();
      }
      return { kind: 'candidate', shown: await shownOf(trx, found, row) };
    },
    { repeatable: true },
  );
