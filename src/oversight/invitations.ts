import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inviteRater } from '#raters/rater.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy, type Study } from '#studies/study.js';
import { requireStaff, type Staff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';

/** A personal link as it is shown once: the database knows only its hash. */
export interface Invitation {
  readonly rater: string;
  readonly link: string;
}

export const mostInvitations = 500;

/** Makes raters who have not come yet, each with a personal link. */
export async function inviteRaters(
  db: Db,
  options: { study: Study; count: number; baseUrl: string; now: number; staff: Staff | null },
): Promise<Invitation[]> {
  const { study, now } = options;
  if (study.state === 'closed')
    throw new Problem(
      409,
      'study_closed',
      'The study is closed: nobody could work on it.',
      'Nothing was made. Re-open it first.',
    );
  if (study.state === 'draft')
    throw new Problem(
      409,
      'study_draft',
      'The study is still a draft.',
      'Nothing was made. Open it first.',
    );
  return inTransaction(db, async (trx) => {
    const invitations: Invitation[] = [];
    for (let index = 0; index < options.count; index += 1) {
      const { rater, token } = await inviteRater(trx, { studyId: study.id, origin: 'rater', now });
      invitations.push({ rater: rater.pseudonym, link: `${options.baseUrl}/r/${token}` });
    }
    await recordAudit(trx, {
      at: now,
      staff: options.staff,
      action: 'study.invite',
      subject: `study ${study.public_id}`,
      detail: { count: options.count },
    });
    return invitations;
  });
}

/**
 * The links as a table for a spreadsheet or a mail program. Neither column can hold a comma, a
 * quote or a formula.
 */
export const invitationsCsv = (invitations: readonly Invitation[]): string =>
  `rater,link\r\n${invitations.map(({ rater, link }) => `${rater},${link}\r\n`).join('')}`;

export const InvitationCount = z.object({
  count: z.coerce
    .number('must be a number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(mostInvitations, `must be at most ${mostInvitations}`),
});

/** POST /studies/:study/invitations: the answer shows the links, which are stored nowhere. */
export const createInvitations: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const { count } = parse(InvitationCount, request.body);
  const invitations = await inviteRaters(application.db, {
    study,
    count,
    baseUrl: application.config.baseUrl,
    now: application.now(),
    staff: requireStaff(request),
  });
  renderPage(request, response, application, {
    view: 'oversight/links',
    shell: {
      layout: 'staff',
      title: `Links for ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
      scripts: ['js/copy_to_clipboard.js'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      renewed: false,
      invitations,
      csv: `data:text/csv;charset=utf-8,${encodeURIComponent(invitationsCsv(invitations))}`,
      fileName: `links-${study.public_id}.csv`,
    },
  });
};
