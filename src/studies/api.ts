import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStaff, type Staff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { Handler } from '#web/route.js';
import { deleteStudy } from './deletion.js';
import { changeDraft, changeOpened, createDraft } from './draft.js';
import { decisionRule } from './decisionRule.js';
import { Form, formPresets } from './form.js';
import { changeState, type StudyVerb } from './moves.js';
import { openStudy } from './opening.js';
import { planStudy } from './plan.js';
import { generatedDailyLimit, StudySettings } from './settings.js';
import { currentForm, currentText, presentSettings, requireStudy, type Study } from './study.js';
import { Problem } from '#web/problem.js';

const StudyStateName = z.enum(['draft', 'open', 'paused', 'closed']);
const title = z.string().trim().min(1, 'is empty').max(200, 'is longer than 200 characters');
const text = z.string().max(50_000, 'is longer than 50,000 characters');
const Texts = z.strictObject({
  guidelines: text.optional(),
  consent: text.refine((value) => value.trim() !== '', 'is empty').optional(),
  warning: text.optional(),
});

const presetNames = Object.keys(formPresets);
const Preset = z
  .string()
  .refine((name) => Object.hasOwn(formPresets, name), `is one of ${presetNames.join(', ')}`)
  .describe(`A form for a family of datasets: ${presetNames.join(', ')}.`);

export const StudyParams = z.object({ study: z.string().describe('Public id of the study.') });

export const NewStudy = z.strictObject({
  title,
  settings: StudySettings.extend({
    dailyLimit: StudySettings.shape.dailyLimit
      .unwrap()
      .optional()
      .describe(
        `Most examples that one rater is shown in a day of UTC; null is no limit. Left out: ${generatedDailyLimit} where a generation published one of the datasets, else no limit.`,
      ),
  }),
  preset: Preset.optional(),
  form: Form.optional().describe('The questions in full; instead of a preset.'),
  texts: Texts.default({}),
});

/** Without defaults: what is left out stays as it is. */
const settingsPatch = Object.fromEntries(
  Object.entries(StudySettings.shape).map(([name, schema]) => [
    name,
    (schema instanceof z.ZodDefault ? schema.unwrap() : schema).optional(),
  ]),
);

export const StudyPatch = z.strictObject({
  title: title.optional(),
  settings: z
    .strictObject(settingsPatch)
    .optional()
    .describe(
      'The settings that change. Of a study that was opened only threshold, agreementMargin and relevanceMargin.',
    ),
  preset: Preset.optional(),
  form: Form.optional(),
  texts: Texts.optional(),
});

export const StudyAnswer = z.object({
  id: z.string(),
  title: z.string(),
  state: StudyStateName,
  created_at: z.int(),
  opened_at: z.int().nullable(),
  closed_at: z.int().nullable(),
  settings: StudySettings,
  form: z.object({ version: z.int(), preset: z.string(), questions: Form.shape.questions }),
  texts: z.object({ guidelines: z.string(), consent: z.string(), warning: z.string() }),
  rule: z.object({
    threshold: z.number(),
    agreementMargin: z.number(),
    relevanceMargin: z.number(),
    setAt: z.int().nullable(),
    postHoc: z.boolean(),
  }),
});

export const PlanAnswer = z.object({
  items: z.int(),
  judgments: z.int(),
  obstacles: z.array(z.object({ message: z.string(), link: z.string().nullable() })),
  remarks: z.array(z.string()),
  datasets: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      behaviour: z.string(),
      source: z.enum(['generated', 'human']),
      part: z.enum(['kept', 'dropped']).nullable(),
      examples: z.int(),
      eligible: z.int(),
      sampled: z.int(),
      labelled: z.boolean(),
      left_out: z.array(z.object({ finding: z.string(), count: z.int() })),
    }),
  ),
  pairs: z.array(z.object({ behaviour: z.string(), suggested: z.int() })),
  precision: z.object({
    items: z.int(),
    upheld: z.number(),
    raters: z.int(),
    votes: z.array(
      z.object({
        overlap: z.int(),
        agreement: z.number().nullable(),
        relevance: z.number().nullable(),
      }),
    ),
    margin: z.number(),
    drop: z.number().nullable(),
  }),
});

/** A study as the API shows it. */
export async function studyAnswer(db: Db, study: Study): Promise<z.output<typeof StudyAnswer>> {
  const { form, version } = await currentForm(db, study.id);
  const content = async (kind: 'guidelines' | 'consent' | 'warning'): Promise<string> =>
    (await currentText(db, study.id, kind))?.content ?? '';
  const { opened: _, ...rule } = await decisionRule(db, study);
  return {
    id: study.public_id,
    title: study.title,
    state: study.state,
    created_at: study.created_at,
    opened_at: study.opened_at,
    closed_at: study.closed_at,
    settings: presentSettings(study),
    form: { version, ...form },
    texts: {
      guidelines: await content('guidelines'),
      consent: await content('consent'),
      warning: await content('warning'),
    },
    rule,
  };
}

/** What a study would cost and show, as the API and the command line print it. */
export async function planAnswer(db: Db, study: Study): Promise<z.output<typeof PlanAnswer>> {
  const plan = await planStudy(db, study);
  return {
    items: plan.items,
    judgments: plan.judgments,
    obstacles: plan.obstacles.map(({ message, link }) => ({ message, link })),
    remarks: [...plan.remarks],
    datasets: plan.datasets.map((planned) => ({
      id: planned.dataset.public_id,
      name: planned.dataset.name,
      behaviour: planned.dataset.behaviour_name,
      source: planned.dataset.source,
      part: planned.dataset.part,
      examples: planned.eligibility.examples,
      eligible: planned.eligibility.eligible,
      sampled: planned.sampled,
      labelled: planned.labelled,
      left_out: planned.eligibility.leftOut.map(({ finding, count }) => ({ finding, count })),
    })),
    pairs: plan.pairs.map(({ behaviour, suggested }) => ({ behaviour, suggested })),
    precision: { ...plan.precision, votes: plan.precision.votes.map((vote) => ({ ...vote })) },
  };
}

