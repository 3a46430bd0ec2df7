/**
 * Answers on their way to the server, oldest first. They stand in the tab's storage until the server acknowledged them, so
 * that neither a lost connection nor a reload loses one; their keys make a repeated one harmless.
 */
const longestWait = 30_000;

const stored = (place) => {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? '[]');
  } catch {
    return [];
  }
};

export class Outbox {
  #waiting;
  #busy = false;
  #failures = 0;
  #timer;
  #idle = [];

  /**
   * `address` is where answers go, `token` gives the session's token, `shown` the id of the item on the screen; `sent`, `refused` and `failing` are told
   * what became of an entry: stored, not wanted by the server, or not through yet.
   */
  constructor({ address, token, shown, sent, refused, failing }) {
    Object.assign(this, { address, token, shown, sent, refused, failing });
    this.#waiting = stored(this.#place);
    addEventListener('online', () => this.#now());
    addEventListener('beforeunload', (event) => {
      if (this.#waiting.length > 0) event.preventDefault();
    });
  }

  get #place() {
    return `assay-unsent ${this.address}`;
  }

  get size() {
    return this.#waiting.length;
  }

  has(id) {
    return this.#waiting.some((entry) => entry.id === id);
  }

  add(entry) {
    this.#waiting.push(entry);
    this.#keep();
    this.#now();
  }

  /** Sends what an earlier page of this tab could not send. */
  resume() {
    if (this.#waiting.length > 0) this.#now();
  }

  /** Resolves once everything is sent. */
  idle() {
    return this.#waiting.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  #keep() {
    try {
      if (this.#waiting.length === 0) sessionStorage.removeItem(this.#place);
      else sessionStorage.setItem(this.#place, JSON.stringify(this.#waiting));
    } catch {
      // Without storage the answers are kept for as long as the page is open.
    }
  }

  #now() {
    clearTimeout(this.#timer);
    void this.#send();
  }

  #done() {
    this.#waiting.shift();
    this.#failures = 0;
    this.#keep();
  }

  async #send() {
    const entry = this.#waiting[0];
    if (this.#busy || entry === undefined) return;
    this.#busy = true;
    let outcome = 'again';
    try {
      outcome = await this.#post(entry);
    } catch {
      // No connection, or half an answer: the same entry is sent again, and its key keeps it from counting twice.
    }
    this.#busy = false;
    if (outcome === 'again') {
      this.#failures += 1;
      this.failing();
      this.#timer = setTimeout(() => this.#now(), Math.min(longestWait, 500 * 2 ** this.#failures));
    } else if (outcome === 'next') {
      if (this.#waiting.length > 0) this.#now();
      else for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** `next` where the entry is done with, `again` where it has to be sent again, `stopped` where only the rater can help. */
  async #post(entry) {
    const body = new URLSearchParams(entry.fields);
    const have = this.shown();
    if (have !== entry.id) body.set('have', have);
    const response = await fetch(this.address, { method: 'POST', body, headers: { accept: 'application/json', 'x-fragment': '1', 'x-csrf-token': this.token() }, signal: AbortSignal.timeout(20_000) });
    if (response.status >= 500 || response.status === 429 || response.status === 408) return 'again';
    const answer = await response.json();
    if (response.ok) {
      this.#done();
      this.sent(answer, entry, this.#waiting.length === 0);
      return 'next';
    }
    if (response.status === 401 || response.status === 403) {
      this.refused(answer.error, entry, true);
      return 'stopped';
    }
    this.#done();
    this.refused(answer.error, entry, false);
    return 'next';
  }
}
