import type { ErrorRequestHandler, Request, Response } from 'express';
import { outageOf } from '#storage/faults.js';
import type { Application } from './application.js';
import { dropRest } from './arrival.js';
import { isCsrfError } from './csrf.js';
import { notFound, Problem } from './problem.js';
import { renderPage } from './render.js';
import { requestId } from './log.js';

/** What express itself throws for a body that is too large or not what its type says. */
function bodyProblem(error: unknown): Problem | undefined {
  if (typeof error !== 'object' || error === null || !('type' in error) || !('status' in error))
    return undefined;
  if (error.status === 413)
    return new Problem(
      413,
      'too_large',
      'What was sent is larger than this page takes.',
      'Nothing was changed.',
    );
  if (typeof error.status === 'number' && error.status >= 400 && error.status < 500)
    return new Problem(
      error.status,
      'unreadable_body',
      'What was sent cannot be read.',
      'Nothing was changed. Check that the body is what its content type says.',
    );
  return undefined;
}

const staleForm = new Problem(
  403,
  'stale_form',
  'This page was open for too long, or in another session.',
  'Nothing was changed. Go back, reload the page and send it again.',
);
const unexpected = (id: string): Problem =>
  new Problem(
    500,
    'unexpected',
    'Something went wrong on our side.',
    `What you sent may not have been kept. If it happens again, tell the operator this number: ${id}`,
  );

const outages = {
  away: ['database_away', 'The database cannot be reached at the moment.', 5],
  full: ['cannot_store', 'The server cannot store anything at the moment.', 60],
  held: ['database_held', 'Another program keeps the database locked at the moment.', 5],
} as const;

/**
 * A database that cannot serve now: the request may come again as it is. A handler may have stored
 * part of it before.
 */
function outageProblem(
  error: unknown,
  request: Request,
): { problem: Problem; retryAfter: number } | undefined {
  const outage = outageOf(error);
  if (outage === undefined) return undefined;
  const [code, title, retryAfter] = outages[outage];
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const advice = reads
    ? 'Try again in a moment.'
    : 'This may have been saved. Look before you send it again.';
  return { problem: new Problem(503, code, title, advice), retryAfter };
}

const wantsJson = (request: Request): boolean =>
  request.path.startsWith('/api/') || request.accepts(['html', 'json']) === 'json';

function answer(
  request: Request,
  response: Response,
  application: Application,
  problem: Problem,
): void {
  if (wantsJson(request)) {
    response.status(problem.status).json({
      error: {
        code: problem.code,
        title: problem.title,
        advice: problem.advice,
        faults: problem.faults,
      },
    });
    return;
  }
  renderPage(request, response, application, {
    view: 'web/problem',
    shell: { layout: 'plain', title: problem.title },
    status: problem.status,
    page: { title: problem.title, advice: problem.advice, faults: problem.faults },
  });
}

/** The last handlers of the app: nothing here, and everything that was thrown. */
export function failureHandlers(application: Application): {
  nothingHere: (request: Request, response: Response) => void;
  failures: ErrorRequestHandler;
} {
  const failures: ErrorRequestHandler = (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const id = requestId(request);
    const expected =
      error instanceof Problem ? error : isCsrfError(error) ? staleForm : bodyProblem(error);
    const outage = expected === undefined ? outageProblem(error, request) : undefined;
    const problem = expected ?? outage?.problem;
    if (expected === undefined)
      application.log.error({ err: error, requestId: id }, 'a request failed');
    if (outage !== undefined) response.set('Retry-After', String(outage.retryAfter));
    dropRest(request, response);
    try {
      answer(request, response, application, problem ?? unexpected(id));
    } catch (fault) {
      application.log.error({ err: fault, requestId: id }, 'the error page failed');
      response.status(500).type('text').send(`Something went wrong on our side. Number: ${id}\n`);
    }
  };
  return {
    nothingHere: (request, response) => answer(request, response, application, notFound('page')),
    failures,
  };
}
