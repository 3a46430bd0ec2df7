import type OpenAI from 'openai';
import { type Echoed, echoedReplies } from './echo.js';
import { ModelFailure } from './failure.js';
import { checkFirstWords, firstTokens } from './firstToken.js';
import { ChatAnswer, CompletionAnswer, EchoAnswer, FirstTokenAnswer } from './openaiAnswers.js';
import { Offer } from './offer.js';
import type { Asker, Provider } from './providers.js';
import {
  type CompleteAnswer,
  type CompleteRequest,
  type ModelAnswer,
  type ModelRequest,
  type ScoreAnswer,
  type ScoreRequest,
  seedOf,
} from './request.js';
import { serverOf } from './server.js';
import { type ModelSettings, withoutLead } from './settings.js';
import { answered, transport } from './transport.js';

/** Clients watch the time to the head of an answer; ours watches that to its end, and ends sooner. */
const clientPatience = 2;

const finishOf = (reason: string | null | undefined): 'stop' | 'length' => {
  if (reason === 'content_filter')
    throw new ModelFailure('not-askable', 'The server withheld its answer (content_filter).', {
      mayBePaid: true,
    });
  return reason === 'length' ? 'length' : 'stop';
};

const inMessages = (content: string): [{ role: 'user'; content: string }] => [
  { role: 'user', content },
];

/**
 * What the next token may be: at temperature 1, where the figures are those of the model. One seed for
 * all, so that the same question has the same answer: a server lists nothing where the token that it
 * draws ends the text.
 */
const oneToken = { max_tokens: 1, temperature: 1, seed: 1 };

/** A server that refuses what figures are asked for with can still be asked for texts. */
const withoutFigures = (failure: ModelFailure): ModelFailure =>
  failure.kind === 'stop' && /logprob|echo/i.test(failure.message)
    ? new ModelFailure('no-figures', failure.message, { cause: failure })
    : failure;

/** What an answer says cannot be used, and was answered: it counts as paid. */
function read<Figures>(figures: () => Figures): Figures {
  try {
    return figures();
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    const { reason } = error;
    throw new ModelFailure(error.kind, error.message, { mayBePaid: true, reason, cause: error });
  }
}

class OpenAiAsker implements Asker {
  readonly #client: OpenAI;
  readonly #settings: ModelSettings;
  /** The least that the server takes where only the prompt is asked about. */
  readonly #echoTokens = new Offer('max_tokens', [0, 1]);
  readonly #completionTop = new Offer('logprobs', [20, 5, 1]);
  readonly #chatTop = new Offer('top_logprobs', [20, 5, 1]);

  constructor(client: OpenAI, settings: ModelSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    if (request.verb === 'complete') return await this.#complete(request, signal);
    try {
      return await (request.kind === 'exact'
        ? this.#exact(request, signal)
        : this.#firstToken(request, signal));
    } catch (error) {
      throw error instanceof ModelFailure ? withoutFigures(error) : error;
    }
  }

  async close(): Promise<void> {}

  get learned(): { maxTokensZero: boolean | null } {
    const { settled } = this.#echoTokens;
    return { maxTokensZero: settled === null ? null : settled === 0 };
  }

  async #complete(request: CompleteRequest, signal: AbortSignal): Promise<CompleteAnswer> {
    const { form, model } = this.#settings;
    const { temperature, topP, maxTokens, stop } = request.sampling;
    const drawing = {
      model,
      temperature,
      top_p: topP,
      max_tokens: maxTokens,
      seed: seedOf(request),
      ...(stop.length === 0 ? {} : { stop }),
    };
    if (form.kind === 'chat') {
      const messages = inMessages(request.prompt);
      const { choices, usage } = await answered(ChatAnswer, signal, (signal) =>
        this.#client.chat.completions.create({ ...drawing, messages }, { signal }),
      );
      const [{ message, finish_reason: finish }] = choices;
      const text = message.content ?? '';
      return { verb: 'complete', text, finish: finishOf(finish), tokens: usage };
    }
    const prompt = form.before + request.prompt + form.after;
    const { choices, usage } = await answered(CompletionAnswer, signal, (signal) =>
      this.#client.completions.create({ ...drawing, prompt }, { signal }),
    );
    const [{ text: written, finish_reason: finish }] = choices;
    const text = withoutLead(form, written);
    return { verb: 'complete', text, finish: finishOf(finish), tokens: usage };
  }

