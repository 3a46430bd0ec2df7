import { z } from 'zod';
import { Refusal } from './behaviour.js';
import { checkModel, type Asked } from './openai.js';
import { write } from './writing.js';

const Block = z.object({ type: z.literal('text'), text: z.string() });

const Messages = z.object({
  model: z.string(),
  max_tokens: z.int().min(1),
  messages: z
    .array(z.object({ role: z.string(), content: z.union([z.string(), z.array(Block)]) }))
    .min(1),
  temperature: z.number().min(0).max(1).default(1),
  stop_sequences: z.array(z.string()).default([]),
});

/**
 * `/v1/messages`. There is no seed: the first request for a prompt has one text, the second another.
 */
export function messages(asked: Asked & { times: (prompt: string) => number }): object {
  const body = Messages.safeParse(asked.body);
  if (!body.success) throw new Refusal(400, z.prettifyError(body.error));
  const { model, max_tokens: maxTokens, temperature, stop_sequences: stop } = body.data;
  checkModel(asked.behaviour, model);
  const prompt = body.data.messages
    .flatMap(({ content }) =>
      typeof content === 'string' ? [content] : content.map(({ text }) => text),
    )
    .join('\n\n');
  const written = write(asked.behaviour, {
    model,
    prompt,
    maxTokens,
    temperature,
    stop,
    seed: `time ${asked.times(prompt)}`,
    top: null,
  });
  return {
    id: `msg_${asked.count}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: written.text }],
    stop_reason: written.finish === 'length' ? 'max_tokens' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: written.promptTokens, output_tokens: written.outputTokens },
  };
}
