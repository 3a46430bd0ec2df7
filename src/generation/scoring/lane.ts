import { type Asking, type OpenModel, RunStopped } from '#models/asking.js';
import type { Sampling, ScoreKind } from '#models/request.js';
import { Refusals } from '#models/retries.js';
import { eachAtOnce } from '../atOnce.js';
import type { FlowCandidate } from '../candidates.js';
import { type ReasonName, reasonOf } from '../reasons.js';
import { shareOf, shareOfSampled } from './share.js';

/** A question as it is put for one candidate. */
export interface Put {
  readonly kind: 'put';
  readonly prompt: string;
  readonly choices: readonly string[];
  /** The index of the reply whose probability counts. */
  readonly wanted: number;
}

export interface Dropped {
  readonly kind: 'dropped';
  readonly reason: ReasonName;
  readonly detail: string | null;
}

export interface Scored {
  readonly kind: 'scored';
  readonly value: number;
  readonly mass: number | null;
  readonly scoreKind: ScoreKind;
  /** Null where several calls were counted. */
  readonly callId: number | null;
}

/** One question to one model about every candidate. */
export interface Lane {
  readonly name: string;
  readonly model: OpenModel;
  /** The kinds of score that may be used, the best first. */
  readonly kinds: readonly ScoreKind[];
  /** Answers to one question where the kind is `sampled`. */
  readonly samples: number;
  readonly seed: number;
  readonly put: (candidate: FlowCandidate) => Put | Dropped;
  /** Which end of what a bound leaves open counts, the least where nothing is said: see `shareOf`. */
  readonly side?: 'least' | 'most';
  /** What is stored of the probability of a text alone, where nothing is compared. */
  readonly alone?: (logProbability: number, put: Put) => number;
}

/** The kind gives no figures for this question, and another may. */
interface NoFigures {
  readonly kind: 'no-figures';
  readonly sentence: string;
  /** The candidate cannot be asked by this kind. */
  readonly reason: ReasonName | null;
}

const noScore = (detail: string): Dropped => ({ kind: 'dropped', reason: 'no-score', detail });

/** Tokens beyond the bytes of the longest reply: quotes and brackets before it. */
const around = 8;

/** Several answers are counted as the model writes by itself, long enough for the longest reply. */
const samplingFor = (choices: readonly string[]): Sampling => ({
  temperature: 1,
  topP: 1,
  maxTokens: Math.max(...choices.map((choice) => Buffer.byteLength(choice))) + around,
  stop: [],
});

type Refusal = Extract<Awaited<ReturnType<Asking['ask']>>, { kind: 'refused' }>;

function refusedBy({ refusal, reason, sentence }: Refusal): Dropped | NoFigures {
  if (refusal === 'no-figures') return { kind: 'no-figures', sentence, reason: null };
  if (refusal === 'given-up') return noScore(sentence);
  const named = reasonOf(reason ?? '')?.name as ReasonName | undefined;
  // Replies that begin alike can still be told apart by another kind.
  if (named === 'same-first-token') return { kind: 'no-figures', sentence, reason: named };
  return { kind: 'dropped', reason: named ?? 'not-asked', detail: sentence };
}

async function bySamples(
  asking: Asking,
  lane: Lane,
  put: Put,
): Promise<Scored | Dropped | NoFigures> {
  const { model, samples, seed } = lane;
  const sampling = samplingFor(put.choices);
  const texts: string[] = [];
  const refusals: Refusal[] = [];
  await eachAtOnce([...Array(samples).keys()], 16, async (sample) => {
    const { prompt } = put;
    const asked = await asking.ask(model, { verb: 'complete', prompt, sampling, seed, sample });
    if (asked.kind === 'refused') refusals[sample] = asked;
    else if (asked.answer.verb === 'complete') texts[sample] = asked.answer.text;
  });
  const refused = refusals.find((one) => one !== undefined);
  if (refused !== undefined) return refusedBy(refused);
  const share = shareOfSampled(texts, put.choices, put.wanted);
  return share === null
    ? noScore('No answer of the model begins with one of the replies.')
    : { kind: 'scored', ...share, scoreKind: 'sampled', callId: null };
}

