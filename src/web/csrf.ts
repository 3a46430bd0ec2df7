import { csrfSync } from 'csrf-sync';
import './session.js';

import type { Request } from 'express';

const guard = csrfSync({
  getTokenFromRequest: (request: Request) => {
    const body: unknown = request.body;
    if (
      typeof body === 'object' &&
      body !== null &&
      'csrf' in body &&
      typeof body.csrf === 'string'
    )
      return body.csrf;
    return request.get('x-csrf-token');
  },
});

/** Refuses a request without its session's token. */
export const csrfProtection = guard.csrfSynchronisedProtection;

export const isCsrfError = (error: unknown): boolean => error === guard.invalidCsrfTokenError;

/**
 * The token that this session's forms must send in their field `csrf`; empty where there is no
 * session (API, files).
 */
export const csrfToken = (request: Request): string =>
  request.session === undefined ? '' : guard.generateToken(request);
