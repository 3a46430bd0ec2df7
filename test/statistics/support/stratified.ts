import { normalCdf, normalQuantile } from '#statistics/distributions.js';
import { type Random, randomNormal } from '#statistics/random.js';
import type { Stratum } from '#statistics/stratified.js';
import type { Candidate } from '#studies/eligibility.js';
import { sampleExamples } from '#studies/sampling.js';

/** Candidates of a generation, what was kept, and how many of each part are judged. */
export interface Planted {
  readonly candidates: number;
  readonly kept: number;
  readonly judgedKept: number;
  readonly judgedDropped: number;
  /** How far positive candidates lie above negative ones, in deviations. */
  readonly distance: number;
  /** Share of candidates whose label is right. */
  readonly positive: number;
  /** Shares of the labels. */
  readonly labels: readonly number[];
  /** Confidences have this many steps; 0: any. */
  readonly rounded: number;
  /** The area under the ROC curve of all candidates. */
  readonly truth: number;
}

/**
 * A population whose confidence is the calibrated probability of two normal distributions that lie
 * as far apart as gives this area under the ROC curve.
 */
export function planted(
  given: Pick<Planted, 'candidates' | 'kept' | 'judgedKept' | 'judgedDropped'> &
    Partial<Pick<Planted, 'positive' | 'labels' | 'rounded'>> & { readonly auroc: number },
): Planted {
  const { auroc, positive = 0.5, labels = [0.5, 0.5], rounded = 0, ...rest } = given;
  const distance = auroc >= 1 ? 12 : Math.SQRT2 * normalQuantile(auroc);
  const population = { ...rest, positive, labels, rounded, distance };
  return { ...population, truth: truthOf({ ...population, truth: auroc }) };
}

/** The probability that a candidate at `x` deviations is positive, in steps where so planted. */
function confidenceAt({ distance, positive, rounded }: Planted, x: number): number {
  const slope = distance === 0 ? 1 : distance;
  const exact = 1 / (1 + ((1 - positive) / positive) * Math.exp(-slope * (x - distance / 2)));
  return rounded === 0 ? exact : Math.round(exact * rounded) / rounded;
}

/** The area of the population itself, ties as half: by quadrature where there are steps. */
function truthOf(population: Planted): number {
  if (population.rounded === 0) return population.truth;
  const steps = population.rounded + 1;
  const [up, down] = [new Float64Array(steps), new Float64Array(steps)];
  const cells = 20_000;
  for (let cell = 0; cell < cells; cell++) {
    const x = -8 + (16 + population.distance) * ((cell + 0.5) / cells);
    const width = (16 + population.distance) / cells;
    const step = Math.round(confidenceAt(population, x) * population.rounded);
    const mass = (centre: number): number =>
      normalCdf(x + width / 2 - centre) - normalCdf(x - width / 2 - centre);
    up[step] = (up[step] ?? 0) + mass(population.distance);
    down[step] = (down[step] ?? 0) + mass(0);
  }
  let [below, area] = [0, 0];
  for (const [step, share] of down.entries()) {
    area += (up[step] ?? 0) * (below + share / 2);
    below += share;
  }
  return area;
}

/** Judged candidates with their strata, drawn as a study draws them. */
export interface Judged {
  readonly confidence: readonly number[];
  readonly right: readonly number[];
  readonly stratum: readonly number[];
  readonly strata: readonly Stratum[];
}

/** A candidate, and whether its label is right. */
interface Drawn extends Candidate {
  readonly confidence: number;
  readonly right: number;
}

/** Candidates of such a population, the most confident first. */
export function drawCandidates(population: Planted, random: Random): Drawn[] {
  const { candidates, distance, positive, labels } = population;
  return Array.from({ length: candidates }, (_, id) => {
    const right = Number(random() < positive);
    let [label, left] = [0, random()];
    while (label < labels.length - 1 && left >= (labels[label] ?? 0)) {
      left -= labels[label] ?? 0;
      label += 1;
    }
    const x = randomNormal(random) + right * distance;
    return { id, label, right, confidence: confidenceAt(population, x) };
  }).toSorted((one, other) => other.confidence - one.confidence);
}

/** The most confident are kept, and some of each part are judged. */
export function drawJudged(population: Planted, random: Random, seed: string): Judged {
  const { kept } = population;
  const all = drawCandidates(population, random);
  const rightOf = new Map(all.map(({ id, right }) => [id, right]));
  const found: {
    confidence: number[];
    right: number[];
    stratum: number[];
    strata: Stratum[];
  } = { confidence: [], right: [], stratum: [], strata: [] };
  const parts = [
    { part: 'kept', members: all.slice(0, kept), size: population.judgedKept },
    { part: 'dropped', members: all.slice(kept), size: population.judgedDropped },
  ] as const;
  for (const [index, { part, members, size }] of parts.entries()) {
    const sample = sampleExamples(members, { size, seed, part });
    const before = found.strata.length;
    const { strata } = sample;
    for (const { label, eligible, mean } of strata) {
      found.strata.push({ size: eligible, mean: mean ?? 0, part: index, group: label ?? -1 });
    }
    const stratumOf = ({ label, confidence }: Candidate): number =>
      strata.findIndex(
        (stratum) =>
          stratum.label === label &&
          (confidence ?? 0) >= (stratum.from ?? 0) &&
          (confidence ?? 0) <= (stratum.to ?? 0),
      );
    for (const candidate of sample.drawn) {
      found.confidence.push(candidate.confidence ?? 0);
      found.right.push(rightOf.get(candidate.id) ?? 0);
      found.stratum.push(before + stratumOf(candidate));
    }
  }
  return found;
}
