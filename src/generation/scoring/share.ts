import { massOf, type ScoreAnswer } from '#models/request.js';
import { sampled } from '#models/sampled.js';

/** The probability of one reply among those of a question, and what all of them have together. */
export interface Share {
  /** From 0 to 1: the replies of the question sum to one. */
  readonly value: number;
  /** The probability on all replies together; an upper bound where one is a bound. */
  readonly mass: number;
}

/**
 * Softmax over the log-probabilities of the replies: p_w / Σ p (Perez et al. 2022, section 3.1).
 * A reply outside of what the server lists has a bound: it has at most that much, and at most what
 * the listed replies leave, and at least nothing. The value is the least that the share of the wanted
 * reply can be, so that a bound never lets a candidate in: it then counts as nothing, and any other
 * with a bound as its bound. For a reply that speaks against a candidate the value is the most that
 * its share can be. Null where no reply is listed, so that nothing is known of them.
 */
export function shareOf(
  choices: ScoreAnswer['choices'],
  wanted: number,
  side: 'least' | 'most' = 'least',
): Share | null {
  if (choices.every(({ bound }) => bound)) return null;
  const listed = choices.reduce(
    (sum, { bound, logProbability }) => sum + (bound ? 0 : Math.exp(logProbability)),
    0,
  );
  const room = Math.log(Math.max(0, 1 - listed));
  const most = choices.map(({ bound, logProbability }) =>
    bound ? Math.min(logProbability, room) : logProbability,
  );
  const counted = most.map((logProbability, index) =>
    choices[index]?.bound === true && (index === wanted) === (side === 'least')
      ? -Infinity
      : logProbability,
  );
  // The highest is taken out first, since replies of many words have probabilities that vanish.
  const highest = Math.max(...counted);
  const weights = counted.map((logProbability) => Math.exp(logProbability - highest));
  const value = (weights[wanted] ?? Number.NaN) / weights.reduce((sum, weight) => sum + weight, 0);
  return { value, mass: massOf(most.map((logProbability) => ({ logProbability }))) };
}

/**
 * The share of the wanted reply among the answers that chose one, and the share of answers that did.
 * Null where none did.
 */
export function shareOfSampled(
  texts: readonly string[],
  choices: readonly string[],
  wanted: number,
): Share | null {
  const { choices: counted, answers, none } = sampled(texts, choices);
  if (none === answers) return null;
  return {
    value: (counted[wanted]?.count ?? Number.NaN) / (answers - none),
    mass: (answers - none) / answers,
  };
}

/** Natural logarithm of the probability of a text, for each of its characters (code points). */
export const likelihoodOf = (logProbability: number, text: string): number =>
  logProbability / Array.from(text).length;
