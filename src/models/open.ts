import type { Application } from '#web/application.js';
import type { FieldFault } from '#web/problem.js';
import type { ModelsConfig } from '../config.js';
import { anthropic } from './anthropic.js';
import type { OpenModel } from './asking.js';
import { gguf } from './gguf/provider.js';
import { type Model, modelName } from './model.js';
import { openai } from './openai.js';
import type { Provider } from './providers.js';
import { serverFault } from './server.js';
import type { ModelSettings } from './settings.js';

/** Every way to ask a model. */
export const providers: readonly Provider[] = [openai, anthropic, gguf];

export function providerOf({ provider: name }: Pick<ModelSettings, 'provider'>): Provider {
  const provider = providers.find((candidate) => candidate.name === name);
  if (provider === undefined) throw new Error(`no provider ${name}`);
  return provider;
}

/** Opens a way to a model. Throws a `ModelFailure` that says what to do; the caller closes it. */
export async function openModel(model: Model, models: ModelsConfig): Promise<OpenModel> {
  const { settings } = model;
  return {
    id: model.id,
    publicId: model.public_id,
    name: modelName(model),
    settings,
    asker: await providerOf(settings).open(settings, models),
  };
}

/** Why a model with these settings cannot be reached from here, by the field at fault. */
export function refuseUnreachable(
  settings: ModelSettings,
  { config }: Application,
): readonly FieldFault[] {
  const fault = serverFault(settings, config.models);
  return fault === null ? [] : [fault];
}
