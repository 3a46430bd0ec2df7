import PQueue from 'p-queue';
import type { Database } from '#storage/database.js';
import type { ModelRunState } from '#storage/modelTables.js';
import { ModelFailure } from './failure.js';
import {
  beginCall,
  type Begun,
  type Ending,
  endCall,
  type Entry,
  isAnswered,
  type Refused,
} from './ledger.js';
import type { Hold } from './ledgerQueries.js';
import { costOf, mostTokens } from './price.js';
import type { Asker } from './providers.js';
import { RateLimit } from './rateLimit.js';
import { keyOf, type ModelAnswer, ModelRequest } from './request.js';
import { mostRetries, Refusals, waitBefore } from './retries.js';
import type { ModelSettings } from './settings.js';

/** A model with an open way to it. */
export interface OpenModel {
  readonly id: number;
  readonly publicId: string;
  readonly name: string;
  readonly settings: ModelSettings;
  readonly asker: Asker;
}

/** What became of one request: answered, or refused with why there is no answer. */
export type Asked =
  | { readonly kind: 'answered'; readonly callId: number; readonly answer: ModelAnswer }
  | ({ readonly kind: 'refused'; readonly callId: number } & Refused);

/** The run cannot go on. The message says why, for people. */
export class RunStopped extends Error {
  constructor(
    readonly state: Exclude<ModelRunState, 'running'>,
    message: string,
  ) {
    super(message);
  }
}

