import { ModelFailure } from './failure.js';

/**
 * A field of a request whose value a server may refuse: the first of the values that it takes is
 * used from then on. A refusal is not paid for, so that asking again costs nothing.
 */
export class Offer {
  readonly #field: string;
  readonly #values: readonly number[];
  #at = 0;
  #taken = false;

  constructor(field: string, values: readonly number[]) {
    this.#field = field;
    this.#values = values;
  }

  /** The value that the server took; null where it was not asked yet. */
  get settled(): number | null {
    return this.#taken ? (this.#values[this.#at] ?? null) : null;
  }

  /** Asks with the value that is known to be taken, or with the next one where it is refused. */
  async settle<Answer>(ask: (value: number) => Promise<Answer>): Promise<Answer> {
    for (;;) {
      const at = this.#at;
      try {
        const answer = await ask(this.#values[at] ?? 0);
        this.#taken = true;
        return answer;
      } catch (error) {
        const refused =
          error instanceof ModelFailure &&
          error.kind === 'stop' &&
          error.message.includes(this.#field);
        if (!refused) throw error;
        // Another request moved on already, and this one follows it.
        if (this.#at !== at) continue;
        if (this.#taken || at + 1 >= this.#values.length) throw error;
        this.#at = at + 1;
      }
    }
  }
}
