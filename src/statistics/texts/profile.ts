/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimate } from '../estimate.js';
import { proportion } from '../proportions.js';
import { aurocCoefficient, mean, quantile } from '../summary.js';
import { noNumber } from './reasons.js';
import { type Corpus, readCorpus, textCount } from './tokens.js';

/** Length of texts in words. */
export interface LengthProfile {
  readonly texts: number;
  readonly words: number;
  readonly mean: number | null;
  readonly quartiles: readonly [number, number, number] | null;
  readonly shortest: number | null;
  readonly longest: number | null;
}

/** How long the texts of a corpus are. */
export function lengthProfile(corpus: Corpus): LengthProfile {
  const lengths = lengthsOf(corpus).sort();
  return {
    texts: lengths.length,
    words: corpus.tokens.length,
    mean: mean(lengths),
    quartiles:
      lengths.length === 0
        ? null
        : [quantile(lengths, 0.25) ?? 0, quantile(lengths, 0.5) ?? 0, quantile(lengths, 0.75) ?? 0],
    shortest: lengths[0] ?? null,
    longest: lengths.at(-1) ?? null,
  };
}

/** A word that stands out in one source. */
export interface TellingWord {
  readonly word: string;
  /**
   * z of the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008);
   * positive: more in the first source.
   */
  readonly z: number;
  readonly first: number;
  readonly second: number;
}

/** Two sources beside each other. */
export interface VocabularyComparison {
  readonly first: LengthProfile;
  readonly second: LengthProfile;
  readonly differentWords: {
    readonly first: number;
    readonly second: number;
    readonly shared: number;
  };
  /** Share of the words (with repeats) of one source that the other never uses. */
  readonly unknownWords: { readonly firstToSecond: Estimate; readonly secondToFirst: Estimate };
  /**
   * Jensen-Shannon divergence of the word frequencies, 0 (the same) to 1 (nothing shared), base 2.
   */
  readonly divergence: Estimate;
  /**
   * Probability that a text of the first source is longer than one of the second, equal lengths
   * half.
   */
  readonly longer: Estimate;
  /** The strongest words of either side, the first source's first; only words beyond z = 1.96. */
  readonly telling: readonly TellingWord[];
}

/** Vocabulary and length of one source against another. */
export function compareVocabulary(
  first: readonly string[],
  second: readonly string[],
  mostWords = 15,
): VocabularyComparison {
  const corpus = readCorpus([...first, ...second]);
  const border = corpus.starts[first.length] ?? 0;
  const one = new Int32Array(corpus.words.length);
  const other = new Int32Array(corpus.words.length);
  corpus.tokens.forEach((word, index) => {
    (index < border ? one : other)[word]!++;
  });
  const total = { one: border, other: corpus.tokens.length - border };
  const lengths = lengthsOf(corpus);
  const counts = corpus.words.map((word, index) => ({
    word,
    one: one[index]!,
    other: other[index]!,
  }));
  const missing = noNumber(first.length === 0 || second.length === 0 ? 'one-source' : 'no-words');
  const measured = total.one > 0 && total.other > 0;
  const unknown = (own: 'one' | 'other', reference: 'one' | 'other'): Estimate =>
    measured
      ? {
          ...proportion(
            counts.reduce((sum, count) => sum + (count[reference] === 0 ? count[own] : 0), 0),
            total[own],
          ),
          ...withoutInterval,
        }
      : missing;
  return {
    first: lengthProfile(readCorpus(first)),
    second: lengthProfile(readCorpus(second)),
    differentWords: {
      first: counts.filter((count) => count.one > 0).length,
      second: counts.filter((count) => count.other > 0).length,
      shared: counts.filter((count) => count.one > 0 && count.other > 0).length,
    },
    unknownWords: {
      firstToSecond: unknown('one', 'other'),
      secondToFirst: unknown('other', 'one'),
    },
    divergence: measured
      ? {
          kind: 'estimate',
          value: divergence(counts, total),
          n: corpus.tokens.length,
          ...withoutInterval,
        }
      : missing,
    longer: longer(lengths, first.length),
    telling: measured ? tellingWords(counts, total, mostWords) : [],
  };
}

const withoutInterval = {
  withoutInterval: 'words of one text are not independent of each other',
} as const;

interface WordCount {
  readonly word: string;
  readonly one: number;
  readonly other: number;
}

interface Totals {
  readonly one: number;
  readonly other: number;
}

function lengthsOf(corpus: Corpus): Int32Array {
  return Int32Array.from(
    { length: textCount(corpus) },
    (_, text) => corpus.starts[text + 1]! - corpus.starts[text]!,
  );
}

function longer(lengths: Int32Array, border: number): Estimate {
  const value = aurocCoefficient(
    lengths,
    Uint8Array.from(lengths, (_, text) => Number(text < border)),
  );
  return value === null
    ? noNumber('one-source')
    : {
        kind: 'estimate',
        value,
        n: lengths.length,
        withoutInterval: 'a description of these texts',
      };
}

function divergence(counts: readonly WordCount[], total: Totals): number {
  let sum = 0;
  for (const count of counts) {
    const p = count.one / total.one;
    const q = count.other / total.other;
    const middle = (p + q) / 2;
    if (p > 0) sum += 0.5 * p * Math.log2(p / middle);
    if (q > 0) sum += 0.5 * q * Math.log2(q / middle);
  }
  return Math.min(1, Math.max(0, sum));
}

function tellingWords(counts: readonly WordCount[], total: Totals, most: number): TellingWord[] {
  const all = total.one + total.other;
  const strength = Math.min(500, all);
  const scored = counts
    .map(({ word, one, other }) => {
      const prior = (strength * (one + other)) / all;
      const a = Math.log((one + prior) / Math.max(1e-9, total.one + strength - one - prior));
      const b = Math.log((other + prior) / Math.max(1e-9, total.other + strength - other - prior));
      return {
        word,
        z: (a - b) / Math.sqrt(1 / (one + prior) + 1 / (other + prior)),
        first: one,
        second: other,
      };
    })
    .toSorted((x, y) => y.z - x.z || (x.word < y.word ? -1 : 1));
  return [
    ...scored.filter((word) => word.z > 1.96).slice(0, most),
    ...scored.filter((word) => word.z < -1.96).slice(-most),
  ];
}
