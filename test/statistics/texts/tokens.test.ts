import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canonicalOrder,
  gramsUpTo,
  normalisedText,
  readCorpus,
  tokenise,
} from '#statistics/texts/tokens.js';
import { anyTexts, permutation } from './support.js';

describe('words', () => {
  test('of Latin text are runs of letters and digits with apostrophes inside', () => {
    expect(tokenise('I don’t "agree" — AI-systems’ 2nd naïve O\'Brien café\u0301!')).toEqual([
      'i',
      "don't",
      'agree',
      'ai',
      'systems',
      '2nd',
      'naïve',
      "o'brien",
      'café\u0301'.normalize('NFKC'),
    ]);
  });

  test('of scripts without spaces are single characters, of others words, and a pictograph is a word', () => {
    expect(tokenise('世界 κόσμος мир नमस्ते ไทย 👍ok ＡＢＣ')).toEqual([
      '世',
      '界',
      'κόσμος',
      'мир',
      'नमस्ते',
      'ไ',
      'ท',
      'ย',
      '👍',
      'ok',
      'abc',
    ]);
  });

  test('are none in empty text and punctuation, which then stands for itself', () => {
    expect(tokenise('')).toEqual([]);
    expect(tokenise(' ?! \ud800')).toEqual([]);
    expect(normalisedText(' ?! ')).toBe('?!');
    expect(normalisedText('Yes,  sir.')).toBe('yes sir');
  });

  test('are found alike whether a text is plain ASCII or not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(tokenise(`${text} κ`)).toEqual([...tokenise(text), 'κ']);
      }),
    );
  });
});

describe('a corpus', () => {
  test('numbers the words alike in whatever order the texts come', () => {
    fc.assert(
      fc.property(anyTexts(), fc.nat(9), (texts, seed) => {
        const order = permutation(texts.length, seed);
        const one = readCorpus(texts);
        const other = readCorpus(order.map((index) => texts[index] ?? ''));
        expect(other.words).toEqual(one.words);
        order.forEach((original, index) => {
          expect(other.tokens.subarray(other.starts[index], other.starts[index + 1])).toEqual(
            one.tokens.subarray(one.starts[original], one.starts[original + 1]),
          );
        });
      }),
      { numRuns: 50 },
    );
  });

  test('has the runs of words that counting strings gives', () => {
    fc.assert(
      fc.property(anyTexts(), (texts) => {
        const levels = gramsUpTo(readCorpus(texts), 4);
        levels.forEach((level, index) => {
          const strings = texts.flatMap((text) => {
            const words = tokenise(text);
            return Array.from({ length: Math.max(0, words.length - index) }, (_, from) =>
              words.slice(from, from + index + 1).join(' '),
            );
          });
          expect(level.ids.length).toBe(strings.length);
          expect(level.distinct).toBe(new Set(strings).size);
        });
      }),
      { numRuns: 50 },
    );
  });

  test('canonical order puts permuted texts back into one order', () => {
    fc.assert(
      fc.property(anyTexts(), fc.nat(9), (texts, seed) => {
        const permuted = permutation(texts.length, seed).map((index) => texts[index] ?? '');
        expect(Array.from(canonicalOrder(permuted), (index) => permuted[index])).toEqual(
          Array.from(canonicalOrder(texts), (index) => texts[index]),
        );
      }),
    );
  });
});
