import type { ModelRequest } from './request.js';
import type { ModelSettings } from './settings.js';

type Priced = Pick<ModelSettings, 'price' | 'form' | 'context'>;

/** Tokens that a server's chat template may add to a prompt. */
const templateTokens = 64;

const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');

/** What these tokens cost, in millionths of the currency, rounded up. */
export const costOf = (
  { price }: Pick<ModelSettings, 'price'>,
  tokens: { input: number; output: number },
): number => Math.ceil((tokens.input * price.input + tokens.output * price.output) / 1e6);

/**
 * The most tokens that a request may be charged: a token spells at least one byte, and neither side
 * holds more than the context of the model. A score reads its prompt once for each choice.
 */
export function mostTokens(
  settings: Priced,
  request: ModelRequest,
): { input: number; output: number } {
  const { form, context } = settings;
  const frame = form.kind === 'frame' ? bytesOf(form.before + form.after) : 0;
  const prompt = bytesOf(request.prompt) + frame + templateTokens;
  if (request.verb === 'complete')
    return {
      input: Math.min(prompt, context),
      output: Math.min(request.sampling.maxTokens, context),
    };
  if (request.kind === 'first-token') return { input: Math.min(prompt, context), output: 1 };
  const reply = form.kind === 'frame' ? bytesOf(form.reply) : 0;
  return {
    input: request.choices.reduce(
      (sum, choice) => sum + Math.min(prompt + reply + bytesOf(choice), context),
      0,
    ),
    output: request.choices.length,
  };
}
