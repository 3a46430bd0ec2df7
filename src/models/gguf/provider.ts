import { open as openFile, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ModelFailure } from '../failure.js';
import type { ModelsConfig } from '../../config.js';
import type { Asker, Provider } from '../providers.js';
import type { ModelAnswer, ModelRequest } from '../request.js';
import type { Frame, ModelSettings } from '../settings.js';
import { findEngine } from './engine.js';
import { EngineProcess } from './engineProcess.js';
import type { FromEngine, ToEngine } from './protocol.js';

/** The path of a model file of the installation. Throws a `ModelFailure` where it is none. */
async function modelFile(name: string, folder: string): Promise<string> {
  const refuse = (why: string): ModelFailure => new ModelFailure('stop', why);
  if (/[/\\\0]|^\.\.?$/.test(name))
    throw refuse(
      `“${name}” is not the name of a file: model files lie in the models folder, and are named without a path.`,
    );
  const path = join(folder, name);
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isFile())
    throw refuse(`There is no model file ${name} in the models folder ${folder}.`);
  const file = await openFile(path).catch((cause: unknown) => {
    throw new ModelFailure('stop', `The model file ${name} cannot be read.`, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.toString('latin1', 0, bytesRead) !== 'GGUF')
      throw refuse(`The file ${name} holds no model: it is not in the GGUF format.`);
  } finally {
    await file.close();
  }
  return path;
}

/** Resolves as the work does, and rejects at once where the signal is aborted. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** A way to a model file: also says which texts hold control tokens of its model. */
export interface FileAsker extends Asker {
  /** For each text the first control token of the model that it spells; null where there is none. */
  findControlTokens(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (string | null)[]>;
}

/**
 * One model file in a process of its own, which is asked one thing after the other. Where the
 * process dies, what it was working on fails as `again`, and the next request starts another.
 */
class ModelProcess implements FileAsker {
  readonly #load: Extract<ToEngine, { say: 'load' }>;
  readonly #patienceMs: number;
  #process: EngineProcess | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(load: Extract<ToEngine, { say: 'load' }>, patienceMs: number) {
    this.#load = load;
    this.#patienceMs = patienceMs;
  }

  /** Waits for its turn, and for the process. */
  #next<T>(signal: AbortSignal, work: (engine: EngineProcess) => Promise<T>): Promise<T> {
    const result = this.#turn.then(async () => {
      signal.throwIfAborted();
      return await work(await this.#running());
    });
    this.#turn = result.catch(() => undefined);
    return orAborted(result, signal);
  }

  async #running(): Promise<EngineProcess> {
    if (this.#closed) throw new ModelFailure('stop', 'The way to the model file was closed.');
    if (this.#process?.alive === true) return this.#process;
    const engine = (this.#process = new EngineProcess());
    try {
      await this.#withPatience(engine, () => engine.tell(this.#load));
      return engine;
    } catch (error) {
      await engine.end('The model file was not loaded.');
      throw error;
    }
  }

  async #tell(
    engine: EngineProcess,
    message: Exclude<ToEngine, { say: 'cancel' }>,
    signal: AbortSignal,
  ): Promise<FromEngine> {
    const cancel = (): void => engine.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      return await this.#withPatience(engine, () => engine.tell(message));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Ends the process where it does not answer in time. */
  async #withPatience<T>(engine: EngineProcess, work: () => Promise<T>): Promise<T> {
    const patience = setTimeout(
      () =>
        void engine.end(`The model file took more than ${this.#patienceMs / 1000} s to answer.`),
      this.#patienceMs,
    );
    try {
      return await work();
    } finally {
      clearTimeout(patience);
    }
  }

  /** Starts the process and loads the model. */
  async start(): Promise<void> {
    await this.#next(new AbortController().signal, () => Promise.resolve());
  }

  async ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer> {
    return await this.#next(signal, async (engine) => {
      const said = await this.#tell(engine, { say: 'ask', request }, signal);
      if (said.say === 'answer' && said.answer.verb === request.verb) return said.answer;
      signal.throwIfAborted();
      throw new ModelFailure('stop', `The process with the engine answered “${said.say}”.`);
    });
  }

  async findControlTokens(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly (string | null)[]> {
    return await this.#next(signal, async (engine) => {
      const said = await this.#tell(
        engine,
        { say: 'find-control-tokens', texts: [...texts] },
        signal,
      );
      if (said.say === 'control-tokens') return said.found;
      throw new ModelFailure('stop', `The process with the engine answered “${said.say}”.`);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#process?.end('The way to the model file was closed.');
  }
}

const frameOf = (settings: ModelSettings): Frame => {
  if (settings.form.kind === 'frame') return settings.form;
  throw new ModelFailure(
    'stop',
    'A model file needs a frame as its prompt form: say what stands before and after the text.',
  );
};

/** Opens a way to a model file: starts its process and loads it. */
export async function openModelFile(
  settings: ModelSettings,
  models: ModelsConfig,
): Promise<FileAsker> {
  const frame = frameOf(settings);
  const file = await modelFile(settings.model, models.folder);
  const engine = await findEngine(models.folder);
  // One core stays free for the server.
  const threads = Math.max(1, availableParallelism() - 1);
  const model = new ModelProcess(
    { say: 'load', engine, file, frame, context: settings.context, threads },
    settings.patienceSeconds * 1_000,
  );
  try {
    await model.start();
    return model;
  } catch (error) {
    await model.close();
    if (error instanceof ModelFailure && error.kind === 'again')
      throw new ModelFailure(
        'stop',
        `The model file ${settings.model} cannot be loaded. ${error.message}`,
        { cause: error },
      );
    throw error;
  }
}

/** Model files that this installation runs itself, by node-llama-cpp, on its processors. */
export const gguf: Provider = {
  name: 'gguf',
  sentence: 'A model file (GGUF) in the models folder, run by this installation itself.',
  kinds: () => ['exact', 'first-token', 'sampled'],
  open: openModelFile,
};
