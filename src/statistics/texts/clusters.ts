/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimate } from '../estimate.js';
import { proportion } from '../proportions.js';
import { createRandom, type Random, type Seed } from '../random.js';
import type { Embedding } from './embedding.js';
import { noNumber } from './reasons.js';

/** Texts shared out between clusters. */
export interface Clustering {
  /** The cluster of each text; the largest cluster is 0. */
  readonly assignments: Int32Array;
  readonly clusterCount: number;
  /** For each cluster the index of the text nearest to its middle. */
  readonly examples: Int32Array;
}

const restarts = 3;
const mostRounds = 50;

/**
 * Clusters of texts by k-means over their vectors (k-means++ starts, Arthur and Vassilvitskii 2007;
 * the best of three).
 * @param wanted clusters, fewer where there are fewer different vectors
 */
export function clusterTexts(embedding: Embedding, seed: Seed, wanted = 10): Clustering {
  const random = createRandom(seed);
  let best = lloyd(embedding, wanted, random);
  for (let restart = 1; restart < restarts; restart++) {
    const next = lloyd(embedding, wanted, random);
    if (next.inertia < best.inertia - 1e-12) best = next;
  }
  return bySize(embedding, best);
}

/**
 * The entropy of how the texts at these indexes are shared out between clusters, over its maximum:
 * 0 in one cluster, 1 evenly. Null where there is one cluster or no text.
 */
export function clusterEntropy(
  clustering: Pick<Clustering, 'assignments' | 'clusterCount'>,
  indexes: Int32Array,
): number | null {
  if (clustering.clusterCount < 2 || indexes.length === 0) return null;
  const counts = new Int32Array(clustering.clusterCount);
  for (const text of indexes) counts[clustering.assignments[text]!]!++;
  const entropy = counts.reduce(
    (sum, count) =>
      count === 0 ? sum : sum - (count / indexes.length) * Math.log(count / indexes.length),
    0,
  );
  return Math.min(1, Math.max(0, entropy / Math.log(clustering.clusterCount)));
}

/** One cluster and what is in it. */
export interface ClusterProfile {
  readonly cluster: number;
  readonly size: number;
  /** The index of the text nearest to its middle. */
  readonly example: number;
  /** Share of the cluster's texts by source, where there are two. */
  readonly firstSource: Estimate;
  /**
   * For each label the share of the cluster's labelled texts, with the share in all texts, and
   * whether its interval leaves that out.
   */
  readonly labels: readonly {
    readonly label: string;
    readonly share: Estimate;
    readonly overall: number;
    readonly unbalanced: boolean;
  }[];
}

/**
 * What each cluster holds: a topic where one label prevails is a way to guess the label.
 * @param inFirst 1 for a text of the first source, 0 for one of the second
 */
export function profileClusters(
  clustering: Clustering,
  inFirst: ArrayLike<number>,
  labels: readonly (string | null)[],
): ClusterProfile[] {
  const names = [...new Set(labels.filter((label) => label !== null))].toSorted((one, other) =>
    one < other ? -1 : 1,
  );
  const labelled = labels.filter((label) => label !== null).length;
  return Array.from({ length: clustering.clusterCount }, (_, cluster) => {
    const indexes = Array.from(clustering.assignments.keys()).filter(
      (text) => clustering.assignments[text] === cluster,
    );
    const own = indexes.flatMap((text) => labels[text] ?? []);
    return {
      cluster,
      size: indexes.length,
      example: clustering.examples[cluster]!,
      firstSource: proportion(indexes.filter((text) => inFirst[text]! > 0).length, indexes.length),
      labels: names.map((label) => {
        const share =
          own.length === 0
            ? noNumber('no-labels')
            : proportion(own.filter((other) => other === label).length, own.length);
        const overall = labels.filter((other) => other === label).length / labelled;
        const limits = share.kind === 'estimate' ? share.interval : undefined;
        return {
          label,
          share,
          overall,
          unbalanced: limits !== undefined && (limits.lower > overall || limits.upper < overall),
        };
      }),
    };
  });
}

