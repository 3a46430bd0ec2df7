import type { Request, Response } from 'express';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import type { Handler } from '#web/route.js';
import { changeDraft, changeOpened, createDraft, usualDailyLimit } from './draft.js';
import { showEditor } from './editor/editorPage.js';
import { type Entered, enteredFrom, enteredOf } from './editor/entered.js';
import { changeQuestions, intentOf } from './editor/questions.js';
import { readEntered } from './editor/reading.js';
import { formPresets } from './form.js';
import { StudySettings } from './settings.js';
import { currentForm, currentText, presentSettings, requireStudy, type Study } from './study.js';
import { defaultRaterTexts } from './raterTexts.js';

/** A stored study with its newest texts, as the editor shows it. */
async function storedEntered(application: Application, study: Study): Promise<Entered> {
  const { db } = application;
  const text = async (kind: 'guidelines' | 'consent' | 'warning'): Promise<string> =>
    (await currentText(db, study.id, kind))?.content ?? '';
  return enteredOf({
    title: study.title,
    settings: presentSettings(study),
    form: (await currentForm(db, study.id)).form,
    texts: {
      guidelines: await text('guidelines'),
      consent: await text('consent'),
      warning: await text('warning'),
    },
  });
}

/**
 * What the editor's buttons beside "save" do: shows the page again with the change, stores nothing.
 * True where it answered.
 */
async function answeredIntent(
  request: Request,
  response: Response,
  application: Application,
  study: Study | null,
  entered: Entered,
): Promise<boolean> {
  const body: Record<string, unknown> = request.body;
  const intent = intentOf(body['intent']);
  if (intent.kind === 'save') return false;
  const { questions, changed } = changeQuestions(entered, intent, {
    preset: body['presetChoice'],
    type: body['addType'],
  });
  await showEditor(request, response, application, {
    study,
    entered: { ...entered, questions },
    faults: [],
    changed,
    preview: intent.kind === 'preview',
  });
  return true;
}

/** GET /studies/new, with ?dataset= ticking datasets. */
export const newStudy: Handler = async (request, response, application) => {
  const { form } = formPresets['standard'] ?? {};
  if (form === undefined) throw new Error('there is no standard form');
  const asked = request.query['dataset'];
  const datasets = (Array.isArray(asked) ? asked : [asked]).filter(
    (one): one is string => typeof one === 'string',
  );
  await showEditor(request, response, application, {
    study: null,
    entered: enteredOf({
      title: '',
      settings: StudySettings.parse({
        datasets,
        dailyLimit: await usualDailyLimit(application.db, datasets),
      }),
      form,
      texts: defaultRaterTexts,
    }),
    faults: [],
  });
};

/** POST /studies */
export const createStudyOfForm: Handler = async (request, response, application) => {
  const staff = requireStaff(request);
  const entered = enteredFrom(request.body);
  if (await answeredIntent(request, response, application, null, entered)) return;
  const read = readEntered(entered);
  if ('faults' in read)
    return showEditor(request, response, application, {
      study: null,
      entered,
      faults: read.faults,
    });
  const now = application.now();
  const study = await inTransaction(application.db, async (trx) => {
    // The page may not have known which datasets would be chosen: an empty field is the usual limit.
    const { dailyLimit, ...settings } = read.study.settings;
    const given = dailyLimit === null ? settings : { ...settings, dailyLimit };
    const made = await createDraft(
      trx,
      { ...read.study, settings: given },
      { now, accountId: staff.accountId },
    );
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'study.create',
      subject: `study ${made.public_id}`,
      detail: { title: made.title },
    });
    return made;
  });
  response.redirect(303, `/studies/${study.public_id}/review`);
};

/** GET /studies/:study/edit */
export const editStudy: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  await showEditor(request, response, application, {
    study,
    entered: await storedEntered(application, study),
    faults: [],
  });
};

/**
 * POST /studies/:study/edit: of a draft everything, of an opened study its title, texts, form,
 * threshold and margins.
 */
export const updateStudyOfForm: Handler = async (request, response, application) => {
  const { db } = application;
  const staff = requireStaff(request);
  const study = await requireStudy(db, String(request.params['study']));
  const sent = enteredFrom(request.body);
  const opened = study.state !== 'draft';
  const entered: Entered = opened
    ? {
        ...(await storedEntered(application, study)),
        title: sent.title,
        questions: sent.questions,
        guidelines: sent.guidelines,
        consent: sent.consent,
        warning: sent.warning,
        threshold: sent.threshold,
        agreementMargin: sent.agreementMargin,
        relevanceMargin: sent.relevanceMargin,
      }
    : sent;
  if (await answeredIntent(request, response, application, study, entered)) return;
  const read = readEntered(entered);
  if ('faults' in read)
    return showEditor(request, response, application, { study, entered, faults: read.faults });
  const now = application.now();
  const by = { now, accountId: staff.accountId };
  await inTransaction(db, async (trx) => {
    const { settings: rule, ...rest } = read.study;
    const changed = opened
      ? await changeOpened(trx, study, { ...rest, rule }, by)
      : await changeDraft(trx, study, read.study, by);
    if (!changed) return;
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'study.edit',
      subject: `study ${study.public_id}`,
      detail: { state: study.state },
    });
  });
  response.redirect(
    303,
    opened ? `/studies/${study.public_id}` : `/studies/${study.public_id}/review`,
  );
};
