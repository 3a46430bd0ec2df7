import { ModelFailure } from '../failure.js';
import type { Frame } from '../settings.js';
import type { Token, Tokeniser } from './engine.js';

/**
 * The first control token of the model that a text spells; null where there is none. A tokeniser
 * that is told to read control tokens gives then something else than one that is not. Tokens that
 * it reads in any case, such as the tags in Gemma's vocabulary, are ordinary text.
 */
export function controlTokenIn(tokeniser: Tokeniser, text: string): string | null {
  const [plain, special] = [tokeniser.tokenize(text, false), tokeniser.tokenize(text, true)];
  if (plain.length === special.length && plain.every((token, index) => token === special[index]))
    return null;
  const token = special.find((candidate) => tokeniser.isSpecialToken(candidate));
  return token === undefined ? text : tokeniser.detokenize([token], true);
}

const refuseControlTokens = (tokeniser: Tokeniser, what: string, text: string): void => {
  const token = controlTokenIn(tokeniser, text);
  if (token !== null)
    throw new ModelFailure('not-askable', `${what} holds a control token of the model: ${token}`, {
      reason: 'control-token',
    });
};

/** A text as the model gets it. */
export interface PromptTokens {
  readonly tokens: readonly Token[];
  /** What stands behind the last control token: a reply continues it. */
  readonly open: string;
}

/** Turns texts into the tokens that a model gets. */
export interface Framing {
  /** Throws a `ModelFailure` of kind `not-askable` for a text with a control token. */
  prompt(text: string): PromptTokens;
  /**
   * The tokens of a reply to a prompt. Throws a `ModelFailure` of kind `not-askable` for a reply
   * with a control token, and where a token spans the end of the prompt and the beginning of the
   * reply, so that the reply has no probability of its own.
   */
  reply(prompt: PromptTokens, text: string): readonly Token[];
}

/** Where a text's first control token begins and its last one ends; null where it holds none. */
function controlled(tokeniser: Tokeniser, text: string): { start: number; end: number } | null {
  const tokens = tokeniser.tokenize(text, true).filter((token) => tokeniser.isSpecialToken(token));
  const [first, last] = [tokens.at(0), tokens.at(-1)];
  if (first === undefined || last === undefined) return null;
  const lastText = tokeniser.detokenize([last], true);
  return {
    start: text.indexOf(tokeniser.detokenize([first], true)),
    end: text.lastIndexOf(lastText) + lastText.length,
  };
}

/**
 * The way from a text to tokens through a frame. Control tokens are read in the frame alone; what
 * stands between two of them, the text included, is tokenised as one piece, as the model's own
 * tokeniser does. No token is added at the beginning: a frame names it where the model wants one.
 * Throws a `ModelFailure` of kind `stop` where the tokeniser takes away white space of the frame.
 */
export function framing(tokeniser: Tokeniser, form: Frame): Framing {
  const [before, after] = [controlled(tokeniser, form.before), controlled(tokeniser, form.after)];
  const head = tokeniser.tokenize(form.before.slice(0, before?.end ?? 0), true);
  const tail = form.before.slice(before?.end ?? 0);
  const start = form.after.slice(0, after?.start ?? form.after.length);
  const middle = tokeniser.tokenize(form.after.slice(start.length, after?.end), true);
  const end = after === null ? null : form.after.slice(after.end);
  const last = end === null ? [] : tokeniser.tokenize(end, false);
  const prompt = (text: string): PromptTokens => ({
    tokens: [...head, ...tokeniser.tokenize(tail + text + start, false), ...middle, ...last],
    open: end ?? tail + text + start,
  });

  const whole = tokeniser.tokenize(form.before + form.after, true);
  const empty = prompt('').tokens;
  if (whole.length !== empty.length || whole.some((token, index) => token !== empty[index]))
    throw new ModelFailure(
      'stop',
      'The model’s tokeniser drops white space beside a control token of the frame: leave it out of the frame.',
    );
  return {
    prompt: (text) => {
      refuseControlTokens(tokeniser, 'The text', text);
      return prompt(text);
    },
    reply: ({ open }, text) => {
      refuseControlTokens(tokeniser, 'A choice', text);
      const alone = tokeniser.tokenize(open, false);
      const joined = tokeniser.tokenize(open + text, false);
      if (alone.length >= joined.length || alone.some((token, index) => token !== joined[index]))
        throw new ModelFailure(
          'not-askable',
          `A token of the model spans the end of the prompt and the beginning of “${text}”: begin the reply with the space, and end the frame without one.`,
          { reason: 'spanning-token' },
        );
      return joined.slice(alone.length);
    },
  };
}
