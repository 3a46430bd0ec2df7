const alone = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`;
const anyToken = new RegExp(
  String.raw`[${alone}]\p{M}*|(?:(?![${alone}])[\p{L}\p{M}\p{N}])+(?:'(?:(?![${alone}])[\p{L}\p{M}\p{N}])+)*|\p{Extended_Pictographic}`,
  'gu',
);
const plainToken = /[a-z0-9]+(?:'[a-z0-9]+)*/g;
// oxlint-disable-next-line no-control-regex
const beyondAscii = /[^\u0000-\u007f]/;

/**
 * The words of a text in lower case (NFKC): runs of letters, marks and digits with apostrophes
 * inside them, each character by itself in scripts that write without spaces, and each pictograph.
 * Punctuation is no word.
 */
export function tokenise(text: string): string[] {
  const plain = text.normalize('NFKC').toLowerCase().replace(/[’ʼ]/g, "'");
  return plain.match(beyondAscii.test(plain) ? anyToken : plainToken) ?? [];
}

/** What makes two texts the same: their words in order; where there are none, their characters. */
export function normalisedText(text: string): string {
  const words = tokenise(text);
  return words.length > 0 ? words.join(' ') : text.normalize('NFKC').trim();
}

/** Texts as numbers: text i is `tokens` from `starts[i]` up to `starts[i + 1]`. */
export interface Corpus {
  /** In code-unit order, so that a word's number does not depend on the order of the texts. */
  readonly words: readonly string[];
  readonly tokens: Int32Array;
  readonly starts: Int32Array;
}

/** Numbers the words of texts. */
export function readCorpus(texts: readonly string[]): Corpus {
  return corpusOf(texts.map(tokenise));
}

/** Numbers words (or any other features) that are already apart. */
export function corpusOf(lists: readonly (readonly string[])[]): Corpus {
  const words = [...new Set(lists.flat())].toSorted((one, other) => (one < other ? -1 : 1));
  const numbers = new Map(words.map((word, index) => [word, index]));
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, index) => {
    starts[index + 1] = (starts[index] ?? 0) + list.length;
  });
  const tokens = new Int32Array(starts.at(-1) ?? 0);
  let next = 0;
  for (const list of lists) for (const word of list) tokens[next++] = numbers.get(word) ?? 0;
  return { words, tokens, starts };
}

/** How many texts a corpus has. */
export function textCount(corpus: Pick<Corpus, 'starts'>): number {
  return corpus.starts.length - 1;
}

/** Runs of n words as numbers, laid out like a corpus. */
export interface Grams {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  /** How many different ones there are. */
  readonly distinct: number;
}

/**
 * All runs of 1, 2, … `order` words inside each text; the list's first member holds single words.
 */
export function gramsUpTo(corpus: Corpus, order: number): Grams[] {
  const { tokens, starts, words } = corpus;
  const texts = textCount(corpus);
  const levels: Grams[] = [{ ids: tokens, starts, distinct: words.length }];
  for (let n = 2; n <= order; n++) {
    const shorter = levels[n - 2] as Grams;
    const known = new Map<number, number>();
    const ids: number[] = [];
    const from = new Int32Array(texts + 1);
    for (let text = 0; text < texts; text++) {
      const count = Math.max(0, (starts[text + 1] ?? 0) - (starts[text] ?? 0) - n + 1);
      for (let index = 0; index < count; index++) {
        const key =
          (shorter.ids[(shorter.starts[text] ?? 0) + index] ?? 0) * words.length +
          (tokens[(starts[text] ?? 0) + index + n - 1] ?? 0);
        let id = known.get(key);
        if (id === undefined) known.set(key, (id = known.size));
        ids.push(id);
      }
      from[text + 1] = ids.length;
    }
    levels.push({ ids: Int32Array.from(ids), starts: from, distinct: known.size });
  }
  return levels;
}

/**
 * The indexes of texts in the order of their characters: random steps that follow it do not depend
 * on the order given.
 */
export function canonicalOrder(
  texts: readonly string[],
  further: readonly string[] = [],
): Int32Array {
  const keys = texts.map((text, index) => `${text}\u0000${further[index] ?? ''}`);
  return Int32Array.from(keys.keys()).sort((one, other) => {
    const first = keys[one] ?? '';
    const second = keys[other] ?? '';
    return first < second ? -1 : first > second ? 1 : one - other;
  });
}
