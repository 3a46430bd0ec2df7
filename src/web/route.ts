import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Application } from './application.js';

/** Who may call a route. A test walks every route with every one of these. */
export const accesses = {
  anyone: 'Anyone, signed in or not.',
  rater: 'A rater, inside the study that their link opened.',
  researcher: 'Staff: researchers and admins.',
  admin: 'Admins.',
  operator: 'Whoever holds METRICS_TOKEN.',
} as const;
export type Access = keyof typeof accesses;

export type Handler = (
  request: Request,
  response: Response,
  application: Application,
) => Promise<void> | void;

/** What the OpenAPI document says of a route of the JSON API. */
export interface Operation {
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** JSON answer of a success; absent where the answer is a file or has no body. */
  readonly answer?: z.ZodType;
  readonly status?: number;
  /** A refusal that says more than every refusal does: its status and its answer. */
  readonly refusal?: { readonly status: number; readonly answer: z.ZodType };
  /** Media type of a file that is answered instead of JSON. */
  readonly file?: string;
}

/**
 * The limits that a route may name. What is tried can be guessed (`guesses`) or is a secret that is
 * known or not (`unknown`). Failures slow an address down and lock nobody out; an account is slowed
 * down for one address only.
 */
export const limits = {
  'sign-in': {
    sentence:
      'Signing in: 20 failures from one address; then a wait of 1 second that doubles with every failure, up to 1 minute, and is forgotten after 15 minutes without a failure. For one account from one address, 5 failures; then a wait of 1 second that doubles with every failure, up to 15 minutes. The wait ends when the account signs in from there, or after 24 hours without a failure.',
    counts: 'guesses',
    perAddress: {
      failures: 20,
      firstWaitSeconds: 1,
      longestWaitMinutes: 1,
      forgottenAfterMinutes: 15,
    },
    perAccount: {
      failures: 5,
      firstWaitSeconds: 1,
      longestWaitMinutes: 15,
      forgottenAfterHours: 24,
    },
  },
  link: {
    sentence:
      'One-time, join and personal links: 300 from one address in 15 minutes that open nothing. Links that open something do not count.',
    counts: 'unknown',
    perAddress: { failures: 300, minutes: 15 },
  },
} as const;
export type LimitName = keyof typeof limits;

/** One line of a feature's table of routes. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly access: Access;
  readonly handler: Handler;
  /**
   * How the body is read before the handler runs: `form` (urlencoded, the default for pages),
   * `json` (the default for the API), `stream` (the handler reads it: uploads). Pages with other
   * methods than GET always need the CSRF token, in the field `csrf` or, for `stream` and scripts,
   * in the header `x-csrf-token`; routes without a session need none. `raw` is at most 256 kB, kept
   * as the bytes that came.
   */
  readonly body?: 'form' | 'json' | 'stream' | 'raw';
  /** Refuses callers who failed too often; see `limits`. */
  readonly limit?: LimitName;
  /** For machines: the route reads no session and makes none. */
  readonly sessionless?: true;
  /** Set on routes under /api/v1: called with a bearer token, without a session. */
  readonly operation?: Operation;
}
