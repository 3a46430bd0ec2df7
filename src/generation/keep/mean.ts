import type { StageOf } from '../pipeline.js';

/** A score of one candidate, as a judge stored it. */
export interface OneScore {
  readonly name: string;
  readonly modelId: number;
  readonly value: number;
  /** Null for the likelihood of a text. */
  readonly mass: number | null;
}

/** Log-odds are taken of probabilities this far from 0 and 1, so that none is without end. */
const edge = 1e-12;

const logOdds = (probability: number): number => {
  const held = Math.min(1 - edge, Math.max(edge, probability));
  return Math.log(held / (1 - held));
};

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Scores by name, the models in an order that does not depend on how they were read. */
function valuesOf(scores: readonly OneScore[], name: string): number[] {
  return scores
    .filter((score) => score.name === name)
    .toSorted((one, other) => one.modelId - other.modelId)
    .map(({ value }) => value);
}

/**
 * The mean of the named scores: over the models of each name, then over the names, so that each name
 * weighs the same. Of probabilities as they are (Perez et al. 2022: label and relevance), or of their
 * log-odds, turned back into a probability (the mean of logits). Null where a name has no score.
 */
export function meanOf(
  scores: readonly OneScore[],
  { mean: names, scale }: Pick<StageOf<'keep'>, 'mean' | 'scale'>,
): number | null {
  const values = names.map((name) => valuesOf(scores, name));
  if (values.some((own) => own.length === 0)) return null;
  if (scale === 'probability') return average(values.map(average));
  return 1 / (1 + Math.exp(-average(values.map((own) => average(own.map(logOdds))))));
}

/** The likelihood of the text, over the models; null where none was stored. */
export function likelihoodIn(scores: readonly OneScore[], name: string): number | null {
  const values = valuesOf(scores, name);
  return values.length === 0 ? null : average(values);
}

/** The least probability that any model gave the replies of any question together; null where none. */
export function leastMass(scores: readonly OneScore[]): number | null {
  const masses = scores.flatMap(({ mass }) => mass ?? []);
  return masses.length === 0 ? null : Math.min(...masses);
}
