import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { recordRaterEvent, renewPersonalLink } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy } from '#studies/study.js';
import { requireStaff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  blockRater,
  excludeRater,
  type RaterAction,
  restoreRater,
  unblockRater,
  withdrawRater,
} from '#assignment/revocation.js';
import { invitationsCsv } from './invitations.js';
import { requireRaterOf } from './raterPage.js';
import { type RaterVerb, raterVerbs } from './raterVerbs.js';

/** What each verb does; false where it changes nothing. */
const verbs: Readonly<Record<RaterVerb, (db: Db, action: RaterAction) => Promise<boolean>>> = {
  block: blockRater,
  unblock: unblockRater,
  exclude: excludeRater,
  restore: async (db, action) => (await restoreRater(db, action)) !== undefined,
  withdraw: withdrawRater,
};

const Body = z.object({ reason: z.string().max(1000).catch('') });

const acting =
  (verb: RaterVerb): Handler =>
  async (request, response, application) => {
    const { db } = application;
    const staff = requireStaff(request);
    const study = await requireStudy(db, String(request.params['study']));
    const rater = await requireRaterOf(db, study, String(request.params['rater']));
    const reason = parse(Body, request.body).reason.trim();
    if (raterVerbs[verb].needsReason && reason === '')
      throw new Problem(
        422,
        'reason_missing',
        'Say why, in a few words.',
        'Nothing was changed. Go back and fill in the reason: it stands in the history and in the report’s files.',
        [{ field: 'reason', message: 'The reason is empty.' }],
      );
    if (rater.state === 'withdrawn' && verb !== 'withdraw')
      throw new Problem(
        409,
        'rater_withdrawn',
        'This rater has withdrawn.',
        'Nothing was changed: what was erased cannot come back.',
      );
    const now = application.now();
    await inTransaction(db, async (trx) => {
      const action = { raterId: rater.id, now, accountId: staff.accountId, reason };
      if (!(await verbs[verb](trx, action))) return;
      await recordAudit(trx, {
        at: now,
        staff,
        action: `rater.${verb}`,
        subject: `rater ${rater.public_id}`,
        detail: { study: study.public_id, pseudonym: rater.pseudonym },
      });
    });
    response.redirect(303, `/studies/${study.public_id}/raters/${rater.public_id}`);
  };

/** POST /studies/:study/raters/:rater/block */
export const createBlock = acting('block');
/** POST /studies/:study/raters/:rater/unblock */
export const createUnblock = acting('unblock');
/** POST /studies/:study/raters/:rater/exclude */
export const createExclusion = acting('exclude');
/** POST /studies/:study/raters/:rater/restore */
export const createRestoration = acting('restore');
/** POST /studies/:study/raters/:rater/withdraw */
export const createWithdrawal = acting('withdraw');

/**
 * POST /studies/:study/raters/:rater/link: a new personal link for somebody who has lost theirs,
 * shown once.
 */
export const createPersonalLink: Handler = async (request, response, application) => {
  const { db } = application;
  const staff = requireStaff(request);
  const study = await requireStudy(db, String(request.params['study']));
  const rater = await requireRaterOf(db, study, String(request.params['rater']));
  if (rater.state === 'withdrawn')
    throw new Problem(409, 'rater_withdrawn', 'This rater has withdrawn.', 'Nothing was changed.');
  const now = application.now();
  const token = await inTransaction(db, async (trx) => {
    const secret = await renewPersonalLink(trx, rater.id);
    await recordRaterEvent(trx, {
      raterId: rater.id,
      at: now,
      accountId: staff.accountId,
      action: 'link',
      reason: null,
    });
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'rater.link',
      subject: `rater ${rater.public_id}`,
      detail: { study: study.public_id },
    });
    return secret;
  });
  const invitations = [
    { rater: rater.pseudonym, link: `${application.config.baseUrl}/r/${token}` },
  ];
  renderPage(request, response, application, {
    view: 'oversight/links',
    shell: {
      layout: 'staff',
      title: `Link for ${rater.pseudonym}`,
      section: 'studies',
      styles: ['css/studies.css'],
      scripts: ['js/copy_to_clipboard.js'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      renewed: true,
      invitations,
      csv: `data:text/csv;charset=utf-8,${encodeURIComponent(invitationsCsv(invitations))}`,
      fileName: `link-${rater.pseudonym}.csv`,
    },
  });
};
