/**
 * The unsent answers of one rater in this browser: `{ id, key, at, text, answers, fields }`, and
 * `refused` where the server did not take one. Each is an entry of its own in the storage, so that
 * several tabs never write over each other's. Where storage is switched off or full, an answer is
 * kept for as long as the page is open.
 */
const staleAfter = 7 * 86_400_000;

const read = (text) => {
  try {
    const entry = JSON.parse(text);
    return Array.isArray(entry?.fields) ? entry : null;
  } catch {
    return null;
  }
};

/** True for an answer of so long ago that it is sent only where its rater says so. */
export const isStale = (entry) => Date.now() - (entry.again ?? entry.at) > staleAfter;

export class UnsentAnswers {
  #prefix;
  /** What the storage did not take. */
  #here = new Map();

  /**
   * `rater` is the mark of whose answers these are; without one (a preview) nothing is stored.
   * `changed` is called when another tab has added, changed or removed one.
   */
  constructor(rater, changed) {
    this.#prefix = rater === '' ? null : `assay-unsent ${rater} `;
    addEventListener('storage', ({ key }) => {
      if (key === null || (this.#prefix !== null && key.startsWith(this.#prefix))) changed();
    });
  }

  /** True where everything that is kept outlives the page. */
  get durable() {
    return this.#here.size === 0;
  }

  /** Every unsent answer, oldest first. */
  all() {
    const entries = [...this.#here.values()];
    try {
      for (const name of this.#prefix === null ? [] : Object.keys(localStorage)) {
        const entry = name.startsWith(this.#prefix) ? read(localStorage.getItem(name)) : null;
        if (entry !== null && !this.#here.has(this.#name(entry))) entries.push(entry);
      }
    } catch {
      // Storage is switched off.
    }
    return entries.sort((one, other) => one.at - other.at);
  }

  has(entry) {
    return this.all().some((other) => this.#name(other) === this.#name(entry));
  }

  put(entry) {
    const name = this.#name(entry);
    try {
      if (this.#prefix === null) throw new Error('nothing of a preview is stored');
      localStorage.setItem(name, JSON.stringify(entry));
      this.#here.delete(name);
    } catch {
      this.#here.set(name, entry);
    }
  }

  remove(entry) {
    const name = this.#name(entry);
    this.#here.delete(name);
    try {
      localStorage.removeItem(name);
    } catch {
      // Storage is switched off: it was never there.
    }
  }

  #name({ id, key }) {
    return `${this.#prefix ?? ''}${id} ${key}`;
  }
}
