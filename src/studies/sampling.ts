import { createRandom, sampleStrata, shuffle } from '#statistics/random.js';
import type { Candidate } from './eligibility.js';

/**
 * Draws n examples at random, stratified by the dataset's own label in proportion to the eligible
 * ones, and gives them in a seeded random order: real files are sorted, so the first n are never a
 * fair sample. The same seed and candidates give the same sample. Fewer than n candidates are all
 * taken.
 */
export function sampleExamples(
  candidates: readonly Candidate[],
  size: number,
  seed: string,
): Candidate[] {
  const random = createRandom(seed);
  const strata = new Map<number | null, Candidate[]>();
  for (const candidate of candidates) {
    const stratum = strata.get(candidate.label);
    if (stratum === undefined) strata.set(candidate.label, [candidate]);
    else stratum.push(candidate);
  }
  const ordered = [...strata]
    .toSorted(([left], [right]) => (left ?? -1) - (right ?? -1))
    .map(([, members]) => members);
  return shuffle(sampleStrata(ordered, Math.min(size, candidates.length), random).flat(), random);
}
