import { createRandom, sampleWithoutReplacement } from '#statistics/random.js';
import { type Clustering, clusterTexts } from '#statistics/texts/clusters.js';
import { findDuplicates } from '#statistics/texts/duplicates.js';
import { type Embedding, embedTexts } from '#statistics/texts/embedding.js';
import type { Switches } from '../pipeline.js';

/**
 * The rows whose text is the same as that of a better row that stays, or so much like it (Jaccard
 * similarity of runs of five characters, from `threshold` on). Labels do not matter: the same text
 * under two labels says little about either. Rows come best first.
 */
export function alikeToBetter<T extends { readonly text: string }>(
  rows: readonly T[],
  threshold: number,
): T[] {
  const { exact, near } = findDuplicates(
    rows.map(({ text }) => text),
    { threshold },
  );
  // Of identical texts, the first stands for all, which is the best here.
  const repeats = new Set(exact.flatMap(([, ...others]) => others));
  const alike = new Map<number, number[]>();
  for (const { first, second } of near) {
    const [best, worse] = first < second ? [first, second] : [second, first];
    alike.set(worse, [...(alike.get(worse) ?? []), best]);
  }
  const gone = new Set<number>();
  for (const index of rows.keys())
    if (repeats.has(index) || (alike.get(index) ?? []).some((best) => !gone.has(best)))
      gone.add(index);
  return rows.filter((_, index) => gone.has(index));
}

/** Texts that clusters are fitted on: with more, k-means takes minutes. */
const mostFitted = 4_000;

/** The vectors of some of the texts. */
function someOf(embedding: Embedding, texts: readonly number[]): Embedding {
  const { dimensions, vectors } = embedding;
  const own = new Float64Array(texts.length * dimensions);
  for (const [row, text] of texts.entries())
    own.set(vectors.subarray(text * dimensions, (text + 1) * dimensions), row * dimensions);
  const places = new Map(texts.map((text, row) => [text, row]));
  const order = Array.from(embedding.order).flatMap((text) => places.get(text) ?? []);
  return { ...embedding, textCount: texts.length, vectors: own, order: Int32Array.from(order) };
}

/** The middle of each cluster. */
function middlesOf({ dimensions, vectors }: Embedding, clustering: Clustering): Float64Array[] {
  const { assignments, clusterCount } = clustering;
  const sums = Array.from({ length: clusterCount }, () => new Float64Array(dimensions));
  const counts = new Int32Array(clusterCount);
  for (const [row, cluster] of assignments.entries()) {
    counts[cluster] = (counts[cluster] ?? 0) + 1;
    const own = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    for (const [index, value] of own.entries())
      (sums[cluster] ?? own)[index] = (sums[cluster]?.[index] ?? 0) + value;
  }
  return sums.map((sum, cluster) => sum.map((value) => value / Math.max(1, counts[cluster] ?? 0)));
}

function nearestOf(middles: readonly Float64Array[], vector: Float64Array): number {
  let [nearest, least] = [0, Infinity];
  for (const [cluster, middle] of middles.entries()) {
    let distance = 0;
    for (let index = 0; index < vector.length; index += 1)
      distance += ((vector[index] ?? 0) - (middle[index] ?? 0)) ** 2;
    if (distance < least) [nearest, least] = [cluster, distance];
  }
  return nearest;
}

/**
 * The cluster of each text, best first: k-means over latent semantic analysis, fitted on these texts.
 * With more than 4,000 they are fitted on so many, drawn at random, and each text belongs to the
 * nearest.
 */
function clustersOf(texts: readonly string[], wanted: number, seed: string): readonly number[] {
  const embedding = embedTexts(texts, seed);
  if (embedding.kind !== 'embedding') return texts.map(() => 0);
  if (texts.length <= mostFitted)
    return Array.from(clusterTexts(embedding, seed, wanted).assignments);
  const fitted = sampleWithoutReplacement([...texts.keys()], mostFitted, createRandom(seed));
  const some = someOf(embedding, fitted);
  const clustering = clusterTexts(some, seed, wanted);
  const middles = middlesOf(some, clustering);
  const { dimensions, vectors } = embedding;
  return texts.map((_, text) =>
    nearestOf(middles, vectors.subarray(text * dimensions, (text + 1) * dimensions)),
  );
}

/** The rows over the quota: of each label at most `most` from each cluster. Rows come best first. */
export function overQuota<T extends { readonly text: string; readonly label: number | null }>(
  rows: readonly T[],
  { clusters, most }: NonNullable<Switches['quota']>,
  seed: string,
): T[] {
  const own = clustersOf(
    rows.map(({ text }) => text),
    clusters,
    seed,
  );
  const counts = new Map<string, number>();
  return rows.filter(({ label }, index) => {
    const key = `${own[index] ?? 0} ${label}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count > most;
  });
}
