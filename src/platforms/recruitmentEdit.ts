import type { Request, Response } from 'express';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { outcomes, type Platform, platformOf, platforms } from './platform.js';
import {
  addListed,
  changeRecruitment,
  createRecruitment,
  emptyList,
  fingerprintOf,
  listedCounts,
  projectOf,
  type Recruitment,
  recruitmentsOf,
  requireRecruitment,
} from './recruitment.js';
import {
  type Entered,
  enteredFrom,
  enteredOf,
  type ReadForm,
  readEntered,
} from './recruitmentForm.js';
import { secretsOf } from './secrets.js';

const shell = { layout: 'staff', section: 'studies', styles: ['css/studies.css'] } as const;

const studyOf = (request: Request, { db }: Application): Promise<Study> =>
  requireStudy(db, String(request.params['study']));
const recruitmentFor = (
  request: Request,
  { db }: Application,
  study: Study,
): Promise<Recruitment> => requireRecruitment(db, study, String(request.params['recruitment']));

/** The other studies of the project, newest first. */
const otherStudies = ({ db }: Application, study: Study) =>
  db
    .selectFrom('study')
    .select(['public_id', 'title'])
    .where('project_id', '=', study.project_id)
    .where('id', '<>', study.id)
    .where('opened_at', 'is not', null)
    .orderBy('id', 'desc')
    .execute();

async function showForm(
  request: Request,
  response: Response,
  application: Application,
  form: {
    study: Study;
    platform: Platform;
    recruitment: Recruitment | null;
    entered: Entered;
    faults: readonly FieldFault[];
  },
): Promise<void> {
  const { study, platform, recruitment } = form;
  renderPage(request, response, application, {
    view: 'platforms/recruitment_form',
    shell: { ...shell, title: `Recruitment: ${study.title}` },
    status: form.faults.length === 0 ? 200 : 422,
    page: {
      id: study.public_id,
      title: study.title,
      platform: platform.name,
      platformTitle: platform.title,
      maySign: platform.keys !== null,
      action: `/studies/${study.public_id}/recruitment${recruitment === null ? '' : `/${recruitment.row.public_id}/edit`}`,
      isNew: recruitment === null,
      entered: form.entered,
      faults: form.faults,
      outcomes: Object.entries(outcomes),
      studies: await otherStudies(application, study),
      lists:
        recruitment === null
          ? { allow: 0, block: 0 }
          : await listedCounts(application.db, recruitment),
    },
  });
}

const AskedPlatform = z.object({
  platform: z.enum(
    platforms.map(({ name }) => name),
    'is not a platform that Assay knows',
  ),
});

/** GET /studies/:study/recruitment/new?platform= */
export const newRecruitment: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const { platform: name } = parse(AskedPlatform, request.query);
  const platform = platformOf(name);
  const entered = enteredOf(platform);
  return showForm(request, response, application, {
    study,
    platform,
    recruitment: null,
    entered,
    faults: [],
  });
};

/** GET /studies/:study/recruitment/:recruitment/edit */
export const editRecruitment: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const recruitment = await recruitmentFor(request, application, study);
  const { platform } = recruitment;
  const entered = enteredOf(platform, recruitment);
  return showForm(request, response, application, {
    study,
    platform,
    recruitment,
    entered,
    faults: [],
  });
};

/** Reads the form that was sent; what is taken already counts as a fault too. */
async function readForm(
  application: Application,
  options: { study: Study; platform: Platform; recruitment: Recruitment | null; entered: Entered },
): Promise<ReadForm | { faults: readonly FieldFault[] }> {
  const { study, platform, recruitment, entered } = options;
  const { db, config } = application;
  const others = (await recruitmentsOf(db, study.id)).filter(
    ({ row }) => row.id !== recruitment?.row.id,
  );
  const codes = others.flatMap(({ settings }) =>
    Object.values(settings.endings).flatMap(({ code }) => (code === null ? [] : [code])),
  );
  const read = readEntered(entered, {
    platform,
    elsewhere: new Set(codes),
    studies: new Set((await otherStudies(application, study)).map((other) => other.public_id)),
    hasKey: config.platforms.secretKey !== null,
  });
  if ('faults' in read || read.externalId === null) return read;
  const taken = await db
    .selectFrom('platform_study')
    .select('id')
    .where('platform', '=', platform.name)
    .where('external_id', '=', read.externalId)
    .where('retired_at', 'is', null)
    .where('id', '<>', recruitment?.row.id ?? 0)
    .executeTakeFirst();
  const message = 'Another recruitment belongs to this study at the platform.';
  return taken === undefined ? read : { faults: [{ field: 'externalId', message }] };
}

const save =
  (kind: 'create' | 'change'): Handler =>
  async (request, response, application) => {
    const { db, config } = application;
    const staff = requireStaff(request);
    const study = await studyOf(request, application);
    const recruitment =
      kind === 'create' ? null : await recruitmentFor(request, application, study);
    const platform =
      recruitment?.platform ?? platformOf(parse(AskedPlatform, request.body).platform);
    const entered = enteredFrom(request.body);
    const form = { study, platform, recruitment, entered };
    const read = await readForm(application, form);
    if ('faults' in read)
      return showForm(request, response, application, { ...form, faults: read.faults });
    const now = application.now();
    await inTransaction(db, async (trx) => {
      const at = { now, accountId: staff.accountId };
      if (recruitment !== null) await changeRecruitment(trx, recruitment, read);
      const saved =
        recruitment ??
        (await createRecruitment(trx, { ...read, studyId: study.id, platform, ...at }));
      const project = await projectOf(trx, study.id);
      for (const list of ['allow', 'block'] as const) {
        if (list === 'allow' ? entered.emptyAllow : entered.emptyBlock)
          await emptyList(trx, saved, list);
        const { secretKey } = config.platforms;
        if (secretKey === null || read[list].length === 0) continue;
        const secrets = secretsOf(secretKey);
        const fingerprints = read[list].map((id) => fingerprintOf(secrets, saved, project, id));
        await addListed(trx, { recruitment: saved, list, fingerprints, now });
      }
      await recordAudit(trx, {
        at: now,
        staff,
        action: `recruitment.${kind}`,
        subject: `study ${study.public_id}`,
        detail: {
          recruitment: saved.row.public_id,
          platform: platform.name,
          allowed: read.allow.length,
          blocked: read.block.length,
        },
      });
    });
    response.redirect(303, `/studies/${study.public_id}/recruitment`);
  };

/** POST /studies/:study/recruitment */
export const createRecruitmentOfForm = save('create');
/** POST /studies/:study/recruitment/:recruitment/edit */
export const updateRecruitmentOfForm = save('change');
