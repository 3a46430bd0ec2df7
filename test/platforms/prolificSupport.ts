import type { Platforms } from '#platforms/accounts.js';
import { addAccount } from '#platforms/accounts.js';
import type { Action, RecruitmentRow } from '#platforms/actions.js';
import { want, type Wanted } from '#platforms/actions.js';
import { hearSubmission } from '#platforms/prolific/heard.js';
import { prolific as platform, RecruitmentSettings } from '#platforms/platform.js';
import type { Submission } from '#platforms/hear.js';
import { newPublicId, newSecret } from '#storage/identifiers.js';
import { writeJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Staff } from '#web/identity.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { startProlific, type TestProlific, type TestStudy } from '../support/prolific.js';
import { openSite, type Site } from '../support/site.js';

export const secretKey = 'a key that is long enough for all tests';

/** A site with an account at a test server and one recruitment there. */
export interface Crowd {
  readonly site: Site;
  readonly prolific: TestProlific;
  readonly application: Platforms;
  readonly staff: Staff;
  readonly recruitment: RecruitmentRow;
  readonly atProlific: TestStudy;
  readonly study: string;
  readonly account: string;
  /** A submission that awaits approval, heard of here. */
  awaiting(): Promise<Submission>;
  wanted(part: Pick<Wanted, 'request'> & Partial<Wanted>): Promise<Action>;
}

export async function openCrowd(limitMinor = 1_000_000): Promise<Crowd> {
  const prolific = await startProlific();
  const site = await openSite({ ASSAY_SECRET_KEY: secretKey, PROLIFIC_URL: prolific.url });
  const application: Platforms = site.server.application;
  const { db } = application;
  const admin = await db
    .selectFrom('account')
    .selectAll()
    .where('role', '=', 'admin')
    .executeTakeFirstOrThrow();
  const staff: Staff = {
    accountId: admin.id,
    publicId: admin.public_id,
    email: admin.email,
    name: admin.name,
    role: 'admin',
  };
  const account = await addAccount(application, {
    label: 'Lab',
    settings: { workspace: prolific.account.workspace, currency: 'GBP', limitMinor },
    secret: { token: prolific.token, webhookSecret: prolific.account.hookSecret },
    staff,
  });
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(4) }],
    now: Date.now(),
  });
  const atProlific = prolific.addStudy();
  const recruitment = await db
    .insertInto('platform_study')
    .values({
      public_id: newPublicId(),
      study_id: study.id,
      platform: 'prolific',
      platform_account_id: account.id,
      external_id: atProlific.id,
      link_token: newSecret(),
      settings: writeJson(RecruitmentSettings, platform.defaults),
      created_at: 1,
      created_by: null,
      retired_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return {
    site,
    prolific,
    application,
    staff,
    recruitment,
    atProlific,
    study: study.public_id,
    account: account.public_id,
    async awaiting() {
      const taken = prolific.take(atProlific, 'AWAITING REVIEW');
      const heard = await inTransaction(db, (trx) =>
        hearSubmission(trx, application, recruitment, {
          id: taken.id,
          person: taken.participant_id,
          status: taken.status,
          source: 'poll',
          deliveryId: null,
          at: Date.now(),
          now: Date.now(),
          payload: {},
        }),
      );
      return heard.submission;
    },
    wanted: (part) =>
      inTransaction(db, (trx) =>
        want(trx, {
          recruitment,
          submissionId: null,
          amountMinor: null,
          key: newPublicId(),
          staff,
          now: Date.now(),
          ...part,
        }),
      ),
  };
}