type GivenTexts = z.output<typeof Texts>;
const presentTexts = (
  texts: GivenTexts | undefined,
): { guidelines?: string; consent?: string; warning?: string } => ({
  ...(texts?.guidelines === undefined ? {} : { guidelines: texts.guidelines }),
  ...(texts?.consent === undefined ? {} : { consent: texts.consent }),
  ...(texts?.warning === undefined ? {} : { warning: texts.warning }),
});

const formOf = (given: {
  preset?: string | undefined;
  form?: Form | undefined;
}): { form?: Form } => {
  const form =
    given.form ?? (given.preset === undefined ? undefined : formPresets[given.preset]?.form);
  return form === undefined ? {} : { form };
};

/** Makes a draft and notes it; the API and the command line share it. */
export const createNotedDraft = (
  db: Db,
  given: z.output<typeof NewStudy>,
  by: { now: number; staff: Pick<Staff, 'accountId' | 'email'> | null },
): Promise<Study> =>
  inTransaction(db, async (trx) => {
    const study = await createDraft(
      trx,
      {
        title: given.title,
        settings: given.settings,
        ...formOf(given),
        texts: presentTexts(given.texts),
      },
      { now: by.now, accountId: by.staff?.accountId ?? null },
    );
    await recordAudit(trx, {
      at: by.now,
      staff: by.staff,
      action: 'study.create',
      subject: `study ${study.public_id}`,
      detail: { title: study.title },
    });
    return study;
  });

/** POST /api/v1/studies */
export const createStudyByApi: Handler = async (request, response, application) => {
  const study = await createNotedDraft(application.db, parse(NewStudy, request.body), {
    now: application.now(),
    staff: requireStaff(request),
  });
  response.status(201).json(await studyAnswer(application.db, study));
};

/** GET /api/v1/studies/:study */
export const showStudyByApi: Handler = async (request, response, application) => {
  response.json(
    await studyAnswer(
      application.db,
      await requireStudy(application.db, String(request.params['study'])),
    ),
  );
};

/**
 * PATCH /api/v1/studies/:study: of a draft everything, of an opened study its title, texts, form,
 * threshold and margins.
 */
export const changeStudyByApi: Handler = async (request, response, application) => {
  const { db } = application;
  const staff = requireStaff(request);
  const study = await requireStudy(db, String(request.params['study']));
  const given = parse(StudyPatch, request.body);
  const sent = Object.fromEntries(
    Object.entries(given.settings ?? {}).filter(([, value]) => value !== undefined),
  );
  const settings = StudySettings.parse({ ...presentSettings(study), ...sent });
  const fixed = Object.keys(sent).filter(
    (name) => !['threshold', 'agreementMargin', 'relevanceMargin'].includes(name),
  );
  if (study.state !== 'draft' && fixed.length > 0)
    throw new Problem(
      409,
      'study_opened',
      'The study was opened: what it samples is fixed.',
      'Nothing was changed. Texts, form, threshold and margins can still be edited.',
      fixed.map((name) => ({
        field: `settings.${name}`,
        message: 'is fixed since the study was opened',
      })),
    );
  const now = application.now();
  const by = { now, accountId: staff.accountId };
  const change = {
    ...(given.title === undefined ? {} : { title: given.title }),
    ...formOf(given),
    texts: presentTexts(given.texts),
  };
  await inTransaction(db, async (trx) => {
    const changed =
      study.state === 'draft'
        ? await changeDraft(trx, study, { ...change, settings }, by)
        : await changeOpened(trx, study, { ...change, rule: settings }, by);
    if (!changed) return;
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'study.edit',
      subject: `study ${study.public_id}`,
      detail: { state: study.state },
    });
  });
  response.json(await studyAnswer(db, await requireStudy(db, study.public_id)));
};

/** DELETE /api/v1/studies/:study */
export const deleteStudyByApi: Handler = async (request, response, application) => {
  await deleteStudy(application.db, {
    study: await requireStudy(application.db, String(request.params['study'])),
    now: application.now(),
    staff: requireStaff(request),
  });
  response.status(204).end();
};

/** GET /api/v1/studies/:study/plan */
export const showPlanByApi: Handler = async (request, response, application) => {
  response.json(
    await planAnswer(
      application.db,
      await requireStudy(application.db, String(request.params['study'])),
    ),
  );
};

/** POST /api/v1/studies/:study/open: a draft is sampled and opened. */
export const openStudyByApi: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  if (study.state === 'paused' || study.state === 'closed')
    throw new Problem(
      409,
      'study_opened',
      'The study was opened before.',
      'Nothing was changed. A paused study is resumed, a closed one re-opened.',
    );
  response.json(
    await studyAnswer(
      application.db,
      await openStudy(application.db, {
        study,
        now: application.now(),
        staff: requireStaff(request),
      }),
    ),
  );
};

const movingByApi =
  (verb: StudyVerb): Handler =>
  async (request, response, application) => {
    const study = await requireStudy(application.db, String(request.params['study']));
    response.json(
      await studyAnswer(
        application.db,
        await changeState(application.db, {
          study,
          verb,
          now: application.now(),
          staff: requireStaff(request),
        }),
      ),
    );
  };
export const pauseStudyByApi = movingByApi('pause');
export const resumeStudyByApi = movingByApi('resume');
export const closeStudyByApi = movingByApi('close');
export const reopenStudyByApi = movingByApi('reopen');
