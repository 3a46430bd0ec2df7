/** Where a page measured no time, a judgment counts from shown to sent, and this long at most. */
export const mostUnmeasured = 5 * 60_000;

/** When one judgment was shown and sent, and how long its page was in use, ms. */
export interface TimesOfJudgment {
  readonly shown_at: number;
  readonly submitted_at: number;
  /** Null where the page's script did not run. */
  readonly active_ms: number | null;
}

/** How long somebody worked on one judgment, ms: never longer than from shown to sent. */
export function workedTime({ shown_at, submitted_at, active_ms }: TimesOfJudgment): number {
  const elapsed = Math.max(0, submitted_at - shown_at);
  return Math.min(active_ms ?? mostUnmeasured, elapsed);
}
