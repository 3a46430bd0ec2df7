import type { Request, Response } from 'express';
import { z } from 'zod';
import { wording } from '#raters/wording.js';
import type { Form } from '#studies/form.js';
import type { StudySettings } from '#studies/settings.js';
import {
  currentForm,
  currentText,
  presentSettings,
  requireStudy,
  settingsOf,
  type Study,
} from '#studies/study.js';
import type { Application } from '#web/application.js';
import { markdown } from '#web/markdown.js';
import { parse } from '#web/parse.js';
import { notFound, Problem } from '#web/problem.js';
import { renderFragment, renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { enteredAnswers, readAnswers } from '../answers.js';
import { asidePage, FlagBody, SkipBody } from '../asides.js';
import { type ItemPage, itemPage, type ItemValues } from '../itemPage.js';
import { formSeen, seenFields } from '../seenVersions.js';
import { type Previewed, previewedExamples, shownExample } from './examples.js';

/**
 * A study's rating page as staff try it: an example's index in the preview stands for the
 * assignment.
 */
interface Preview {
  readonly study: Study;
  readonly settings: StudySettings;
  readonly form: Form;
  readonly versions: ItemPage['versions'];
  readonly examples: readonly Previewed[];
  /** Where the preview stands: what `/rate` is for a rater. */
  readonly base: string;
  /** The study's own page. */
  readonly back: string;
}

async function previewOf(request: Request, { db }: Application): Promise<Preview> {
  const study = await requireStudy(db, String(request.params['study']));
  const draft = study.state === 'draft';
  const settings = draft ? presentSettings(study) : settingsOf(study);
  const { form, version } = await currentForm(db, study.id);
  const guidelines = await currentText(db, study.id, 'guidelines');
  const address = `/studies/${study.public_id}`;
  return {
    study,
    settings,
    form,
    versions: { form: version, guidelines: guidelines?.version ?? 0 },
    examples: await previewedExamples(db, study, settings),
    base: `${address}/preview`,
    back: draft ? `${address}/review` : address,
  };
}

const notStored = 'Not stored: this is a preview.';

const shellOf = (preview: Preview, scripts: readonly string[] = []) => ({
  layout: 'rater' as const,
  title: `Preview: ${preview.settings.raterTitle}`,
  styles: ['css/rating.css', 'css/studies.css'],
  scripts,
});

const addressOf = (preview: Preview, index: number): string => `${preview.base}?n=${index}`;

/** The index that an address or a form names; examples that are not there do not exist. */
function requireExample(preview: Preview, value: unknown): { index: number; previewed: Previewed } {
  const index = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : -1;
  const previewed = preview.examples[index];
  if (previewed === undefined) throw notFound('example of the preview');
  return { index, previewed };
}

async function itemAt(
  application: Application,
  preview: Preview,
  index: number,
  options: Pick<ItemPage, 'mode'> & {
    faults?: ItemPage['faults'];
    entered?: ItemValues;
  },
): Promise<ItemPage | null> {
  const previewed = preview.examples[index];
  if (previewed === undefined) return null;
  return itemPage({
    assignment: String(index),
    behaviour: previewed.behaviour,
    ...(await shownExample(application.db, preview.study, preview.settings, previewed)),
    form: preview.form,
    versions: preview.versions,
    values: options.entered ?? {},
    mode: options.mode,
    base: preview.base,
    resume: options.mode === 'change' ? addressOf(preview, index + 1) : preview.base,
    ...(options.faults === undefined ? {} : { faults: options.faults }),
  });
}

const progressAt = (preview: Preview, index: number): { done: number; left: number } => ({
  done: index,
  left: preview.examples.length - index,
});

const idBefore = (index: number): string | null => (index === 0 ? null : String(index - 1));

function showItem(
  request: Request,
  response: Response,
  application: Application,
  options: { preview: Preview; index: number; item: ItemPage; status?: number; saved?: string },
): void {
  const { preview, index, item } = options;
  renderPage(request, response, application, {
    view: 'assignment/rate',
    shell: shellOf(preview, ['js/rate.js']),
    ...(options.status === undefined ? {} : { status: options.status }),
    page: {
      wording,
      item,
      progress: progressAt(preview, index),
      letterKeys: true,
      saved: options.saved ?? '',
      title: preview.settings.raterTitle,
      previous: idBefore(index),
      preview: { back: preview.back },
      guidelines: `${preview.base}/${index}/guidelines`,
      end: addressOf(preview, preview.examples.length),
    },
  });
}

/**
 * `/studies/:study/preview?n=`: the rating page of a sampled example as a rater would use it;
 * nothing is leased or stored.
 */
export const showPreview: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  const total = preview.examples.length;
  const asked = Number(request.query['n'] ?? 0);
  const index = Number.isInteger(asked) && asked >= 0 && asked <= total ? asked : 0;
  const item = await itemAt(application, preview, index, { mode: 'rate' });
  if (item !== null)
    return showItem(request, response, application, {
      preview,
      index,
      item,
      saved: request.query['saved'] === undefined ? '' : notStored,
    });
  const [heading, text] =
    total === 0
      ? ['Nothing to preview yet', 'No example can be sampled: choose datasets first.']
      : wording.nothing['all-done'];
  renderPage(request, response, application, {
    view: 'assignment/previewEnd',
    shell: shellOf(preview),
    page: {
      title: preview.settings.raterTitle,
      preview: { back: preview.back },
      heading,
      text,
      again: total === 0 ? null : preview.base,
    },
  });
};

