/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimate } from '../estimate.js';
import { proportion } from '../proportions.js';
import { createRandom, type Seed } from '../random.js';
import { noNumber } from './reasons.js';
import { normalisedText } from './tokens.js';

export interface DuplicateOptions {
  /** From this Jaccard similarity of their runs of characters on, two texts are near-duplicates. */
  readonly threshold?: number;
  /** How many characters of the normalised text make a run. */
  readonly runLength?: number;
  readonly seed?: Seed;
}

/**
 * Two texts that are nearly the same, by their indexes. Of identical texts, the first stands for
 * all.
 */
export interface NearPair {
  readonly first: number;
  readonly second: number;
  /**
   * Jaccard similarity of the two sets of runs: exact, below 1 as a rule (1 for texts that differ
   * only in repeated runs).
   */
  readonly similarity: number;
}

export interface Duplicates {
  /** Indexes of texts with the same words in the same order, two or more a group, ascending. */
  readonly exact: readonly (readonly number[])[];
  /** The most similar first. */
  readonly near: readonly NearPair[];
  /** For each text the first index of its group, where exact and near-duplicates are linked. */
  readonly groups: Int32Array;
  /** Share of texts that repeat an earlier one word by word. */
  readonly exactShare: Estimate;
  /** Share of texts that are not the first of their group. */
  readonly repeatedShare: Estimate;
  readonly threshold: number;
  /**
   * The probability that a pair just at the threshold is found; above it, it rises quickly to 1.
   */
  readonly recallAtThreshold: number;
}

const hashCount = 120;

/**
 * Exact and near-duplicates of texts. Candidates come from MinHash signatures in bands (Broder
 * 1997; Indyk and Motwani 1998) and each is verified by its exact Jaccard similarity, so no pair is
 * reported that is not one.
 */
export function findDuplicates(
  texts: readonly string[],
  options: DuplicateOptions = {},
): Duplicates {
  const threshold = options.threshold ?? 0.7;
  const byText = new Map<string, number[]>();
  texts.forEach((text, index) => {
    const key = normalisedText(text);
    const known = byText.get(key);
    if (known === undefined) byText.set(key, [index]);
    else known.push(index);
  });
  const distinct = [...byText.keys()];
  const members = [...byText.values()];
  const { rows, bands, recall } = banding(threshold);
  const sets = distinct.map((text) => runsOf(text, options.runLength ?? 5));
  const groups = Int32Array.from(texts.keys());
  const near: NearPair[] = [];
  for (const [one, other] of candidates(
    sets,
    rows,
    bands,
    threshold,
    options.seed ?? 'near-duplicates',
  )) {
    const similarity = jaccard(sets[one]!, sets[other]!);
    if (similarity >= threshold)
      near.push({ first: members[one]![0]!, second: members[other]![0]!, similarity });
  }
  for (const indexes of members) for (const index of indexes) groups[index] = indexes[0]!;
  for (const { first, second } of near) join(groups, first, second);
  for (let index = 0; index < groups.length; index++) groups[index] = rootOf(groups, index);
  const repeated = groups.reduce((count, root, index) => (root === index ? count : count + 1), 0);
  return {
    exact: members.filter((indexes) => indexes.length > 1),
    near: near.toSorted(
      (one, other) =>
        other.similarity - one.similarity || one.first - other.first || one.second - other.second,
    ),
    groups,
    exactShare:
      texts.length === 0
        ? noNumber('no-texts')
        : proportion(texts.length - distinct.length, texts.length),
    repeatedShare: texts.length === 0 ? noNumber('no-texts') : proportion(repeated, texts.length),
    threshold,
    recallAtThreshold: recall,
  };
}

/** The texts of each group by index, ascending; texts that nothing repeats are groups of one. */
export function membersOf(groups: Int32Array): number[][] {
  const members = new Map<number, number[]>();
  groups.forEach((root, index) => {
    const known = members.get(root);
    if (known === undefined) members.set(root, [index]);
    else known.push(index);
  });
  return [...members.values()];
}

