import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { type DestinationStream, type Logger, pino, stdSerializers } from 'pino';
import { pinoHttp } from 'pino-http';

/** The id of a request: in its log lines, in the header `x-request-id` and on error pages. */
export const requestId = (request: IncomingMessage): string => (request.id === undefined ? '' : String(request.id));

/** Paths that hold a secret are logged without it, and no query is logged. */
const plainPath = (url: string): string => (url.split('?')[0] ?? '').replace(/\/(join|r|link|s)\/+[^/]+/gi, '/$1/…');

/** An error without the fields in which database drivers repeat the values of a row. */
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, code: 'code' in error ? error.code : undefined };
}

/** The log of a process: structured, one line an event, without personal data. */
export const createLog = (level: string, destination: DestinationStream = pino.destination(1)): Logger => pino({ level, serializers: { err: plainError } }, destination);

/** One structured line a request: method, path, status, time; no address, no cookie, no name. */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = randomUUID();
      response.setHeader('x-request-id', id);
      return id;
    },
    customLogLevel: (_request, response, error) => (error !== undefined || response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'info' : 'debug'),
    serializers: {
      err: plainError,
      req: (request: { id: unknown; method: string; url: string }) => ({ id: request.id, method: request.method, path: plainPath(request.url) }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
  });
}