interface Partition {
  readonly assignments: Int32Array;
  readonly centres: readonly Float64Array[];
  readonly inertia: number;
}

function lloyd(embedding: Embedding, wanted: number, random: Random): Partition {
  const { order, textCount } = embedding;
  let centres = starts(embedding, wanted, random);
  const assignments = new Int32Array(textCount);
  let inertia = Infinity;
  for (let round = 0; round < mostRounds; round++) {
    let moved = 0;
    let sum = 0;
    for (const text of order) {
      const vector = vectorOf(embedding, text);
      let nearest = 0;
      let least = Infinity;
      for (let cluster = 0; cluster < centres.length; cluster++) {
        const distance = squaredDistance(vector, centres[cluster]!);
        if (distance < least) {
          least = distance;
          nearest = cluster;
        }
      }
      if (assignments[text]! !== nearest) moved++;
      assignments[text] = nearest;
      sum += least;
    }
    inertia = sum;
    if (moved === 0 && round > 0) break;
    centres = middles(embedding, assignments, centres);
  }
  return { assignments, centres, inertia };
}

function middles(
  embedding: Embedding,
  assignments: Int32Array,
  before: readonly Float64Array[],
): Float64Array[] {
  const sums = before.map((centre) => new Float64Array(centre.length));
  const counts = new Int32Array(before.length);
  for (const text of embedding.order) {
    const cluster = assignments[text]!;
    counts[cluster]!++;
    const vector = vectorOf(embedding, text);
    for (let index = 0; index < vector.length; index++) sums[cluster]![index]! += vector[index]!;
  }
  return sums.map((sum, cluster) =>
    counts[cluster] === 0 ? before[cluster]! : sum.map((value) => value / counts[cluster]!),
  );
}

/**
 * First centres, each drawn with probability in proportion to its squared distance from those
 * before.
 */
function starts(embedding: Embedding, wanted: number, random: Random): Float64Array[] {
  const { order } = embedding;
  const centres = [vectorOf(embedding, order[Math.floor(random() * order.length)]!)];
  const distances = Float64Array.from(order, () => Infinity);
  while (centres.length < wanted) {
    let total = 0;
    order.forEach((text, index) => {
      const distance = squaredDistance(vectorOf(embedding, text), centres.at(-1)!);
      const least = Math.min(distances[index]!, distance < 1e-12 ? 0 : distance);
      distances[index] = least;
      total += least;
    });
    if (total === 0) break;
    let left = random() * total;
    let chosen = distances.findLastIndex((distance) => distance > 0);
    for (let index = 0; index < order.length; index++) {
      left -= distances[index]!;
      if (left < 0 && distances[index]! > 0) {
        chosen = index;
        break;
      }
    }
    centres.push(vectorOf(embedding, order[chosen]!));
  }
  return centres;
}

function bySize(embedding: Embedding, { assignments, centres }: Partition): Clustering {
  const sizes = new Int32Array(centres.length);
  for (const cluster of assignments) sizes[cluster]!++;
  const used = Array.from(sizes.keys())
    .filter((cluster) => sizes[cluster]! > 0)
    .toSorted((one, other) => sizes[other]! - sizes[one]! || one - other);
  const examples = used.map((cluster) => {
    let nearest = -1;
    let least = Infinity;
    for (const text of embedding.order) {
      if (assignments[text]! !== cluster) continue;
      const distance = squaredDistance(vectorOf(embedding, text), centres[cluster]!);
      if (distance < least) {
        least = distance;
        nearest = text;
      }
    }
    return nearest;
  });
  return {
    assignments: assignments.map((cluster) => used.indexOf(cluster)),
    clusterCount: used.length,
    examples: Int32Array.from(examples),
  };
}

function vectorOf({ vectors, dimensions }: Embedding, text: number): Float64Array {
  return vectors.subarray(text * dimensions, (text + 1) * dimensions);
}

function squaredDistance(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++) sum += (one[index]! - other[index]!) ** 2;
  return sum;
}
