import { ModelFailure } from './failure.js';
import type { ScoreAnswer } from './request.js';

/** A token that may come next, with its natural log-probability. */
export interface ListedToken {
  readonly token: string;
  readonly logProbability: number;
}

export interface FirstTokenChoices {
  readonly choices: readonly string[];
  /**
   * What stands before each choice, so that the token of ` Yes` is looked for and not that of `Yes`.
   * Null where the server puts the reply together: white space before it then does not matter.
   */
  readonly lead: string | null;
}

/** The beginning of a text that no usual token goes beyond: one word, or one mark. */
const beginning = /^\s*(?:[\p{L}\p{M}]+|\p{N}|\S)/u;

/** The first word of a text, or its first mark, with the white space before; null where none is. */
export const firstWord = (text: string): string | null => beginning.exec(text)?.[0] ?? null;

const asRead = (text: string, lead: string | null): string =>
  lead === null ? text.trimStart() : lead + text;

/**
 * Refuses choices that do not differ in what they begin with, before anything is asked. Throws a
 * `ModelFailure` of kind `not-askable`.
 */
export function checkFirstWords({ choices, lead }: FirstTokenChoices): void {
  const seen = new Map<string, string>();
  for (const choice of choices) {
    const read = asRead(choice, lead);
    const word = firstWord(read) ?? read;
    const before = seen.get(word);
    if (before !== undefined) throw alike([before, choice], word);
    seen.set(word, choice);
  }
}

const alike = (choices: readonly string[], token: string): ModelFailure =>
  new ModelFailure(
    'not-askable',
    `The choices ${choices.map((choice) => JSON.stringify(choice)).join(' and ')} begin alike ` +
      `(${JSON.stringify(token)}), so that their first token does not tell them apart. Score whole ` +
      'replies, or name choices that differ at once.',
    { reason: 'same-first-token' },
  );

/** Probabilities are rounded by servers: their sum may be over one by this much. */
const rounding = 0.01;

function checkListed(listed: readonly ListedToken[]): void {
  if (listed.length === 0)
    throw new ModelFailure('no-figures', 'The server lists no tokens with their probabilities.');
  const sum = listed.reduce((total, { logProbability }) => total + Math.exp(logProbability), 0);
  if (sum > 1 + rounding)
    throw new ModelFailure(
      'no-figures',
      `The probabilities of tokens that exclude each other sum to ${sum.toFixed(3)}.`,
    );
}

/**
 * The probability of the token that each choice begins with, of the tokens that the server lists. Of
 * several that fit, the longest is the one that a tokenizer writes; where white space before does
 * not matter, those that differ in it alone are added up, since one excludes the other. A choice
 * outside of the list has at most the probability of the least of the most probable ones, and is
 * marked as a bound.
 * Throws a `ModelFailure` of kind `not-askable` where the likeliest fitting token begins several
 * choices, and of kind `no-figures` where nothing is listed, or what cannot be probabilities.
 * @param written the token that the server drew: some list it beside the most probable ones, so that
 *   it bounds nothing
 */
export function firstTokens(
  { choices, lead }: FirstTokenChoices,
  { listed, written }: { listed: readonly ListedToken[]; written: string | null },
): ScoreAnswer['choices'] {
  checkListed(listed);
  const fitting = listed
    .map(({ token, logProbability }) => ({
      read: lead === null ? token.trimStart() : token,
      logProbability,
    }))
    .filter(({ read }) => read.trim() !== '')
    .map((token) => ({
      ...token,
      fits: choices.filter((choice) => asRead(choice, lead).startsWith(token.read)),
    }));
  const [likeliest] = fitting
    .filter(({ fits }) => fits.length > 0)
    .toSorted((one, other) => other.logProbability - one.logProbability);
  if (likeliest !== undefined && likeliest.fits.length > 1)
    throw alike(likeliest.fits, likeliest.read);
  const top = listed.filter(({ token }) => token !== written);
  const bounding = top.length === 0 ? listed : top;
  const least = Math.min(...bounding.map(({ logProbability }) => logProbability));
  return choices.map((choice) => {
    const own = fitting.filter(({ fits }) => fits.length === 1 && fits[0] === choice);
    const longest = Math.max(...own.map(({ read }) => read.length));
    const sum = own
      .filter(({ read }) => read.length === longest)
      .reduce((total, { logProbability }) => total + Math.exp(logProbability), 0);
    return own.length === 0
      ? { logProbability: least, bound: true }
      : { logProbability: Math.log(sum), bound: false };
  });
}
