import { type Behaviour, Refusal } from './behaviour.js';
import { drawn, hashOf, logProbabilityOf, mostProbable, Reading, type Listed } from './language.js';
import { endToken, textOf, tokensOf } from './vocabulary.js';

/** A token of a text with what could have stood in its place. */
export interface Step {
  readonly token: string;
  readonly logProbability: number;
  readonly top: readonly Listed[];
}

export interface Written {
  readonly text: string;
  readonly steps: readonly Step[];
  readonly finish: 'stop' | 'length';
  readonly promptTokens: number;
  /** How many tokens were written, the one that ends a text included. */
  readonly outputTokens: number;
}

export interface Writing {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly stop: readonly string[];
  /** Two requests with the same prompt and seed have the same text. */
  readonly seed: string;
  /** How many tokens are listed in each place; null: no figures at all. */
  readonly top: number | null;
}

/** Refuses what is longer than the context, in the words of the servers. */
export function checkContext(behaviour: Behaviour, promptTokens: number, maxTokens: number): void {
  if (promptTokens + maxTokens > behaviour.context)
    throw new Refusal(
      400,
      `This model's maximum context length is ${behaviour.context} tokens. However, you requested ` +
        `${promptTokens + maxTokens} tokens (${promptTokens} in the prompt; ${maxTokens} for the ` +
        'completion). Please reduce your prompt; or completion length.',
      'context_length_exceeded',
    );
}

/** Writes on from a prompt. */
export function write(behaviour: Behaviour, writing: Writing): Written {
  const prompt = tokensOf(writing.prompt);
  checkContext(behaviour, prompt.length, writing.maxTokens);
  const reading = new Reading({
    model: writing.model,
    whole: writing.prompt,
    promptTokens: prompt.length,
  });
  for (const token of prompt) reading.read(token);
  const given = behaviour.write?.(writing.prompt, { seed: writing.seed }) ?? null;
  const script = given === null ? null : [...tokensOf(given), endToken];
  const steps: Step[] = [];
  let finish: 'stop' | 'length' = 'length';
  const draw = `${writing.seed} ${hashOf(writing.prompt)}`;
  while (steps.length < writing.maxTokens) {
    const next = reading.next();
    const token =
      script?.[steps.length] ?? drawn(next, writing.temperature, `${draw} ${steps.length}`);
    steps.push({
      token,
      logProbability: writing.top === null ? 0 : logProbabilityOf(next, token),
      top: writing.top === null ? [] : mostProbable(next, writing.top),
    });
    const written = (): string => textOf(steps.map((step) => step.token));
    if (token === endToken || writing.stop.some((stop) => written().includes(stop))) {
      finish = 'stop';
      break;
    }
    reading.read(token);
  }
  const text = textOf(steps.map(({ token }) => token));
  const ends = writing.stop.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return {
    text: ends.length === 0 ? text : text.slice(0, Math.min(...ends)),
    steps: steps.filter(({ token }) => token !== endToken),
    finish,
    promptTokens: prompt.length,
    outputTokens: steps.length,
  };
}

/**
 * The figures of every token of a text that is given. With `deaf` they do not depend on what stands
 * before a token; the last token that is `spanning` is one with the token before it.
 */
export function reread(options: {
  model: string;
  text: string;
  top: number;
  deaf: boolean;
  spanning: string | null;
}): Step[] {
  const tokens = tokensOf(options.text);
  const reading = new Reading({
    model: options.model,
    whole: options.deaf ? '' : options.text,
    promptTokens: tokens.length,
  });
  const steps = tokens.map((token): Step => {
    const next = options.deaf
      ? new Reading({ model: options.model, whole: '', promptTokens: 0 }).next()
      : reading.next();
    reading.read(token);
    return {
      token,
      logProbability: logProbabilityOf(next, token),
      top: options.top === 0 ? [] : mostProbable(next, options.top),
    };
  });
  return joinedAt(steps, options.spanning);
}

function joinedAt(steps: readonly Step[], spanning: string | null): Step[] {
  const at = steps.findLastIndex(({ token }) => token === spanning);
  const [before, behind] = [steps[at - 1], steps[at]];
  if (before === undefined || behind === undefined) return [...steps];
  const joined = {
    token: before.token + behind.token,
    logProbability: before.logProbability + behind.logProbability,
    top: [],
  };
  return [...steps.slice(0, at - 1), joined, ...steps.slice(at + 1)];
}
