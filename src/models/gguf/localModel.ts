import { setTimeout } from 'node:timers/promises';
import { ModelFailure } from '../failure.js';
import {
  type CompleteAnswer,
  type CompleteRequest,
  type ScoreAnswer,
  type ScoreRequest,
  seedOf,
} from '../request.js';
import { type Frame, withoutLead } from '../settings.js';
import type { Engine, LoadedModel, Next, Sequence, Token, WithFigures } from './engine.js';
import { framing, type Framing } from './tokens.js';

/** The distribution as the model gives it, without any sampler. */
const neutral = { temperature: 1, topK: 0, topP: 1, minP: 0 };

/** How many tokens are evaluated before a look at whether the work was cancelled. */
const batch = 256;

/**
 * The log-probabilities of some tokens from the engine's figures: logit − highest logit −
 * ln Σ exp(logit − highest logit). The highest is among the logits because it was asked for as the
 * top 1 (`includeMax` gives nothing in this version).
 */
export function logProbabilities(next: Next, tokens: readonly Token[]): Map<Token, number> {
  const { logits, totalLogitWeight } = next;
  if (logits === undefined || totalLogitWeight === undefined)
    throw new ModelFailure('stop', 'The engine for model files gives no figures.');
  const highest = Math.max(...logits.values());
  return new Map(
    tokens.map((token) => {
      const value = (logits.get(token) ?? Number.NaN) - highest - Math.log(totalLogitWeight);
      if (!(value <= 1e-4 && value > Number.NEGATIVE_INFINITY))
        throw new ModelFailure('stop', 'The engine for model files gives figures that cannot be.');
      return [token, Math.min(0, value)];
    }),
  );
}

/** Asks for the figures of some tokens behind a token. */
const figuresBehind = (token: Token, followers: readonly Token[]): [Token, WithFigures] => [
  token,
  {
    generateNext: {
      logits: { filter: { tokens: followers, includeTop: 1 } },
      totalLogitWeight: true,
      options: neutral,
    },
  },
];

/** Why a file was not loaded, from the engine's error and what it logged. */
function reasonOf(error: unknown, complaints: readonly string[]): string {
  const architecture = complaints.join('\n').match(/unknown model architecture: '(.*)'/)?.[1];
  if (architecture !== undefined)
    return `the engine knows no models of its architecture, ${architecture}.`;
  const said = [error instanceof Error ? error.message : String(error), ...complaints.slice(0, 1)];
  return `it is damaged, too large for this machine, or no model that the engine knows (${said.join('; ')}).`;
}

const startsWith = (tokens: readonly Token[], beginning: readonly Token[]): boolean =>
  beginning.every((token, index) => tokens[index] === token);

/** A model in this process. It does one thing at a time. */
export class LocalModel {
  readonly #model: LoadedModel;
  readonly #sequence: Sequence;
  readonly #context: number;
  readonly #frame: Frame;
  readonly #framing: Framing;

  private constructor(parts: {
    model: LoadedModel;
    sequence: Sequence;
    context: number;
    frame: Frame;
  }) {
    this.#model = parts.model;
    this.#sequence = parts.sequence;
    this.#context = parts.context;
    this.#frame = parts.frame;
    this.#framing = framing(parts.model, parts.frame);
  }

  get tokeniser(): LoadedModel {
    return this.#model;
  }

