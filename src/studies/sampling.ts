import type { DatasetPart } from '#storage/datasetTables.js';
import { binsOf } from '#statistics/calibration.js';
import { createRandom, sampleStrata, shuffle } from '#statistics/random.js';
import { mean } from '#statistics/summary.js';
import type { Candidate } from './eligibility.js';
import type { Stratum } from './sampled.js';

/** Bands of confidence, of about equal count. */
const bandCount = 5;

export interface Sample {
  readonly drawn: readonly Candidate[];
  /** By label, then by band, the least confident first; only those that have examples. */
  readonly strata: readonly Stratum[];
}

/** The members of one stratum, with what is said of it. */
interface Members extends Omit<Stratum, 'eligible' | 'drawn' | 'mean'> {
  readonly members: readonly Candidate[];
}

/** Candidates by label and band; equal confidences are in one band. */
function byLabelAndBand(candidates: readonly Candidate[], part: DatasetPart | null): Members[] {
  const sure = candidates.flatMap(({ confidence }) => confidence ?? []);
  const bands = binsOf(sure, { bins: bandCount }).map((members) => ({
    from: sure[members[0] ?? 0] ?? 0,
    to: sure[members.at(-1) ?? 0] ?? 0,
  }));
  const found = new Map<string, { first: Candidate; band: number | null; members: Candidate[] }>();
  for (const candidate of candidates) {
    const { label, confidence } = candidate;
    const band = confidence === null ? null : bands.findIndex(({ to }) => confidence <= to);
    const key = `${label} ${band}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, { first: candidate, band, members: [candidate] });
    else known.members.push(candidate);
  }
  return [...found.values()]
    .map(({ first, band, members }) => ({
      part,
      label: first.label,
      band,
      from: bands[band ?? -1]?.from ?? null,
      to: bands[band ?? -1]?.to ?? null,
      members,
    }))
    .toSorted(
      (one, other) =>
        (one.label ?? -1) - (other.label ?? -1) || (one.band ?? -1) - (other.band ?? -1),
    );
}

/** Candidates by label, in the order in which they came. */
function byLabel(candidates: readonly Candidate[]): Candidate[][] {
  const strata = new Map<number | null, Candidate[]>();
  for (const candidate of candidates) {
    const stratum = strata.get(candidate.label);
    if (stratum === undefined) strata.set(candidate.label, [candidate]);
    else stratum.push(candidate);
  }
  return [...strata]
    .toSorted(([left], [right]) => (left ?? -1) - (right ?? -1))
    .map(([, members]) => members);
}

/**
 * Draws n examples at random, stratified by the dataset's own label in proportion to the eligible
 * ones, and gives them in a seeded random order: real files are sorted, so the first n are never a
 * fair sample. What a generation dropped is stratified by label and band of confidence, so that the
 * whole range is judged; of it only what carries both is drawn, since nothing else could be used. The same seed and candidates give the same sample. Fewer than n candidates
 * are all taken.
 */
export function sampleExamples(
  candidates: readonly Candidate[],
  options: { readonly size: number; readonly seed: string; readonly part: DatasetPart | null },
): Sample {
  const random = createRandom(options.seed);
  const fine = byLabelAndBand(candidates, options.part);
  const strata =
    options.part === 'dropped'
      ? fine.flatMap(({ label, band, members }) =>
          label === null || band === null ? [] : [members],
        )
      : byLabel(candidates);
  const drawable = strata.reduce((sum, members) => sum + members.length, 0);
  const size = Math.min(options.size, drawable);
  const drawn = shuffle(sampleStrata(strata, size, random).flat(), random);
  const ids = new Set(drawn.map(({ id }) => id));
  return {
    drawn,
    strata: fine.map(({ members, ...stratum }) => ({
      ...stratum,
      eligible: members.length,
      drawn: members.filter(({ id }) => ids.has(id)).length,
      mean: mean(members.flatMap(({ confidence }) => confidence ?? [])),
    })),
  };
}
