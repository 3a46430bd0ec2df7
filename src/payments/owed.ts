import type { PayRule } from './rule.js';

/** What a rater did. */
export interface Work {
  /** Judgments sent, those beside the sample too; changes of them are none. */
  readonly judgments: number;
  /** Time at work, ms. */
  readonly activeMs: number;
}

/** What a rater is owed for all of their work, in the smallest coin. */
export interface Owed {
  readonly kind: 'work' | 'time';
  readonly work: number;
  /** Added so that an hour at the median pace gives the floor. */
  readonly floor: number;
}

const hour = 3_600_000;
/** Up to the next coin; a hair over a whole number is rounding. */
const up = (amount: number): number => Math.ceil(amount - 1e-9);

/** What the rule gives for so much work, before the floor. */
export function payFor(rule: PayRule, { judgments, activeMs }: Work): number {
  if (judgments === 0) return 0;
  const amount =
    rule.per === 'judgment'
      ? judgments * rule.amount
      : rule.per === 'batch'
        ? up((judgments / rule.batch) * rule.amount)
        : up((activeMs / hour) * rule.amount);
  return Math.max(amount, rule.least);
}

/**
 * What a rater is owed. The floor goes by the study's median time for a judgment: by a rater's own
 * time, who dawdles would earn more. Nothing that a rater does later makes it less.
 * @param medianMs median active time for a judgment over the study; null where none was measured
 */
export function owed(rule: PayRule, work: Work, medianMs: number | null): Owed {
  const pay = payFor(rule, work);
  const least =
    rule.floor === null || medianMs === null
      ? 0
      : up((work.judgments * medianMs * rule.floor) / hour);
  return {
    kind: rule.per === 'hour' ? 'time' : 'work',
    work: pay,
    floor: Math.max(0, least - pay),
  };
}

/**
 * What an hour at the median pace gives, in the smallest coin; null where that depends on a time and
 * none was measured.
 */
export const hourly = (rule: PayRule, medianMs: number | null): number | null =>
  rule.per === 'hour'
    ? rule.amount
    : medianMs === null || medianMs === 0
      ? null
      : Math.round(
          ((rule.per === 'judgment' ? rule.amount : rule.amount / rule.batch) * hour) / medianMs,
        );
