import type { PlannedFault } from './faults.js';

/** How the test server answers. */
export interface Behaviour {
  /** The models that it has; null: every name is one. */
  readonly models: readonly string[] | null;
  /** The key that requests must bring; null: none. */
  readonly key: string | null;
  /** How many tokens prompt and reply may have together. */
  readonly context: number;
  /** Milliseconds before an answer is written. */
  readonly latencyMs: number;
  /** The least `max_tokens` that `/completions` takes. */
  readonly leastTokens: 0 | 1;
  /** The most alternatives a token that `/completions` shows. */
  readonly mostLogProbabilities: number;
  /** Where a seed is ignored, every request draws anew. */
  readonly seed: 'obeyed' | 'ignored';
  /**
   * How a character of several bytes is listed, which here is one token a byte: as the bytes
   * (OpenAI) or as replacement characters (vLLM). The offsets drift with both.
   */
  readonly characters: 'bytes' | 'replaced';
  /** How `/completions` lists figures: as OpenAI did, or as llama.cpp does, like a chat. */
  readonly figures: 'legacy' | 'content';
  /** Whether `/completions` lists the token that was written beside the most probable ones. */
  readonly listsWritten: boolean;
  /** What an answer says of its tokens: OpenAI's three fields, or fewer. */
  readonly usage: 'whole' | 'without-completion' | 'prompt-alone';
  /** What is written for a prompt; null leaves it to the language of the server. */
  readonly write: ((prompt: string, draw: { seed: string }) => string | null) | null;
  readonly faults: readonly PlannedFault[];
}

export const plainBehaviour: Behaviour = {
  models: null,
  key: null,
  context: 4_096,
  latencyMs: 0,
  leastTokens: 0,
  mostLogProbabilities: 20,
  seed: 'obeyed',
  characters: 'bytes',
  figures: 'legacy',
  listsWritten: false,
  usage: 'whole',
  write: null,
  faults: [],
};

/** A refusal with its status and sentence. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string | null;

  constructor(status: number, sentence: string, code: string | null = null) {
    super(sentence);
    this.status = status;
    this.code = code;
  }
}
