import type { OpenModel } from '#models/asking.js';
import { RunStopped } from '#models/asking.js';
import { ModelFailure } from '#models/failure.js';
import { requireModel } from '#models/model.js';
import { openModel } from '#models/open.js';
import type { Db } from '#storage/database.js';
import type { ModelsConfig } from '../config.js';
import type { Generation } from './generation.js';
import type { StageSettings } from './pipeline.js';

/** The names of the models that a stage asks. */
export function modelsOf(settings: StageSettings): readonly string[] {
  if (settings.kind === 'write') return [settings.model];
  if (settings.kind === 'judge') return settings.models;
  if (settings.kind === 'screen') return settings.asked?.models ?? [];
  return [];
}

/** The models of a generation, each opened when a stage first asks it. */
export interface OpenModels {
  /** Throws `RunStopped` where one of them cannot be opened. */
  open(names: readonly string[]): Promise<void>;
  get(name: string): OpenModel;
  close(): Promise<void>;
}

export function openModels(db: Db, generation: Generation, config: ModelsConfig): OpenModels {
  const opened = new Map<string, OpenModel>();

  /** Two names may stand for one model, which has one way to it. */
  const idOf = (name: string): string => {
    const id = generation.models[name];
    if (id === undefined) throw new RunStopped('failed', `No model is called ${name}.`);
    return id;
  };

  return {
    async open(names) {
      for (const name of names) {
        const id = idOf(name);
        if (opened.has(id)) continue;
        try {
          opened.set(id, await openModel(await requireModel(db, id), config));
        } catch (error) {
          if (error instanceof ModelFailure) throw new RunStopped('failed', error.message);
          throw error;
        }
      }
    },
    get(name) {
      const model = opened.get(idOf(name));
      if (model === undefined) throw new Error(`The model ${name} is not open.`);
      return model;
    },
    async close() {
      await Promise.allSettled([...opened.values()].map(({ asker }) => asker.close()));
    },
  };
}
