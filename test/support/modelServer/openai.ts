import { z } from 'zod';
import { type Behaviour, Refusal } from './behaviour.js';
import type { Fault } from './faults.js';
import { bytesOf, tokensOf } from './vocabulary.js';
import { checkContext, reread, write, type Step, type Written } from './writing.js';

/** What a request is answered from. */
export interface Asked {
  readonly behaviour: Behaviour;
  readonly body: unknown;
  readonly fault: Fault | null;
  /** Counts the requests of the server: what draws anew where seeds are ignored. */
  readonly count: number;
}

const Drawing = z.object({
  model: z.string(),
  max_tokens: z.int().nullish(),
  max_completion_tokens: z.int().nullish(),
  temperature: z.number().default(1),
  top_p: z.number().default(1),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
});

const Completions = Drawing.extend({
  prompt: z.union([z.string(), z.array(z.string())]),
  echo: z.boolean().default(false),
  logprobs: z.int().min(0).nullish(),
});

const Chat = Drawing.extend({
  messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1),
  logprobs: z.boolean().default(false),
  top_logprobs: z.int().min(0).max(20).default(0),
});

const stopsOf = (stop: string | string[] | null | undefined): string[] =>
  stop === null || stop === undefined ? [] : [stop].flat();

function parsed<Body extends z.ZodType>(schema: Body, body: unknown): z.output<Body> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refusal(400, `The request is not valid: ${z.prettifyError(result.error)}`);
}

/** Refuses the names of models that the server does not have. */
export function checkModel({ models }: Behaviour, model: string): void {
  if (models !== null && !models.includes(model))
    throw new Refusal(404, `The model \`${model}\` does not exist.`, 'model_not_found');
}

const seedOf = ({ behaviour, count }: Asked, seed: number | null | undefined): string =>
  behaviour.seed === 'ignored' || seed === null || seed === undefined
    ? `request ${count}`
    : `seed ${seed}`;

/** The text that a server lists a token by, and its offset in the text as servers count it. */
function shown(behaviour: Behaviour, tokens: readonly string[]): { texts: string[]; at: number[] } {
  const texts = tokens.map((token) =>
    behaviour.characters === 'replaced' && token.startsWith('bytes:') ? '\uFFFD' : token,
  );
  let sum = 0;
  return { texts, at: texts.map((text) => (sum += text.length) - text.length) };
}

const usageOf = ({ usage }: Behaviour, input: number, output: number): object => ({
  prompt_tokens: input,
  ...(usage === 'whole' ? { completion_tokens: output } : {}),
  ...(usage === 'prompt-alone' ? {} : { total_tokens: input + output }),
});

/** Figures as a chat has them. */
function contentLogProbabilities({ behaviour }: Asked, steps: readonly Step[]): object {
  const { texts } = shown(
    behaviour,
    steps.map(({ token }) => token),
  );
  const listed = (token: string, logprob: number): object => ({
    token,
    logprob,
    bytes: [...bytesOf(token)],
  });
  const content = steps.map(({ token, logProbability, top }, at) => ({
    ...listed(texts[at] ?? token, logProbability),
    top_logprobs: top.map(([other, figure]) => listed(other, figure)),
  }));
  return { content, refusal: null };
}

function legacyLogProbabilities(
  { behaviour, fault }: Asked,
  steps: readonly (Step & { first: boolean })[],
): object {
  const { texts, at } = shown(
    behaviour,
    steps.map(({ token }) => token),
  );
  const zero = fault?.kind === 'zero-log-probabilities';
  return {
    tokens: texts,
    token_logprobs: steps.map(({ logProbability, first }) =>
      first ? null : zero ? 0 : logProbability,
    ),
    top_logprobs: steps.map(({ token, logProbability, top, first }) =>
      first
        ? null
        : Object.fromEntries(behaviour.listsWritten ? [...top, [token, logProbability]] : top),
    ),
    text_offset: at,
  };
}

/** `/v1/completions`, with `echo` over one prompt or several. */
export function completions(asked: Asked): object {
  const { behaviour, fault, count } = asked;
  const body = parsed(Completions, asked.body);
  checkModel(behaviour, body.model);
  const maxTokens = body.max_tokens ?? 16;
  if (maxTokens < behaviour.leastTokens)
    throw new Refusal(400, `max_tokens must be at least 1, got ${maxTokens}.`);
  const top = body.logprobs ?? 0;
  if (top > behaviour.mostLogProbabilities)
    throw new Refusal(
      400,
      `logprobs must be at most ${behaviour.mostLogProbabilities}, got ${top}.`,
    );
  const echo = body.echo && fault?.kind !== 'no-echo';
  const withFigures = typeof body.logprobs === 'number' && fault?.kind !== 'no-log-probabilities';
  let [input, output] = [0, 0];
  const choices = [body.prompt].flat().map((prompt, index) => {
    const written: Written =
      maxTokens === 0
        ? {
            text: '',
            steps: [],
            finish: 'length',
            promptTokens: tokensOf(prompt).length,
            outputTokens: 0,
          }
        : write(behaviour, {
            model: body.model,
            prompt,
            maxTokens,
            temperature: body.temperature,
            stop: stopsOf(body.stop),
            seed: seedOf(asked, body.seed),
            top: withFigures ? top : null,
          });
    checkContext(behaviour, written.promptTokens, maxTokens);
    const given = echo
      ? reread({
          model: body.model,
          text: prompt,
          top,
          deaf: fault?.kind === 'deaf',
          spanning: fault?.kind === 'spanning-token' ? fault.token : null,
        })
      : [];
    input += echo ? given.length : written.promptTokens;
    output += written.outputTokens;
    const steps = [
      ...given.map((step, at) => ({ ...step, first: at === 0 })),
      ...written.steps.map((step) => ({ ...step, first: false })),
    ];
    return {
      index,
      text: `${echo ? prompt : ''}${written.text}`,
      finish_reason: written.finish,
      logprobs: !withFigures
        ? null
        : behaviour.figures === 'content'
          ? contentLogProbabilities(asked, written.steps)
          : legacyLogProbabilities(asked, steps),
    };
  });
  return {
    id: `cmpl-${count}`,
    object: 'text_completion',
    created: 0,
    model: body.model,
    choices,
    usage: usageOf(behaviour, input, output),
  };
}

/** `/v1/chat/completions`. What the messages say is one prompt. */
export function chatCompletions(asked: Asked): object {
  const { behaviour, fault, count } = asked;
  const body = parsed(Chat, asked.body);
  checkModel(behaviour, body.model);
  const written = write(behaviour, {
    model: body.model,
    prompt: body.messages.map(({ content }) => content).join('\n\n'),
    maxTokens: body.max_completion_tokens ?? body.max_tokens ?? 256,
    temperature: body.temperature,
    stop: stopsOf(body.stop),
    seed: seedOf(asked, body.seed),
    top: body.logprobs ? body.top_logprobs : null,
  });
  const withFigures = body.logprobs && fault?.kind !== 'no-log-probabilities';
  return {
    id: `chatcmpl-${count}`,
    object: 'chat.completion',
    created: 0,
    model: body.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: written.text, refusal: null },
        finish_reason: written.finish,
        logprobs: withFigures ? contentLogProbabilities(asked, written.steps) : null,
      },
    ],
    usage: usageOf(behaviour, written.promptTokens, written.outputTokens),
  };
}

/** `/v1/models`. */
export const modelList = ({ models }: Behaviour): object => ({
  object: 'list',
  data: (models ?? ['tiny-S', 'tiny-M']).map((id) => ({
    id,
    object: 'model',
    created: 0,
    owned_by: 'test',
  })),
});
