/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Undefined } from '../estimate.js';
import type { Seed } from '../random.js';
import { symmetricEigen } from './eigen.js';
import { noNumber } from './reasons.js';
import type { SparseRows } from './sparse.js';
import { truncatedSvd } from './svd.js';
import { tfidf } from './tfidf.js';
import { canonicalOrder } from './tokens.js';

/** Texts as vectors of length 1 (of length 0 for a text that the embedding knows nothing of). */
export interface Embedding {
  readonly kind: 'embedding';
  /** What made the vectors, as a report names it. */
  readonly name: string;
  readonly textCount: number;
  readonly dimensions: number;
  /** Text i's vector begins at i times the dimensions. */
  readonly vectors: Float64Array;
  /** The indexes of the texts in an order that does not depend on how they were given. */
  readonly order: Int32Array;
  /**
   * Share of the sum of squares of the TF-IDF matrix, or of another model's vectors, that these
   * hold; null where all of it was kept.
   */
  readonly explained: number | null;
}

export const lsaName =
  'latent semantic analysis: TF-IDF of words with truncated singular value decomposition, fitted on these texts';

/**
 * Latent semantic analysis (Deerwester et al. 1990) of texts; it is lexical: it knows which words
 * keep company, not what they mean.
 */
export function embedTexts(
  texts: readonly string[],
  seed: Seed,
  dimensions = 50,
): Embedding | Undefined {
  if (texts.length === 0) return noNumber('no-texts');
  const order = canonicalOrder(texts);
  const rows = tfidf(Array.from(order, (text) => texts[text] ?? ''));
  const { scores, singularValues, explained } = truncatedSvd(rows, dimensions, seed);
  const width = singularValues.length;
  if (width === 0) return noNumber('no-words');
  const vectors = new Float64Array(texts.length * width);
  order.forEach((text, row) => {
    const known = rows.starts[row + 1]! > rows.starts[row]!;
    if (known) vectors.set(scores.subarray(row * width, (row + 1) * width), text * width);
  });
  return {
    kind: 'embedding',
    name: lsaName,
    textCount: texts.length,
    dimensions: width,
    vectors: normalised(vectors, width),
    order,
    explained,
  };
}

/**
 * The vectors of another model, one list per text, each made one long. Where they have more
 * dimensions than asked for, a truncated singular value decomposition keeps those that hold most:
 * the Vendi score is that of the kept ones, as with latent semantic analysis, and its cost grows
 * with the cube of their number.
 * @throws RangeError where the vectors are of unequal length or not one per text
 */
export function embeddingOf(
  texts: readonly string[],
  lists: readonly ArrayLike<number>[],
  name: string,
  options: { readonly seed: Seed; readonly dimensions?: number } = { seed: name },
): Embedding | Undefined {
  if (texts.length === 0) return noNumber('no-texts');
  const given = lists[0]?.length ?? 0;
  if (
    lists.length !== texts.length ||
    lists.some(
      (list) => list.length !== given || Array.from(list).some((value) => !Number.isFinite(value)),
    )
  ) {
    throw new RangeError(
      `An embedding needs one vector of finite numbers per text, all of one length; got ${lists.length} vectors for ${texts.length} texts.`,
    );
  }
  if (given === 0) return noNumber('no-words');
  const order = canonicalOrder(texts);
  const vectors = new Float64Array(texts.length * given);
  lists.forEach((list, text) => vectors.set(Float64Array.from(list), text * given));
  normalised(vectors, given);
  const wanted = options.dimensions ?? 50;
  if (given <= wanted)
    return {
      kind: 'embedding',
      name,
      textCount: texts.length,
      dimensions: given,
      vectors,
      order,
      explained: null,
    };
  const ordered = new Float64Array(vectors.length);
  order.forEach((text, row) =>
    ordered.set(vectors.subarray(text * given, (text + 1) * given), row * given),
  );
  const { scores, singularValues, explained } = truncatedSvd(
    denseRows(ordered, given),
    wanted,
    options.seed,
  );
  const kept = singularValues.length;
  if (kept === 0) return noNumber('no-spread');
  const reduced = new Float64Array(texts.length * kept);
  order.forEach((text, row) =>
    reduced.set(scores.subarray(row * kept, (row + 1) * kept), text * kept),
  );
  return {
    kind: 'embedding',
    name,
    textCount: texts.length,
    dimensions: kept,
    vectors: normalised(reduced, kept),
    order,
    explained,
  };
}

