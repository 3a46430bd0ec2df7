import type { StageOf } from '../pipeline.js';

/** A score of one candidate, as a judge stored it. */
export interface OneScore {
  readonly name: string;
  readonly modelId: number;
  readonly value: number;
  /** Null for the likelihood of a text. */
  readonly mass: number | null;
  /** How many answers that chose a reply were counted; null where none were counted. */
  readonly answers: number | null;
}

/** Log-odds are taken of probabilities this far from 0 and 1, so that none is without end. */
const leastEdge = 1e-12;

/** Of a count at most half an answer is given or taken: none of ten says little of one in a million. */
const logOdds = ({ value: probability, answers }: OneScore): number => {
  const edge = answers === null ? leastEdge : 1 / (2 * answers);
  const held = Math.min(1 - edge, Math.max(edge, probability));
  return Math.log(held / (1 - held));
};

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Scores by name, the models in an order that does not depend on how they were read. */
const named = (scores: readonly OneScore[], name: string): OneScore[] =>
  scores
    .filter((score) => score.name === name)
    .toSorted((one, other) => one.modelId - other.modelId);

const valueOf = ({ value }: OneScore): number => value;

/**
 * The mean of the named scores: over the models of each name, then over the names, so that each name
 * weighs the same. Of probabilities as they are (Perez et al. 2022: label and relevance), or of their
 * log-odds, turned back into a probability (the mean of logits). Null where a name has no score.
 */
export function meanOf(
  scores: readonly OneScore[],
  { mean: names, scale }: Pick<StageOf<'keep'>, 'mean' | 'scale'>,
): number | null {
  const groups = names.map((name) => named(scores, name));
  if (groups.some((own) => own.length === 0)) return null;
  const meanBy = (of: (score: OneScore) => number): number =>
    average(groups.map((own) => average(own.map(of))));
  return scale === 'probability' ? meanBy(valueOf) : 1 / (1 + Math.exp(-meanBy(logOdds)));
}

/** The mean of one score over the models; null where none was stored. */
export function scoreIn(scores: readonly OneScore[], name: string): number | null {
  const values = named(scores, name).map(valueOf);
  return values.length === 0 ? null : average(values);
}

/** The least probability that any model gave the replies of any question together; null where none. */
export function leastMass(scores: readonly OneScore[]): number | null {
  const masses = scores.flatMap(({ mass }) => mass ?? []);
  return masses.length === 0 ? null : Math.min(...masses);
}
