import type { SimulatedDesign } from '#statistics/power/simulate.js';
import type { Goal } from '#statistics/power/smallest.js';
import type { Simulated, SimulatedComparison } from '#statistics/power/tally.js';
import type { Undefined } from '#statistics/estimate.js';
import type { PowerQuestion } from './question.js';
import type { PowerGoalName } from './schema.js';

export type Measure = 'labels' | 'relevance';

/** Something read off a simulated design; null where the design has nothing to say about it. */
export type Reading = (design: SimulatedDesign) => Simulated | Undefined | null;

const compared = (
  comparison: SimulatedComparison | Undefined,
  part: 'notWorse' | 'different',
): Simulated | Undefined => (comparison.kind === 'undefined' ? comparison : comparison[part]);
const upheldPart =
  (part: 'halfWidth' | 'reaches'): Reading =>
  ({ upheld }) =>
    upheld === null || 'kind' in upheld ? upheld : upheld[part];

export const upheldHalfWidth = upheldPart('halfWidth');
export const reachesThreshold = upheldPart('reaches');
export const meanHalfWidth: Reading = ({ halfWidth }) => halfWidth;
/** Not worse where both sets are alike; different where one is lower. */
export const shownNotWorse: Reading = ({ alike }) => alike && compared(alike, 'notWorse');
export const foundDifferent: Reading = ({ lower }) => lower && compared(lower, 'different');

/** One goal: what it is about, how it is read off a design, and when it is reached. */
export interface PowerGoal {
  readonly name: PowerGoalName;
  readonly measure: Measure;
  readonly wanted: number;
  readonly goal: Goal;
  readonly read: Reading;
}

/** What a study is asked to show, the most important first. */
export function goalsOf(question: PowerQuestion): PowerGoal[] {
  const { asks, pair } = question;
  const goals: PowerGoal[] = [];
  const power = { atLeast: question.power };
  if (asks.labels && pair) {
    goals.push({
      name: 'not-worse',
      measure: 'labels',
      wanted: question.margin,
      goal: power,
      read: shownNotWorse,
    });
    goals.push({
      name: 'difference',
      measure: 'labels',
      wanted: question.difference,
      goal: power,
      read: foundDifferent,
    });
  }
  if (asks.labels) {
    goals.push({
      name: 'half-width',
      measure: 'labels',
      wanted: question.halfWidth,
      goal: { atMost: question.halfWidth },
      read: upheldHalfWidth,
    });
    goals.push({
      name: 'threshold',
      measure: 'labels',
      wanted: question.threshold,
      goal: power,
      read: reachesThreshold,
    });
  }
  if (asks.relevance && pair) {
    goals.push({
      name: 'relevance-not-worse',
      measure: 'relevance',
      wanted: question.relevanceMargin,
      goal: power,
      read: shownNotWorse,
    });
    goals.push({
      name: 'relevance-difference',
      measure: 'relevance',
      wanted: question.relevanceMargin,
      goal: power,
      read: foundDifferent,
    });
  }
  if (asks.relevance)
    goals.push({
      name: 'relevance-half-width',
      measure: 'relevance',
      wanted: question.relevanceHalfWidth,
      goal: { atMost: question.relevanceHalfWidth },
      read: meanHalfWidth,
    });
  return goals;
}
