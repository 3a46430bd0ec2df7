import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, randomInteger, randomNormal } from '#statistics/random.js';
import { clusterEntropy, clusterTexts, profileClusters } from '#statistics/texts/clusters.js';
import { symmetricEigen } from '#statistics/texts/eigen.js';
import {
  type Embedding,
  embeddingOf,
  embedTexts,
  mapTexts,
  vendiScore,
} from '#statistics/texts/embedding.js';
import { guessSource } from '#statistics/texts/sources.js';
import { truncatedSvd } from '#statistics/texts/svd.js';
import { tfidf } from '#statistics/texts/tfidf.js';
import { anyTexts, expectNumbers, permutation } from './support.js';

const topics = [
  ['sea', 'ship', 'sail', 'wave', 'harbour', 'tide'],
  ['oven', 'bread', 'flour', 'yeast', 'crust', 'dough'],
  ['goal', 'match', 'team', 'score', 'league', 'coach'],
];

function topical(count: number, seed: string, chosen = [0, 1, 2]): string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const words = topics[chosen[index % chosen.length] ?? 0] ?? [];
    return Array.from({ length: 6 }, () => words[randomInteger(words.length, random)] ?? '').join(
      ' ',
    );
  });
}

function embedded(texts: readonly string[]): Embedding {
  const embedding = embedTexts(texts, 1);
  if (embedding.kind === 'undefined') throw new Error(embedding.because);
  return embedding;
}

const all = (texts: readonly unknown[]): Int32Array => Int32Array.from(texts.keys());

