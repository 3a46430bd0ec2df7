import { wilsonInterval } from '../proportions.js';
import type { RaterSignals, SignalName } from './signals.js';
import type { Measured } from './signal.js';

/** What a policy can propose. Nothing here acts: excluding and rejecting are for a person. */
export const consequences = {
  warn: 'warn the rater',
  retrain: 'send the rater through the training again',
  stop: 'give the rater no further items',
  ask: 'ask the admin',
} as const;
export type Consequence = keyof typeof consequences;

/** One threshold. The limit is meant, not the value, so that few judgments never flag by chance. */
export interface PolicyRule {
  readonly signal: SignalName;
  /** below: flag where the upper limit is below; above: where the lower limit is above. */
  readonly side: 'below' | 'above';
  readonly threshold: number;
  readonly consequence: Consequence;
}
export type Policy = readonly PolicyRule[];

/** The policy of a study that sets none. */
export const defaultPolicy: Policy = [
  { signal: 'skill', side: 'below', threshold: 0.9, consequence: 'ask' },
  { signal: 'pace', side: 'below', threshold: 0.25, consequence: 'ask' },
];

export interface PolicyReason {
  readonly rule: PolicyRule;
  readonly signal: Measured;
  /** The limit that is on the wrong side of the threshold. */
  readonly limit: number;
}

/** What the policy proposes about one rater. */
export interface Proposal {
  readonly kind: 'flag' | 'nothing';
  readonly reasons: readonly PolicyReason[];
}

/** Applies every rule to the signals of one rater. Signals that are silent never flag. */
export function proposalFor(signals: RaterSignals, policy: Policy = defaultPolicy): Proposal {
  const reasons = policy.flatMap((rule): PolicyReason[] => {
    const signal = signals[rule.signal];
    if (signal.kind === 'silent') return [];
    if (signal.limits === 'expected')
      // Such limits are those of a usual rater: the value counts, where it lies beyond them.
      return signal.value > signal.upper && signal.value > rule.threshold && rule.side === 'above'
        ? [{ rule, signal, limit: signal.value }]
        : [];
    const limit = rule.side === 'below' ? signal.upper : signal.lower;
    const beyond = rule.side === 'below' ? limit < rule.threshold : limit > rule.threshold;
    return beyond ? [{ rule, signal, limit }] : [];
  });
  return { kind: reasons.length > 0 ? 'flag' : 'nothing', reasons };
}

/** What a threshold asks of a share of n judgments. */
export interface ShareThreshold {
  /**
   * `flag`: a rater is flagged whose upper limit is below it; `pass`: one passes whose lower limit
   * is at or above it; `value`: one passes whose share itself is.
   */
  readonly by: 'flag' | 'pass' | 'value';
  readonly threshold: number;
  readonly n: number;
}

/** Why a threshold is refused. */
export const thresholdRefusals = {
  'outside-scale': 'a threshold of a share is above 0 and below 1',
  'above-size': 'threshold above what its size can show',
  'below-size': 'threshold below what its size can show',
} as const;
export type ThresholdRefusal = keyof typeof thresholdRefusals;

/**
 * Why so many judgments cannot show a threshold, or null where they can (Wilson limits at 95 %).
 * Above its size: a flag that a single mistake would raise, a pass that not even a flawless rater
 * reaches, a value that only a flawless one reaches. Below: a flag that not even a rater who is
 * always wrong raises.
 */
export function refusedThreshold({ by, threshold, n }: ShareThreshold): ThresholdRefusal | null {
  if (!(threshold > 0 && threshold < 1)) return 'outside-scale';
  if (!(n >= 1)) return 'above-size';
  if (by === 'pass') return wilsonInterval(n, n).lower < threshold ? 'above-size' : null;
  if (by === 'value') return threshold > (n - 1) / n ? 'above-size' : null;
  if (wilsonInterval(n - 1, n).upper < threshold) return 'above-size';
  return wilsonInterval(0, n).upper >= threshold ? 'below-size' : null;
}

/** The highest threshold, in hundredths, that so many judgments can show; null where none. */
export function highestThreshold({ by, n }: Omit<ShareThreshold, 'threshold'>): number | null {
  for (let hundredths = 99; hundredths > 0; hundredths--)
    if (refusedThreshold({ by, threshold: hundredths / 100, n }) === null) return hundredths / 100;
  return null;
}
