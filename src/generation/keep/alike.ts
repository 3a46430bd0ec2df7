import { clusterTexts } from '#statistics/texts/clusters.js';
import { findDuplicates } from '#statistics/texts/duplicates.js';
import { embedTexts } from '#statistics/texts/embedding.js';
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

/**
 * The rows over the quota: of each label at most `most` from each cluster of texts (k-means over
 * latent semantic analysis, fitted on these texts). Rows come best first.
 */
export function overQuota<T extends { readonly text: string; readonly label: number | null }>(
  rows: readonly T[],
  { clusters, most }: NonNullable<Switches['quota']>,
  seed: string,
): T[] {
  const embedding = embedTexts(
    rows.map(({ text }) => text),
    seed,
  );
  const assignments =
    embedding.kind === 'embedding' ? clusterTexts(embedding, seed, clusters).assignments : null;
  const counts = new Map<string, number>();
  return rows.filter(({ label }, index) => {
    const key = `${assignments?.[index] ?? 0} ${label}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count > most;
  });
}
