import type { RequestHandler } from 'express';
import { Problem } from './problem.js';

const malformed = new Problem(
  400,
  'malformed_address',
  'The address of this page is not valid.',
  'It may be damaged or incomplete. Open the whole link again, or type the address again.',
);

function isMalformed(url: string): boolean {
  // No database text can hold the character NUL, so no path and no query of ours has one.
  if (url.includes('%00')) return true;
  try {
    decodeURIComponent(url.split('?', 1)[0] ?? '');
    return false;
  } catch {
    return true;
  }
}

/**
 * Refuses addresses whose path is not valid percent-encoding, or that hold a NUL in path or query,
 * before any route sees them.
 */
export const refuseMalformed: RequestHandler = (request, _response, next) => {
  if (isMalformed(request.url)) next(malformed);
  else next();
};
