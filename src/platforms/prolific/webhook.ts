import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { inTransaction } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { requireAccount, secretOf } from '../accounts.js';
import type { RecruitmentRow } from '../actions.js';
import { hearSubmission } from './heard.js';
import { sweepSubmissions } from './poll.js';

/** A webhook that was signed longer ago than this, or as much later than now, is refused, ms. */
export const replayWindow = 5 * 60_000;

/** An event; further fields are not read. */
const Event = z.looseObject({
  event_type: z.string().max(100),
  resource_id: z.string().regex(/^[\w-]{1,64}$/),
  status: z.string().max(100).optional(),
  study_id: z.string().max(64).optional(),
  participant_id: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional(),
});

class NotTaken extends Problem {
  constructor(readonly why: 'unsigned' | 'forged' | 'stale' | 'replayed') {
    super(401, 'webhook_not_taken', 'This webhook was not taken.', 'Nothing was changed.');
  }
}

/** When it was signed, UTC ms. Throws `NotTaken`. */
function signedAt(request: Request, body: Buffer, at: { secret: string; now: number }): number {
  const timestamp = request.get('x-prolific-request-timestamp') ?? '';
  const signature = Buffer.from(request.get('x-prolific-request-signature') ?? '');
  if (!/^\d{9,16}$/.test(timestamp) || signature.length === 0) throw new NotTaken('unsigned');
  const expected = Buffer.from(
    createHmac('sha256', at.secret).update(timestamp).update(body).digest('base64'),
  );
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
    throw new NotTaken('forged');
  // Seconds have ten digits, milliseconds thirteen.
  const ms = Number(timestamp) * (timestamp.length > 11 ? 1 : 1000);
  if (Math.abs(at.now - ms) > replayWindow) throw new NotTaken('stale');
  return ms;
}

/** When it happened: `X-Timestamp`, else when it was signed. */
function happenedAt(request: Request, signed: number): number {
  const said = request.get('x-timestamp') ?? '';
  const ms = /^\d+$/.test(said)
    ? Number(said) * (said.length > 11 ? 1 : 1000)
    : Date.parse(said || 'none');
  return Number.isNaN(ms) ? signed : ms;
}

const parsed = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
};

/**
 * POST /hooks/prolific/:account. The signature is over the bytes that came; the same delivery
 * changes nothing a second time; the same signature under another id of delivery is a replay.
 */
export const takeWebhook: Handler = async (request, response, application) => {
  const { db, log, config } = application;
  const now = application.now();
  if (config.platforms.secretKey === null)
    throw new Problem(404, 'not_found', 'There is no such page.');
  const account = await requireAccount(db, String(request.params['account']));
  const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  try {
    const { webhookSecret } = secretOf(application, account);
    if (webhookSecret === null) throw new NotTaken('forged');
    const signed = signedAt(request, body, { secret: webhookSecret, now });
    const delivery = request.get('x-event-id') ?? '';
    if (!/^[\w.:-]{1,100}$/.test(delivery)) throw new NotTaken('unsigned');
    const event = Event.safeParse(parsed(body));
    if (!event.success) throw new Problem(422, 'unreadable_event', 'This is no event of Prolific.');
    const { data } = event;
    const signature = request.get('x-prolific-request-signature') ?? '';
    const taken = await inTransaction(db, async (trx) => {
      const deliveryId = `prolific ${account.public_id} ${delivery}`;
      const deliveries = trx.selectFrom('platform_event').select(['id', 'payload']);
      const again = await deliveries.where('delivery_id', '=', deliveryId).executeTakeFirst();
      if (again !== undefined) return true;
      const payload = {
        event: data.event_type,
        resource: data.resource_id,
        status: data.status ?? null,
        signature,
      };
      const recruitments: RecruitmentRow[] = await trx
        .selectFrom('platform_study')
        .selectAll()
        .where('platform_account_id', '=', account.id)
        // A retired one may have the id of one that took its place.
        .orderBy((eb) => eb.case().when('retired_at', 'is', null).then(0).else(1).end())
        .orderBy('id')
        .execute();
      const known = await trx
        .selectFrom('platform_submission')
        .select(['id', 'platform_study_id'])
        .where('external_id', '=', data.resource_id)
        .where('platform_study_id', 'in', [0, ...recruitments.map(({ id }) => id)])
        .executeTakeFirst();
      const recent = await deliveries
        .where('platform_submission_id', known === undefined ? 'is' : '=', known?.id ?? null)
        .where('received_at', '>=', now - 2 * replayWindow)
        .where('source', '=', 'webhook')
        .execute();
      if (recent.some((one) => one.payload.includes(JSON.stringify(signature))))
        throw new NotTaken('replayed');
      const recruitment = recruitments.find(
        ({ id, external_id: external }) =>
          id === known?.platform_study_id || (external !== null && external === data.study_id),
      );
      const isSubmission = data.event_type.startsWith('submission.');
      if (recruitment !== undefined && isSubmission && data.status !== undefined) {
        await hearSubmission(trx, application, recruitment, {
          id: data.resource_id,
          person: data.participant_id ?? null,
          status: data.status,
          source: 'webhook',
          deliveryId,
          at: happenedAt(request, signed),
          now,
          payload,
        });
        return true;
      }
      // It says that something changed, and not of what here: it is kept, and Prolific is asked.
      await trx
        .insertInto('platform_event')
        .values({
          platform_study_id: recruitment?.id ?? null,
          platform_submission_id: null,
          delivery_id: deliveryId,
          source: 'webhook',
          state: null,
          received_at: now,
          occurred_at: happenedAt(request, signed),
          payload: JSON.stringify(payload),
        })
        .onConflict((conflict) => conflict.column('delivery_id').doNothing())
        .execute();
      return false;
    });
    response.status(200).json({ taken: true });
    if (!taken)
      void sweepSubmissions(application).catch((error: unknown) =>
        log.error({ err: error }, 'Prolific was not asked after a webhook'),
      );
  } catch (error) {
    if (error instanceof NotTaken)
      log.warn({ account: account.public_id, why: error.why }, 'a webhook was not taken');
    throw error;
  }
};
