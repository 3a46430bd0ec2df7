import type { Request, Response } from 'express';
import { z } from 'zod';
import { requireStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { showWaiting, withinWait } from '../page.js';
import { reportPart } from '../thread/reporting.js';
import { type Change, type Overtaken, storeAnswers, writtenOf } from './answers.js';
import { type Line, lineNames, lines } from './lines.js';

const mostCharacters = 4_000;

/** What staff write on a line. */
export const Answer = z
  .string()
  .transform((text) => text.replaceAll('\r\n', '\n').trim())
  .refine((text) => text.length <= mostCharacters, `has more than ${mostCharacters} characters`);
const Read = z.coerce.number().pipe(z.int().min(0));

const studyOf = (request: Request, { db }: Application): Promise<Study> =>
  requireStudy(db, String(request.params['study']));

async function show(
  request: Request,
  response: Response,
  application: Application,
  {
    study,
    entered,
    overtaken,
  }: { study: Study; entered: readonly Change[]; overtaken: readonly Overtaken[] },
): Promise<void> {
  const { db, config } = application;
  const computed = await withinWait(
    reportPart(application, study.public_id, { kind: 'overview' }),
    config.reportWaitMs,
  );
  const about = { id: study.public_id, title: study.title };
  // What was entered is not thrown away for a report that takes long: it is shown without it.
  if (computed === null && entered.length === 0)
    return showWaiting(request, response, application, about);
  const standing = await writtenOf(db, study.id);
  const asked = new Map(computed?.outline.asked?.map((one) => [one.line, one]));
  renderPage(request, response, application, {
    view: 'reports/asked_page',
    shell: {
      layout: 'staff',
      title: `What a reviewer asks: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    status: overtaken.length === 0 ? 200 : 409,
    page: {
      ...about,
      mostCharacters,
      open: [...asked.values()].filter((one) => one.open).length,
      lines: lineNames.map((line) => ({
        line,
        ...lines[line],
        known: asked.get(line)?.known ?? [],
        open: asked.get(line)?.open ?? standing[line].answer === '',
        answer: entered.find((change) => change.line === line)?.answer ?? standing[line].answer,
        version: standing[line].version,
        standing: overtaken.find((one) => one.line === line)?.standing.answer ?? null,
      })),
    },
  });
}

/** GET /studies/:study/asked: each line with what is known, and a field for what is not. */
export const showAsked: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  return show(request, response, application, { study, entered: [], overtaken: [] });
};

/** The lines that a form sent; throws what is at fault with them. */
function changesIn(body: unknown): Change[] {
  const field = (kind: string, line: Line): string => `${kind}.${line}`;
  const Form = z.object(
    Object.fromEntries<z.ZodType<string | number | undefined>>(
      lineNames.flatMap((line) => [
        [field('answer', line), Answer.optional()],
        [field('read', line), Read.optional()],
      ]),
    ),
  );
  const sent: Readonly<Record<string, string | number | undefined>> = parse(Form, body);
  return lineNames.flatMap((line): Change[] => {
    const answer = sent[field('answer', line)];
    const read = sent[field('read', line)];
    return typeof answer === 'string' && typeof read === 'number' ? [{ line, answer, read }] : [];
  });
}

/** POST /studies/:study/asked */
export const updateAsked: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const changes = changesIn(request.body);
  const overtaken = await storeAnswers(application.db, {
    study,
    changes,
    staff: requireStaff(request),
    now: application.now(),
  });
  if (overtaken.length > 0)
    return show(request, response, application, { study, entered: changes, overtaken });
  response.redirect(303, `/studies/${study.public_id}/asked`);
};

/** What the API is sent: lines that are to be changed. */
export const AnswersBody = z.strictObject({
  answers: z.partialRecord(z.enum(lineNames), Answer),
});

/** PATCH /api/v1/studies/:study/asked */
export const updateAskedByApi: Handler = async (request, response, application) => {
  const study = await studyOf(request, application);
  const { answers } = parse(AnswersBody, request.body);
  const standing = await writtenOf(application.db, study.id);
  const changes = lineNames.flatMap((line): Change[] => {
    const answer = answers[line];
    return answer === undefined ? [] : [{ line, answer, read: standing[line].version }];
  });
  const overtaken = await storeAnswers(application.db, {
    study,
    changes,
    staff: requireStaff(request),
    now: application.now(),
  });
  if (overtaken.length > 0)
    throw new Problem(
      409,
      'changed_meanwhile',
      'Somebody else changed one of these lines at the same moment.',
      'Nothing was stored. Read them again, then send yours.',
    );
  response.status(204).end();
};
