import type { Request } from 'express';
import { z } from 'zod';
import { newPublicId } from '#storage/identifiers.js';
import { readJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { notFound, Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { Amount } from '../accountPage.js';
import { listAccounts, requireAccount } from '../accounts.js';
import {
  ActionRequest,
  isRepeatable,
  leastRejection,
  lookWithin,
  type RecruitmentRow,
  settle,
  want,
} from '../actions.js';
import { confirmed } from '../confirmation.js';
import { linkOf, recruitmentOf } from '../recruitment.js';
import { type Outcome, RecruitmentSettings } from '../platform.js';
import { ProlificFailure, rejectionCategories } from './client.js';
import { type StudyFacts, studyFacts } from './heard.js';
import { pollRecruitment } from './poll.js';
import { sendAction } from './send.js';

const studyOf = (request: Request, { db }: Application): Promise<Study> =>
  requireStudy(db, String(request.params['study']));

const recruitmentsOf = ({ db }: Application, study: Study): Promise<RecruitmentRow[]> =>
  db
    .selectFrom('platform_study')
    .selectAll()
    .where('study_id', '=', study.id)
    .where('platform', '=', 'prolific')
    .orderBy('id')
    .execute();

async function recruitmentFor(
  request: Request,
  application: Application,
  study: Study,
): Promise<RecruitmentRow> {
  const found = (await recruitmentsOf(application, study)).find(
    ({ public_id: id }) => id === request.params['recruitment'],
  );
  if (found === undefined) throw notFound('recruitment');
  return found;
}

/** GET /studies/:study/prolific: what stands at Prolific, what was asked, what needs a look. */
export const showAtProlific: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await studyOf(request, application);
  const recruitments = [];
  for (const row of await recruitmentsOf(application, study)) {
    const actions = await db
      .selectFrom('platform_action')
      .selectAll()
      .where('platform_study_id', '=', row.id)
      .orderBy('id', 'desc')
      .limit(200)
      .execute();
    const submissions = await db
      .selectFrom('platform_submission')
      .select(['public_id as id', 'state', 'reported'])
      .where('platform_study_id', '=', row.id)
      .where('state', '=', 'awaiting')
      .orderBy('id')
      .execute();
    recruitments.push({
      id: row.public_id,
      externalId: row.external_id,
      hasAccount: row.platform_account_id !== null,
      facts: await studyFacts(db, row.id),
      submissions,
      actions: actions.map((action) => ({
        id: action.public_id,
        kind: action.kind,
        state: action.state,
        at: action.created_at,
        sum: action.amount_minor === null ? null : (action.amount_minor / 100).toFixed(2),
        currency: action.currency ?? '',
        lookBy:
          action.state === 'unknown' && !isRepeatable(action.kind)
            ? (action.sent_at ?? action.created_at) + lookWithin
            : null,
      })),
    });
  }
  renderPage(request, response, application, {
    view: 'platforms/prolific',
    shell: {
      layout: 'staff',
      title: `${study.title} at Prolific`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      title: study.title,
      href: `/studies/${study.public_id}`,
      mayCall: requireStaff(request).role === 'admin',
      accounts: (await listAccounts(db)).map(({ public_id: id, label }) => ({ id, label })),
      categories: Object.entries(rejectionCategories),
      leastRejection,
      now: application.now(),
      recruitments,
    },
  });
};

/** POST /studies/:study/prolific/:recruitment/account */
export const createLinking: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const recruitment = await recruitmentFor(request, application, study);
  const Linking = z.object({
    account: z.string(),
    externalId: z
      .string()
      .trim()
      .regex(/^[0-9a-f]{24}$/i, 'An id has 24 characters.')
      .or(z.literal('')),
  });
  const { account, externalId } = parse(Linking, request.body);
  const { id } = await requireAccount(application.db, account);
  await application.db
    .updateTable('platform_study')
    .set({
      platform_account_id: id,
      ...(externalId === '' ? {} : { external_id: externalId }),
    })
    .where('id', '=', recruitment.id)
    .execute();
  response.redirect(303, `/studies/${study.public_id}/prolific`);
};

const types: Readonly<Record<Outcome, string>> = {
  done: 'COMPLETED',
  'nothing-left': 'OTHER',
  'screened-out': 'FAILED_SCREENING',
  'no-consent': 'NO_CONSENT',
  withdrew: 'OTHER',
};

const Line = z.string().trim().default('');
const whole = (what: string) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `Enter ${what} as a whole number.`)
    .transform(Number);
const Call = z.discriminatedUnion('call', [
  z.object({ call: z.enum(['look', 'publish', 'pause', 'resume', 'stop']) }),
  z.object({ call: z.literal('places'), total: whole('the Prolific places') }),
  z.object({
    call: z.literal('create-study'),
    name: Line,
    description: Line,
    places: whole('the Prolific places'),
    minutes: whole('the minutes'),
    reward: Amount,
    researcherCode: Line,
    invited: Line,
    excluded: Line,
  }),
  z.object({ call: z.literal('approve'), submission: z.string() }),
  z.object({
    call: z.literal('reject'),
    submission: z.string(),
    message: Line,
    category: z.string(),
  }),
  z.object({ call: z.literal('request-return'), submission: z.string(), message: Line }),
  z.object({ call: z.literal('message'), submission: z.string(), message: Line }),
  z.object({ call: z.literal('screen-out'), submission: z.string(), code: Line }),
]);
type Call = z.output<typeof Call>;