function denseRows(values: Float64Array, columnCount: number): SparseRows {
  return {
    starts: Int32Array.from(
      { length: values.length / columnCount + 1 },
      (_, row) => row * columnCount,
    ),
    columns: Int32Array.from(values, (_, index) => index % columnCount),
    values,
    columnCount,
  };
}

function normalised(vectors: Float64Array, dimensions: number): Float64Array {
  for (let start = 0; start < vectors.length; start += dimensions) {
    const vector = vectors.subarray(start, start + dimensions);
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    if (length > 1e-9) for (let index = 0; index < dimensions; index++) vector[index]! /= length;
    else vector.fill(0);
  }
  return vectors;
}

/**
 * The Vendi score (Friedman and Dieng 2023) of the texts at these indexes under cosine similarity:
 * the exponential of the entropy of the eigenvalues of their similarity matrix, an effective number
 * of different texts, at most the number of dimensions. Texts without a vector are left out; null
 * where none is left.
 */
export function vendiScore(embedding: Embedding, indexes: Int32Array): number | null {
  const { dimensions, vectors } = embedding;
  const products = new Float64Array(dimensions * dimensions);
  const known = Int32Array.from(indexes, (text) => text * dimensions);
  for (let index = 0; index < known.length; index += 2) {
    const a = known[index]!;
    const b = index + 1 < known.length ? known[index + 1]! : -1;
    for (let one = 0; one < dimensions; one++) {
      const start = one * dimensions;
      const ofA = vectors[a + one]!;
      if (b < 0)
        for (let other = 0; other <= one; other++)
          products[start + other]! += ofA * vectors[a + other]!;
      else {
        const ofB = vectors[b + one]!;
        for (let other = 0; other <= one; other++)
          products[start + other]! += ofA * vectors[a + other]! + ofB * vectors[b + other]!;
      }
    }
  }
  let trace = 0;
  for (let one = 0; one < dimensions; one++) trace += products[one * dimensions + one]!;
  if (!(trace > 0)) return null;
  for (let one = 0; one < dimensions; one++) {
    for (let other = 0; other <= one; other++) {
      products[one * dimensions + other]! /= trace;
      products[other * dimensions + one] = products[one * dimensions + other]!;
    }
  }
  const entropy = symmetricEigen(products, dimensions).values.reduce(
    (sum, value) => (value > 1e-15 ? sum - value * Math.log(value) : sum),
    0,
  );
  return Math.exp(Math.max(0, entropy));
}

/** Texts on a plane. */
export interface TextMap {
  readonly kind: 'map';
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Share of the variance of the vectors along either axis. */
  readonly explained: readonly [number, number];
}

/**
 * The two principal components of the vectors, for a picture: near on it need not be near in all
 * dimensions.
 */
export function mapTexts(embedding: Embedding): TextMap | Undefined {
  const { dimensions, vectors, textCount, order } = embedding;
  const centre = new Float64Array(dimensions);
  for (const text of order)
    for (let index = 0; index < dimensions; index++)
      centre[index]! += vectors[text * dimensions + index]! / textCount;
  const covariance = new Float64Array(dimensions * dimensions);
  for (const text of order) {
    for (let one = 0; one < dimensions; one++) {
      const factor = vectors[text * dimensions + one]! - centre[one]!;
      for (let other = 0; other < dimensions; other++)
        covariance[one * dimensions + other]! +=
          factor * (vectors[text * dimensions + other]! - centre[other]!);
    }
  }
  const { values, vectors: axes } = symmetricEigen(covariance, dimensions);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  if (!(total > 1e-9)) return noNumber(textCount === 1 ? 'one-text' : 'no-spread');
  const along = (axis: number): Float64Array => {
    if (axis >= dimensions) return new Float64Array(textCount);
    const own = axes.subarray(axis * dimensions, (axis + 1) * dimensions);
    const sign =
      own.reduce(
        (largest, value) => (Math.abs(value) > Math.abs(largest) + 1e-9 ? value : largest),
        0,
      ) < 0
        ? -1
        : 1;
    return Float64Array.from({ length: textCount }, (_, text) => {
      let sum = 0;
      for (let index = 0; index < dimensions; index++)
        sum += own[index]! * (vectors[text * dimensions + index]! - centre[index]!);
      return sign * sum;
    });
  };
  return {
    kind: 'map',
    x: along(0),
    y: along(1),
    explained: [Math.max(0, values[0] ?? 0) / total, Math.max(0, values[1] ?? 0) / total],
  };
}