const fragmentAt = async (
  request: Request,
  application: Application,
  preview: Preview,
  index: number,
): Promise<{ id: string; html: string } | null> => {
  const item = await itemAt(application, preview, index, { mode: 'rate' });
  return item === null
    ? null
    : {
        id: item.assignment,
        html: renderFragment(request, application, 'assignment/item', { item, wording }),
      };
};

const Sent = z.looseObject({ assignment: z.string(), ...seenFields, have: z.string().optional() });

/**
 * `POST /studies/:study/preview`: takes answers as `POST /rate` does, refuses the same ones, and
 * forgets them.
 */
export const createPreviewedSubmission: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  const body = parse(Sent, request.body);
  const { index, previewed } = requireExample(preview, body.assignment);
  const scripted = request.get('x-fragment') === '1';
  const { order } = await shownExample(application.db, preview.study, preview.settings, previewed);
  const { version, form } = await formSeen(
    application.db,
    preview.study.id,
    { version: preview.versions.form, form: preview.form },
    body.form_version,
  );
  const read = readAnswers(form, order, body);
  if ('faults' in read) {
    if (scripted)
      throw new Problem(
        422,
        'invalid_input',
        'An answer is missing or cannot be accepted.',
        'Answer the example again.',
        read.faults,
      );
    const item = await itemAt(
      application,
      { ...preview, form, versions: { ...preview.versions, form: version } },
      index,
      { mode: 'rate', faults: read.faults, entered: enteredAnswers(body) },
    );
    if (item !== null)
      showItem(request, response, application, { preview, index, item, status: 422 });
    return;
  }
  if (!scripted) {
    response.redirect(303, `${addressOf(preview, index + 1)}&saved=1`);
    return;
  }
  const shown = body.have === undefined ? index + 1 : requireExample(preview, body.have).index;
  response.json({
    outcome: 'previewed',
    message: notStored,
    progress: progressAt(preview, shown),
    shown:
      body.have === undefined
        ? await fragmentAt(request, application, preview, shown)
        : { id: body.have, html: null },
    ahead: await fragmentAt(request, application, preview, shown + 1),
  });
};

const OnScreen = z.object({ have: z.string() });

/** `POST /studies/:study/preview/ahead`: the example after the one on the screen. */
export const createPreviewedAhead: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  response.json({
    ahead: await fragmentAt(
      request,
      application,
      preview,
      requireExample(preview, parse(OnScreen, request.body).have).index + 1,
    ),
  });
};

/**
 * `/studies/:study/preview/:index`: an example that was answered, open for change; its answers were
 * not kept.
 */
export const showPreviewedAgain: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  const { index } = requireExample(preview, request.params['index']);
  const item = await itemAt(application, preview, index, { mode: 'change' });
  if (item === null) return;
  if (request.get('x-fragment') === '1')
    response.json({
      id: item.assignment,
      html: renderFragment(request, application, 'assignment/item', { item, wording }),
      previous: idBefore(index),
    });
  else showItem(request, response, application, { preview, index, item });
};

export const showPreviewedGuidelines: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  const { index } = requireExample(preview, request.params['index']);
  const text = await currentText(application.db, preview.study.id, 'guidelines');
  renderPage(request, response, application, {
    view: 'raters/guidelines',
    shell: shellOf(preview),
    page: {
      wording,
      title: preview.settings.raterTitle,
      contact: preview.settings.contact,
      text: markdown(text?.content ?? ''),
      begun: true,
      resume: addressOf(preview, index),
      preview: { back: preview.back },
    },
  });
};

const askFor =
  (kind: 'skip' | 'flag'): Handler =>
  async (request, response, application) => {
    const preview = await previewOf(request, application);
    const { index } = requireExample(preview, request.params['index']);
    renderPage(request, response, application, {
      view: 'assignment/aside',
      shell: shellOf(preview),
      page: asidePage(kind, {
        title: preview.settings.raterTitle,
        action: `${preview.base}/${index}/${kind}`,
        resume: addressOf(preview, index),
        preview: { back: preview.back },
      }),
    });
  };

export const askPreviewedSkip = askFor('skip');
export const askPreviewedFlag = askFor('flag');

export const createPreviewedSkip: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  parse(SkipBody, request.body);
  response.redirect(
    303,
    addressOf(preview, requireExample(preview, request.params['index']).index + 1),
  );
};

export const createPreviewedFlag: Handler = async (request, response, application) => {
  const preview = await previewOf(request, application);
  parse(FlagBody, request.body);
  response.redirect(
    303,
    `${addressOf(preview, requireExample(preview, request.params['index']).index)}&saved=flagged`,
  );
};