  /** Loads a model file. Throws a `ModelFailure` of kind `stop` that says what is wrong with it. */
  static async load(
    engine: Engine,
    options: { file: string; name: string; frame: Frame; context: number; threads: number },
  ): Promise<LocalModel> {
    const { name, context, threads } = options;
    const complaints: string[] = [];
    const refused = (why: string, cause?: unknown): ModelFailure =>
      new ModelFailure('stop', `The model file ${name} cannot be used: ${why}`, { cause });
    const llama = await engine
      .getLlama({
        gpu: false,
        build: 'never',
        skipDownload: true,
        maxThreads: threads,
        logLevel: 'error',
        logger: (_level, message) => {
          if (complaints.length < 20) complaints.push(message.trim());
        },
      })
      .catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new ModelFailure('stop', `The engine for model files does not start: ${why}`, {
          cause,
        });
      });
    try {
      const model = await llama.loadModel({ modelPath: options.file, gpuLayers: 0 });
      if (/bert|^t5/.test(model.architecture))
        throw refused(
          `a model of its architecture, ${model.architecture}, does not continue texts.`,
        );
      if (context > model.trainContextSize)
        throw refused(
          `its context is ${model.trainContextSize} tokens, and the model is set to ${context}.`,
        );
      const made = await model.createContext({
        contextSize: context,
        batchSize: Math.min(context, batch),
        sequences: 1,
        threads,
        failedCreationRemedy: false,
      });
      return new LocalModel({
        model,
        sequence: made.getSequence(),
        context,
        frame: options.frame,
      });
    } catch (error) {
      if (error instanceof ModelFailure) throw error;
      // The engine logs why in a later turn of the event loop than the one in which it fails.
      await setTimeout(50);
      throw refused(reasonOf(error, complaints), error);
    }
  }

  #fits(prompt: readonly Token[], reply: number): void {
    if (prompt.length === 0) throw new ModelFailure('not-askable', 'The prompt is empty.');
    const length = prompt.length + reply;
    if (length > this.#context)
      throw new ModelFailure(
        'not-askable',
        `Prompt and reply are ${length} tokens, and the context of the model is ${this.#context}.`,
        { reason: 'over-context' },
      );
  }

  /**
   * Evaluates the beginning of these tokens, but never from `last` on, until no more than a batch is
   * left; what the sequence holds of them already stays. Between batches it looks whether the work
   * was cancelled. Returns where what is left begins.
   */
  async #approach(tokens: readonly Token[], last: number, signal: AbortSignal): Promise<number> {
    await this.#sequence.adaptStateToTokens(tokens.slice(0, last), false);
    let at = this.#sequence.nextTokenIndex;
    for (; at < last && tokens.length - at > batch; at = Math.min(at + batch, last)) {
      signal.throwIfAborted();
      const some = tokens.slice(at, Math.min(at + batch, last));
      await this.#sequence.evaluateWithoutGeneratingNewTokens(some);
    }
    signal.throwIfAborted();
    return at;
  }

  /** The engine shifts a sequence that is too long without a word: that must never happen. */
  #unshifted(length: number): void {
    if (this.#sequence.nextTokenIndex !== length)
      throw new ModelFailure('stop', 'The engine for model files has shortened a text.');
  }

  /**
   * Writes a text. It depends on the request alone: the sequence begins empty. Throws a
   * `ModelFailure`; the signal's reason where it is aborted.
   */
  async complete(request: CompleteRequest, signal: AbortSignal): Promise<CompleteAnswer> {
    const { sampling } = request;
    const prompt = this.#framing.prompt(request.prompt).tokens;
    this.#fits(prompt, sampling.maxTokens);
    await this.#sequence.clearHistory();
    const from = await this.#approach(prompt, prompt.length - 1, signal);

    const written: Token[] = [];
    // A stop of n bytes lies in the last n tokens, and a character over at most 3 further ones.
    const look = 4 + Math.max(0, ...sampling.stop.map((stop) => Buffer.byteLength(stop)));
    const decode = (tokens: readonly Token[]): string => this.#model.detokenize(tokens, false);
    let finish: CompleteAnswer['finish'] = 'stop';
    let stopped = false;
    for await (const token of this.#sequence.evaluate(prompt.slice(from), {
      ...neutral,
      temperature: sampling.temperature,
      topP: sampling.topP,
      seed: seedOf(request),
    })) {
      signal.throwIfAborted();
      written.push(token);
      const end = decode(written.slice(-look));
      stopped = sampling.stop.some((stop) => end.includes(stop));
      if (stopped) break;
      if (written.length === sampling.maxTokens) {
        finish = 'length';
        break;
      }
    }
    this.#unshifted(prompt.length + written.length - (stopped || finish === 'length' ? 1 : 0));
    return {
      verb: 'complete',
      text: this.#textOf(decode(written), sampling.stop, finish),
      finish,
      tokens: { input: prompt.length, output: written.length },
    };
  }

  /** What was written, without what the frame puts before replies and from the first stop on. */
  #textOf(whole: string, stops: readonly string[], finish: CompleteAnswer['finish']): string {
    const ends = stops.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
    const text = whole.slice(0, Math.min(whole.length, ...ends));
    const reply = withoutLead(this.#frame, text);
    // A character that was cut at the last token is no character.
    return finish === 'length' ? reply.replace(/\uFFFD+$/, '') : reply;
  }

  /**
   * The probability of each choice behind the prompt: of its whole text, or of its first token.
   * Every place that two choices have in common is evaluated once. It depends on the request alone.
   */
  async score(request: ScoreRequest, signal: AbortSignal): Promise<ScoreAnswer> {
    const prompt = this.#framing.prompt(request.prompt);
    const whole = request.choices.map((choice) =>
      this.#framing.reply(prompt, this.#frame.reply + choice),
    );
    this.#fits(prompt.tokens, Math.max(...whole.map((reply) => reply.length)));
    const replies = request.kind === 'exact' ? whole : whole.map((reply) => reply.slice(0, 1));
    if (
      request.kind === 'first-token' &&
      new Set(replies.map(([first]) => first)).size < whole.length
    )
      throw new ModelFailure('not-askable', 'Two choices begin with the same token of the model.', {
        reason: 'same-first-token',
      });

    await this.#sequence.clearHistory();
    const known = new Map<string, Map<Token, number>>();
    const at = (reply: readonly Token[], length: number): string =>
      reply.slice(0, length).join(' ');
    for (const reply of replies) {
      const missing = reply.findIndex((_, index) => !known.has(at(reply, index)));
      if (missing === -1) continue;
      const path = [...prompt.tokens, ...reply.slice(0, -1)];
      // The first token whose followers are not known yet.
      const first = prompt.tokens.length + missing - 1;
      const from = await this.#approach(path, first, signal);
      const wanted = path.slice(first).map((_, index) => {
        const beginning = reply.slice(0, missing + index);
        const followers = replies
          .filter((other) => other.length > beginning.length && startsWith(other, beginning))
          .flatMap((other) => other.slice(beginning.length, beginning.length + 1));
        return [...new Set(followers)];
      });
      const outputs = await this.#sequence.controlledEvaluate([
        ...path.slice(from, first),
        ...path.slice(first).map((token, index) => figuresBehind(token, wanted[index] ?? [])),
      ]);
      this.#unshifted(path.length);
      for (const [index, tokens] of wanted.entries())
        known.set(
          at(reply, missing + index),
          logProbabilities(outputs[first - from + index]?.next ?? {}, tokens),
        );
    }
    return {
      verb: 'score',
      kind: request.kind,
      choices: replies.map((reply) => ({
        logProbability: reply.reduce(
          (sum, token, index) => sum + (known.get(at(reply, index))?.get(token) ?? Number.NaN),
          0,
        ),
        bound: false,
      })),
      tokens: {
        input: prompt.tokens.length + whole.reduce((sum, reply) => sum + reply.length, 0),
        output: 0,
      },
    };
  }
}
