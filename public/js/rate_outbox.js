/**
 * Answers on their way to the server, oldest first. They are kept until the server has acknowledged
 * them or their rater discards them: neither a lost connection nor a closed tab loses one, and
 * their keys make a repeated one harmless.
 */
import { isStale, UnsentAnswers } from './rate_unsent.js';

const longestWait = 30_000;

/**
 * True where the browser's session is not this page's any more: nothing that the page sends is
 * taken.
 */
export const isStop = (status, error) =>
  status === 401 || status === 403 || error?.code === 'other_rater';

export class Outbox {
  #unsent;
  #busy = false;
  #stopped = false;
  #failures = 0;
  #timer;
  #idle = [];

  /**
   * `address` is where answers go, `rater` whose they are, `token` the session's token, `shown`
   * gives the id of the item on the screen. `sent`, `refused` and `failing` are told what became of
   * an entry: stored, not wanted by the server, or not through yet; `stopped`, that this page can
   * send nothing any more; `changed`, that the kept answers are others than before, by this tab or
   * by another one.
   */
  constructor({ address, rater, token, shown, sent, refused, failing, stopped, changed }) {
    Object.assign(this, { address, rater, token, shown, sent, refused, failing, stopped, changed });
    this.#unsent = new UnsentAnswers(rater, () => {
      this.changed({ elsewhere: true });
      this.#settle();
    });
    addEventListener('online', () => this.#now());
    addEventListener('beforeunload', (event) => {
      if (!this.#unsent.durable || (!this.#stopped && this.size > 0)) event.preventDefault();
    });
  }

  get #waiting() {
    return this.#unsent.all().filter((entry) => !entry.refused && !isStale(entry));
  }

  /** How many answers are on their way. */
  get size() {
    return this.#waiting.length;
  }

  get durable() {
    return this.#unsent.durable;
  }

  get isStopped() {
    return this.#stopped;
  }

  /**
   * Answers that only the rater can help: refused, old, or given on a page that can send nothing
   * any more.
   */
  get kept() {
    return this.#unsent.all().filter((entry) => this.#stopped || entry.refused || isStale(entry));
  }

  has(id) {
    return this.#waiting.some((entry) => entry.id === id);
  }

  add(entry) {
    const last = this.#unsent.all().at(-1)?.at ?? 0;
    this.#unsent.put({ ...entry, at: Math.max(Date.now(), last + 1) });
    this.changed({ elsewhere: false });
    this.#now();
  }

  /** Sends what an earlier page could not send. */
  resume() {
    this.changed({ elsewhere: false });
    this.#now();
  }

  /** Sends a kept answer once more, as its rater wishes. */
  again({ refused: _, ...entry }) {
    this.#unsent.put({ ...entry, again: Date.now() });
    this.resume();
  }

  discard(entry) {
    this.#unsent.remove(entry);
    this.changed({ elsewhere: false });
  }

  /** Forgets every answer of this rater. */
  forget() {
    for (const entry of this.#unsent.all()) this.#unsent.remove(entry);
    this.changed({ elsewhere: false });
  }

  /** From now on nothing is sent; what there is stays kept. */
  stop() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.changed({ elsewhere: false });
    this.#settle();
  }

  /** Resolves once everything is sent that can be sent from here. */
  idle() {
    return this.#stopped || this.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve));
  }

  #settle() {
    if (this.#stopped || this.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #now() {
    clearTimeout(this.#timer);
    void this.#send();
  }

  async #send() {
    const [entry] = this.#waiting;
    if (this.#busy || this.#stopped || entry === undefined) return;
    this.#busy = true;
    let through = false;
    try {
      through = await this.#post(entry);
    } catch {
      // No connection, or half an answer: the same entry is sent again, and its key keeps it from
      // counting twice.
    }
    this.#busy = false;
    if (this.#stopped) return;
    if (through) {
      this.#failures = 0;
      this.#settle();
      this.#now();
    } else {
      this.#failures += 1;
      this.failing();
      this.#timer = setTimeout(() => this.#now(), Math.min(longestWait, 500 * 2 ** this.#failures));
    }
  }

  /** False where the entry has to be sent again. */
  async #post(entry) {
    const body = new URLSearchParams(entry.fields);
    const have = this.shown();
    if (have !== null && have !== entry.id) body.set('have', have);
    const headers = {
      accept: 'application/json',
      'x-fragment': '1',
      'x-csrf-token': this.token,
      'x-rater': this.rater,
    };
    const response = await fetch(this.address, {
      method: 'POST',
      body,
      headers,
      signal: AbortSignal.timeout(20_000),
    });
    if (response.status >= 500 || response.status === 429 || response.status === 408) return false;
    const answer = await response.json();
    if (response.ok) {
      // A newer answer to the same example stands in the place of those that were not taken.
      for (const older of this.#unsent.all()) {
        if (older.id === entry.id && older.at <= entry.at) this.#unsent.remove(older);
      }
      this.changed({ elsewhere: false });
      this.sent(answer, entry, this.size === 0);
    } else if (isStop(response.status, answer.error)) {
      this.stop();
      this.stopped(answer.error);
    } else {
      const { title = '', advice = '' } = answer.error ?? {};
      // Another tab may have sent it in the meantime.
      if (this.#unsent.has(entry)) this.#unsent.put({ ...entry, refused: { title, advice } });
      this.changed({ elsewhere: false });
      this.refused(answer.error, entry);
    }
    return true;
  }
}
