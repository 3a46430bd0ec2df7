/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { SparseRows } from './sparse.js';
import { gramsUpTo, readCorpus } from './tokens.js';

export interface TfidfOptions {
  /** 1 for words alone, 2 for words and pairs of words. */
  readonly order?: 1 | 2;
}

/** A word in one text alone links it to no other; in a handful of texts every word is kept. */
const fewTexts = 20;

/**
 * Texts as rows of TF-IDF: (1 + ln tf) × (1 + ln((1 + n) / (1 + df))), each row of length 1. Words
 * of one text alone are left out; a text without a kept word gives an empty row.
 */
export function tfidf(texts: readonly string[], options: TfidfOptions = {}): SparseRows {
  const levels = gramsUpTo(readCorpus(texts), options.order ?? 1);
  const fewest = texts.length < fewTexts ? 1 : 2;
  const all = levels.reduce((sum, level) => sum + level.distinct, 0);
  const inTexts = new Int32Array(all);
  const lastText = new Int32Array(all).fill(-1);
  const eachGram = (text: number, visit: (gram: number) => void): void => {
    let offset = 0;
    for (const level of levels) {
      for (let index = level.starts[text]!; index < level.starts[text + 1]!; index++)
        visit(offset + level.ids[index]!);
      offset += level.distinct;
    }
  };
  for (let text = 0; text < texts.length; text++) {
    eachGram(text, (gram) => {
      if (lastText[gram]! < text) {
        lastText[gram] = text;
        inTexts[gram]!++;
      }
    });
  }
  const column = new Int32Array(all).fill(-1);
  let columnCount = 0;
  for (let gram = 0; gram < all; gram++) if (inTexts[gram]! >= fewest) column[gram] = columnCount++;
  const starts = new Int32Array(texts.length + 1);
  const columns: number[] = [];
  const values: number[] = [];
  for (let text = 0; text < texts.length; text++) {
    const counts = new Map<number, number>();
    eachGram(text, (gram) => {
      if (column[gram]! >= 0) counts.set(gram, (counts.get(gram) ?? 0) + 1);
    });
    const weighted = [...counts].map(
      ([gram, count]) =>
        (1 + Math.log(count)) * (1 + Math.log((1 + texts.length) / (1 + inTexts[gram]!))),
    );
    const length = Math.sqrt(weighted.reduce((sum, weight) => sum + weight * weight, 0));
    [...counts.keys()].forEach((gram, index) => {
      columns.push(column[gram]!);
      values.push(weighted[index]! / length);
    });
    starts[text + 1] = columns.length;
  }
  return {
    starts,
    columns: Int32Array.from(columns),
    values: Float64Array.from(values),
    columnCount,
  };
}
