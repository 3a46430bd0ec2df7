import { z } from 'zod';
import type { EmbeddingsSettings } from '../config.js';
import { textsToEmbed } from './measure.js';
import type { VectorSource } from './measureStudy.js';

const textsAtOnce = 64;
const patienceMs = 120_000;

const Answer = z.object({
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()).min(1) })),
});

/** What went wrong between us and the embeddings server, with the variable to look at. */
function faultOf(status: number, settings: EmbeddingsSettings): string {
  if (status === 401 || status === 403)
    return `EMBEDDINGS_KEY: ${settings.url} answered ${status}; it wants ${settings.key === null ? 'a key' : 'another key'}.`;
  if (status === 404)
    return `EMBEDDINGS_URL: ${settings.url} answered 404; there is no such address, or no model ${settings.model} (EMBEDDINGS_MODEL).`;
  return `EMBEDDINGS_URL: ${settings.url} answered ${status}.`;
}

async function ask(
  settings: EmbeddingsSettings,
  input: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number[][]> {
  const patience = AbortSignal.timeout(patienceMs);
  let response: Response;
  try {
    response = await fetch(settings.url, {
      method: 'POST',
      redirect: 'error',
      headers: {
        'content-type': 'application/json',
        ...(settings.key === null ? {} : { authorization: `Bearer ${settings.key}` }),
      },
      body: JSON.stringify({ model: settings.model, input, encoding_format: 'float' }),
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    if (!response.ok) throw new Error(faultOf(response.status, settings));
    const answer = Answer.safeParse(await response.json());
    if (!answer.success)
      throw new Error(
        `EMBEDDINGS_URL: ${settings.url} answered with something else than embeddings.`,
      );
    const vectors = answer.data.data
      .toSorted((one, other) => one.index - other.index)
      .map(({ embedding }) => embedding);
    if (
      vectors.length !== input.length ||
      vectors.some((vector) => vector.length !== vectors[0]?.length)
    )
      throw new Error(
        `EMBEDDINGS_URL: ${settings.url} gave ${vectors.length} vectors for ${input.length} texts, or vectors of unequal length.`,
      );
    return vectors;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Error && error.message.startsWith('EMBEDDINGS_')) throw error;
    throw new Error(
      patience.aborted
        ? `EMBEDDINGS_URL: ${settings.url} gave no answer within ${patienceMs / 1000} seconds.`
        : `EMBEDDINGS_URL: ${settings.url} cannot be reached.`,
      { cause: error },
    );
  }
}

/**
 * Vectors of the model that the settings name, from a server that speaks OpenAI's protocol; a text
 * is asked for once.
 */
export function embeddingsServer(settings: EmbeddingsSettings): VectorSource {
  const known = new Map<string, number[]>();
  return {
    name: settings.model,
    async vectorsOf(corpora, signal) {
      const texts = textsToEmbed(corpora);
      const unknown = [...new Set(texts)].filter((text) => !known.has(text));
      for (let from = 0; from < unknown.length; from += textsAtOnce) {
        const batch = unknown.slice(from, from + textsAtOnce);
        const vectors = await ask(settings, batch, signal);
        batch.forEach((text, index) => known.set(text, vectors[index] ?? []));
      }
      return texts.map((text) => known.get(text) ?? []);
    },
  };
}
