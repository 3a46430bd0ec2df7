import type { Request, Response } from 'express';
import { z } from 'zod';
import { presentSettings, requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { findStaff, requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type KnownAnswer, listKnownAnswers, storeKnownAnswers } from './knownAnswers.js';

/** A cell of a comma-separated list. */
const cell = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** The list as it can be entered again. */
const listOf = (answers: readonly KnownAnswer[]): string =>
  answers.length === 0
    ? ''
    : [
        'dataset,line,answer,explanation,purpose',
        ...answers.map(({ datasetId, line, answer, explanation, purpose }) =>
          [datasetId, String(line), answer, explanation, purpose].map(cell).join(','),
        ),
      ].join('\n');

async function show(
  request: Request,
  response: Response,
  application: Application,
  given: { study: Study; entered?: string; faults: readonly FieldFault[] },
): Promise<void> {
  const { study, faults } = given;
  const answers = await listKnownAnswers(application.db, study.id);
  const settings = presentSettings(study);
  renderPage(request, response, application, {
    view: 'quality/known_answers',
    shell: {
      layout: 'staff',
      title: `Known answers: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      id: study.public_id,
      title: study.title,
      draft: study.state === 'draft',
      mayWrite: findStaff(request)?.role === 'admin',
      answers,
      goldItems: settings.goldItems,
      entered: given.entered ?? listOf(answers),
      faults: faults.map(({ field, message }) => ({ field, message })),
    },
  });
}

/** GET /studies/:study/known-answers */
export const showKnownAnswers: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  await show(request, response, application, { study, faults: [] });
};

const Body = z.object({ answers: z.string().max(2_000_000).default('') });

/** POST /studies/:study/known-answers: the list in place of the one before. */
export const createKnownAnswers: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const { answers } = parse(Body, request.body);
  const stored = await storeKnownAnswers(application.db, {
    study,
    text: answers,
    now: application.now(),
    staff: requireStaff(request),
  });
  if ('faults' in stored)
    return show(request, response, application, {
      study,
      entered: answers,
      faults: stored.faults,
    });
  response.redirect(303, `/studies/${study.public_id}/known-answers`);
};
