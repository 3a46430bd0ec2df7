import type { ModelRequest } from './request.js';
import type { ModelSettings } from './settings.js';

type Priced = Pick<ModelSettings, 'price' | 'form' | 'context' | 'provider'>;

/** Tokens that a server's chat template may add to a prompt, a system prompt of its own included. */
const templateTokens = 2_000;
/** A token for the beginning, and others that a server may put around a text. */
const edgeTokens = 16;

const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

/** What these tokens cost, in millionths of the currency, rounded up. */
export const costOf = (
  { price }: Pick<ModelSettings, 'price'>,
  tokens: { input: number; output: number },
): number => Math.ceil((tokens.input * price.input + tokens.output * price.output) / 1e6);

/**
 * The most tokens that a request may be charged: a token spells at least one byte, and a score reads
 * its prompt once for each choice. A model file reads no more than its context; what a server reads
 * of a longer prompt is not known here.
 */
export function mostTokens(
  { form, context, provider }: Priced,
  request: ModelRequest,
): { input: number; output: number } {
  const within = (tokens: number): number =>
    provider === 'gguf' ? Math.min(tokens, context) : tokens;
  const around =
    form.kind === 'chat' ? templateTokens : bytesOf(form.before + form.after) + edgeTokens;
  const prompt = bytesOf(request.prompt) + around;
  if (request.verb === 'complete')
    return { input: within(prompt), output: within(request.sampling.maxTokens) };
  if (request.kind === 'first-token') return { input: within(prompt), output: 1 };
  const reply = form.kind === 'frame' ? bytesOf(form.reply) : 0;
  return {
    input: request.choices.reduce(
      (sum, choice) => sum + within(prompt + reply + bytesOf(choice)),
      0,
    ),
    output: request.choices.length,
  };
}
