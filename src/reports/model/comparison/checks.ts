import { permutationTest } from '#statistics/comparison/permutation.js';
import { brunnerMunzel, cliffDelta } from '#statistics/comparison/ranks.js';
import { type Estimate, undefinedBecause } from '#statistics/estimate.js';
import { fitCumulativeLinkMixed } from '#statistics/mixed/cumulativeLink.js';
import { fitLogisticMixed } from '#statistics/mixed/logistic.js';
import { pigeonholeDifference } from '#statistics/pigeonhole.js';
import { proportionDifference } from '#statistics/proportions.js';
import { itemMeans } from '#statistics/votes.js';
import { figure } from '#figure.js';
import type { LabelSection } from '../schema/labels.js';
import { type Measure, turned } from './measures.js';
import { mainStatement, type Measured, statement } from './findings.js';
import type { Check } from '../schema/comparison.js';

/** Permutations that are drawn where not all can be counted. */
const permutations = 4999;

/**
 * The methods beside the main one: how a table calls them, and how the note on methods says what
 * was done.
 */
const methods = {
  majority: {
    method: 'majority with Newcombe’s interval',
    said: 'labels upheld by majority with Newcombe’s interval (method 10), raters taken as they are',
  },
  pigeonhole: {
    method: 'pigeonhole bootstrap',
    said: 'the pigeonhole bootstrap over examples and raters (Owen 2007), 1,000 replicates, which is wider than needed',
  },
  permutation: {
    method: 'permutation of examples',
    said: `a permutation test of the means of examples, all rearrangements counted where they are few, else ${permutations.toLocaleString('en-GB')} drawn`,
  },
  superiority: {
    method: 'Brunner-Munzel test of examples',
    said: 'the chance that a generated example has the higher mean, equal means counting half, with the test of Brunner and Munzel (2000)',
  },
  delta: { method: 'Cliff’s delta of examples', said: 'Cliff’s delta of these means (Cliff 1996)' },
  logistic: {
    method: 'logistic mixed model',
    said: 'a logistic mixed model of the votes with random effects of examples, of raters and of raters’ leaning to a source (Baayen, Davidson and Bates 2008), by maximum likelihood, as the difference of expected shares',
  },
  cumulativeLink: {
    method: 'cumulative-link mixed model',
    said: 'a cumulative-link mixed model of the ratings with the same random effects (Christensen 2019), as the chance that a rating of a generated example is the higher one',
  },
} as const;
export const checkMethods: readonly { readonly method: string; readonly said: string }[] =
  Object.values(methods);

/** What a method gives: an estimate, and the p-value of no difference where it is a test. */
interface Found {
  readonly method: string;
  readonly quantity: Check['quantity'];
  readonly estimate: Estimate;
  readonly p: number | null;
}

/** The estimate at which there is no difference. */
const nothing: Record<Check['quantity'], number> = { points: 0, scale: 0, chance: 0.5, delta: 0 };

/**
 * Labels upheld by majority, generated minus human-written, with Newcombe's interval; undefined
 * where a set has no labels.
 */
export const majorityDifference = (
  generated: LabelSection | null,
  human: LabelSection | null,
): Estimate =>
  generated === null || human === null
    ? undefinedBecause('no-labels')
    : generated.items === 0 || human.items === 0
      ? undefinedBecause('no-complete-items')
      : proportionDifference(
          { successes: generated.upheldCount, trials: generated.items },
          { successes: human.upheldCount, trials: human.items },
        );

