import { defaultPolicy, proposalFor } from '#statistics/raterQuality/policy.js';
import { type Signal, type LimitKind } from '#statistics/raterQuality/signal.js';
import { raterSignals, type SignalName, signalNames } from '#statistics/raterQuality/signals.js';
import type { Db } from '#storage/database.js';
import { readJudged } from './readJudged.js';

/** One figure about one rater, as pages show it. */
export type ShownSignal =
  | { readonly kind: 'silent'; readonly because: string }
  | {
      readonly kind: 'measured';
      readonly value: number;
      readonly lower: number;
      readonly upper: number;
      readonly limits: LimitKind;
      readonly n: number;
      /** Ids of the assignments behind it; the first so many. */
      readonly assignments: readonly number[];
    };

/** What is seen of one rater's work. */
export interface RaterSeen {
  readonly raterId: number;
  readonly judgments: number;
  readonly signals: Readonly<Record<SignalName, ShownSignal>>;
  /** Why somebody should look, in the order of the policy; empty where nothing says so. */
  readonly reasons: readonly {
    readonly signal: SignalName;
    readonly limit: number;
    readonly threshold: number;
  }[];
}

const mostRows = 200;
export const signalList = Object.keys(signalNames) as SignalName[];

const shown = (signal: Signal, assignments: readonly number[]): ShownSignal =>
  signal.kind === 'silent'
    ? { kind: 'silent', because: signal.because }
    : {
        kind: 'measured',
        value: signal.value,
        lower: signal.lower,
        upper: signal.upper,
        limits: signal.limits,
        n: signal.n,
        assignments: [...signal.rows.subarray(0, mostRows)].map((row) => assignments[row] ?? 0),
      };

/** Every rater of a study who judged something, in the order in which they began. */
export async function seenInStudy(db: Db, studyId: number): Promise<RaterSeen[]> {
  const { judged, raters, assignments } = await readJudged(db, studyId);
  const judgments = new Int32Array(raters.length);
  for (const rater of judged.raters) judgments[rater] = (judgments[rater] ?? 0) + 1;
  return raterSignals(judged).map((signals, index) => ({
    raterId: raters[index] ?? 0,
    judgments: judgments[index] ?? 0,
    signals: Object.fromEntries(
      signalList.map((name) => [name, shown(signals[name], assignments)]),
    ) as Record<SignalName, ShownSignal>,
    reasons: proposalFor(signals, defaultPolicy).reasons.map(({ rule, limit }) => ({
      signal: rule.signal,
      limit,
      threshold: rule.threshold,
    })),
  }));
}
