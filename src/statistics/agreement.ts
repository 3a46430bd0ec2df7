import { type AlphaEstimate, type AlphaLevel, bootstrapAlpha } from './agreement/alpha.js';
import { chanceCorrected, type CoefficientEstimate } from './agreement/chanceCorrected.js';
import { pooledAgreement, unanimousShare } from './agreement/observed.js';
import type { Estimate } from './estimate.js';
import type { Seed } from './random.js';
import { type Ratings, ratingsOf } from './ratings.js';
import { type Distribution, distribution } from './summary.js';

export interface AgreementOptions {
  /** The metric of Krippendorff's alpha: nominal for labels, ordinal for relevance. */
  readonly alphaLevel: AlphaLevel;
  /**
   * Numeric value of each declared category, for interval and ratio alpha; by default its index.
   */
  readonly values?: Float64Array;
  /** The seed of the bootstrap of alpha. */
  readonly seed: Seed;
  readonly replicates?: number;
  readonly level?: number;
}

/**
 * Everything that belongs side by side when raters' agreement is reported: no coefficient is fair
 * alone.
 */
export interface AgreementSummary {
  readonly items: number;
  readonly itemsWithTwo: number;
  readonly raters: number;
  readonly ratings: number;
  /** Rows that repeated an item and rater. */
  readonly repeated: number;
  /**
   * How often each answer was given: chance-corrected coefficients fall where one answer prevails.
   */
  readonly prevalence: Distribution;
  /** Mean over items of the share of agreeing pairs. */
  readonly observed: CoefficientEstimate;
  /** Share of agreeing pairs among all pairs. */
  readonly observedPooled: Estimate;
  readonly unanimous: Estimate;
  readonly fleiss: CoefficientEstimate;
  readonly alpha: AlphaEstimate;
  readonly gwet: CoefficientEstimate;
  readonly brennanPrediger: CoefficientEstimate;
  readonly conger: CoefficientEstimate;
}

/**
 * Agreement between raters over the declared categories: coefficients with analytic intervals,
 * alpha with a bootstrap over items.
 */
export function summariseAgreement(ratings: Ratings, options: AgreementOptions): AgreementSummary {
  const { alphaLevel, values, seed, replicates, level = 0.95 } = options;
  const coefficient = (name: Parameters<typeof chanceCorrected>[1]): CoefficientEstimate =>
    chanceCorrected(ratings, name, { level });
  let items = 0;
  let itemsWithTwo = 0;
  for (let item = 0; item < ratings.itemCount; item++) {
    if (ratingsOf(ratings, item) > 0) items++;
    if (ratingsOf(ratings, item) > 1) itemsWithTwo++;
  }
  return {
    items,
    itemsWithTwo,
    raters: new Set(ratings.raters).size,
    ratings: ratings.values.length,
    repeated: ratings.repeated,
    prevalence: distribution(ratings.values, ratings.categoryCount),
    observed: coefficient('percent-agreement'),
    observedPooled: pooledAgreement(ratings),
    unanimous: unanimousShare(ratings),
    fleiss: coefficient('fleiss'),
    alpha: bootstrapAlpha(ratings, {
      level: alphaLevel,
      seed,
      confidence: level,
      ...(values === undefined ? {} : { values }),
      ...(replicates === undefined ? {} : { replicates }),
    }),
    gwet: coefficient('gwet'),
    brennanPrediger: coefficient('brennan-prediger'),
    conger: coefficient('conger'),
  };
}
