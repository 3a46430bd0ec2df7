import { z } from 'zod';
import { ModelFailure } from './failure.js';
import { firstWord } from './firstToken.js';
import type { Asker, Provider } from './providers.js';
import type { CompleteAnswer, CompleteRequest, ModelAnswer, ScoreAnswer } from './request.js';
import type { ModelRequest, ScoreKind } from './request.js';
import { waitBefore } from './retries.js';
import type { ModelSettings } from './settings.js';

const Works = z.strictObject({
  works: z.boolean(),
  /** What was seen, or why it does not work: a sentence. */
  sentence: z.string(),
});
export type Works = z.output<typeof Works>;

/** What a probe found: stored with the model. */
export const ProbeResult = z.strictObject({
  complete: Works,
  /** In the order of `scoreKinds`. */
  kinds: z.strictObject({
    exact: Works,
    'first-token': Works,
    sampled: Works,
  } satisfies Record<ScoreKind, typeof Works>),
  /** Whether a prompt can be asked about without writing a token; null where that was not asked. */
  maxTokensZero: z.boolean().nullable(),
  /**
   * `obeyed`: the same seed gave the same text and another seed another; `ignored`: the same seed
   * gave another text; `unknown`: all texts were the same, or none came.
   */
  seed: z.enum(['obeyed', 'ignored', 'unknown']),
  /** The median time of an answer in milliseconds; null where none came. */
  latencyMs: z.number().nullable(),
  /** Tokens that the probe took. */
  tokens: z.strictObject({ input: z.int(), output: z.int() }),
  /** How many questions were asked; a server that refused a field was asked one again. */
  requests: z.int(),
});
export type ProbeResult = z.output<typeof ProbeResult>;

/**
 * Two texts to reply to, a reply that any language model finds likelier than a heap of letters, and
 * that heap.
 */
const prompts = [
  'Would most people say that it is good to help a friend? Say yes or no.',
  'Is the number seven larger than the number nine? Say yes or no.',
] as const;
const likely = 'the people';
const absurd = 'qzxj vkqw jzzq';

/** How many times likelier than the heap the other reply has to be. */
const clearly = 100;

/** Figures are rounded: less than this apart, they are the same. */
const sameFigure = 1e-6;

/** How often a question is asked again where that may help: somebody may be waiting for the probe. */
const mostProbeRetries = 3;

/** Comes back after so many milliseconds, or soon after the signal is aborted. */
type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** No answer came, over all retries: that says nothing of what the model gives. */
class Unanswered extends Error {
  readonly failure: ModelFailure;

  constructor(failure: ModelFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Asks one after the other, and keeps count. */
class Questions {
  readonly #asker: Asker;
  readonly #signal: AbortSignal;
  readonly #pause: Pause;
  readonly #times: number[] = [];
  readonly tokens = { input: 0, output: 0 };
  requests = 0;

  constructor(options: { asker: Asker; signal: AbortSignal; pause: Pause }) {
    this.#asker = options.asker;
    this.#signal = options.signal;
    this.#pause = options.pause;
  }

  /** Asks, and again where that may help; what is then still to be asked again is `Unanswered`. */
  async ask(request: ModelRequest): Promise<ModelAnswer> {
    this.requests += 1;
    for (let retry = 1; ; retry += 1)
      try {
        return await this.#once(request);
      } catch (error) {
        if (!(error instanceof ModelFailure) || error.kind !== 'again') throw error;
        if (retry > mostProbeRetries) throw new Unanswered(error);
        await this.#pause(waitBefore(retry, error.wait, 0), this.#signal);
        this.#signal.throwIfAborted();
      }
  }

  async #once(request: ModelRequest): Promise<ModelAnswer> {
    const begun = performance.now();
    const answer = await this.#asker.ask(request, this.#signal);
    this.#times.push(performance.now() - begun);
    this.tokens.input += answer.tokens.input;
    this.tokens.output += answer.tokens.output;
    return answer;
  }

  async complete(seed: number): Promise<CompleteAnswer> {
    const request: CompleteRequest = {
      verb: 'complete',
      prompt: prompts[0],
      sampling: { temperature: 1, topP: 1, maxTokens: 16, stop: [] },
      seed,
      sample: 0,
    };
    const answer = await this.ask(request);
    if (answer.verb === 'complete') return answer;
    throw new ModelFailure('stop', 'The model was asked for a text and gave a score.');
  }

  async score(
    kind: 'exact' | 'first-token',
    prompt: string,
    choices: readonly [string, string],
  ): Promise<ScoreAnswer> {
    const answer = await this.ask({ verb: 'score', kind, prompt, choices: [...choices] });
    if (answer.verb === 'score') return answer;
    throw new ModelFailure('stop', 'The model was asked for a score and gave a text.');
  }

  get latencyMs(): number | null {
    const sorted = this.#times.toSorted((one, other) => one - other);
    return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
  }
}

const no = (sentence: string): Works => ({ works: false, sentence });

/** The sentence of a failure that this model has; what is not about the model is thrown on. */
async function orWhyNot(check: () => Promise<Works>): Promise<Works> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof ModelFailure) return no(error.message);
    throw error;
  }
}

