import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy } from '#studies/study.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { notFound, Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type ActionRequest, want } from './actions.js';
import { confirmed } from './confirmation.js';
import { knownOf, mismatchKinds, mismatchOf, type Repair } from './mismatches.js';
import { studyFacts } from './prolific/heard.js';
import { askAbout } from './prolific/poll.js';
import { sendAction } from './prolific/send.js';
import { submissionStates, type SubmissionState } from './states.js';

const words: Readonly<Record<Repair, string>> = {
  'request-return': 'Ask the person to return it',
  complete: 'Complete it at the platform',
  approve: 'Approve it',
  ask: 'Ask the platform again',
  keep: 'Leave it as it is',
};

/** GET /studies/:study/mismatches */
export const showMismatches: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  const all = await knownOf(db, study.id);
  const settled = await db
    .selectFrom('platform_submission')
    .innerJoin('platform_study', 'platform_study.id', 'platform_study_id')
    .leftJoin('account', 'account.id', 'settled_by')
    .select(['platform_submission.public_id as id', 'settled_at as at', 'settled_reason as reason'])
    .select('account.email as by')
    .where('study_id', '=', study.id)
    .where('settled_at', 'is not', null)
    .orderBy('settled_at', 'desc')
    .execute();
  renderPage(request, response, application, {
    view: 'platforms/mismatches',
    shell: {
      layout: 'staff',
      title: `Mismatches of ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      title: study.title,
      href: `/studies/${study.public_id}`,
      mayRepair: requireStaff(request).role === 'admin',
      settled,
      mismatches: all.flatMap((known) => {
        const kind = mismatchOf(known, all);
        if (kind === null) return [];
        const { public_id: id, state, reported } = known.submission;
        return [
          {
            id,
            sentence: mismatchKinds[kind].sentence,
            state: submissionStates[state as SubmissionState],
            reported,
            judgments: known.judgments,
            repairs: mismatchKinds[kind].repairs.map((name) => ({ name, words: words[name] })),
          },
        ];
      }),
    },
  });
};

const Body = z.object({
  repair: z.enum(Object.keys(words) as [Repair]),
  reason: z.string().trim().max(1000).default(''),
  code: z.string().trim().max(100).default(''),
});

/** POST /studies/:study/mismatches/:submission */
export const createRepair: Handler = async (request, response, application) => {
  const { db } = application;
  const staff = requireStaff(request);
  const study = await requireStudy(db, String(request.params['study']));
  const { repair, reason, code } = parse(Body, request.body);
  const back = `/studies/${study.public_id}/mismatches`;
  const all = await knownOf(db, study.id);
  const known = all.find(({ submission }) => submission.public_id === request.params['submission']);
  if (known === undefined) throw notFound('submission');
  const kind = mismatchOf(known, all);
  if (kind === null) return response.redirect(303, back);
  const repairs: readonly Repair[] = mismatchKinds[kind].repairs;
  if (!repairs.includes(repair)) throw notFound('repair');
  const { submission } = known;
  if (repair === 'ask') {
    await askAbout(application, submission.id);
    return response.redirect(303, back);
  }
  if (repair === 'keep' && reason === '')
    throw new Problem(422, 'reason_needed', 'Leaving it as it is needs a reason.');
  if (repair === 'complete' && code === '')
    throw new Problem(422, 'code_needed', 'Enter a code of the study that researchers may use.');
  if (repair !== 'keep') {
    const recruitment = await db
      .selectFrom('platform_study')
      .selectAll()
      .where('id', '=', submission.platform_study_id)
      .executeTakeFirstOrThrow();
    const facts = await studyFacts(db, recruitment.id);
    // Its Prolific place was counted as spent when it was published.
    const pays = repair === 'approve' ? Math.round(facts?.rewardMinor ?? 0) : null;
    if (pays !== null && !confirmed(request, response, application, { amountMinor: pays, back }))
      return;
    const asked: ActionRequest =
      repair === 'complete'
        ? { kind: 'complete', code }
        : repair === 'approve'
          ? { kind: 'approve' }
          : { kind: 'request-return', reason: reason || mismatchKinds[kind].sentence };
    const action = await inTransaction(db, (trx) =>
      want(trx, {
        recruitment,
        submissionId: submission.id,
        request: asked,
        amountMinor: pays === null ? null : 0,
        key: newPublicId(),
        staff,
        now: application.now(),
      }),
    );
    const sent = await sendAction(application, action.id);
    if (sent.state !== 'done')
      throw new Problem(
        502,
        'not_repaired',
        `The platform did not say that it was done (${sent.state}).`,
        'The mismatch stays on the page. What may be sent again is sent again by itself.',
      );
  }
  const now = application.now();
  await inTransaction(db, async (trx) => {
    await trx
      .updateTable('platform_submission')
      .set({
        settled_at: now,
        settled_by: staff.accountId,
        settled_reason: [words[repair], reason].filter(Boolean).join(': '),
      })
      .where('id', '=', submission.id)
      .execute();
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'mismatch.settle',
      subject: `submission ${submission.public_id}`,
      detail: { kind, repair, reason },
    });
  });
  response.redirect(303, back);
};
