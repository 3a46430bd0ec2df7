import {
  createRandom,
  type Random,
  randomNormal,
  sampleWithoutReplacement,
  type Seed,
} from '#statistics/random.js';
import type { Votes } from '#statistics/votes.js';

/**
 * A study simulated from the mixed model itself; deviations and thresholds on the scale of log
 * odds.
 */
export interface MixedStudy {
  readonly itemsPerArm: readonly [first: number, second: number];
  /** Votes of an item: fixed, or drawn between the two. */
  readonly overlap: readonly [least: number, most: number];
  readonly raters: number;
  readonly item: number;
  readonly rater: number;
  /** Of the leaning of a rater to each source, apart. */
  readonly leaning: number;
  readonly effect: number;
  readonly thresholds: readonly number[];
  /** How much more often the first raters are drawn than the last; 0 where all are drawn alike. */
  readonly unevenness?: number;
}

/** The votes about both sources, levels counted from 1. */
export function simulateStudy(study: MixedStudy, random: Random): [Votes, Votes] {
  const raters = Array.from({ length: study.raters }, (_, rater) => rater);
  const own = raters.map(() => study.rater * randomNormal(random));
  return [arm(study, 0, own, random), arm(study, 1, own, random)];
}

/** The same votes for the same seed, on every machine. */
export function seededStudy(study: MixedStudy, seed: Seed): [Votes, Votes] {
  return simulateStudy(study, createRandom(seed));
}

function arm(study: MixedStudy, which: 0 | 1, own: readonly number[], random: Random): Votes {
  const leanings = own.map(() => study.leaning * randomNormal(random));
  const shift = (which === 0 ? 0.5 : -0.5) * study.effect;
  const [items, raters, values]: [number[], number[], number[]] = [[], [], []];
  for (let item = 0; item < study.itemsPerArm[which]; item++) {
    const effect = study.item * randomNormal(random);
    const [least, most] = study.overlap;
    const votes = least + Math.floor(random() * (most - least + 1));
    for (const rater of drawRaters(study, votes, random)) {
      const chance = random();
      const latent =
        shift +
        effect +
        (own[rater] ?? 0) +
        (leanings[rater] ?? 0) +
        Math.log(chance / (1 - chance));
      items.push(item);
      raters.push(rater);
      values.push(1 + study.thresholds.filter((threshold) => threshold < latent).length);
    }
  }
  return {
    items: Int32Array.from(items),
    raters: Int32Array.from(raters),
    values: Float64Array.from(values),
  };
}

function drawRaters(study: MixedStudy, votes: number, random: Random): number[] {
  const all = Array.from({ length: study.raters }, (_, rater) => rater);
  if (!study.unevenness) return sampleWithoutReplacement(all, votes, random);
  return all
    .map((rater) => ({
      rater,
      turn: Math.log(random()) * Math.exp((study.unevenness ?? 0) * (rater / study.raters)),
    }))
    .toSorted((one, other) => other.turn - one.turn)
    .slice(0, votes)
    .map(({ rater }) => rater);
}

/** The votes as 0 and 1. */
export function asBinary([first, second]: readonly [Votes, Votes]): [Votes, Votes] {
  const binary = (votes: Votes): Votes => ({
    ...votes,
    values: votes.values.map((value) => value - 1),
  });
  return [binary(first), binary(second)];
}
