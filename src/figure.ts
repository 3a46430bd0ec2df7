import { z } from 'zod';
import { type Estimate, intervalMethods } from '#statistics/estimate.js';

/** One number of a report with its interval, and where either is missing, why. */
export const Figure = z.strictObject({
  value: z.number().nullable(),
  n: z.int().describe('Units that the number rests on.'),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  level: z.number().nullable(),
  method: z.string().nullable().describe('How the interval was made.'),
  because: z.string().nullable().describe('Why there is no number, or no interval.'),
  seed: z.string().nullable().describe('Seed of the resampling behind the interval.'),
  replicates: z.int().nullable(),
});
export type Figure = z.output<typeof Figure>;

/** An estimate of the statistics engine as a report carries it. */
export function figure(estimate: Estimate): Figure {
  if (estimate.kind === 'undefined')
    return {
      value: null,
      n: 0,
      lower: null,
      upper: null,
      level: null,
      method: null,
      because: estimate.because,
      seed: null,
      replicates: null,
    };
  const { interval } = estimate;
  return {
    value: estimate.value,
    n: estimate.n,
    lower: interval?.lower ?? null,
    upper: interval?.upper ?? null,
    level: interval?.level ?? null,
    method: interval === undefined ? null : intervalMethods[interval.method],
    because: estimate.withoutInterval ?? null,
    seed: estimate.seed === undefined ? null : String(estimate.seed),
    replicates: estimate.replicates ?? null,
  };
}