export interface AskingTools {
  readonly now: () => number;
  /** Comes back after so many milliseconds, or throws the reason of the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Asks models for one run: within its budget, each question once, again where that may help. */
export interface Asking {
  /**
   * Throws `RunStopped` where the run cannot go on. Nobody has to wait for the answer: it is stored
   * all the same.
   * @param stageId the stage of a generation that asks: what the call costs is counted for it
   */
  ask(model: OpenModel, request: ModelRequest, stageId?: number): Promise<Asked>;
  /** Sends nothing more; what is under way is still waited for. */
  stop(reason: RunStopped): void;
  /** Comes back once nothing is under way. */
  settled(): Promise<void>;
  /** Waits for no answer any more: what is under way counts as lost. */
  abandon(): void;
}

const notRunning = (): RunStopped => new RunStopped('paused', 'The run was paused or ended.');

const elsewherePause = 500;
/** Beyond the patience of a model, how long a call of another run may go without an answer. */
const margin = 60_000;

/** The ways to one model, for one run. */
interface Way {
  readonly queue: PQueue;
  readonly limit: RateLimit | null;
}

export function createAsking(
  database: Database,
  hold: Hold,
  { now, pause, random }: AskingTools,
): Asking {
  const ways = new Map<number, Way>();
  const underWay = new Map<string, Promise<Asked>>();
  const refusals = new Refusals();
  const halt = new AbortController();
  const given = new AbortController();

  const wayTo = ({ id, settings: { atOnce, perMinute } }: OpenModel): Way => {
    let way = ways.get(id);
    if (way === undefined) {
      const limit = perMinute === null ? null : new RateLimit(perMinute, now);
      ways.set(id, (way = { queue: new PQueue({ concurrency: atOnce }), limit }));
    }
    return way;
  };

  const stop = (reason: RunStopped): void => halt.abort(reason);

  const stopped = (reason: RunStopped): never => {
    stop(reason);
    throw reason;
  };

  /** Waits, and no longer once the run is to stop. */
  async function waitFor(ms: number): Promise<void> {
    try {
      await pause(ms, halt.signal);
    } catch (error) {
      halt.signal.throwIfAborted();
      throw error;
    }
  }

  /** Sends once. */
  async function attempt(model: OpenModel, request: ModelRequest): Promise<Ending | ModelFailure> {
    try {
      const answer = await model.asker.ask(request, given.signal);
      return { state: 'answered', answer, cost: costOf(model.settings, answer.tokens) };
    } catch (error) {
      if (error instanceof ModelFailure) return error;
      if (given.signal.aborted)
        return { state: 'lost', sentence: 'Nobody waited for its answer.', paid: true };
      throw error;
    }
  }

  async function begin(
    model: OpenModel,
    entry: Entry,
  ): Promise<Extract<Begun, { kind: 'send' | 'answered' | 'refused' }>> {
    const { limit } = wayTo(model);
    for (;;) {
      halt.signal.throwIfAborted();
      if (limit !== null && !(await isAnswered(database, entry.key))) await limit.pass(waitFor);
      const lostBefore = now() - model.settings.patienceSeconds * 1_000 - margin;
      const begun = await beginCall(database, { hold, entry, lostBefore, now: now() });
      if (begun.kind === 'out-of-budget')
        return stopped(
          new RunStopped('out-of-budget', 'The next request could go over the budget.'),
        );
      if (begun.kind === 'stopped') return stopped(notRunning());
      if (begun.kind !== 'elsewhere') return begun;
      await waitFor(elsewherePause);
    }
  }

  /** Stores how an attempt ended; stops where this process does not hold the run any more. */
  async function end(callId: number, ending: Ending): Promise<void> {
    if (!(await endCall(database, { hold, callId, ending, now: now() }))) stopped(notRunning());
  }

  /**
   * What a failed attempt means: how the call ends, and the milliseconds until it is sent again.
   */
  function consequence(
    failure: ModelFailure,
    retry: number,
  ): { ending: Exclude<Ending, { state: 'answered' }>; wait: number | null } {
    const { kind, message: sentence, mayBePaid: paid, reason } = failure;
    if (kind === 'stop') return { ending: { state: 'lost', sentence, paid }, wait: null };
    if (kind === 'again' && retry <= mostRetries)
      return {
        ending: { state: 'lost', sentence, paid },
        wait: waitBefore(retry, failure.wait, random()),
      };
    const refusal = kind === 'again' ? 'given-up' : kind;
    return { ending: { state: 'refused', refusal, reason, sentence, paid }, wait: null };
  }

  /** Stores an answer, and gives it. */
  async function keep(callId: number, outcome: Ending): Promise<Asked> {
    await end(callId, outcome);
    if (outcome.state !== 'answered') return stopped(notRunning());
    refusals.add(false);
    return { kind: 'answered', callId, answer: outcome.answer };
  }

  /**
   * Asks, again where that may help. An answer is still being stored when this comes back, as
   * `kept`: the model is free for the next request, which is written down in the same commit.
   */
  async function askNow(
    model: OpenModel,
    request: ModelRequest,
    entry: Entry,
  ): Promise<Asked | { readonly kind: 'kept'; readonly kept: Promise<Asked> }> {
    for (let retry = 1; ; retry += 1) {
      const begun = await begin(model, entry);
      if (begun.kind !== 'send') return begun;
      const { callId } = begun;
      const outcome = await attempt(model, request);
      if (!(outcome instanceof ModelFailure)) return { kind: 'kept', kept: keep(callId, outcome) };
      const { ending, wait } = consequence(outcome, retry);
      await end(callId, ending);
      if (wait !== null) {
        await waitFor(wait);
        continue;
      }
      const { message: sentence } = outcome;
      if (ending.state !== 'refused') return stopped(new RunStopped('failed', sentence));
      if (ending.refusal === 'given-up') {
        refusals.add(true);
        if (refusals.tooMany)
          return stopped(
            new RunStopped('failed', `${refusals.sentence} The last said: ${sentence}`),
          );
      }
      const { refusal, reason } = ending;
      return { kind: 'refused', callId, refusal, reason, sentence };
    }
  }

  async function askOnce(
    model: OpenModel,
    wanted: ModelRequest,
    stageId: number | null,
  ): Promise<Asked> {
    halt.signal.throwIfAborted();
    const request = ModelRequest.parse(wanted);
    const key = keyOf(model, request);
    const name = key.toString('base64');
    const before = underWay.get(name);
    if (before !== undefined) return before;
    const entry = {
      key,
      modelId: model.id,
      request: JSON.stringify(request),
      worst: costOf(model.settings, mostTokens(model.settings, request)),
      stageId,
    };
    const asked = wayTo(model)
      .queue.add(async () => {
        halt.signal.throwIfAborted();
        return askNow(model, request, entry);
      })
      .then((outcome) => (outcome.kind === 'kept' ? outcome.kept : outcome));
    underWay.set(name, asked);
    try {
      return await asked;
    } finally {
      underWay.delete(name);
    }
  }

  return {
    ask(model, request, stageId) {
      const asked = askOnce(model, request, stageId ?? null);
      // A stop reaches those too for whose answer nobody waits.
      asked.catch(() => undefined);
      return asked;
    },
    stop,
    async settled() {
      await Promise.allSettled(underWay.values());
    },
    abandon: () => given.abort(),
  };
}