/** The exact Jaccard similarity of two ascending lists without repeats. */
export function jaccard(one: Uint32Array, other: Uint32Array): number {
  let shared = 0;
  for (let i = 0, j = 0; i < one.length && j < other.length;) {
    const a = one[i]!;
    const b = other[j]!;
    if (a === b) shared++;
    if (a <= b) i++;
    if (b <= a) j++;
  }
  const union = one.length + other.length - shared;
  return union === 0 ? 1 : shared / union;
}

/** The different runs of characters of a normalised text as 32-bit hashes, ascending. */
export function runsOf(text: string, length: number): Uint32Array {
  const count = Math.max(1, text.length - length + 1);
  const hashes = new Uint32Array(count);
  for (let start = 0; start < count; start++) {
    let hash = 0x811c9dc5;
    const end = Math.min(text.length, start + length);
    for (let index = start; index < end; index++)
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hashes[start] = hash ^ (hash >>> 13);
  }
  hashes.sort();
  let kept = 1;
  for (let index = 1; index < count; index++)
    if (hashes[index] !== hashes[index - 1]) hashes[kept++] = hashes[index]!;
  return hashes.subarray(0, kept);
}

/**
 * Rows a band so that a pair at the threshold is found with probability .98 or more, and as few
 * others as may be.
 */
function banding(threshold: number): { rows: number; bands: number; recall: number } {
  for (let rows = 20; rows > 1; rows--) {
    const bands = Math.floor(hashCount / rows);
    const recall = 1 - (1 - threshold ** rows) ** bands;
    if (recall >= 0.98) return { rows, bands, recall };
  }
  return { rows: 1, bands: hashCount, recall: 1 - (1 - threshold) ** hashCount };
}

/** Pairs with an equal band that can reach the threshold by the sizes of their sets, each once. */
function* candidates(
  sets: readonly Uint32Array[],
  rows: number,
  bands: number,
  threshold: number,
  seed: Seed,
): Generator<[number, number]> {
  const signatures = signaturesOf(sets, rows * bands, seed);
  const seen = new Set<number>();
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number[]>();
    for (let set = 0; set < sets.length; set++) {
      let key = band;
      for (let row = 0; row < rows; row++)
        key =
          Math.imul(key ^ signatures[set * rows * bands + band * rows + row]!, 0x9e3779b1) ^
          (key >>> 16);
      const bucket = buckets.get(key);
      if (bucket === undefined) {
        buckets.set(key, [set]);
        continue;
      }
      for (const other of bucket) {
        const pair = other * sets.length + set;
        if (seen.has(pair)) continue;
        seen.add(pair);
        const one = sets[other]!.length;
        const two = sets[set]!.length;
        if (one >= threshold * two && two >= threshold * one) yield [other, set];
      }
      bucket.push(set);
    }
  }
}

function signaturesOf(sets: readonly Uint32Array[], hashes: number, seed: Seed): Uint32Array {
  const random = createRandom(seed);
  const masks = Int32Array.from({ length: hashes }, () => random() * 4294967296);
  const factors = Int32Array.from({ length: hashes }, () => (random() * 4294967296) | 1);
  const signatures = new Uint32Array(sets.length * hashes).fill(0xffffffff);
  sets.forEach((set, index) => {
    const own = signatures.subarray(index * hashes, (index + 1) * hashes);
    for (let hash = 0; hash < hashes; hash++) {
      const mask = masks[hash]!;
      const factor = factors[hash]!;
      let least = 0xffffffff;
      for (let member = 0; member < set.length; member++) {
        const mixed = Math.imul(set[member]! ^ mask, factor);
        const value = (mixed ^ (mixed >>> 16)) >>> 0;
        if (value < least) least = value;
      }
      own[hash] = least;
    }
  });
  return signatures;
}

function rootOf(groups: Int32Array, index: number): number {
  let root = index;
  while (groups[root] !== root) root = groups[root]!;
  return root;
}

function join(groups: Int32Array, one: number, other: number): void {
  const first = rootOf(groups, one);
  const second = rootOf(groups, other);
  groups[Math.max(first, second)] = Math.min(first, second);
}
