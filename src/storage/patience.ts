import { setTimeout as pause } from 'node:timers/promises';
import { ConnectionLost } from './faults.js';

/** How long work is tried again on new connections after one was cut, in milliseconds. */
const patience = 5_000;
const shortestPause = 10;
const longestPause = 500;

/** True where nothing was stored, as the connection was cut before the commit was sent. */
export const isLost = (error: unknown): boolean => error instanceof ConnectionLost;

/**
 * Runs `work` again for up to five seconds where it fails with an error that `again` accepts;
 * throws the last one then.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  again: (error: unknown) => boolean = isLost,
): Promise<T> {
  const end = performance.now() + patience;
  for (let wait = shortestPause; ; wait = Math.min(longestPause, wait * 2)) {
    try {
      return await work();
    } catch (error) {
      if (!again(error) || performance.now() + wait > end) throw error;
    }
    await pause(wait);
  }
}
