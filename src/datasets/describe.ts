import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { faultsOf, parse } from '#web/parse.js';
import { type FieldFault, notFound } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { describedBehaviours, ensureBehaviour } from './behaviour.js';
import { DescriptionForm, DescriptionTyped, storeDescription } from './descriptionForm.js';
import {
  filesOf,
  type Import,
  type ImportFile,
  planOf,
  requireImport,
  understoodOf,
} from './imports/import.js';
import { behavioursIn } from './reviewModel.js';

const shownRows = 2;

/** The first rows of the files of a behaviour: they show what is to be described. */
const rowsOf = (files: readonly ImportFile[], behaviour: string): object[] =>
  files
    .filter((file) => planOf(file).behaviour === behaviour)
    .flatMap((file) =>
      understoodOf(file)
        .samples.slice(0, 1)
        .map(({ text, choices, labelChoice }) => ({
          path: file.path,
          text,
          choices: choices.map((choice, index) => ({ ...choice, own: index === labelChoice })),
        })),
    )
    .slice(0, shownRows);

async function render(
  request: Request,
  response: Response,
  application: Application,
  entry: Import,
  given: {
    after?: string | undefined;
    name?: string | undefined;
    text?: { short: string; long: string };
    faults?: readonly FieldFault[];
  },
): Promise<void> {
  const { db } = application;
  const files = await filesOf(db, entry.id);
  const names = behavioursIn(files);
  const described = await describedBehaviours(db, names);
  const open = names.filter((name) => described.get(name)?.confirmed !== true);
  const from = given.after === undefined ? -1 : names.indexOf(given.after);
  const name = given.name ?? open.find((one) => names.indexOf(one) > from);
  const href = `/imports/${entry.public_id}`;
  if (name === undefined || !names.includes(name)) {
    response.redirect(303, href);
    return;
  }
  const { faults = [] } = given;
  const text = given.text ?? described.get(name);
  renderPage(request, response, application, {
    view: 'datasets/describe',
    shell: {
      layout: 'staff',
      title: `Describe ${name}`,
      section: 'datasets',
      styles: ['css/datasets.css', 'css/review.css'],
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      href: `${href}/descriptions`,
      back: href,
      name,
      left: open.length,
      later: open.filter((one) => names.indexOf(one) > names.indexOf(name)).length,
      short: text?.short ?? '',
      long: text?.long ?? '',
      faults,
      rows: rowsOf(files, name),
    },
  });
}

/**
 * GET /imports/:import/descriptions: asks for the description of one behaviour after the other that
 * raters cannot see yet; `after` names the one that was answered or skipped.
 */
export const askDescription: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  const { after } = parse(z.object({ after: z.string().optional() }), request.query);
  await render(request, response, application, entry, { after });
};

/**
 * POST /imports/:import/descriptions: stores one description, and asks for the next one. Refuses with
 * 409 what would replace a confirmed description, which this page does not show.
 */
export const answerDescription: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  const { behaviour: name } = parse(z.object({ behaviour: z.string().trim() }), request.body);
  if (!behavioursIn(await filesOf(application.db, entry.id)).includes(name))
    throw notFound('behaviour in this import');
  const form = DescriptionForm.safeParse(request.body);
  if (!form.success) {
    const text = parse(DescriptionTyped, request.body);
    const faults = faultsOf(form.error);
    await render(request, response, application, entry, { name, text, faults });
    return;
  }
  await storeDescription(application, {
    behaviourOf: (trx) => ensureBehaviour(trx, name, application.now()),
    form: form.data,
    keepConfirmed: true,
    staff: requireStaff(request),
  });
  const after = encodeURIComponent(name);
  response.redirect(303, `/imports/${entry.public_id}/descriptions?after=${after}`);
};
