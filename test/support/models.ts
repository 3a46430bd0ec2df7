import { onTestFinished } from 'vitest';
import { anthropic } from '#models/anthropic.js';
import { ModelFailure } from '#models/failure.js';
import { openai } from '#models/openai.js';
import type { Asker } from '#models/providers.js';
import type { ModelsConfig } from '../../src/config.js';
import type { CompleteRequest, ModelRequest, ScoreRequest } from '#models/request.js';
import { ModelSettings } from '#models/settings.js';
import type { Behaviour } from './modelServer/behaviour.js';
import { recordedForm } from './modelServer/recorded.js';
import { startModelServer, type ModelServer } from './modelServer/server.js';

/** A test server that ends with the test. */
export async function modelServer(behaviour: Partial<Behaviour> = {}): Promise<ModelServer> {
  const server = await startModelServer(behaviour);
  onTestFinished(() => server.close());
  return server;
}

export const surroundingsOf = (
  server: { host: string },
  keys: Record<string, string> = {},
): ModelsConfig => ({ hosts: [server.host], keys, folder: '/nowhere' });

export const settingsOf = (
  server: { url: string },
  settings: Partial<typeof ModelSettings._zod.input> = {},
): ModelSettings =>
  ModelSettings.parse({
    provider: 'openai',
    server: server.url,
    model: 'tiny-S',
    context: 4_096,
    ...settings,
  });

const providers = { openai, anthropic };

/** Opens a model of the test server, and closes it with the test. */
export async function askerOf(
  server: ModelServer,
  settings: Partial<typeof ModelSettings._zod.input> = {},
  keys: Record<string, string> = {},
): Promise<Asker> {
  const made = settingsOf(server, settings);
  if (made.provider === 'gguf') throw new Error('A file is asked without a server.');
  const asker = await providers[made.provider].open(made, surroundingsOf(server, keys));
  onTestFinished(() => asker.close());
  return asker;
}

export const framed = { form: recordedForm } as const;

export const completing = (
  prompt: string,
  changes: Partial<CompleteRequest> = {},
): CompleteRequest => ({
  verb: 'complete',
  prompt,
  sampling: { temperature: 1, topP: 1, maxTokens: 12, stop: [] },
  seed: 1,
  sample: 0,
  ...changes,
});

export const scoring = (
  kind: ScoreRequest['kind'],
  prompt: string,
  choices: readonly string[],
): ScoreRequest => ({ verb: 'score', kind, prompt, choices: [...choices] });

export const never = new AbortController().signal;

/** The failure of a request that is expected to have one. */
export async function failureOf(asker: Asker, request: ModelRequest): Promise<ModelFailure> {
  const outcome = await asker.ask(request, never).catch((error: unknown) => error);
  if (outcome instanceof ModelFailure) return outcome;
  throw new Error(`A failure was expected, not ${JSON.stringify(outcome)}.`, { cause: outcome });
}
