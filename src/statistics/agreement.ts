import { type AlphaEstimate, type AlphaLevel, bootstrapAlpha } from './agreement/alpha.js';
import { chanceCorrected, type CoefficientEstimate } from './agreement/chanceCorrected.js';
import { pooledAgreement, unanimousShare } from './agreement/observed.js';
import { overRaters } from './agreement/overRaters.js';
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

/** The coefficients that belong side by side: none is fair alone. */
export interface AgreementCoefficients {
  /** Mean over items of the share of agreeing pairs. */
  readonly observed: CoefficientEstimate;
  readonly fleiss: CoefficientEstimate;
  readonly alpha: AlphaEstimate;
  readonly gwet: CoefficientEstimate;
  readonly brennanPrediger: CoefficientEstimate;
  readonly conger: CoefficientEstimate;
}

/** Agreement among raters, each coefficient with its interval over items and raters. */
export interface AgreementSummary extends AgreementCoefficients {
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
  /** Share of agreeing pairs among all pairs. */
  readonly observedPooled: Estimate;
  readonly unanimous: Estimate;
  /**
   * The same with intervals over items, these raters taken as all there are: analytic, alpha by
   * bootstrap.
   */
  readonly overItems: AgreementCoefficients;
}

/**
 * Agreement between raters over the declared categories: coefficients with intervals over items and
 * raters (under 4 raters, over items), and with those over items.
 */
export function summariseAgreement(ratings: Ratings, options: AgreementOptions): AgreementSummary {
  const { alphaLevel, values, seed, replicates, level = 0.95 } = options;
  const numbers = values === undefined ? {} : { values };
  const overItems = {
    observed: chanceCorrected(ratings, 'percent-agreement', { level }),
    fleiss: chanceCorrected(ratings, 'fleiss', { level }),
    alpha: bootstrapAlpha(ratings, {
      level: alphaLevel,
      seed,
      confidence: level,
      ...numbers,
      ...(replicates === undefined ? {} : { replicates }),
    }),
    gwet: chanceCorrected(ratings, 'gwet', { level }),
    brennanPrediger: chanceCorrected(ratings, 'brennan-prediger', { level }),
    conger: chanceCorrected(ratings, 'conger', { level }),
  };
  const over = (
    coefficient: 'percent-agreement' | 'fleiss' | 'gwet' | 'brennan-prediger' | 'conger',
    found: CoefficientEstimate,
  ): CoefficientEstimate => overRaters(ratings, { kind: 'coefficient', coefficient }, found, level);
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
    observed: over('percent-agreement', overItems.observed),
    observedPooled: pooledAgreement(ratings),
    unanimous: unanimousShare(ratings),
    fleiss: over('fleiss', overItems.fleiss),
    alpha: overRaters(
      ratings,
      { kind: 'alpha', level: alphaLevel, ...numbers },
      overItems.alpha,
      level,
    ),
    gwet: over('gwet', overItems.gwet),
    brennanPrediger: over('brennan-prediger', overItems.brennanPrediger),
    conger: over('conger', overItems.conger),
    overItems,
  };
}
