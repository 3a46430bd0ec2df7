import type { Request, Response } from 'express';
import { recordAudit } from '#accounts/audit.js';
import { earnedBy } from '#raters/earned.js';
import { getRater } from '#raters/rater.js';
import { wording } from '#raters/wording.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireRater } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { ownProgress } from './progressOfRater.js';
import { gateNow } from './rate.js';
import { stopRater, withdrawRater } from './revocation.js';

async function show(
  request: Request,
  response: Response,
  application: Application,
  asks: 'how' | 'sure',
): Promise<void> {
  const { rating, rater, gate } = await gateNow(request, application);
  const refusal = gate.refusal('withdraw');
  const unproven = refusal === 'unproven';
  if ((refusal !== undefined && !unproven) || (unproven && asks === 'sure'))
    return response.redirect(303, unproven ? '/leave' : '/rate');
  const { raterTitle: title, contact } = rating.settings;
  const { done } = await ownProgress(application.db, {
    rating,
    rater,
    now: application.now(),
    owner: application.database,
  });
  renderPage(request, response, application, {
    view: asks === 'how' ? 'assignment/leaving' : 'assignment/withdrawing',
    shell: { layout: 'rater', title, styles: ['css/rating.css'] },
    page: {
      wording,
      title,
      contact,
      unproven,
      earned: unproven ? null : await earnedBy(application.db, rater, application.now()),
      mayStop: gate.refusal('stop') === undefined && rater.state !== 'finished',
      sure: wording.leaving.sure.replace('{done}', done === 1 ? '1 answer' : `${done} answers`),
    },
  });
}

/** GET /leave: how a rater can stop. */
export const showLeaving: Handler = (request, response, application) =>
  show(request, response, application, 'how');

/** GET /leave/withdraw: asks once more before anything is erased. */
export const askWithdrawal: Handler = (request, response, application) =>
  show(request, response, application, 'sure');

/** POST /leave/stop: the rating page says how they go on. */
export const createStop: Handler = async (request, response, application) => {
  const { raterId } = requireRater(request);
  const { gate } = await gateNow(request, application);
  if (gate.refusal('stop') === 'unproven') gate.require('stop');
  await stopRater(application.db, { raterId, now: application.now() });
  response.redirect(303, '/rate');
};

/** POST /leave/withdraw: erases the rater's answers at their own wish. */
export const createOwnWithdrawal: Handler = async (request, response, application) => {
  const { db } = application;
  const { raterId } = requireRater(request);
  const { rating, gate } = await gateNow(request, application);
  if (gate.refusal('withdraw') === 'unproven') gate.require('withdraw');
  if (gate.refusal('withdraw') === undefined)
    await inTransaction(db, async (trx) => {
      const now = application.now();
      const reason = 'withdrew by themselves';
      if (!(await withdrawRater(trx, { raterId, now, accountId: null, reason }))) return;
      const rater = await getRater(trx, raterId);
      await recordAudit(trx, {
        at: now,
        staff: null,
        action: 'rater.withdraw',
        subject: `rater ${rater.public_id}`,
        detail: { study: rating.study.public_id, pseudonym: rater.pseudonym, by: 'the rater' },
      });
    });
  response.redirect(303, '/rate');
};
