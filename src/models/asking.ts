import PQueue from 'p-queue';
import type { Database } from '#storage/database.js';
import type { ModelRunState } from '#storage/modelTables.js';
import { ModelFailure, type NotAskable } from './failure.js';
import { beginCall, type Ending, endCall, type Entry, type Hold } from './ledger.js';
import { costOf, mostTokens } from './price.js';
import type { Asker } from './providers.js';
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

/** What became of one request. */
export type Asked =
  | { readonly kind: 'answered'; readonly callId: number; readonly answer: ModelAnswer }
  /** Given up after its retries, or answered without figures. */
  | {
      readonly kind: 'refused' | 'no-figures';
      readonly callId: number;
      readonly sentence: string;
    }
  | {
      readonly kind: 'not-askable';
      readonly callId: number;
      readonly sentence: string;
      /** Null where the server alone knows. */
      readonly reason: NotAskable | null;
    };

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
  /** Throws `RunStopped` where the run cannot go on. */
  ask(model: OpenModel, request: ModelRequest): Promise<Asked>;
  /** Sends nothing more; what is under way is still waited for. */
  stop(reason: RunStopped): void;
  /** Comes back once nothing is under way. */
  settled(): Promise<void>;
  /** Waits for no answer any more: what is under way counts as lost. */
  abandon(): void;
}

const elsewherePause = 500;
/** Beyond the patience of a model, how long a call of another run may go without an answer. */
const margin = 60_000;

export function createAsking(
  database: Database,
  hold: Hold,
  { now, pause, random }: AskingTools,
): Asking {
  const queues = new Map<number, PQueue>();
  const underWay = new Map<string, Promise<Asked>>();
  const refusals = new Refusals();
  const halt = new AbortController();
  const given = new AbortController();

  const queueOf = ({ id, settings }: OpenModel): PQueue => {
    let queue = queues.get(id);
    if (queue === undefined) {
      const { atOnce, perMinute } = settings;
      queue = new PQueue({
        concurrency: atOnce,
        ...(perMinute === null ? {} : { intervalCap: perMinute, interval: 60_000 }),
      });
      queues.set(id, queue);
    }
    return queue;
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

  async function begin(model: OpenModel, entry: Omit<Entry, 'lostBefore'>) {
    for (;;) {
      halt.signal.throwIfAborted();
      const lostBefore = now() - model.settings.patienceSeconds * 1_000 - margin;
      const begun = await beginCall(database, hold, { ...entry, lostBefore }, now());
      if (begun.kind === 'out-of-budget')
        return stopped(
          new RunStopped('out-of-budget', 'The next request could go over the budget.'),
        );
      if (begun.kind === 'stopped')
        return stopped(new RunStopped('paused', 'The run was paused or ended.'));
      if (begun.kind !== 'elsewhere') return begun;
      await waitFor(elsewherePause);
    }
  }

  /** What a failed attempt means: how the call ends, and the milliseconds until it is sent again. */
  function consequence(
    failure: ModelFailure,
    retry: number,
  ): { ending: Ending; wait: number | null } {
    const { message: sentence, mayBePaid: paid } = failure;
    if (failure.kind === 'stop') return { ending: { state: 'lost', sentence, paid }, wait: null };
    if (failure.kind !== 'again' || retry > mostRetries)
      return { ending: { state: 'refused', sentence, paid }, wait: null };
    return {
      ending: { state: 'lost', sentence, paid },
      wait: waitBefore(retry, failure.wait, random()),
    };
  }

  async function askNow(
    model: OpenModel,
    request: ModelRequest,
    entry: Omit<Entry, 'lostBefore'>,
  ): Promise<Asked> {
    for (let retry = 1; ; retry += 1) {
      const begun = await begin(model, entry);
      if (begun.kind !== 'send') return begun;
      const { callId } = begun;
      const outcome = await attempt(model, request);
      if (!(outcome instanceof ModelFailure)) {
        await endCall(database, hold, callId, outcome, now());
        if (outcome.state !== 'answered')
          return stopped(new RunStopped('paused', outcome.sentence));
        refusals.add(false);
        return { kind: 'answered', callId, answer: outcome.answer };
      }
      const { ending, wait } = consequence(outcome, retry);
      await endCall(database, hold, callId, ending, now());
      const { message: sentence, kind } = outcome;
      if (kind === 'stop') return stopped(new RunStopped('failed', sentence));
      if (wait !== null) {
        await waitFor(wait);
        continue;
      }
      if (kind === 'not-askable') return { kind, callId, sentence, reason: outcome.reason };
      if (kind !== 'again') return { kind, callId, sentence };
      refusals.add(true);
      if (refusals.tooMany)
        return stopped(new RunStopped('failed', `${refusals.sentence} The last said: ${sentence}`));
      return { kind: 'refused', callId, sentence };
    }
  }

  return {
    async ask(model, wanted) {
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
      };
      const asked = queueOf(model).add(async () => {
        halt.signal.throwIfAborted();
        return askNow(model, request, entry);
      });
      underWay.set(name, asked);
      try {
        return await asked;
      } finally {
        underWay.delete(name);
      }
    },
    stop,
    async settled() {
      await Promise.allSettled(underWay.values());
    },
    abandon: () => given.abort(),
  };
}