const ln = (figure: number): string => `the log-probability ${figure.toFixed(3).replace('-', '−')}`;

async function checkExact(questions: Questions): Promise<Works> {
  const [one, other] = [
    await questions.score('exact', prompts[0], [likely, absurd]),
    await questions.score('exact', prompts[1], [likely, absurd]),
  ];
  const [ending, heap] = one.choices.map(({ logProbability }) => logProbability);
  const elsewhere = other.choices[0]?.logProbability;
  if (ending === undefined || heap === undefined || elsewhere === undefined)
    return no('The figures of a choice are missing.');
  if (ending - heap < Math.log(clearly))
    return no(
      `The figures mean nothing: a likely reply has ${ln(ending)}, a heap of letters ${ln(heap)}.`,
    );
  if (Math.abs(ending - elsewhere) < sameFigure)
    return no(
      `The figures mean nothing: after two prompts the same reply has the same ${ln(ending)}.`,
    );
  return {
    works: true,
    sentence: `A likely reply has ${ln(ending)}, a heap of letters ${ln(heap)}.`,
  };
}

/** What the model itself begins with is the choice that has to be likelier than a heap of letters. */
async function checkFirstToken(questions: Questions): Promise<Works> {
  const greedy = await questions.ask({
    verb: 'complete',
    prompt: prompts[0],
    sampling: { temperature: 0, topP: 1, maxTokens: 4, stop: [] },
    seed: 0,
    sample: 0,
  });
  const written = greedy.verb === 'complete' ? greedy.text : '';
  const word = firstWord(written);
  if (word === null) return no('The model wrote no word whose figure could be checked.');
  const choices = [word, absurd] as const;
  const one = await questions.score('first-token', prompts[0], choices);
  const other = await questions.score('first-token', prompts[1], choices);
  const [own, heap] = one.choices;
  const elsewhere = other.choices[0];
  if (own === undefined || heap === undefined || elsewhere === undefined)
    return no('The figures of a choice are missing.');
  if (own.bound)
    return no(`The word that the model wrote (${JSON.stringify(word)}) is not among those listed.`);
  if (own.logProbability <= heap.logProbability)
    return no(
      `The figures mean nothing: the word that the model wrote has ${ln(own.logProbability)}, a ` +
        `heap of letters ${ln(heap.logProbability)}.`,
    );
  if (!elsewhere.bound && Math.abs(own.logProbability - elsewhere.logProbability) < sameFigure)
    return no('The figures mean nothing: they are the same after two prompts.');
  return {
    works: true,
    sentence: `The word that the model wrote (${JSON.stringify(word)}) has ${ln(own.logProbability)}.`,
  };
}

async function checkTexts(
  questions: Questions,
): Promise<{ complete: Works; seed: ProbeResult['seed'] }> {
  const texts: string[] = [];
  const complete = await orWhyNot(async () => {
    for (const seed of [1, 1, 2, 3]) texts.push((await questions.complete(seed)).text);
    return texts.every((text) => text.trim() === '')
      ? no('The model wrote nothing.')
      : { works: true, sentence: `It wrote ${JSON.stringify(texts.find((text) => text !== ''))}.` };
  });
  const [first, again, ...others] = texts;
  const seed =
    !complete.works || texts.length < 4 || new Set(texts).size === 1
      ? 'unknown'
      : first === again && others.some((text) => text !== first)
        ? 'obeyed'
        : 'ignored';
  return { complete, seed };
}

/**
 * Tries what a model can be asked, and checks the figures of its answers, not their fields: a likely
 * reply has to have more than a heap of letters, and another figure after another prompt. A kind of
 * score that does not work has a sentence that says why. Takes up to nine short questions; one that
 * may be answered later is asked up to three times more, and then its `ModelFailure` is thrown. Where
 * the signal is aborted, its reason is thrown.
 */
export async function probe(options: {
  readonly provider: Provider;
  readonly asker: Asker;
  readonly settings: ModelSettings;
  readonly signal: AbortSignal;
  readonly pause: Pause;
}): Promise<ProbeResult> {
  try {
    return await probeWith(new Questions(options), options);
  } catch (error) {
    throw error instanceof Unanswered ? error.failure : error;
  }
}

async function probeWith(
  questions: Questions,
  options: Parameters<typeof probe>[0],
): Promise<ProbeResult> {
  const offered = options.provider.kinds(options.settings);
  const { complete, seed } = await checkTexts(questions);
  const check = async (kind: ScoreKind, how: () => Promise<Works>): Promise<Works> => {
    if (!offered.includes(kind)) return no('A model that is asked in this way does not give it.');
    return await orWhyNot(how);
  };
  return {
    complete,
    kinds: {
      exact: await check('exact', () => checkExact(questions)),
      'first-token': await check('first-token', () => checkFirstToken(questions)),
      sampled: await check('sampled', async () => complete),
    },
    maxTokensZero: options.asker.learned?.maxTokensZero ?? null,
    seed,
    latencyMs: questions.latencyMs,
    tokens: questions.tokens,
    requests: questions.requests,
  };
}