function otherMethods({ generated, human, unit }: Measure, main: Measured, seed: string): Found[] {
  const [ours, theirs] = [itemMeans(generated), itemMeans(human)];
  const superiority = brunnerMunzel(theirs, ours);
  const permuted = permutationTest(ours, theirs, {
    seed: `${seed} permutation`,
    replicates: permutations,
    mostCounted: 20_000,
  });
  return [
    {
      method: methods.pigeonhole.method,
      quantity: unit,
      estimate: pigeonholeDifference(generated, human, { seed: `${seed} pigeonhole` }),
      p: null,
    },
    {
      method: methods.permutation.method,
      quantity: unit,
      estimate:
        permuted.kind === 'undefined'
          ? permuted
          : {
              kind: 'estimate',
              // The same difference of means, and so the same digits.
              value: main.difference.value ?? permuted.statistic,
              n: ours.length + theirs.length,
              withoutInterval: 'a test alone',
            },
      p: permuted.kind === 'undefined' ? null : permuted.p,
    },
    {
      method: methods.superiority.method,
      quantity: 'chance',
      estimate: superiority,
      p: superiority.kind === 'estimate' ? (superiority.test?.p ?? null) : null,
    },
    {
      method: methods.delta.method,
      quantity: 'delta',
      estimate: cliffDelta(ours, theirs),
      p: null,
    },
  ];
}

/** The mixed model of a measure: logistic for answers of yes or no, cumulative-link for ratings. */
function mixedModel({ generated, human, unit }: Measure): Found {
  if (unit === 'points') {
    const fit = fitLogisticMixed(generated, human);
    return {
      method: methods.logistic.method,
      quantity: 'points',
      estimate: fit.kind === 'fit' ? fit.difference : fit,
      p: fit.kind === 'fit' ? (fit.test?.p ?? null) : null,
    };
  }
  const fit = fitCumulativeLinkMixed(generated, human);
  return {
    method: methods.cumulativeLink.method,
    quantity: 'chance',
    estimate: fit.kind === 'fit' ? fit.superiority : fit,
    p: fit.kind === 'fit' ? (fit.test?.p ?? null) : null,
  };
}

function directionOf(
  { quantity, estimate, p }: Found,
  { higherIsBetter }: Measure,
  byInterval: Check['direction'],
): Check['direction'] {
  // Cliff's delta is the size of what Brunner and Munzel test.
  if (quantity === 'delta') return null;
  if (p === null || estimate.kind === 'undefined') return byInterval;
  return p > 0.05
    ? 'none'
    : estimate.value > nothing[quantity] === higherIsBetter
      ? 'better'
      : 'worse';
}

function checkOf(found: Found, measure: Measure, main: Measured): Check {
  const { higherIsBetter, margin } = measure;
  const { quantity, p } = found;
  const estimate = figure(found.estimate);
  const says = statement(
    turned(estimate, higherIsBetter),
    nothing[quantity] * (higherIsBetter ? 1 : -1),
    quantity === measure.unit ? margin : null,
  );
  const direction = directionOf(found, measure, says.direction);
  const expected = mainStatement(main);
  const agrees =
    direction === null || expected.direction === null
      ? null
      : direction === expected.direction &&
        (says.margin === null || says.margin === expected.margin);
  return {
    measure: measure.measure,
    method: found.method,
    quantity,
    estimate,
    p,
    direction,
    margin: says.margin,
    agrees,
  };
}

/**
 * The same measures by other methods: labels by majority with Newcombe's interval, the pigeonhole
 * bootstrap as the conservative interval, and over the means of examples a permutation test,
 * Brunner and Munzel's test and Cliff's delta, which take raters as they are, and mixed models with
 * random effects of examples and raters.
 * @param byMajority labels upheld, by `majorityDifference`
 * @param options.mixedModels whether mixed models are fitted too: they cost most of the time
 */
export function checksOf(
  measures: readonly Measure[],
  differences: readonly Measured[],
  byMajority: Estimate,
  { seed, mixedModels }: { readonly seed: string; readonly mixedModels: boolean },
): Check[] {
  return measures.flatMap((measure, index) => {
    const main = differences[index];
    if (main === undefined) return [];
    const majority: Found[] =
      measure.measure === 'label-votes'
        ? [{ method: methods.majority.method, quantity: 'points', estimate: byMajority, p: null }]
        : [];
    return [
      ...majority,
      ...otherMethods(measure, main, `${seed} ${measure.measure}`),
      ...(mixedModels ? [mixedModel(measure)] : []),
    ].map((found) => checkOf(found, measure, main));
  });
}
