import { betaQuantile, normalCdf, normalQuantile } from '#statistics/distributions.js';
import type { Pooled } from '#statistics/pooled.js';
import type { VotedPair } from '#statistics/pooledPair.js';
import { type Random, randomInteger, randomNormal } from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';

/** Pairs of sets whose true mean difference is known. */
export interface PairsDesign {
  readonly pairs: number;
  readonly raters: number;
  /** Unequal: the rater at rank r does 1 / r of the work. */
  readonly work: 'equal' | 'unequal';
  /** The standard deviation of true differences between pairs. */
  readonly between: number;
  /**
   * Which sets' true levels vary: those of both kinds, or the generated ones alone, whose differences
   * are skewed where shares lie near 1.
   */
  readonly varying: 'both' | 'generated';
  readonly measure: 'share' | 'relevance';
  /** Examples of each set; two numbers: any between them. */
  readonly examples: readonly [least: number, most: number];
  /** The variance of raters' leaning towards one source, of a vote whose residual has variance 1. */
  readonly leaning: number;
  readonly overlap?: number;
  /** Raters who judge one pair. */
  readonly team?: number;
}

/** The lowest and highest vote. */
export const scales = { share: { lower: 0, upper: 1 }, relevance: { lower: 1, upper: 5 } } as const;

/** Mean levels of human-written and generated sets. */
const levels = { share: [0.96, 0.94], relevance: [4.3, 4.1] } as const;
export const trueDifference = (measure: PairsDesign['measure']): number =>
  levels[measure][1] - levels[measure][0];

const variances = { item: 0.6, rater: 0.25, pairLeaning: 0.05 };

/** The true mean of one set; between 0 and 1 for a share (beta distribution). */
function levelOf(
  { measure, between, varying }: PairsDesign,
  set: 'human' | 'generated',
  random: Random,
): number {
  const mean = levels[measure][set === 'human' ? 0 : 1];
  const deviation = varying === 'both' ? between * Math.SQRT1_2 : set === 'human' ? 0 : between;
  if (deviation === 0) return mean;
  if (measure === 'relevance') return mean + deviation * randomNormal(random);
  const size = (mean * (1 - mean)) / deviation ** 2 - 1;
  return betaQuantile(random(), mean * size, (1 - mean) * size);
}

/** The true difference of one further pair. */
export const furtherDifference = (design: PairsDesign, random: Random): number =>
  levelOf(design, 'generated', random) - levelOf(design, 'human', random);

const steps = [1.5, 2.5, 3.5, 4.5];

/** The latent mean that gives a rating from 1 to 5 this mean, its deviation being known. */
function latentMean(wanted: number, deviation: number): number {
  let [low, high] = [-10, 20];
  for (let turn = 0; turn < 50; turn++) {
    const middle = (low + high) / 2;
    const mean = steps.reduce((sum, step) => sum + 1 - normalCdf((step - middle) / deviation), 1);
    if (mean < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Different raters, each drawn as likely as its weight says. */
function teamOf(weights: readonly number[], size: number, random: Random): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const team: number[] = [];
  while (team.length < Math.min(size, weights.length)) {
    let place = random() * all;
    let rater = 0;
    while (rater < weights.length - 1 && place >= (weights[rater] ?? 0))
      place -= weights[rater++] ?? 0;
    if (!team.includes(rater)) team.push(rater);
  }
  return team;
}

/** Votes about all pairs: crossed effects of examples and raters under a probit or rounded scale. */
export function drawPairs(design: PairsDesign, random: Random): VotedPair[] {
  const { pairs, raters, measure, examples, leaning, overlap = 3 } = design;
  const weights = Array.from({ length: raters }, (_, rater) =>
    design.work === 'equal' ? 1 : 1 / (rater + 1),
  );
  const severity = weights.map(() => Math.sqrt(variances.rater) * randomNormal(random));
  const leanings = weights.map(() => Math.sqrt(leaning) * randomNormal(random));
  const scale = measure === 'share' ? 1 : 0.75;
  const deviation =
    scale *
    Math.sqrt(1 + variances.item + variances.rater + leaning / 4 + variances.pairLeaning / 4);
  const drawArm = (level: number, side: 1 | -1, team: readonly number[]): Votes => {
    const size = examples[0] + randomInteger(examples[1] - examples[0] + 1, random);
    const own = team.map(() => (Math.sqrt(variances.pairLeaning) / 2) * randomNormal(random));
    const centre =
      measure === 'share' ? deviation * normalQuantile(level) : latentMean(level, deviation);
    const [items, judges, values]: number[][] = [[], [], []];
    const teamWeights = team.map((rater) => weights[rater] ?? 0);
    for (let item = 0; item < size; item++) {
      const quality = Math.sqrt(variances.item) * randomNormal(random);
      for (const at of teamOf(teamWeights, overlap, random)) {
        const rater = team[at] ?? 0;
        const latent =
          centre +
          scale *
            (quality +
              (severity[rater] ?? 0) +
              (side * (leanings[rater] ?? 0)) / 2 +
              (own[at] ?? 0) +
              randomNormal(random));
        items?.push(item);
        judges?.push(rater);
        values?.push(
          measure === 'share' ? Number(latent > 0) : Math.min(5, Math.max(1, Math.round(latent))),
        );
      }
    }
    return {
      items: Int32Array.from(items ?? []),
      raters: Int32Array.from(judges ?? []),
      values: Float64Array.from(values ?? []),
    };
  };
  return Array.from({ length: pairs }, () => {
    const team = teamOf(weights, Math.min(design.team ?? 8, raters), random);
    return {
      first: drawArm(levelOf(design, 'generated', random), 1, team),
      second: drawArm(levelOf(design, 'human', random), -1, team),
    };
  });
}

/** True where the interval of the mean holds the truth; null where there is none. */
export const holdsMean = ({ difference: { interval } }: Pooled, truth: number): boolean | null =>
  interval === undefined ? null : interval.lower <= truth && truth <= interval.upper;
