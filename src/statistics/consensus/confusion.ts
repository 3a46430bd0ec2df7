/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { betaQuantile } from '../distributions.js';
import { type Estimate, undefinedBecause } from '../estimate.js';
import type { ConfusionMatrices } from './dawidSkene.js';
import type { Posteriors } from './posteriors.js';

/**
 * How probable it is that the rater gives `answer` where `truth` is true, with the equal-tailed
 * interval of its beta posterior: the rater's own expected judgments and those that the pooled
 * matrix lent (Jeffreys' half a judgment per answer where it lent none). `n` is the rater's
 * expected number of judgments on items of that truth. The uncertainty of the items' answers is in
 * the expected counts, not in the interval.
 */
export function confusionCell(
  model: Posteriors & ConfusionMatrices,
  rater: number,
  truth: number,
  answer: number,
  level = 0.95,
): Estimate {
  const row = weightsOf(model, rater, truth);
  if (row === null) return undefinedBecause('no-data');
  const total = row.weights.reduce((sum, weight) => sum + weight, 0);
  const own = row.weights[answer]!;
  const rest = total - own;
  const value =
    model.confusion[(rater * model.categoryCount + answer) * model.categoryCount + truth]!;
  if (!(own > 0) || !(rest > 0))
    return {
      kind: 'estimate',
      value,
      n: row.judgments,
      withoutInterval: 'only one answer is possible',
    };
  const standardError = Math.sqrt((own * rest) / (total * total * (total + 1)));
  const interval = {
    lower: betaQuantile((1 - level) / 2, own, rest),
    upper: betaQuantile((1 + level) / 2, own, rest),
    level,
    method: 'beta-posterior' as const,
  };
  return { kind: 'estimate', value, n: row.judgments, standardError, interval };
}

/**
 * How often the rater would be right on items as frequent as the estimated category shares say: the
 * diagonal weighted by the shares. The interval is that of a beta distribution with the same mean
 * and variance. `n` is the rater's number of judgments.
 */
export function raterAccuracy(
  model: Posteriors & ConfusionMatrices,
  rater: number,
  level = 0.95,
): Estimate {
  let mean = 0;
  let variance = 0;
  let judgments = 0;
  for (let truth = 0; truth < model.categoryCount; truth++) {
    const row = weightsOf(model, rater, truth);
    if (row === null) continue;
    judgments += row.judgments;
    const total = row.weights.reduce((sum, weight) => sum + weight, 0);
    const right = row.weights[truth]! / total;
    mean += model.categoryShares[truth]! * right;
    variance += (model.categoryShares[truth]! ** 2 * right * (1 - right)) / (total + 1);
  }
  const n = Math.round(judgments);
  if (n === 0) return undefinedBecause('no-data');
  const size = (mean * (1 - mean)) / variance - 1;
  if (!(variance > 1e-15) || !(size > 0))
    return {
      kind: 'estimate',
      value: Math.min(1, mean),
      n,
      withoutInterval: 'there is no variation: an interval computed from it would have no width',
    };
  const interval = {
    lower: betaQuantile((1 - level) / 2, mean * size, (1 - mean) * size),
    upper: betaQuantile((1 + level) / 2, mean * size, (1 - mean) * size),
    level,
    method: 'beta-posterior' as const,
  };
  return { kind: 'estimate', value: mean, n, standardError: Math.sqrt(variance), interval };
}

function weightsOf(
  model: Posteriors & ConfusionMatrices,
  rater: number,
  truth: number,
): { weights: number[]; judgments: number } | null {
  const size = model.categoryCount;
  const weights: number[] = [];
  let judgments = 0;
  for (let answer = 0; answer < size; answer++) {
    const own = model.expectedCounts[(rater * size + answer) * size + truth]!;
    judgments += own;
    weights.push(
      own + (model.shrinkage > 0 ? model.shrinkage * model.pooled[answer * size + truth]! : 0.5),
    );
  }
  return judgments > 0 || model.shrinkage > 0 ? { weights, judgments } : null;
}
