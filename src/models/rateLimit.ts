const window = 60_000;

/** Lets no more than so many through in any minute, in the order in which they came. */
export class RateLimit {
  readonly #most: number;
  readonly #now: () => number;
  readonly #passed: number[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(most: number, now: () => number) {
    this.#most = most;
    this.#now = now;
  }

  /** Comes back once it may go on; throws what `wait` throws. */
  pass(wait: (ms: number) => Promise<void>): Promise<void> {
    const turn = this.#last.then(async () => {
      for (;;) {
        const now = this.#now();
        while ((this.#passed[0] ?? now) <= now - window) this.#passed.shift();
        const [oldest] = this.#passed;
        if (oldest === undefined || this.#passed.length < this.#most) break;
        await wait(oldest + window - now);
      }
      this.#passed.push(this.#now());
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
