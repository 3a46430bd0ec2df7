import { appendFileSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Engine, LoadedModel, Next, Sequence, Token } from '#models/gguf/engine.js';

/**
 * An engine for model files with the habits of node-llama-cpp, the bad ones too: a sequence that is
 * too long loses its beginning without a word. A file is `GGUF` and a JSON text that says what kind
 * of model it is. Words of a prompt make faults: `die`, `abort`, `forever`, `nonsense`, `endless`.
 */
export interface FakeFile {
  architecture: string;
  context: number;
  /** What the engine logs where it does not load the file; `die`: it dies; `hang`: it never ends. */
  fault: string | null;
}

export const controlTokens = ['<|human|>', '<|assistant|>', '<|end|>'];
export const vocabularySize = 1_000;

/** What the model thinks of a token behind another: the highest is not among what is asked for. */
export const logitOf = (last: Token, token: Token): number =>
  -(((token + 1) * 31 + last * 17) % 11) / 2;

const pieces = / ?\p{L}+| ?\d+|\s|./gsu;

class Words {
  readonly #tokens = new Map<string, Token>(controlTokens.map((text, token) => [text, token]));
  readonly #texts = [...controlTokens];

  #tokenOf(text: string): Token {
    const known = this.#tokens.get(text);
    if (known !== undefined) return known;
    this.#tokens.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  tokenize = (text: string, special: boolean): Token[] => {
    const parts = special ? text.split(/(<\|(?:human|assistant|end)\|>)/) : [text];
    return parts.flatMap((part) =>
      special && controlTokens.includes(part)
        ? [this.#tokenOf(part)]
        : (part.match(pieces) ?? []).map((piece) => this.#tokenOf(piece)),
    );
  };

  detokenize = (tokens: readonly Token[], special: boolean): string =>
    tokens
      .filter((token) => special || token >= controlTokens.length)
      .map((token) => this.#texts[token] ?? '')
      .join('');
}

/** A sequence that counts what it evaluates. */
class FakeSequence implements Sequence {
  evaluated = 0;
  #held: Token[] = [];
  readonly #size: number;
  readonly #words: Words;
  readonly #note: (line: string) => void;

  constructor(size: number, words: Words, note: (line: string) => void) {
    this.#size = size;
    this.#words = words;
    this.#note = note;
  }

  get nextTokenIndex(): number {
    return this.#held.length;
  }

  clearHistory = (): Promise<void> => this.adaptStateToTokens([]);

  adaptStateToTokens = (tokens: Token[]): Promise<void> => {
    const differs = this.#held.findIndex((token, index) => token !== tokens[index]);
    if (differs !== -1) this.#held = this.#held.slice(0, differs);
    return Promise.resolve();
  };

  async evaluateWithoutGeneratingNewTokens(tokens: Token[]): Promise<void> {
    for (const token of tokens) {
      if (this.#held.length >= this.#size - 1) this.#held.splice(0, Math.ceil(this.#size / 2));
      this.#held.push(token);
      this.evaluated += 1;
    }
    const text = this.#words.detokenize(this.#held, false);
    if (/\bdie\b/.test(text)) process.kill(process.pid, 'SIGKILL');
    if (/\babort\b/.test(text)) {
      process.stderr.write('backend.c:7: GGML_ASSERT(rows > 0) failed\n');
      process.abort();
    }
    if (/\bnonsense\b/.test(text)) process.send?.({ say: 'nonsense' });
    this.#note(`evaluated ${text}`);
    if (/\bforever\b/.test(text)) await new Promise(() => setInterval(() => undefined, 1_000));
  }

  async controlledEvaluate(
    input: Parameters<Sequence['controlledEvaluate']>[0],
  ): Promise<{ next: Next }[]> {
    const outputs: { next: Next }[] = [];
    for (const item of input) {
      const token = typeof item === 'number' ? item : item[0];
      await this.evaluateWithoutGeneratingNewTokens([token]);
      const all = Array.from({ length: vocabularySize }, (_, other) => logitOf(token, other));
      const highest = Math.max(...all);
      const filter = typeof item === 'number' ? undefined : item[1].generateNext.logits.filter;
      outputs.push({
        next: {
          logits: new Map([
            ...(filter?.includeTop === 1 ? [[all.indexOf(highest), highest] as const] : []),
            ...(filter?.tokens ?? []).map((other) => [other, logitOf(token, other)] as const),
          ]),
          totalLogitWeight: all.reduce((sum, logit) => sum + Math.exp(logit - highest), 0),
        },
      });
    }
    return outputs;
  }

  async *evaluate(
    tokens: Token[],
    options: Parameters<Sequence['evaluate']>[1],
  ): AsyncGenerator<Token, void, undefined> {
    await this.evaluateWithoutGeneratingNewTokens(tokens);
    const endless = this.#words.detokenize(this.#held, false).includes('endless');
    const text = ` ${options.seed % 1_000} is “what” the model wrote, é 漢.`;
    let count = 0;
    try {
      do
        for (const token of this.#words.tokenize(text, false)) {
          count += 1;
          yield token;
          await setImmediate();
          await this.evaluateWithoutGeneratingNewTokens([token]);
        }
      while (endless);
    } finally {
      this.#note(`wrote ${count}`);
    }
  }
}

/** An engine, the sequences that it has made, and a journal of what happens in it, where it has one. */
export function fakeEngine(journal: string | null = null): Engine & { sequences: FakeSequence[] } {
  const sequences: FakeSequence[] = [];
  const note = (line: string): void => {
    if (journal !== null) appendFileSync(journal, `${line}\n`);
  };
  note(`started ${process.pid}`);
  note(`environment ${Object.keys(process.env).join(' ')}`);
  return {
    sequences,
    getLlama: ({ logger }) =>
      Promise.resolve({
        loadModel: async ({ modelPath }) => {
          const file = JSON.parse(readFileSync(modelPath, 'utf8').slice(4)) as FakeFile;
          if (file.fault === 'die') process.kill(process.pid, 'SIGKILL');
          if (file.fault === 'hang') await new Promise(() => setInterval(() => undefined, 1_000));
          if (file.fault !== null) {
            const { fault } = file;
            void setImmediate().then(() => logger('error', fault));
            throw new Error('Failed to load model');
          }
          const words = new Words();
          return {
            trainContextSize: file.context,
            architecture: file.architecture,
            tokenize: words.tokenize,
            detokenize: words.detokenize,
            isSpecialToken: (token) => token < controlTokens.length,
            createContext: ({ contextSize }) =>
              Promise.resolve({
                getSequence: () => {
                  const sequence = new FakeSequence(contextSize, words, note);
                  sequences.push(sequence);
                  return sequence;
                },
              }),
          } satisfies LoadedModel;
        },
      }),
  };
}
