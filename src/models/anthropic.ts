import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { ModelFailure } from './failure.js';
import type { Asker, Provider } from './providers.js';
import type { CompleteAnswer, ModelRequest } from './request.js';
import { serverOf } from './server.js';
import type { ModelSettings } from './settings.js';
import { answered, transport } from './transport.js';

/** The client watches the time to the head of an answer; ours watches its end, and ends sooner. */
const clientPatience = 2;

const warmest = 1;

const MessageAnswer = z.object({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullable(),
  usage: z.object({
    input_tokens: z.int().min(0),
    cache_creation_input_tokens: z.int().min(0).nullish(),
    cache_read_input_tokens: z.int().min(0).nullish(),
    output_tokens: z.int().min(0),
  }),
});

function finishOf(reason: string | null): CompleteAnswer['finish'] {
  if (reason === 'refusal')
    throw new ModelFailure('not-askable', 'The server withheld its answer (refusal).', {
      mayBePaid: true,
    });
  return reason === 'max_tokens' || reason === 'model_context_window_exceeded' ? 'length' : 'stop';
}

class AnthropicAsker implements Asker {
  readonly #client: Anthropic;
  readonly #settings: ModelSettings;

  constructor(client: Anthropic, settings: ModelSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async ask(request: ModelRequest, signal: AbortSignal): Promise<CompleteAnswer> {
    if (request.verb === 'score')
      throw new ModelFailure(
        'no-figures',
        'Anthropic’s protocol has no log-probabilities: choices are counted in sampled answers.',
      );
    const { temperature, topP, maxTokens, stop } = request.sampling;
    if (temperature > warmest)
      throw new ModelFailure(
        'stop',
        `Anthropic’s protocol takes a temperature up to ${warmest}, not ${temperature}.`,
      );
    // Newer models take neither, and say so; 1 is what they do anyway.
    const drawing = {
      ...(temperature === 1 ? {} : { temperature }),
      ...(topP === 1 ? {} : { top_p: topP }),
    };
    const { content, stop_reason, usage } = await answered(MessageAnswer, signal, (signal) =>
      this.#client.messages.create(
        {
          model: this.#settings.model,
          max_tokens: maxTokens,
          messages: [{ role: 'user', content: request.prompt }],
          ...drawing,
          ...(stop.length === 0 ? {} : { stop_sequences: stop }),
        },
        { signal },
      ),
    );
    return {
      verb: 'complete',
      text: content.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join(''),
      finish: finishOf(stop_reason),
      tokens: {
        input:
          usage.input_tokens +
          (usage.cache_creation_input_tokens ?? 0) +
          (usage.cache_read_input_tokens ?? 0),
        output: usage.output_tokens,
      },
    };
  }

  async close(): Promise<void> {}
}

/** Anthropic’s own protocol. It gives texts, no log-probabilities, and takes no seed. */
export const anthropic: Provider = {
  name: 'anthropic',
  sentence: 'A server that speaks Anthropic’s protocol. It gives texts, and no probabilities.',
  kinds: () => ['sampled'],
  async open(settings, models) {
    const { address, key } = serverOf(settings, models);
    const { default: Client } = await import('@anthropic-ai/sdk');
    const patienceMs = settings.patienceSeconds * 1_000;
    const client = new Client({
      apiKey: key,
      authToken: null,
      webhookKey: null,
      // The client adds the version to the path itself.
      baseURL: address.replace(/\/(?:v1\/?)?$/, ''),
      maxRetries: 0,
      timeout: patienceMs * clientPatience,
      logLevel: 'off',
      openTelemetry: false,
      fetch: transport({ credentials: { 'x-api-key': key }, key, patienceMs }),
    });
    return new AnthropicAsker(client, settings);
  },
};
