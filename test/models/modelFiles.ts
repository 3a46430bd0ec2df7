import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { engineVersion } from '#models/gguf/engine.js';
import type { ModelsConfig } from '../../src/config.js';
import type { ModelRequest } from '#models/request.js';
import { ModelSettings } from '#models/settings.js';
import type { FakeFile } from '../support/fakeEngine.js';

/** A models folder of its own with a fake engine and one model file, `small.gguf`. */
export class ModelsFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'assay-models-'));
  readonly surroundings: ModelsConfig = { hosts: [], keys: {}, folder: this.path };
  readonly #journal = join(this.path, 'journal');

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
    this.addEngine(engineVersion);
    this.add('small.gguf');
  }

  addEngine(version: string): void {
    const modules = join(this.path, 'engine', 'node_modules');
    mkdirSync(join(modules, 'node-llama-cpp', 'dist'), { recursive: true });
    mkdirSync(join(modules, '@node-llama-cpp', 'some-machine'), { recursive: true });
    writeFileSync(
      join(modules, 'node-llama-cpp', 'package.json'),
      JSON.stringify({ version, type: 'module' }),
    );
    const fake = new URL('../support/fakeEngine.js', import.meta.url).href;
    writeFileSync(
      join(modules, 'node-llama-cpp', 'dist', 'index.js'),
      `import { fakeEngine } from ${JSON.stringify(fake)};
export const { getLlama } = fakeEngine(${JSON.stringify(this.#journal)});
`,
    );
  }

  add(name: string, file: Partial<FakeFile> = {}): void {
    const whole: FakeFile = { architecture: 'llama', context: 1_000_000, fault: null, ...file };
    writeFileSync(join(this.path, name), `GGUF${JSON.stringify(whole)}`);
  }

  /** What happened in the engine, a line each. */
  journal(): string[] {
    return existsSync(this.#journal)
      ? readFileSync(this.#journal, 'utf8').split('\n').slice(0, -1)
      : [];
  }

  /** The ids of the processes that the engine was started in. */
  processes(): number[] {
    return this.journal().flatMap((line) => {
      const id = /^started (\d+)$/.exec(line)?.[1];
      return id === undefined ? [] : [Number(id)];
    });
  }
}

/** Whether a process runs: one that has ended and was not waited for (state Z) does not. */
export const isRunning = (id: number): boolean => {
  try {
    process.kill(id, 0);
    const status = `/proc/${id}/stat`;
    return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'));
  } catch {
    return false;
  }
};

export const settingsOf = (model: string, more: Record<string, unknown> = {}): ModelSettings =>
  ModelSettings.parse({
    provider: 'gguf',
    model,
    form: { kind: 'frame', before: '<|human|>', after: '<|assistant|>', reply: ' ' },
    context: 256,
    ...more,
  });

export const completing = (
  prompt: string,
  more: { maxTokens?: number; stop?: string[]; seed?: number; sample?: number } = {},
): ModelRequest => ({
  verb: 'complete',
  prompt,
  sampling: { temperature: 1, topP: 1, maxTokens: more.maxTokens ?? 100, stop: more.stop ?? [] },
  seed: more.seed ?? 1,
  sample: more.sample ?? 0,
});

export const scoring = (
  prompt: string,
  choices = ['Yes', 'No'],
  kind: 'exact' | 'first-token' = 'exact',
): ModelRequest => ({ verb: 'score', kind, prompt, choices });

export const never = new AbortController().signal;
