import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { requireRater } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { lockRater } from './rater.js';

/** What raters can say of their use of AI, once they are done. It changes nothing for them. */
export const aiUses = {
  none: 'No',
  some: 'For some of them',
  most: 'For most of them',
  'not-said': 'I would rather not say',
} as const;
export type AiUse = keyof typeof aiUses;
const names = Object.keys(aiUses) as [AiUse, ...AiUse[]];

/** Whether a rater has said something, or that they would rather not. */
export const hasSaid = async (db: Db, raterId: number): Promise<boolean> =>
  (await db
    .selectFrom('rater_ai_use')
    .select('rater_id')
    .where('rater_id', '=', raterId)
    .executeTakeFirst()) !== undefined;

/** What the raters of a study said, by answer; never who said what. */
export async function aiUseOf(db: Db, studyId: number): Promise<Record<AiUse, number>> {
  const rows = await db
    .selectFrom('rater_ai_use')
    .innerJoin('rater', 'rater.id', 'rater_ai_use.rater_id')
    .select((eb) => ['said', eb.fn.countAll<number>().as('count')])
    .where('rater.study_id', '=', studyId)
    .groupBy('said')
    .execute();
  return Object.fromEntries(
    names.map((name) => [name, Number(rows.find(({ said }) => said === name)?.count ?? 0)]),
  ) as Record<AiUse, number>;
}

const Body = z.object({ used: z.enum(names, 'has to be one of the answers') });

/** POST /rate/ai: stores what a rater says once; a second answer changes nothing. */
export const createAiUse: Handler = async (request, response, application) => {
  const { raterId } = requireRater(request);
  const { used } = parse(Body, request.body);
  await inTransaction(application.db, async (trx) => {
    const rater = await lockRater(trx, raterId);
    if (rater.state === 'withdrawn' || rater.consented_at === null) return;
    await trx
      .insertInto('rater_ai_use')
      .values({ rater_id: rater.id, said: used, at: application.now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
  response.redirect(303, '/rate');
};