/** The request of a call; what does not fit is refused with the field's name. */
function requestFor(call: Call, link: string, row: RecruitmentRow) {
  switch (call.call) {
    case 'places':
      return { kind: call.call, total: call.total };
    case 'create-study': {
      const { endings } = readJson(RecruitmentSettings, row.settings, 'platform_study.settings');
      const codes = (Object.keys(types) as Outcome[]).flatMap((outcome) => {
        const code = endings[outcome]?.code;
        return code == null
          ? []
          : [{ code, type: types[outcome], actor: 'participant', action: 'MANUALLY_REVIEW' }];
      });
      if (call.researcherCode !== '')
        codes.push({
          code: call.researcherCode,
          type: 'OTHER',
          actor: 'researcher',
          action: 'MANUALLY_REVIEW',
        });
      const idsIn = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);
      return {
        kind: call.call,
        name: call.name,
        internalName: row.public_id,
        description: call.description,
        link,
        places: call.places,
        minutes: call.minutes,
        rewardMinor: call.reward,
        codes,
        invited: idsIn(call.invited),
        excluded: idsIn(call.excluded),
      };
    }
    case 'reject':
      return { kind: call.call, message: call.message, category: call.category };
    case 'request-return':
      return { kind: call.call, reason: call.message };
    case 'message':
      return { kind: call.call, body: call.message };
    case 'screen-out':
      return { kind: call.call, code: call.code };
    case 'look':
    case 'publish':
    case 'pause':
    case 'resume':
    case 'stop':
    case 'approve':
      return { kind: call.call };
  }
}

const unheard = new Problem(
  409,
  'study_not_heard',
  'Nothing was heard of the study at Prolific yet, so what this spends is not known.',
  'Press “Look at Prolific” first.',
);

/** What a call spends, without fees; null where it spends nothing. Throws where it is not known. */
function spending(call: Call, facts: StudyFacts | null): number | null {
  if (!['publish', 'places', 'approve'].includes(call.call)) return null;
  if (facts === null) throw unheard;
  if (call.call === 'publish') return facts.rewardMinor * facts.places;
  // The places that an approval pays for were counted when they were published.
  if (call.call !== 'places') return 0;
  if (call.total <= facts.places)
    throw new Problem(422, 'places_only_grow', `There are ${facts.places}; places only grow.`);
  return facts.rewardMinor * (call.total - facts.places);
}

/** POST /studies/:study/prolific/:recruitment/calls */
export const createCall: Handler = async (request, response, application) => {
  const { db, config } = application;
  const study = await studyOf(request, application);
  const recruitment = await recruitmentFor(request, application, study);
  const back = `/studies/${study.public_id}/prolific`;
  const call = parse(Call, request.body);
  if (call.call === 'look') {
    await pollRecruitment(application, recruitment).catch((error: unknown) => {
      if (!(error instanceof ProlificFailure)) throw error;
      throw new Problem(502, 'no_answer', error.message, 'Nothing was changed. Try again later.');
    });
    return response.redirect(303, back);
  }
  const asked = parse(
    ActionRequest,
    requestFor(call, linkOf(recruitmentOf(recruitment), config.baseUrl), recruitment),
  );
  const submission =
    'submission' in call
      ? await db
          .selectFrom('platform_submission')
          .select('id')
          .where('platform_study_id', '=', recruitment.id)
          .where('public_id', '=', call.submission)
          .executeTakeFirst()
      : null;
  if (submission === undefined) throw notFound('submission');
  const facts = await studyFacts(db, recruitment.id);
  const amountMinor = spending(call, facts);
  const shown = call.call === 'approve' ? (facts?.rewardMinor ?? 0) : amountMinor;
  if (shown !== null && !confirmed(request, response, application, { amountMinor: shown, back }))
    return;
  const action = await inTransaction(db, (trx) =>
    want(trx, {
      recruitment,
      submissionId: submission?.id ?? null,
      request: asked,
      amountMinor,
      key: newPublicId(),
      staff: requireStaff(request),
      now: application.now(),
    }),
  );
  await sendAction(application, action.id);
  response.redirect(303, back);
};

/** POST /studies/:study/prolific/settle/:action */
export const createSettlement: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await studyOf(request, application);
  const Said = z.object({ done: z.enum(['yes', 'no']), note: z.string().trim().min(1).max(1000) });
  const { done, note } = parse(Said, request.body);
  const action = await db
    .selectFrom('platform_action')
    .innerJoin('platform_study', 'platform_study.id', 'platform_action.platform_study_id')
    .selectAll('platform_action')
    .where('study_id', '=', study.id)
    .where('platform_action.public_id', '=', String(request.params['action']))
    .executeTakeFirst();
  if (action === undefined) throw notFound('call');
  const said = { done: done === 'yes', note, staff: requireStaff(request), now: application.now() };
  await inTransaction(db, (trx) => settle(trx, action, said));
  response.redirect(303, `/studies/${study.public_id}/prolific`);
};
