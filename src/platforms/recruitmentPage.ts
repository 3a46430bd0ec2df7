import type { Request, Response } from 'express';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { readJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { findingsBeforeArrivals } from './check.js';
import { eraseIds, idsErasedAt, idsKept } from './erasing.js';
import { openClaims, recruitmentOfSubmission, storeCode } from './endings.js';
import { type Outcome, outcomes, platforms, RecruitmentSettings } from './platform.js';
import {
  fingerprintOf,
  linkOf,
  listedCounts,
  projectOf,
  type Recruitment,
  recruitmentsOf,
  requireRecruitment,
  retireRecruitment,
} from './recruitment.js';
import { secretsOf } from './secrets.js';
import { barredForStaff, whyBarred } from './takingPart.js';

const shell = { layout: 'staff', section: 'studies', styles: ['css/studies.css'] } as const;

const studyOf = (request: Request, { db }: Application): Promise<Study> =>
  requireStudy(db, String(request.params['study']));
const recruitmentFor = (
  request: Request,
  { db }: Application,
  study: Study,
): Promise<Recruitment> => requireRecruitment(db, study, String(request.params['recruitment']));

async function rowOf(application: Application, recruitment: Recruitment): Promise<object> {
  const { db, config } = application;
  const { row, platform, settings } = recruitment;
  const arrived = await db
    .selectFrom('platform_submission')
    .select((eb) => [
      eb.fn.countAll<number>().as('submissions'),
      eb.fn.count<number>('rater_id').distinct().as('raters'),
    ])
    .where('platform_study_id', '=', row.id)
    .executeTakeFirstOrThrow();
  return {
    id: row.public_id,
    platform: platform.title,
    externalId: row.external_id,
    retiredAt: row.retired_at,
    createdAt: row.created_at,
    link: linkOf(recruitment, config.baseUrl),
    toFill: platform.placeholders === null,
    signed: settings.signed,
    endings: Object.entries(settings.endings).map(([outcome, { code, address }]) => ({
      outcome,
      words: outcomes[outcome as Outcome],
      code,
      address,
    })),
    lists: await listedCounts(db, recruitment),
    without: settings.without.length,
    only: settings.only.length,
    ...arrived,
  };
}

async function showList(
  request: Request,
  response: Response,
  application: Application,
  study: Study,
  said: { recruitment: string; answer: string } | null = null,
): Promise<void> {
  const { db, config } = application;
  const rows: object[] = [];
  for (const recruitment of await recruitmentsOf(db, study.id))
    rows.push(await rowOf(application, recruitment));
  renderPage(request, response, application, {
    view: 'platforms/recruitment',
    shell: {
      ...shell,
      title: `Recruitment: ${study.title}`,
      scripts: ['js/copy_to_clipboard.js'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      hasKey: config.platforms.secretKey !== null,
      mayWrite: requireStaff(request).role === 'admin',
      platforms: platforms.map(({ name, title }) => ({ name, title })),
      rows,
      said,
      findings: await findingsBeforeArrivals(application, study),
      ids: {
        ...(await idsKept(db, study.id)),
        days: config.platforms.idDays,
        at: idsErasedAt(study, config.platforms.idDays),
      },
      claims: (await openClaims(db, study.id)).map((claim) => ({
        number: claim.public_id,
        ...owedBy(claim),
        rater: claim.pseudonym,
        at: claim.occurred_at,
      })),
    },
  });
}

/** GET /studies/:study/recruitment */
export const showRecruitments: Handler = async (request, response, application) =>
  showList(request, response, application, await studyOf(request, application));

/** POST /studies/:study/recruitment/:recruitment/retire */
export const createRetirement: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const study = await studyOf(request, application);
  const recruitment = await recruitmentFor(request, application, study);
  const now = application.now();
  await inTransaction(application.db, async (trx) => {
    await retireRecruitment(trx, recruitment, now);
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'recruitment.retire',
      subject: `study ${study.public_id}`,
      detail: { recruitment: recruitment.row.public_id },
    });
  });
  response.redirect(303, `/studies/${study.public_id}/recruitment`);
};

/** POST /studies/:study/recruitment/:recruitment/why: why a person may not take part, in words. */
export const explainPerson: Handler = async (request, response, application) => {
  const { db, config } = application;
  const study = await studyOf(request, application);
  const recruitment = await recruitmentFor(request, application, study);
  const { person } = parse(z.object({ person: z.string().trim() }), request.body);
  const { secretKey } = config.platforms;
  const { platform } = recruitment;
  const about = { recruitment: recruitment.row.public_id };
  const say = (answer: string): Promise<void> =>
    showList(request, response, application, study, { ...about, answer });
  if (secretKey === null) return say('Without ASSAY_SECRET_KEY nobody can be told from another.');
  if (!platform.ids.test(person)) return say(`That is not an id of ${platform.title}.`);
  const project = await projectOf(db, study.id);
  const fingerprint = fingerprintOf(secretsOf(secretKey), recruitment, project, person);
  return say(barredForStaff(await whyBarred(db, recruitment, fingerprint)));
};

const ClaimEvent = z.looseObject({ claim: z.enum(Object.keys(outcomes) as [Outcome]) });

/** How the visit behind a claim ended, and the code of that where the recruitment has one by now. */
function owedBy({ payload, settings }: { payload: string; settings: string }): {
  readonly outcome: string;
  readonly code: string | null;
} {
  const { claim: outcome } = ClaimEvent.parse(JSON.parse(payload));
  const { endings } = readJson(RecruitmentSettings, settings, 'platform_study.settings');
  return { outcome: outcomes[outcome], code: endings[outcome]?.code ?? null };
}

/** POST /studies/:study/claims/:claim: gives the code that somebody was owed. */
export const createCodeOfClaim: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await studyOf(request, application);
  const claims = await openClaims(db, study.id);
  const claim = claims.find(({ public_id: id }) => id === request.params['claim']);
  if (claim !== undefined) {
    const { claim: outcome } = ClaimEvent.parse(JSON.parse(claim.payload));
    const { settings } = await recruitmentOfSubmission(db, claim);
    const code = settings.endings[outcome]?.code ?? null;
    const now = application.now();
    await inTransaction(db, async (trx) => {
      await storeCode(trx, claim, { outcome, code, now });
      await recordAudit(trx, {
        at: now,
        staff: requireStaff(request),
        action: 'claim.code',
        subject: `study ${study.public_id}`,
        detail: { claim: claim.public_id, outcome },
      });
    });
  }
  response.redirect(303, `/studies/${study.public_id}/recruitment#claims`);
};

const EraseBody = z.object({
  sure: z.literal('yes', 'has to be ticked'),
  fingerprints: z.literal('yes').optional(),
});

/** POST /studies/:study/recruitment/erase: erases the ids of people before their time is over. */
export const createErasure: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const { fingerprints } = parse(EraseBody, request.body);
  await inTransaction(application.db, (trx) =>
    eraseIds(trx, {
      study,
      fingerprints: fingerprints === 'yes',
      now: application.now(),
      staff: requireStaff(request),
    }),
  );
  response.redirect(303, `/studies/${study.public_id}/recruitment#ids`);
};
