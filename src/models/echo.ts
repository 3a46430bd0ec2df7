import { ModelFailure } from './failure.js';
import { joined } from './joined.js';
import type { EchoAnswer, EchoChoice } from './openaiAnswers.js';
import type { ScoreAnswer } from './request.js';

/** A text that was sent to be echoed: what stands before a reply, and the reply. */
export interface Echoed {
  readonly prompt: string;
  readonly reply: string;
  /** What people call the reply. */
  readonly choice: string;
}

/** Probabilities are rounded by servers: their sum may be over one by this much. */
const rounding = 0.01;

/** Log-probabilities are rounded too: they may be over zero by this much. */
const rounded = 1e-4;

/** How many of the last entries are of a token that was written, not echoed. */
function writtenEntries(choice: EchoChoice, echoed: Echoed, asked: number): readonly number[] {
  if (asked === 0) return [0];
  const whole = echoed.prompt + echoed.reply;
  // A token without a text, such as the one that ends texts, may be listed or not.
  return choice.text === whole ? [0, 1] : [1];
}

function replyFigures(choice: EchoChoice, echoed: Echoed, asked: number): number {
  const { tokens, token_logprobs: values } = choice.logprobs ?? {};
  if (!tokens || !values)
    throw new ModelFailure(
      'no-figures',
      'The server answers without log-probabilities of what it was sent.',
    );
  if (tokens.length !== values.length)
    throw new ModelFailure(
      'no-figures',
      `The server gives ${values.length} log-probabilities for ${tokens.length} tokens.`,
    );
  const tried = writtenEntries(choice, echoed, asked).map((written) => ({
    end: tokens.length - written,
    ...joined({ ...echoed, tokens: tokens.slice(0, tokens.length - written) }),
  }));
  const found = tried.find((one) => one.kind === 'found');
  if (found?.kind === 'found') {
    const own = values.slice(found.from, found.end);
    if (own.every((value) => value !== null && value <= rounded))
      return own.reduce<number>((sum, value) => sum + Math.min(0, value ?? 0), 0);
    throw new ModelFailure(
      'no-figures',
      'The server gives figures for tokens that are no log-probabilities.',
    );
  }
  const name = JSON.stringify(echoed.choice);
  if (tried.some(({ kind }) => kind === 'spans'))
    throw new ModelFailure(
      'not-askable',
      `One token holds the end of the prompt and the beginning of ${name}, so that the reply has ` +
        'no probability of its own.',
      { reason: 'spanning-token' },
    );
  if (tried.some(({ kind }) => kind === 'unclear'))
    throw new ModelFailure(
      'not-askable',
      `The server hides the bytes of characters, so that the beginning of ${name} is not clear.`,
    );
  throw new ModelFailure(
    'no-figures',
    `The server does not echo what it was sent: its tokens do not spell ${name}.`,
  );
}

/**
 * The log-probability of each reply, from the figures of an echo: the sum over the tokens that spell
 * it. `asked` is how many tokens the server was asked to write. Throws a `ModelFailure`:
 * `not-askable` where a token spans prompt and reply, `no-figures` where the figures are missing or
 * cannot be probabilities.
 */
export function echoedReplies(
  answer: EchoAnswer,
  echoed: readonly Echoed[],
  asked: number,
): ScoreAnswer['choices'] {
  const byIndex = new Map(answer.choices.map((choice) => [choice.index, choice]));
  if (byIndex.size !== echoed.length || answer.choices.length !== echoed.length)
    throw new ModelFailure(
      'no-figures',
      `The server answers ${answer.choices.length} of ${echoed.length} prompts of one request.`,
    );
  const choices = echoed.map((one, index) => {
    const choice = byIndex.get(index);
    if (choice === undefined)
      throw new ModelFailure(
        'no-figures',
        'The server does not say which answer is to which prompt.',
      );
    return { logProbability: replyFigures(choice, one, asked), bound: false };
  });
  checkEntries(answer, echoed.length);
  checkMass(choices, echoed);
  return choices;
}

/** A token that begins every text may be counted and not listed. */
function checkEntries({ choices, usage }: EchoAnswer, prompts: number): void {
  const entries = choices.reduce((sum, { logprobs }) => sum + (logprobs?.tokens?.length ?? 0), 0);
  if (Math.abs(entries - usage.input - usage.output) > prompts)
    throw new ModelFailure(
      'no-figures',
      `The server lists ${entries} tokens and counts ${usage.input + usage.output}.`,
    );
}

/** Of replies that do not begin alike, one excludes the other: together they have at most 1. */
function checkMass(choices: ScoreAnswer['choices'], echoed: readonly Echoed[]): void {
  const nested = echoed.some(({ reply }, at) =>
    echoed.some((other, index) => index !== at && other.reply.startsWith(reply)),
  );
  const sum = choices.reduce((total, { logProbability }) => total + Math.exp(logProbability), 0);
  if (!nested && sum > 1 + rounding)
    throw new ModelFailure(
      'no-figures',
      `The probabilities of replies that exclude each other sum to ${sum.toFixed(3)}: the server ` +
        'answers an echo with figures that mean nothing.',
    );
}