describe('symmetric eigenvalues', () => {
  test('rebuild the matrix, with orthonormal vectors, for any symmetric matrix', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9 }),
        fc.string(),
        fc.boolean(),
        (size, seed, sparse) => {
          const random = createRandom(seed);
          const matrix = new Float64Array(size * size);
          for (let row = 0; row < size; row++) {
            for (let column = 0; column <= row; column++) {
              const value = sparse && random() < 0.7 ? 0 : randomNormal(random);
              matrix[row * size + column] = value;
              matrix[column * size + row] = value;
            }
          }
          const { values, vectors } = symmetricEigen(matrix, size);
          expectNumbers(values);
          const product = (
            row: number,
            column: number,
            weight: (index: number) => number,
          ): number =>
            Array.from(
              { length: size },
              (_, index) =>
                weight(index) *
                (vectors[index * size + row] ?? 0) *
                (vectors[index * size + column] ?? 0),
            ).reduce((sum, value) => sum + value, 0);
          for (let row = 0; row < size; row++) {
            for (let column = 0; column < size; column++) {
              expect(product(row, column, (index) => values[index] ?? 0)).toBeCloseTo(
                matrix[row * size + column] ?? 0,
                9,
              );
              expect(product(row, column, () => 1)).toBeCloseTo(row === column ? 1 : 0, 9);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('truncated singular values', () => {
  test('are those of the whole matrix', () => {
    const rows = tfidf(topical(30, 'svd'));
    const full = new Float64Array(30 * rows.columnCount);
    for (let row = 0; row < 30; row++)
      for (let entry = rows.starts[row] ?? 0; entry < (rows.starts[row + 1] ?? 0); entry++)
        full[row * rows.columnCount + (rows.columns[entry] ?? 0)] = rows.values[entry] ?? 0;
    const products = Float64Array.from({ length: 900 }, (_, cell) => {
      let sum = 0;
      for (let column = 0; column < rows.columnCount; column++)
        sum +=
          (full[Math.floor(cell / 30) * rows.columnCount + column] ?? 0) *
          (full[(cell % 30) * rows.columnCount + column] ?? 0);
      return sum;
    });
    const { values } = symmetricEigen(products, 30);
    const svd = truncatedSvd(rows, 6, 1);
    svd.singularValues.forEach((value, index) =>
      expect(value ** 2).toBeCloseTo(values[index] ?? 0, 3),
    );
    expect(svd.explained).toBeGreaterThan(0.3);
    const whole = truncatedSvd(rows, 30, 1);
    expect(whole.explained).toBeCloseTo(1, 9);
    for (let cell = 0; cell < 900; cell++) {
      let sum = 0;
      const width = whole.singularValues.length;
      for (let index = 0; index < width; index++)
        sum +=
          (whole.scores[Math.floor(cell / 30) * width + index] ?? 0) *
          (whole.scores[(cell % 30) * width + index] ?? 0);
      expect(sum).toBeCloseTo(products[cell] ?? 0, 8);
    }
  });
});

describe('an embedding', () => {
  test('puts texts on one topic together: clusters are topics, evenly filled', () => {
    const texts = topical(60, 'topics');
    const embedding = embedded(texts);
    const clustering = clusterTexts(embedding, 1, 3);
    expect(clustering.clusterCount).toBe(3);
    for (let index = 3; index < 60; index++)
      expect(clustering.assignments[index]).toBe(clustering.assignments[index % 3]);
    expect(clusterEntropy(clustering, all(texts))).toBeCloseTo(1, 12);
    expect(clusterEntropy(clustering, Int32Array.of(0, 3, 6))).toBe(0);
    const profile = profileClusters(
      clustering,
      texts.map((_, index) => Number(index < 30)),
      texts.map((_, index) => (index % 3 === 0 ? 'Yes' : 'No')),
    );
    expect(
      profile.every(({ size, firstSource }) => size === 20 && firstSource.kind === 'estimate'),
    ).toBe(true);
    expect(profile.every(({ labels }) => labels.every(({ unbalanced }) => unbalanced))).toBe(true);
  });

  test('has a Vendi score of 1 for copies, of k for k equally frequent texts with nothing in common, more for more topics', () => {
    expect(
      vendiScore(embedded(['one two', 'one two', 'one two']), Int32Array.of(0, 1, 2)),
    ).toBeCloseTo(1, 9);
    expect(
      vendiScore(
        embedded(['one two', 'three four', 'five six', 'one two', 'three four', 'five six']),
        all([0, 1, 2, 3, 4, 5]),
      ),
    ).toBeCloseTo(3, 9);
    const texts = [...topical(40, 'wide'), ...topical(40, 'narrow', [1])];
    const embedding = embedded(texts);
    expect(vendiScore(embedding, all(texts.slice(0, 40))) ?? 0).toBeGreaterThan(
      2 *
        (vendiScore(
          embedding,
          Int32Array.from({ length: 40 }, (_, index) => 40 + index),
        ) ?? 0),
    );
    expect(vendiScore(embedding, new Int32Array())).toBeNull();
  });

  test('keeps of wide vectors of another model what holds most, whatever their order', () => {
    const wide = Array.from({ length: 30 }, (_, text) =>
      Array.from(
        { length: 80 },
        (_, other) => Number(other % 3 === text % 3) + (other === text ? 0.1 : 0),
      ),
    );
    const texts = wide.map((_, index) => `text ${index}`);
    const kept = embeddingOf(texts, wide, 'mine', { seed: 1, dimensions: 4 });
    expect(kept).toMatchObject({ dimensions: 4, textCount: 30 });
    if (kept.kind === 'embedding') {
      expect(kept.explained).toBeGreaterThan(0.9);
      expect(vendiScore(kept, Int32Array.from(texts.keys()))).toBeCloseTo(3, 1);
      const turned = embeddingOf(texts.toReversed(), wide.toReversed(), 'mine', {
        seed: 1,
        dimensions: 4,
      });
      expect(turned.kind === 'embedding' && [...turned.vectors.subarray(29 * 4)]).toEqual([
        ...kept.vectors.subarray(0, 4),
      ]);
    }
  });

  test('of nothing, of one text, of no words and of equal texts say so', () => {
    expect(embedTexts([], 1)).toMatchObject({ kind: 'undefined', reason: 'no-data' });
    expect(embedTexts(['?!', ''], 1)).toMatchObject({
      kind: 'undefined',
      because: 'the texts have no words',
    });
    expect(mapTexts(embedded(['one two']))).toMatchObject({
      kind: 'undefined',
      reason: 'one-item',
    });
    expect(mapTexts(embedded(['one two', 'one two']))).toMatchObject({
      kind: 'undefined',
      reason: 'no-variance',
    });
    expect(() => embeddingOf(['one', 'two'], [[1, 0]], 'mine')).toThrow(
      /one vector of finite numbers per text/,
    );
    expect(
      embeddingOf(
        ['one', 'two'],
        [
          [3, 4],
          [0, 0],
        ],
        'mine',
      ),
    ).toMatchObject({ name: 'mine', vectors: Float64Array.of(0.6, 0.8, 0, 0) });
  });

  test('is the same to the last digit in whatever order the texts come, and never NaN', () => {
    fc.assert(
      fc.property(anyTexts(20), fc.nat(9), (texts, seed) => {
        const order = permutation(texts.length, seed);
        const one = embedTexts(texts, 'a');
        const other = embedTexts(
          order.map((index) => texts[index] ?? ''),
          'a',
        );
        expect(other.kind).toBe(one.kind);
        if (one.kind === 'undefined' || other.kind === 'undefined') return;
        expect(embedTexts(texts, 'a')).toEqual(one);
        expectNumbers(one.vectors);
        const clusters = [one, other].map((embedding) => clusterTexts(embedding, 'b', 4));
        const maps = [one, other].map((embedding) => mapTexts(embedding));
        order.forEach((original, index) => {
          expect(
            other.vectors.subarray(index * other.dimensions, (index + 1) * other.dimensions),
          ).toEqual(
            one.vectors.subarray(original * one.dimensions, (original + 1) * one.dimensions),
          );
          expect(clusters[1]?.assignments[index]).toBe(clusters[0]?.assignments[original]);
          if (maps[0]?.kind === 'map' && maps[1]?.kind === 'map')
            expect(maps[1]?.x[index]).toBe(maps[0]?.x[original]);
        });
        for (const map of maps) expectNumbers(map);
        const vendi = vendiScore(one, one.order);
        expect(vendiScore(other, other.order)).toBe(vendi);
        if (vendi !== null) expect(vendi).toBeGreaterThanOrEqual(1 - 1e-9);
        if (vendi !== null) expect(vendi).toBeLessThanOrEqual(one.dimensions + 1e-9);
      }),
      { numRuns: 60 },
    );
  });
});

describe('telling two sources apart', () => {
  test('succeeds where they differ, and is near chance where they do not', () => {
    const apart = guessSource(topical(60, 'one', [0]), topical(90, 'two', [1, 2]), 1);
    expect(apart).toMatchObject({
      perSource: 60,
      accuracy: { kind: 'estimate', value: 1, n: 120, interval: { method: 'wilson' } },
    });
    const alike = guessSource(topical(120, 'three'), topical(120, 'four'), 1).accuracy;
    expect(
      alike.kind === 'estimate' && alike.interval !== undefined && alike.interval.lower < 0.5,
    ).toBe(true);
  });

  test('gains nothing from copies: the same texts in both sources are guessed no better than by chance', () => {
    const texts = topical(80, 'copies');
    const same = guessSource(texts, texts, 1).accuracy;
    expect(same.kind === 'undefined' || same.value <= 0.55).toBe(true);
  });

  test('says why there is no number, never gives NaN, and does not depend on the order of texts', () => {
    expect(guessSource([], ['one'], 1).accuracy).toMatchObject({
      kind: 'undefined',
      reason: 'no-data',
    });
    expect(guessSource(['one'], ['two'], 1).accuracy).toMatchObject({
      kind: 'undefined',
      reason: 'one-item',
    });
    fc.assert(
      fc.property(anyTexts(30), anyTexts(30), fc.nat(9), (first, second, seed) => {
        const result = guessSource(first, second, 1);
        expectNumbers(result);
        expect(
          guessSource(
            permutation(first.length, seed).map((index) => first[index] ?? ''),
            second,
            1,
          ),
        ).toEqual(result);
      }),
      { numRuns: 40 },
    );
  });
});
