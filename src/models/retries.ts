/** How often a request is sent again before it is given up. */
export const mostRetries = 6;

const firstWait = 1_000;
const longestWait = 3_600_000;

/**
 * Milliseconds to wait before a request is sent again: as long as the server says, at most an hour,
 * and at least half a second (`random` 0) to a second (`random` 1), doubled with every retry.
 * @param retry 1 for the first
 */
export const waitBefore = (retry: number, told: number | null, random: number): number =>
  Math.max(
    Math.min(told ?? 0, longestWait),
    Math.round(firstWait * 2 ** (retry - 1) * (0.5 + random / 2)),
  );

const looksBackOver = 200;
const fewest = 20;
const mostRefused = 0.05;

/**
 * Whether a run gives up: once at least 20 requests have ended, 5 % of the last 200 were given up.
 */
export class Refusals {
  readonly #ended: boolean[] = [];

  add(refused: boolean): void {
    this.#ended.push(refused);
    if (this.#ended.length > looksBackOver) this.#ended.shift();
  }

  get refused(): number {
    return this.#ended.filter(Boolean).length;
  }

  get tooMany(): boolean {
    const { length } = this.#ended;
    return length >= fewest && this.refused >= mostRefused * length;
  }

  get sentence(): string {
    return `${this.refused} of the last ${this.#ended.length} requests were given up after ${mostRetries} retries each.`;
  }
}
