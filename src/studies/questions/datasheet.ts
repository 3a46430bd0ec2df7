/** A question as a quality criterion of the Human Evaluation Datasheet 3.0, section 4. */
export interface Criterion {
  readonly name: string;
  readonly quality: string;
  /** Size of the scale. */
  readonly size: string;
  readonly values: string;
  /** How the scale is presented. */
  readonly shown: string;
  /** What raters do without a rating instrument. */
  readonly task: string;
  readonly elicitation: string;
  /** How answers are put together, before any number of a study. */
  readonly aggregation: readonly string[];
}

export const correctness = '1. Correctness';
export const goodness = '2. Goodness';
export const feature = '3. Feature';

export const options = '1. Multiple-choice options.';
export const classification = '7. Output classification or labelling.';
export const directEstimation = '2. Direct quality estimation.';

export const byVote =
  'Mean over examples of the mean over their judgments, with a two-way cluster-robust interval over examples and raters.';
export const byMajority =
  'Share of complete examples on which more than half of the raters said so, with a Wilson score interval.';
