/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { DesignItem, MixedDesign } from './design.js';
import type { Layout, Parameters } from './parameters.js';

/** Votes by votes of one item, H being minus the second derivatives by the effects of raters. */
export interface Spreads {
  /** c' H^-1 c, the variance of a predictor through the effects of raters. */
  readonly whole: Float64Array;
  /** c' H^-1 e for the intercept, and for the slope, of the other vote's rater. */
  readonly byIntercept: Float64Array;
  readonly bySlope: Float64Array;
}

/**
 * Room for the spreads of any item.
 * @param mostVotes the votes of the item that has most
 */
export function emptySpreads(mostVotes: number): Spreads {
  return {
    whole: new Float64Array(mostVotes ** 2),
    byIntercept: new Float64Array(mostVotes ** 2),
    bySlope: new Float64Array(mostVotes ** 2),
  };
}

/** How many effects the raters of a design have: an intercept each and, in some models, a slope. */
export function effectsOfRaters({ raterCount }: MixedDesign, layout: Layout): number {
  return layout.raterBySource === null ? raterCount : 2 * raterCount;
}

/**
 * How the effects of raters enter the linear predictors of votes, at one point of the parameters.
 * The effects are in units of their standard deviations: the intercepts of all raters, then, where
 * the model has them, their slopes by source. A vote's loadings c are the deviation of raters at
 * its rater's intercept, and source times deviation of leanings at its rater's slope.
 */
export class RaterLoadings {
  /** How many effects there are. */
  readonly size: number;
  readonly raterCount: number;
  readonly #slopes: boolean;
  readonly #rater: number;
  readonly #leaning: number;

  constructor(design: MixedDesign, layout: Layout, { rater, leaning }: Parameters) {
    this.size = effectsOfRaters(design, layout);
    this.raterCount = design.raterCount;
    this.#slopes = layout.raterBySource !== null;
    this.#rater = rater;
    this.#leaning = leaning;
  }

  /** c' effects: what effects of raters add to the predictor of a vote. */
  shift({ source, raters }: DesignItem, vote: number, effects: Float64Array): number {
    const rater = raters[vote]!;
    const bySlope = this.#slopes ? source * this.#leaning * effects[this.raterCount + rater]! : 0;
    return this.#rater * effects[rater]! + bySlope;
  }

  /** Adds c × amount, amount being a derivative by the predictor of a vote. */
  add({ source, raters }: DesignItem, vote: number, amount: number, sum: Float64Array): void {
    const rater = raters[vote]!;
    sum[rater]! += this.#rater * amount;
    if (this.#slopes) sum[this.raterCount + rater]! += source * this.#leaning * amount;
  }

  /** Adds C bends C' of an item to the lower triangle of a matrix over effects. */
  addBends({ source, raters }: DesignItem, bends: Float64Array, matrix: Float64Array): void {
    const { size, raterCount } = this;
    const slopes = this.#slopes;
    const plain = this.#rater * this.#rater;
    const mixed = source * this.#rater * this.#leaning;
    const slope = source * source * this.#leaning * this.#leaning;
    for (let one = 0; one < raters.length; one++) {
      const row = raters[one]!;
      for (let other = 0; other < raters.length; other++) {
        const column = raters[other]!;
        const bend = bends[one * raters.length + other]!;
        if (row >= column) matrix[row * size + column]! += bend * plain;
        if (!slopes) continue;
        matrix[(raterCount + row) * size + column]! += bend * mixed;
        if (row >= column) matrix[(raterCount + row) * size + raterCount + column]! += bend * slope;
      }
    }
  }

  /** Fills the spreads of an item, given the inverse of H. */
  spread({ source, raters }: DesignItem, inverse: Float64Array, spreads: Spreads): void {
    const { size, raterCount } = this;
    const rater = this.#rater;
    const leaning = source * this.#leaning;
    for (let one = 0; one < raters.length; one++) {
      const row = raters[one]!;
      for (let other = 0; other < raters.length; other++) {
        const column = raters[other]!;
        let byIntercept = rater * inverse[row * size + column]!;
        let bySlope = 0;
        if (this.#slopes) {
          byIntercept += leaning * inverse[(raterCount + row) * size + column]!;
          bySlope =
            rater * inverse[row * size + raterCount + column]! +
            leaning * inverse[(raterCount + row) * size + raterCount + column]!;
        }
        const at = one * raters.length + other;
        spreads.byIntercept[at] = byIntercept;
        spreads.bySlope[at] = bySlope;
        spreads.whole[at] = rater * byIntercept + leaning * bySlope;
      }
    }
  }
}