  async #exact(request: ScoreRequest, signal: AbortSignal): Promise<ScoreAnswer> {
    const { form, model } = this.#settings;
    if (form.kind !== 'frame')
      throw new ModelFailure(
        'no-figures',
        'A server with a chat template of its own does not score whole replies; use a frame.',
      );
    const echoed = request.choices.map((choice): Echoed => ({
      prompt: form.before + request.prompt + form.after,
      reply: form.reply + choice,
      choice,
    }));
    return await this.#echoTokens.settle(async (maxTokens) => {
      const answer = await answered(EchoAnswer, signal, (signal) =>
        this.#client.completions.create(
          {
            model,
            prompt: echoed.map(({ prompt, reply }) => prompt + reply),
            echo: true,
            logprobs: 1,
            max_tokens: maxTokens,
            temperature: 1,
          },
          { signal },
        ),
      );
      return {
        verb: 'score',
        kind: 'exact',
        choices: read(() => echoedReplies(answer, echoed, maxTokens)),
        tokens: answer.usage,
      };
    });
  }

  async #firstToken(request: ScoreRequest, signal: AbortSignal): Promise<ScoreAnswer> {
    const { form } = this.#settings;
    const choices = { choices: request.choices, lead: form.kind === 'chat' ? null : form.reply };
    checkFirstWords(choices);
    const { choices: answers, usage } = await (form.kind === 'chat'
      ? this.#chatTokens(request.prompt, signal)
      : this.#completionTokens(form.before + request.prompt + form.after, signal));
    return {
      verb: 'score',
      kind: 'first-token',
      choices: read(() => firstTokens(choices, answers[0].logprobs)),
      tokens: usage,
    };
  }

  async #chatTokens(prompt: string, signal: AbortSignal): Promise<FirstTokenAnswer> {
    const asked = { model: this.#settings.model, messages: inMessages(prompt), ...oneToken };
    return await this.#chatTop.settle((top) =>
      answered(FirstTokenAnswer, signal, (signal) =>
        this.#client.chat.completions.create(
          { ...asked, logprobs: true, top_logprobs: top },
          { signal },
        ),
      ),
    );
  }

  async #completionTokens(prompt: string, signal: AbortSignal): Promise<FirstTokenAnswer> {
    const asked = { model: this.#settings.model, prompt, ...oneToken };
    return await this.#completionTop.settle((top) =>
      answered(FirstTokenAnswer, signal, (signal) =>
        this.#client.completions.create({ ...asked, logprobs: top }, { signal }),
      ),
    );
  }
}

/** Servers that speak OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, and hosted ones. */
export const openai: Provider = {
  name: 'openai',
  sentence: 'A server that speaks OpenAI’s protocol, such as vLLM, SGLang, llama.cpp or Ollama.',
  kinds: ({ form }) =>
    form.kind === 'frame' ? ['exact', 'first-token', 'sampled'] : ['first-token', 'sampled'],
  async open(settings, models) {
    const { address, key } = serverOf(settings, models);
    const { default: Client } = await import('openai');
    const patienceMs = settings.patienceSeconds * 1_000;
    const client = new Client({
      apiKey: key,
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      baseURL: address,
      maxRetries: 0,
      timeout: patienceMs * clientPatience,
      logLevel: 'off',
      fetch: transport({ credentials: { authorization: `Bearer ${key}` }, key, patienceMs }),
    });
    return new OpenAiAsker(client, settings);
  },
};
