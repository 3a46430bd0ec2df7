import type { Request, Response } from 'express';
import { count, plural } from '#web/format.js';
import type { Application } from '#web/application.js';
import { notFound } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { listBehaviours } from './behaviour.js';
import {
  filesOf,
  getImport,
  type Import,
  type ImportFile,
  planOf,
  requireImport,
  requireImportFile,
  understoodOf,
} from './imports/import.js';
import { columnsNotRead } from './examples/recognise.js';
import { type FilePlan, isGuess, readAsWords, type Understood } from './imports/plan.js';
import { openQuestions } from './imports/start.js';
import { parse } from '#web/parse.js';
import { fieldsOf } from './mappingFields.js';
import { requireReviewing } from './review.js';
import { Body, listOf, saveFile, type Saving, textOf, useOf } from './reviewForm.js';
import { mappingWords, missingWords } from './reviewModel.js';

function understoodWords(plan: FilePlan, understood: Understood): string {
  const rows = understood.complete
    ? plural(understood.rowsSampled, 'row')
    : `the first ${plural(understood.rowsSampled, 'row')} looked at`;
  return `${understood.formatWords}: ${readAsWords(plan)}; ${rows}.`;
}

function warningsOf(plan: FilePlan, understood: Understood): string[] {
  const warnings = understood.reading.questions.map(({ sentence }) => sentence);
  if (isGuess(plan))
    warnings.push(
      'Which column is what is a guess. ' +
        (understood.guess ?? 'Look at the first rows, and confirm that they are right.'),
    );
  if (plan.source === null)
    warnings.push('The path does not tell whether a model or people wrote this. Say which.');
  if (understood.rejectedInSample > 0)
    warnings.push(
      `${plural(understood.rejectedInSample, 'row', 'rows')} of ` +
        `${count(understood.rowsSampled)} cannot be an example like this. The reasons are ` +
        'listed below the first rows.',
    );
  const missing = missingWords(understood);
  if (missing !== null) warnings.push(missing);
  return warnings;
}

async function render(
  request: Request,
  response: Response,
  application: Application,
  entry: Import,
  file: ImportFile,
  { faults = [], kept, typed = {} }: Partial<Saving> & { typed?: Body } = {},
): Promise<void> {
  const { db } = application;
  const plan = planOf(file);
  const understood = understoodOf(file);
  const at = (field: string): string => `${file.public_id}.${field}`;
  const shown = (field: string, otherwise: string): string => textOf(typed, at(field)) ?? otherwise;
  const href = `/imports/${entry.public_id}`;
  renderPage(request, response, application, {
    view: 'datasets/review_file',
    shell: {
      layout: 'staff',
      title: `Review ${file.path}`,
      section: 'datasets',
      styles: ['css/datasets.css', 'css/review.css'],
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      id: file.public_id,
      path: file.path,
      href: `${href}/files/${file.public_id}`,
      back: `${href}#${file.public_id}`,
      faults,
      kept,
      understood: understoodWords(plan, understood),
      byteCount: file.byte_count,
      warnings: warningsOf(plan, understood),
      behaviours: (await listBehaviours(db)).map((behaviour) => behaviour.name),
      name: shown('name', plan.name),
      behaviour: shown('behaviour', plan.behaviour),
      source: shown('source', plan.source ?? ''),
      use: shown('role', useOf(plan)),
      asks: isGuess(plan) && understood.reading.questions.length === 0,
      mapped: plan.mapping !== null,
      mapping: plan.mapping === null ? null : mappingWords(plan.mapping),
      notRead: columnsNotRead(understood.columns, plan),
      fields: fieldsOf(plan, understood).map((field) => ({
        ...field,
        value: typed[at(field.name)] === undefined ? field.value : listOf(typed, at(field.name)),
      })),
      samples: understood.samples.map((sample) => ({
        line: sample.line,
        text: sample.text,
        choices: sample.choices,
        removed: sample.removed,
        labelKey:
          sample.labelChoice === null ? null : (sample.choices[sample.labelChoice]?.key ?? null),
      })),
      rejections: understood.rejections,
      rejected: understood.rejectedInSample,
      generator: shown('generator', plan.provenance.generator),
      prompt: shown('prompt', plan.provenance.prompt),
      discriminator: shown('discriminator', plan.provenance.discriminator),
    },
  });
}

/** A file of this import. Throws 404 where there is none. */
async function requireFile(
  { db }: Application,
  request: Request,
  entry: Import,
): Promise<ImportFile> {
  const file = await requireImportFile(db, String(request.params['file']));
  if (file.import_id !== entry.id) throw notFound('file of an import');
  return file;
}

/**
 * GET /imports/:import/files/:file: one file of an upload that is reviewed, with its first rows. A
 * file that waits in a review of its own by now is shown there.
 */
export const showReviewFile: Handler = async (request, response, application) => {
  const { db } = application;
  const entry = await requireImport(db, String(request.params['import']));
  const file = await requireImportFile(db, String(request.params['file']));
  if (file.import_id !== entry.id) {
    const { public_id: now } = await getImport(db, file.import_id);
    response.redirect(303, `/imports/${now}/files/${file.public_id}`);
    return;
  }
  if (entry.state === 'reviewing' && file.state === 'reviewing')
    await render(request, response, application, entry, file);
  else response.redirect(303, `/imports/${entry.public_id}`);
};

/**
 * POST /imports/:import/files/:file: saves what is said of one file. `action` is `look`, to see its
 * rows anew, `confirm`, which says that its mapping is right, or `save`; the last two go on to the
 * next file that needs its page, or back to the table.
 */
export const reviewFile: Handler = async (request, response, application) => {
  const { db } = application;
  const entry = await requireReviewing(application, request);
  const file = await requireFile(application, request, entry);
  const body = parse(Body, request.body ?? {});
  const action = textOf(body, 'action') ?? 'look';
  const href = `/imports/${entry.public_id}`;
  const confirms = action === 'confirm';
  const saving = await saveFile(db, body, file, { confirms });
  const saved = await requireImportFile(db, file.public_id);
  if (saving.faults.length > 0) {
    await render(request, response, application, entry, saved, { ...saving, typed: body });
    return;
  }
  const faults = confirms ? openQuestions(saved) : [];
  if (faults.length > 0) {
    const kept = 'What you entered is saved; the file is not imported yet.';
    await render(request, response, application, entry, saved, { faults, kept });
    return;
  }
  const next = confirms
    ? (await filesOf(db, entry.id)).find((one) =>
        openQuestions(one).some(({ field }) => !field.endsWith('.source')),
      )
    : undefined;
  if (action === 'look') response.redirect(303, `${href}/files/${file.public_id}`);
  else
    response.redirect(
      303,
      next === undefined ? `${href}#${file.public_id}` : `${href}/files/${next.public_id}`,
    );
};