async function byKind(
  asking: Asking,
  lane: Lane,
  put: Put,
  kind: ScoreKind,
): Promise<Scored | Dropped | NoFigures> {
  if (kind === 'sampled') return bySamples(asking, lane, put);
  const { prompt, choices, wanted } = put;
  const request = { verb: 'score' as const, kind, prompt, choices: [...choices] };
  const asked = await asking.ask(lane.model, request);
  if (asked.kind === 'refused') return refusedBy(asked);
  const { answer, callId } = asked;
  if (answer.verb !== 'score') throw new Error('a request for scores was answered by a text');
  if (lane.alone !== undefined) {
    const logProbability = answer.choices[0]?.logProbability ?? Number.NaN;
    // Two replies cannot both be certain, which is noticed; of one alone only this can be.
    if (logProbability === 0)
      return { kind: 'no-figures', sentence: 'The server calls a text certain.', reason: null };
    const value = lane.alone(logProbability, put);
    return { kind: 'scored', value, mass: null, scoreKind: kind, callId };
  }
  const share = shareOf(answer.choices, wanted, lane.side);
  return share === null
    ? noScore('None of the replies is among the tokens that the server lists.')
    : { kind: 'scored', ...share, scoreKind: kind, callId };
}

/** How many candidates are tried, one after the other, until one tells which kind gives figures. */
const mostTried = 50;

/** Scores candidates by one question to one model. */
export class Scorer {
  readonly #asking: Asking;
  readonly #lane: Lane;
  readonly #withoutFigures = new Refusals();
  /** The first of the kinds that is tried. */
  #from = 0;

  constructor(asking: Asking, lane: Lane) {
    this.#asking = asking;
    this.#lane = lane;
  }

  get lane(): Lane {
    return this.#lane;
  }

  /**
   * Finds the first kind that gives figures, by the first candidates, so that all of them are scored
   * by the same one. Throws `RunStopped` where none does.
   */
  async settle(candidates: readonly FlowCandidate[]): Promise<void> {
    for (const candidate of candidates.slice(0, mostTried)) {
      const put = this.#lane.put(candidate);
      if (put.kind === 'dropped') continue;
      const { outcome, at } = await this.#byKinds(put);
      if (outcome.kind === 'no-figures' && outcome.reason === null) throw this.#none(outcome);
      if (outcome.kind !== 'scored') continue;
      this.#from = at;
      return;
    }
  }

  /**
   * Scores a candidate. Where the kind that serves the others gives no figures for it, the further
   * kinds are tried; where none does, it is dropped, and the run stops once that happens to many.
   */
  async score(candidate: FlowCandidate): Promise<Scored | Dropped> {
    const put = this.#lane.put(candidate);
    if (put.kind === 'dropped') return put;
    const { outcome } = await this.#byKinds(put);
    this.#withoutFigures.add(outcome.kind === 'no-figures' && outcome.reason === null);
    if (outcome.kind !== 'no-figures') return outcome;
    if (outcome.reason === null && this.#withoutFigures.tooMany) throw this.#none(outcome);
    return { kind: 'dropped', reason: outcome.reason ?? 'no-score', detail: outcome.sentence };
  }

  async #byKinds(put: Put): Promise<{ outcome: Scored | Dropped | NoFigures; at: number }> {
    const { kinds } = this.#lane;
    let outcome: Scored | Dropped | NoFigures = noScore('No kind of score is allowed.');
    for (let at = this.#from; at < kinds.length; at += 1) {
      outcome = await byKind(this.#asking, this.#lane, put, kinds[at] ?? 'exact');
      if (outcome.kind !== 'no-figures') return { outcome, at };
    }
    return { outcome, at: kinds.length };
  }

  #none({ sentence }: NoFigures): RunStopped {
    const { model, kinds, name } = this.#lane;
    return new RunStopped(
      'failed',
      `${model.name} gives no figures for “${name}” by the kinds that the pipeline allows ` +
        `(${kinds.join(', ')}). ${sentence}`,
    );
  }
}
