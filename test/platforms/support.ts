import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { createRecruitment, linkOf, type Recruitment } from '#platforms/recruitment.js';
import { prolific, RecruitmentSettings, type Platform } from '#platforms/platform.js';
import { inTransaction } from '#storage/transaction.js';
import type { Study } from '#studies/study.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { openSite, type Site } from '../support/site.js';
import { openLoggedSite } from '../web/support.js';

export const secretKey = 'a key of thirty-two letters or more';

/** An id as Prolific’s are. */
export const prolificId = (): string => randomBytes(12).toString('hex');

/** Somebody on Prolific, in one session. */
export interface Arriving {
  readonly person: string;
  readonly session: string;
  readonly study: string;
}
export const prolificStudy = '65f0c0ffee65f0c0ffee65f0';
export const somebody = (given: Partial<Arriving> = {}): Arriving => ({
  person: prolificId(),
  session: prolificId(),
  study: prolificStudy,
  ...given,
});

export async function buildRecruitment(
  site: Site,
  study: Study,
  given: {
    readonly platform?: Platform;
    readonly externalId?: string | null;
    readonly settings?: Partial<RecruitmentSettings>;
  } = {},
): Promise<Recruitment> {
  const platform = given.platform ?? prolific;
  return inTransaction(site.server.application.db, (trx) =>
    createRecruitment(trx, {
      studyId: study.id,
      platform,
      externalId: given.externalId === undefined ? prolificStudy : given.externalId,
      settings: RecruitmentSettings.parse({ ...platform.defaults, ...given.settings }),
      now: Date.now(),
      accountId: null,
    }),
  );
}

/** A site with a small open study that recruits on Prolific. */
export async function recruitingSite(
  given: {
    readonly examples?: number;
    readonly overlap?: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly recruitment?: Parameters<typeof buildRecruitment>[2];
    readonly settings?: Readonly<Record<string, number | string>>;
  } = {},
): Promise<{ site: Site; study: Study; recruitment: Recruitment; lines: string[] }> {
  const { site, lines } = await openLoggedSite({
    ASSAY_SECRET_KEY: secretKey,
    ...given.environment,
  });
  const examples = given.examples ?? 2;
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(examples) }],
    settings: {
      overlap: given.overlap ?? 3,
      sampleSize: examples,
      contact: 'help@lab.example',
      ...given.settings,
    },
    now: Date.now(),
  });
  return {
    site,
    study,
    recruitment: await buildRecruitment(site, study, given.recruitment),
    lines,
  };
}

/** The path of a link as Prolific fills it in. */
export const pathFor = (recruitment: Recruitment, { person, session, study }: Arriving): string =>
  linkOf(recruitment, '')
    .replace('{{%PROLIFIC_PID%}}', person)
    .replace('{{%STUDY_ID%}}', study)
    .replace('{{%SESSION_ID%}}', session);

/** Opens the link in a browser of its own; gives where it leads. */
export async function arrive(
  site: Site,
  recruitment: Recruitment,
  person: Arriving,
): Promise<{ rater: RaterVisitor; leads: string | null }> {
  const rater = new RaterVisitor(site.address);
  const response = await rater.request(pathFor(recruitment, person));
  return { rater, leads: response.headers.get('location') };
}

/** Rates until nothing is left, or so many examples; gives the page that comes then. */
export async function rateAll(rater: RaterVisitor, most = Infinity): Promise<string> {
  for (let sent = 0; ; sent += 1) {
    const page = await rater.page('/rate');
    const form = sent < most ? formOn(page) : undefined;
    if (form === undefined) return page;
    const answers = Object.entries(form.values).map(([field, values]) => [field, values[0] ?? '']);
    expect((await rater.send(form, Object.fromEntries(answers))).status).toBe(303);
  }
}

/** The code of an outcome. */
export const codeOf = (
  { settings }: Recruitment,
  outcome: keyof RecruitmentSettings['endings'],
): string => settings.endings[outcome]?.code ?? 'no code';

export const backTo = (recruitment: Recruitment, outcome: keyof RecruitmentSettings['endings']) =>
  `href="https://app.prolific.com/submissions/complete?cc=${codeOf(recruitment, outcome)}"`;

export const submissionsOf = (site: Site) =>
  site.server.application.db.selectFrom('platform_submission').selectAll().orderBy('id').execute();

export { openSite };
