export interface SampledChoice {
  /** How many answers chose it. */
  readonly count: number;
  /** Natural logarithm of count / answers; null where no answer chose it. */
  readonly logProbability: number | null;
}

export interface Sampled {
  /** In the order of the choices. */
  readonly choices: readonly SampledChoice[];
  readonly answers: number;
  /** Answers that begin with none of the choices. */
  readonly none: number;
}

/** White space and punctuation around an answer: `"(A) because ..."` chooses `A`. */
const around = /^[\s\p{P}]+|[\s\p{P}]+$/gu;
const bare = (text: string): string => text.replace(around, '');

/** A choice ends where its word ends: `Nothing` does not choose `No`. */
const goesOn = /^[\p{L}\p{N}\p{M}]/u;

/**
 * Which choice an answer begins with, by its index; null where it is none. Upper and lower case
 * count, white space and punctuation around do not; of two that fit, such as `Yes` and `Yes, but`,
 * the longer one is taken.
 */
export function choiceOf(text: string, choices: readonly string[]): number | null {
  let best: { index: number; length: number } | null = null;
  for (const [index, choice] of choices.entries()) {
    // A choice that is punctuation alone is looked for as it is.
    const [wanted, answer] =
      bare(choice) === '' ? [choice.trim(), text.trim()] : [bare(choice), bare(text)];
    const rest = answer.startsWith(wanted) ? answer.slice(wanted.length) : null;
    if (wanted !== '' && rest !== null && !goesOn.test(rest) && wanted.length > (best?.length ?? 0))
      best = { index, length: wanted.length };
  }
  return best?.index ?? null;
}

/**
 * How often each choice was written: its share of all answers, those that chose nothing included,
 * so that the shares sum to one at most. Throws a `RangeError` where there is no answer.
 */
export function sampled(texts: readonly string[], choices: readonly string[]): Sampled {
  if (texts.length === 0) throw new RangeError('there is no answer to count');
  const chosen = texts.map((text) => choiceOf(text, choices));
  return {
    choices: choices.map((_, index) => {
      const count = chosen.filter((one) => one === index).length;
      return { count, logProbability: count === 0 ? null : Math.log(count / texts.length) };
    }),
    answers: texts.length,
    none: chosen.filter((one) => one === null).length,
  };
}
