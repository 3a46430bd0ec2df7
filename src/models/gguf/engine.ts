import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ModelFailure } from '../failure.js';

/** The version whose figures were compared with a reference. */
export const engineVersion = '3.22.1';

/** What follows `@node-llama-cpp/` in the name of the package with the binary for a machine. */
const platforms: Readonly<Record<string, string>> = {
  'linux x64': 'linux-x64',
  'linux arm64': 'linux-arm64',
  'linux arm': 'linux-armv7l',
  'linux riscv64': 'linux-riscv64',
  'darwin arm64': 'mac-arm64-metal',
  'darwin x64': 'mac-x64',
  'win32 x64': 'win-x64',
  'win32 arm64': 'win-arm64',
};

/**
 * The command that installs the engine beside the models of this installation, where `npm ci` of
 * the project does not remove it, and without the binaries of other machines (700 MB).
 */
export function installCommand(
  folder: string,
  machine: { platform: string; arch: string } = process,
): string {
  const binary = platforms[`${machine.platform} ${machine.arch}`];
  const packages = [
    `node-llama-cpp@${engineVersion}`,
    ...(binary === undefined ? [] : [`@node-llama-cpp/${binary}@${engineVersion}`]),
  ].join(' ');
  const command = `npm install --prefix "${join(folder, 'engine')}" --omit=optional ${packages}`;
  return machine.platform === 'win32'
    ? `set NODE_LLAMA_CPP_SKIP_DOWNLOAD=true && ${command}`
    : `NODE_LLAMA_CPP_SKIP_DOWNLOAD=true ${command}`;
}

const PackageFile = z.object({ version: z.string() });

async function versionIn(packageFolder: string): Promise<string | null> {
  const text = await readFile(join(packageFolder, 'package.json'), 'utf8').catch(() => null);
  return text === null ? null : PackageFile.parse(JSON.parse(text)).version;
}

/**
 * The main module of node-llama-cpp: in the models folder, else in the project's own node_modules.
 * Throws a `ModelFailure` with the command that installs it, where it is missing or another version.
 */
export async function findEngine(folder: string): Promise<string> {
  const project = fileURLToPath(new URL('../../../../', import.meta.url));
  for (const modules of [join(folder, 'engine', 'node_modules'), join(project, 'node_modules')]) {
    const packageFolder = join(modules, 'node-llama-cpp');
    const version = await versionIn(packageFolder);
    // Beside it lies the binary of the machine, which comes as a package of its own.
    const binaries = await readdir(join(modules, '@node-llama-cpp')).catch(() => []);
    if (version === null || binaries.length === 0) continue;
    if (version !== engineVersion)
      throw new ModelFailure(
        'stop',
        `The engine for model files in ${packageFolder} is version ${version}, and figures were checked with ${engineVersion}. Install that one: ${installCommand(folder)}`,
      );
    return join(packageFolder, 'dist', 'index.js');
  }
  throw new ModelFailure(
    'stop',
    `The engine for model files is not installed. Install it: ${installCommand(folder)}`,
  );
}

/** A token of a model: its number in the vocabulary. */
export type Token = number;

/** What is wanted of the distribution behind a token. */
export interface WithFigures {
  generateNext: {
    logits: { filter: { tokens: readonly Token[]; includeTop: number } };
    totalLogitWeight: true;
    options: { temperature: number; topK: number; topP: number; minP: number };
  };
}

export interface Next {
  logits?: Map<Token, number>;
  /** The sum of exp(logit − highest logit) over the vocabulary. */
  totalLogitWeight?: number;
}

/** What is used of a sequence of node-llama-cpp: tokens that were evaluated one behind another. */
export interface Sequence {
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  adaptStateToTokens(tokens: Token[], allowShift: boolean): Promise<void>;
  controlledEvaluate(
    input: (Token | [Token, WithFigures])[],
  ): Promise<(undefined | { next: Next })[]>;
  evaluateWithoutGeneratingNewTokens(tokens: Token[]): Promise<void>;
  evaluate(
    tokens: Token[],
    options: { temperature: number; topK: number; topP: number; minP: number; seed: number },
  ): AsyncGenerator<Token, void, undefined>;
}

/** What is used of a tokeniser of node-llama-cpp. */
export interface Tokeniser {
  /** `special`: text that spells a control token becomes that token. */
  tokenize(text: string, special: boolean): Token[];
  detokenize(tokens: readonly Token[], special: boolean): string;
  isSpecialToken(token: Token): boolean;
}

/** What is used of a model of node-llama-cpp. */
export interface LoadedModel extends Tokeniser {
  readonly trainContextSize: number;
  readonly architecture: string;
  createContext(options: {
    contextSize: number;
    batchSize: number;
    sequences: number;
    threads: number;
    failedCreationRemedy: false;
  }): Promise<{ getSequence(): Sequence }>;
}

/** What is used of node-llama-cpp, whose own types are missing where it is. */
export interface Engine {
  getLlama(options: {
    gpu: false;
    build: 'never';
    skipDownload: true;
    maxThreads: number;
    logLevel: string;
    logger: (level: string, message: string) => void;
  }): Promise<{
    loadModel(options: { modelPath: string; gpuLayers: number }): Promise<LoadedModel>;
  }>;
}

const Module = z.object({
  getLlama: z.custom<Engine['getLlama']>((value) => typeof value === 'function'),
});

/** Loads the engine's main module into this process. */
export const importEngine = async (path: string): Promise<Engine> =>
  Module.parse(await import(pathToFileURL(path).href));
