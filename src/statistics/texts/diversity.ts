/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Corpus, type Grams, gramsUpTo, textCount } from './tokens.js';

/** Diversity of words, computed over any part of a corpus; made once and asked often. */
export interface WordDiversity {
  /**
   * Different runs of n words over all runs of n words (Li et al. 2016), in the first `budget`
   * words of the texts at these indexes; null where they have fewer words than that, or no run.
   */
  distinct(indexes: Int32Array, n: number, budget: number): number | null;
  /**
   * Mean BLEU-4 of each text against all others at these indexes (Zhu et al. 2018): 1 where all
   * texts are the same. Exact, in time linear in the words: against all others the clipped count of
   * a run needs only the two largest counts. Runs of more words than a text has are left out; none
   * found counts as .1 (Chen and Cherry 2014, method 1). Null under two texts with words.
   */
  selfBleu(indexes: Int32Array): number | null;
  /** Words in the texts at these indexes. */
  wordCount(indexes: Int32Array): number;
}

const longestRun = 4;
const noneFound = 0.1;

/** Prepares a corpus for the measures of word diversity. */
export function wordDiversity(corpus: Corpus): WordDiversity {
  const levels = gramsUpTo(corpus, longestRun);
  const counted = levels.map(countInTexts);
  const lengths = Int32Array.from(
    { length: textCount(corpus) },
    (_, text) => corpus.starts[text + 1]! - corpus.starts[text]!,
  );
  const seen = levels.map((level) => new Int32Array(level.distinct));
  let visit = 0;
  return {
    wordCount: (indexes) => indexes.reduce((sum, text) => sum + lengths[text]!, 0),
    distinct(indexes, n, budget) {
      const level = levels[n - 1];
      if (level === undefined) return null;
      const mark = ++visit;
      let different = 0;
      let all = 0;
      let left = budget;
      for (const text of indexes) {
        if (left <= 0) break;
        const taken = Math.min(left, lengths[text]!);
        left -= taken;
        for (
          let index = level.starts[text]!, end = index + Math.max(0, taken - n + 1);
          index < end;
          index++
        ) {
          all++;
          if (seen[n - 1]![level.ids[index]!]! !== mark) {
            seen[n - 1]![level.ids[index]!] = mark;
            different++;
          }
        }
      }
      return left > 0 || all === 0 ? null : different / all;
    },
    selfBleu(indexes) {
      const texts = indexes.filter((text) => lengths[text]! > 0);
      if (texts.length < 2) return null;
      const sorted = Int32Array.from(texts, (text) => lengths[text]!).sort();
      const logs = new Float64Array(texts.length);
      for (let n = 1; n <= longestRun; n++)
        addLogPrecisions(counted[n - 1]!, texts, logs, lengths, n);
      let sum = 0;
      texts.forEach((text, index) => {
        const own = lengths[text]!;
        const orders = Math.min(longestRun, own);
        const reference = closestOther(sorted, own);
        const brevity = own >= reference ? 1 : Math.exp(1 - reference / own);
        sum += brevity * Math.exp(logs[index]! / orders);
      });
      return sum / texts.length;
    },
  };
}

/** How often each run occurs in each text. */
interface CountedGrams {
  readonly ids: Int32Array;
  readonly counts: Int32Array;
  readonly starts: Int32Array;
  readonly most: Int32Array;
  readonly second: Int32Array;
  readonly owner: Int32Array;
}

function countInTexts(level: Grams): CountedGrams {
  const ids: number[] = [];
  const counts: number[] = [];
  const starts = new Int32Array(level.starts.length);
  for (let text = 0; text < starts.length - 1; text++) {
    const own = level.ids.slice(level.starts[text], level.starts[text + 1]).sort();
    for (let index = 0; index < own.length; index++) {
      if (index > 0 && own[index] === own[index - 1]) counts[counts.length - 1]!++;
      else {
        ids.push(own[index]!);
        counts.push(1);
      }
    }
    starts[text + 1] = ids.length;
  }
  return {
    ids: Int32Array.from(ids),
    counts: Int32Array.from(counts),
    starts,
    most: new Int32Array(level.distinct),
    second: new Int32Array(level.distinct),
    owner: new Int32Array(level.distinct),
  };
}

/** Adds to each text the logarithm of its clipped precision over runs of n words. */
function addLogPrecisions(
  level: CountedGrams,
  texts: Int32Array,
  logs: Float64Array,
  lengths: Int32Array,
  n: number,
): void {
  const { ids, counts, starts, most, second, owner } = level;
  for (const text of texts) {
    for (let index = starts[text]!; index < starts[text + 1]!; index++) {
      most[ids[index]!] = 0;
      second[ids[index]!] = 0;
    }
  }
  for (const text of texts) {
    for (let index = starts[text]!; index < starts[text + 1]!; index++) {
      const id = ids[index]!;
      const count = counts[index]!;
      if (count > most[id]!) {
        second[id] = most[id]!;
        most[id] = count;
        owner[id] = text;
      } else if (count > second[id]!) second[id] = count;
    }
  }
  texts.forEach((text, position) => {
    const runs = lengths[text]! - n + 1;
    if (runs < 1) return;
    let found = 0;
    for (let index = starts[text]!; index < starts[text + 1]!; index++) {
      const id = ids[index]!;
      found += Math.min(counts[index]!, owner[id] === text ? second[id]! : most[id]!);
    }
    logs[position]! += Math.log((found === 0 ? noneFound : found) / runs);
  });
}

/**
 * The length closest to `own` among all others, the shorter of two; `sorted` holds `own` itself
 * once more.
 */
function closestOther(sorted: Int32Array, own: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < own) low = middle + 1;
    else high = middle;
  }
  const before = low > 0 ? sorted[low - 1]! : null;
  const after = low + 1 < sorted.length ? sorted[low + 1]! : null;
  if (before === null) return after ?? own;
  if (after === null) return before;
  return own - before <= after - own ? before : after;
}
