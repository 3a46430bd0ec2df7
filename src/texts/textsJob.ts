import { z } from 'zod';
import type { JobKind } from '#jobs/kinds.js';
import type { EmbeddingsSettings } from '../config.js';

export const TextsPayload = z.strictObject({ study: z.string() });
export type TextsPayload = z.output<typeof TextsPayload>;

/**
 * Measures the texts of a study's datasets and pairs. The settings hold a key: they go to the
 * worker and are not stored.
 */
export const textsJob = (embeddings: EmbeddingsSettings | null): JobKind => ({
  kind: 'texts',
  sentence: 'Measures the texts of a study’s datasets.',
  lane: { name: 'texts' },
  payload: TextsPayload,
  module: new URL('./texts.worker.js', import.meta.url),
  heapMegabytes: 1024,
  settings: embeddings,
});
