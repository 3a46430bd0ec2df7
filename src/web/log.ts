import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { type DestinationStream, type Logger, pino } from 'pino';
import { pinoHttp } from 'pino-http';

/** The id of a request: in its log lines, in the header `x-request-id` and on error pages. */
export const requestId = (request: IncomingMessage): string =>
  request.id === undefined ? '' : String(request.id);

const beforeSecret = /^(join|p|r|link|s)$/i;
/**
 * The parts of our addresses are names, ids and numbers, shorter than a secret and without escapes.
 */
const plainPart = /^[\w.-]{0,40}$/;

/**
 * The path of a request for the log: it ends before a part that is a secret or may be one. No query
 * is logged.
 */
function plainPath(target: string): string {
  const parts =
    target
      .replace(/^\w+:\/\/[^/?#]*/, '')
      .split(/[?#]/, 1)[0]
      ?.split('/') ?? [];
  const kept: string[] = [];
  for (const part of parts) {
    const before = kept.findLast((earlier) => earlier !== '') ?? '';
    if (!plainPart.test(part) || (part !== '' && beforeSecret.test(before)))
      return [...kept, '…'].join('/');
    kept.push(part);
  }
  return kept.join('/');
}

/** Causes beyond this many are left out: a chain may be a circle. */
const deepest = 5;

/**
 * What is logged of an error and of its causes, without the fields in which database drivers repeat
 * the values of a row.
 */
function plainError(error: unknown, depth = 0): object {
  if (!(error instanceof Error))
    return {
      type: typeof error,
      message: typeof error === 'string' ? error : 'Something was thrown that is not an error.',
    };
  const further = depth < deepest;
  return {
    type: error.constructor.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(further && error.cause !== undefined ? { cause: plainError(error.cause, depth + 1) } : {}),
    ...(further && error instanceof AggregateError
      ? { errors: error.errors.slice(0, deepest).map((part) => plainError(part, depth + 1)) }
      : {}),
  };
}

const serializers = { err: (error: unknown) => plainError(error) };

/** The log of a process: structured, one line an event, without personal data. */
export const createLog = (
  level: string,
  destination: DestinationStream = pino.destination(1),
): Logger => pino({ level, serializers }, destination);

/** One structured line a request: method, path, status, time; no address, no cookie, no name. */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = randomUUID();
      response.setHeader('x-request-id', id);
      return id;
    },
    customLogLevel: (_request, response, error) =>
      error !== undefined || response.statusCode >= 500
        ? 'error'
        : response.statusCode >= 400
          ? 'info'
          : 'debug',
    // Wrapped, ours would be given what the standard serializers made of an error, not the error.
    wrapSerializers: false,
    serializers: {
      ...serializers,
      req: (request: IncomingMessage) => ({
        id: request.id,
        method: request.method,
        path: plainPath(request.url ?? ''),
      }),
      res: (response: ServerResponse) => ({ status: response.statusCode }),
    },
  });
}
