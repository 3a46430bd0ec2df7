import { setTimeout as wait } from 'node:timers/promises';

/** The site did not answer as a rater's pages do, after every try. */
export class SiteFailure extends Error {}

/** How often and how long a request is tried again. */
export interface Patience {
  readonly tries: number;
  readonly firstWait: number;
  readonly longestWait: number;
}

export const ordinaryPatience: Patience = { tries: 8, firstWait: 250, longestWait: 15_000 };

const shouldTryAgain = (status: number): boolean => status === 429 || status >= 500;

/** A form as a browser sends it: a name comes once for each of its values. */
const encoded = (form: Readonly<Record<string, string | readonly string[]>>): URLSearchParams =>
  new URLSearchParams(
    Object.entries(form).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  );

/**
 * A browser without scripts: cookies, plain forms, redirects. What fails for the moment (429, 5xx,
 * no connection) is sent again as it was, so that a form keeps its submission key.
 */
export class Browser {
  readonly #cookies = new Map<string, string>();
  readonly #signal: AbortSignal | undefined;
  readonly #patience: Patience;
  /** Requests that had to be sent again. */
  repeated = 0;

  constructor(
    readonly address: string,
    options: { signal?: AbortSignal | undefined; patience?: Patience | undefined } = {},
  ) {
    this.#signal = options.signal;
    this.#patience = options.patience ?? ordinaryPatience;
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers({ accept: 'text/html' });
    if (this.#cookies.size > 0)
      headers.set(
        'cookie',
        [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      );
    const response = await fetch(new URL(path, this.address), {
      redirect: 'manual',
      ...init,
      headers,
      signal: this.#signal ?? null,
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const at = pair.indexOf('=');
      this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  }

  async #sendUntilAnswered(path: string, init: RequestInit): Promise<Response> {
    const { tries, firstWait, longestWait } = this.#patience;
    for (let attempt = 1; ; attempt += 1) {
      let pause = Math.min(longestWait, firstWait * 2 ** (attempt - 1));
      let failure: string;
      try {
        const response = await this.#send(path, init);
        if (!shouldTryAgain(response.status)) return response;
        const asked = Number(response.headers.get('retry-after'));
        if (asked > 0) pause = Math.min(longestWait, asked * 1000);
        failure = `answered ${response.status}`;
        await response.body?.cancel();
      } catch (error) {
        this.#signal?.throwIfAborted();
        failure = `cannot be reached (${error instanceof Error ? error.message : String(error)})`;
      }
      if (attempt >= tries)
        throw new SiteFailure(`${new URL(path, this.address).origin} ${failure}, ${tries} times.`);
      this.repeated += 1;
      await wait(pause, undefined, this.#signal === undefined ? {} : { signal: this.#signal });
    }
  }

  /** Sends a request and follows where it leads; gives the page and its status. */
  async open(
    path: string,
    form?: Readonly<Record<string, string | readonly string[]>>,
  ): Promise<{ status: number; path: string; html: string }> {
    let at = path;
    let init: RequestInit = form === undefined ? {} : { method: 'POST', body: encoded(form) };
    for (let hops = 0; hops < 10; hops += 1) {
      const response = await this.#sendUntilAnswered(at, init);
      const location = response.headers.get('location');
      if (location === null)
        return { status: response.status, path: at, html: await response.text() };
      await response.body?.cancel();
      const next = new URL(location, new URL(at, this.address));
      at = next.pathname + next.search;
      init = {};
    }
    throw new SiteFailure(`${path} leads from page to page without an end.`);
  }
}
