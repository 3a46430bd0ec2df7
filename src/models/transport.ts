import { setMaxListeners } from 'node:events';
import { z } from 'zod';
import { ModelFailure } from './failure.js';
import { noKey } from './server.js';

/** What a client may send besides the credentials; it adds more, some from the environment. */
const ownHeaders = ['accept', 'content-type', 'anthropic-version'];

/** The server was not reached, so that nothing can have been paid. */
const unreached = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** The same request may be answered later. */
const again = new Set([408, 409, 425, 429]);

/** What a server does not have, it will not have later. */
const notImplemented = 501;

const untrusted = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** Gateways say these for servers that may have answered too late; those over 511 are Cloudflare's. */
const gatewayStatuses = new Set([502, 504, 520, 522, 524]);

const tooLong =
  /context (length|size|window)|context_length|exceed_context|prompt is too long|too many tokens/i;

/** Sentences of servers are kept up to this many characters. */
const sentenceLength = 500;

/**
 * A failure on its way through a client, whose message says nothing: clients read the messages of
 * errors to tell what happened.
 */
class Carried extends Error {
  readonly failure: ModelFailure;

  constructor(failure: ModelFailure) {
    super('no answer');
    this.failure = failure;
  }
}

/** The failure that a client's error carries; null where it is none of ours. */
function carriedFailure(error: unknown): ModelFailure | null {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one instanceof ModelFailure) return one;
    if (one instanceof Carried) return one.failure;
  }
  return null;
}

const text = z.string().min(1);

/** The forms in which servers say what is wrong. */
const ErrorBody = z.union([
  z.object({ error: z.object({ message: text }) }).transform(({ error }) => error.message),
  z.object({ error: z.object({ title: text }) }).transform(({ error }) => error.title),
  z.object({ error: text }).transform(({ error }) => error),
  z.object({ message: text }).transform(({ message }) => message),
  z.object({ detail: text }).transform(({ detail }) => detail),
]);

const parsedJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** What the server says in the body of a refusal; null where that is a page or nothing. */
function sentenceOf(body: string): string | null {
  const said = ErrorBody.safeParse(parsedJson(body));
  const sentence = said.success ? said.data : body.trimStart().startsWith('<') ? '' : body;
  return sentence.trim() || null;
}

/** What a server says is shown to people: without the key, and only then cut. */
const shown = (said: string, key: string): string =>
  (key === noKey ? said : said.replaceAll(key, '(the key)')).slice(0, sentenceLength);

/** Milliseconds of `Retry-After`, which holds seconds or a date; null where it is neither. */
export function waitOf(value: string | null, now: number): number | null {
  if (value === null || value.trim() === '') return null;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - now : seconds * 1_000;
  return Number.isFinite(ms) ? Math.max(0, Math.round(ms)) : null;
}

function refusal(
  host: string,
  response: Response,
  { body, key }: { body: string; key: string },
): ModelFailure {
  const { status } = response;
  const said = sentenceOf(body);
  const message = `${host} answered ${status}${said === null ? '.' : `: ${shown(said, key)}`}`;
  if (again.has(status) || (status >= 500 && status !== notImplemented))
    return new ModelFailure('again', message, {
      wait: waitOf(response.headers.get('retry-after'), Date.now()),
      mayBePaid: gatewayStatuses.has(status),
      status,
    });
  if (status >= 300 && status < 400) {
    const elsewhere = shown(response.headers.get('location') ?? 'another address', key);
    return new ModelFailure(
      'stop',
      `${host} sends requests on to ${elsewhere}. Assay does not follow: give the address that ` +
        'answers itself.',
      { status },
    );
  }
  const tooLongHere = (status === 400 || status === 413 || status === 422) && tooLong.test(body);
  return tooLongHere
    ? new ModelFailure('not-askable', message, { reason: 'over-context', status })
    : new ModelFailure('stop', message, { status });
}

const codeOf = (error: unknown): string => {
  for (let one = error; one instanceof Error; one = one.cause)
    if ('code' in one && typeof one.code === 'string') return one.code;
  return '';
};

function brokenOff(host: string, error: unknown): ModelFailure {
  const code = codeOf(error);
  if (untrusted.test(code))
    return new ModelFailure('stop', `The certificate of ${host} is not trusted (${code}).`, {
      cause: error,
    });
  return unreached.has(code)
    ? new ModelFailure('again', `${host} cannot be reached (${code}).`, { cause: error })
    : new ModelFailure('again', `${host} broke the connection off before its answer was whole.`, {
        mayBePaid: true,
        cause: error,
      });
}

export interface Transport {
  /** What is sent to tell who asks: a header's name in lower case, and its value. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The secret in them. */
  readonly key: string;
  readonly patienceMs: number;
  /** The protocol has answers without a body, which are read as null. */
  readonly mayBeEmpty?: boolean;
}

/**
 * A `fetch` for the vendors' clients: it sends the headers that the protocol needs and no other,
 * follows no redirect, waits for head and body together no longer than `patienceMs`, and answers
 * with JSON alone. Whatever else happens is thrown, and read by `answered`.
 */
export function transport({ credentials, key, patienceMs, mayBeEmpty }: Transport): typeof fetch {
  return async (address, init = {}) => {
    const { signal: _, ...plain } = init;
    const request = new Request(address, plain);
    const { host } = new URL(request.url);
    const headers = new Headers(credentials);
    for (const name of ownHeaders) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const ending = new AbortController();
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      ending.abort();
    }, patienceMs);
    const asked = init.signal ?? ending.signal;
    asked.addEventListener('abort', () => ending.abort(), { once: true });
    let response: Response;
    let body: string;
    try {
      response = await fetch(request.url, {
        method: request.method,
        headers,
        redirect: 'manual',
        signal: ending.signal,
        ...(init.body === undefined ? {} : { body: init.body }),
      });
      body = await response.text();
    } catch (error) {
      if (!late && asked.aborted) throw error;
      throw new Carried(
        late
          ? new ModelFailure('again', `${host} gave no answer in ${patienceMs / 1_000} seconds.`, {
              mayBePaid: true,
            })
          : brokenOff(host, error),
      );
    } finally {
      clearTimeout(timer);
    }
    if (!response.ok) throw new Carried(refusal(host, response, { body, key }));
    if (mayBeEmpty === true && body === '') body = 'null';
    if (parsedJson(body) === undefined)
      throw new Carried(
        new ModelFailure('again', `${host} answered with something else than JSON.`, {
          mayBePaid: true,
        }),
      );
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  };
}

/**
 * Asks through a client, and checks the answer. Throws the `ModelFailure` of what went wrong; where
 * the signal is aborted, its reason.
 */
export async function answered<Answer extends z.ZodType>(
  schema: Answer,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => PromiseLike<unknown>,
): Promise<z.output<Answer>> {
  signal.throwIfAborted();
  // Clients never let go of a signal: each request has one of its own, so that none piles up.
  const own = new AbortController();
  const cancel = (): void => own.abort();
  // As many listeners as requests at once are no leak, which Node would warn of from eleven on.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', cancel);
  let answer: unknown;
  try {
    answer = await ask(own.signal);
  } catch (error) {
    signal.throwIfAborted();
    throw carriedFailure(error) ?? error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
  const checked = schema.safeParse(answer);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new ModelFailure(
    'again',
    `The answer of the server has another shape than its protocol: ${issue?.path.join('.')} ` +
      `${issue?.message}.`,
    { mayBePaid: true },
  );
}
