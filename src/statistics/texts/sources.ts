/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Estimate } from '../estimate.js';
import { proportion } from '../proportions.js';
import { createRandom, sampleWithoutReplacement, type Seed } from '../random.js';
import { assignFolds, foldCount } from './folds.js';
import { fitLogistic } from './logistic.js';
import { noNumber } from './reasons.js';
import { rowTimes, selectRows } from './sparse.js';
import { tfidf } from './tfidf.js';
import { canonicalOrder, normalisedText } from './tokens.js';

/** How well a trivial classifier tells two sources apart. */
export interface SourceGuess {
  /**
   * Cross-validated accuracy over as many texts of either source, with its Wilson interval; chance
   * is one half.
   */
  readonly accuracy: Estimate;
  /** Texts of each source that took part. */
  readonly perSource: number;
  /** Texts on which it could not decide. */
  readonly undecided: number;
}

const fewest = 10;
const penalty = 0.1;

/**
 * Whether a ridge logistic regression over TF-IDF of words and pairs of words tells two sources
 * apart, in seeded five-fold cross-validation with copies of a text kept together. The larger
 * source gives a random sample as large as the smaller. Weights of words (not outcomes) come from
 * all texts that take part.
 */
export function guessSource(
  first: readonly string[],
  second: readonly string[],
  seed: Seed,
): SourceGuess {
  const perSource = Math.min(first.length, second.length);
  if (perSource === 0) return { accuracy: noNumber('one-source'), perSource, undecided: 0 };
  if (perSource < fewest) return { accuracy: noNumber('too-few-texts'), perSource, undecided: 0 };
  const drawn = [first, second].flatMap((texts, source) => {
    const ordered = Array.from(canonicalOrder(texts), (index) => texts[index]!);
    return sampleWithoutReplacement(ordered, perSource, createRandom(seed)).map((text) => ({
      text,
      source,
    }));
  });
  const order = canonicalOrder(
    drawn.map(({ text }) => text),
    drawn.map(({ source }) => String(source)),
  );
  const entries = Array.from(order, (index) => drawn[index]!);
  const rows = tfidf(
    entries.map(({ text }) => text),
    { order: 2 },
  );
  const folds = assignFolds(
    entries.map(({ text }) => normalisedText(text)),
    entries.map(({ source }) => source),
    seed,
  );
  let right = 0;
  let decided = 0;
  for (let fold = 0; fold < foldCount; fold++) {
    const inside = Int32Array.from(entries.keys()).filter((index) => folds[index]! !== fold);
    const weights = fitLogistic(
      selectRows(rows, inside),
      Uint8Array.from(inside, (index) => 1 - entries[index]!.source),
      { penalty },
    );
    entries.forEach(({ source }, index) => {
      if (folds[index]! !== fold) return;
      const score = rowTimes(rows, index, weights);
      if (Math.abs(score) < 1e-9) return;
      decided++;
      if (score > 0 === (source === 0)) right++;
    });
  }
  return {
    accuracy: decided === 0 ? noNumber('no-words') : proportion(right, decided),
    perSource,
    undecided: entries.length - decided,
  };
}
