import type { Request, RequestHandler, Response } from 'express';

/**
 * How long a request may take to arrive, ms: as long as Node allows unless told, and hours for a
 * file of gigabytes.
 */
export const usualArrival = 300_000;
export const longestArrival = 6 * 3_600_000;

interface Deadline {
  timer: NodeJS.Timeout;
  readonly usualMs: number;
}
const deadlines = new WeakMap<Request, Deadline>();

function timerFor(request: Request, response: Response, ms: number): NodeJS.Timeout {
  const cut = (): void => {
    if (request.complete || request.destroyed) return;
    if (response.headersSent) request.socket.destroy();
    else
      response
        .status(408)
        .set('Connection', 'close')
        .type('text')
        .send('The request did not arrive in time.\n');
  };
  return setTimeout(cut, ms).unref();
}

/**
 * Answers 408 to requests whose body has not arrived `usualMs` after their head, and cuts their
 * connections.
 */
export const arriveInTime =
  (usualMs: number): RequestHandler =>
  (request, response, next) => {
    if (
      request.headers['content-length'] !== undefined ||
      request.headers['transfer-encoding'] !== undefined
    ) {
      const deadline: Deadline = { timer: timerFor(request, response, usualMs), usualMs };
      deadlines.set(request, deadline);
      const settle = (): void => {
        if (request.complete || request.destroyed) clearTimeout(deadline.timer);
      };
      request.once('end', settle).once('close', settle);
    }
    next();
  };

function prolong(request: Request, response: Response, msOf: (deadline: Deadline) => number): void {
  const deadline = deadlines.get(request);
  if (deadline === undefined) return;
  clearTimeout(deadline.timer);
  if (!request.complete) deadline.timer = timerFor(request, response, msOf(deadline));
}

/** For uploads by somebody who may upload: the body has hours from now. */
export const mayTakeLong: RequestHandler = (request, response, next) => {
  prolong(request, response, () => longestArrival);
  next();
};

/**
 * Reads and drops what is left of the body of a refused request, for as long as any request may
 * take. A connection that is closed while its client still sends is reset, and the client sees the
 * reset instead of the answer.
 */
export function dropRest(request: Request, response: Response): void {
  if (request.complete) return;
  request.unpipe();
  request.resume();
  prolong(request, response, ({ usualMs }) => usualMs);
}
