import { createAsking, type Asking, type OpenModel } from '#models/asking.js';
import type { ModelFailure } from '#models/failure.js';
import type { Hold } from '#models/ledgerQueries.js';
import { addModel } from '#models/model.js';
import type { CompleteRequest, ModelAnswer, ModelRequest } from '#models/request.js';
import { beginRun, createRun, getRun, type ModelRun } from '#models/run.js';
import { ModelSettings } from '#models/settings.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';

/** A text that a request asks for; its answer takes 10 tokens in and 5 out. */
export const textRequest = (prompt: string, sample = 0): CompleteRequest => ({
  verb: 'complete',
  prompt,
  sampling: { temperature: 1, topP: 1, maxTokens: 20, stop: [] },
  seed: 1,
  sample,
});

export const settingsWith = (changes: Partial<ModelSettings> = {}): ModelSettings =>
  ModelSettings.parse({
    provider: 'openai',
    server: 'http://localhost:9',
    model: 'small',
    form: { kind: 'frame', before: '', after: '', reply: '' },
    price: { input: 1e6, output: 1e6 },
    context: 1_000,
    ...changes,
  });

/** What one answered text costs with these prices: 10 tokens in and 5 out. */
export const cost = 15;
/** What a prompt of one letter may cost at most: 1 byte, 16 tokens around it, 20 tokens out. */
export const worst = 37;

export const answerTo = (request: ModelRequest): ModelAnswer => ({
  verb: 'complete',
  text: `answer to ${request.prompt}`,
  finish: 'stop',
  tokens: { input: 10, output: 5 },
});

export type Reply = (
  request: ModelRequest,
  signal: AbortSignal,
) => Promise<ModelAnswer> | ModelAnswer | ModelFailure;

/** A model whose answers a test gives, with the prompts that it was asked, in order. */
export async function modelWith(
  database: Database,
  reply: Reply = answerTo,
  changes: Partial<ModelSettings> = {},
): Promise<OpenModel & { readonly asked: string[] }> {
  const settings = settingsWith(changes);
  const model = await addModel(database.db, { name: 'm', settings, staff: null, now: 1 });
  const asked: string[] = [];
  return {
    id: model.id,
    publicId: model.public_id,
    name: model.name,
    settings,
    asked,
    asker: {
      async ask(request, signal) {
        asked.push(request.prompt);
        const answer = await reply(request, signal);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      close: () => Promise.resolve(),
    },
  };
}

export const newRun = ({ db }: Database, budget = 1e9): Promise<ModelRun> =>
  inTransaction(db, (trx) =>
    createRun(trx, {
      kind: 'test',
      settings: '{}',
      budget,
      planned: null,
      accountId: null,
      now: 1,
    }),
  );

/** Takes a run, or takes it over from a process that died. */
export async function holdOf({ db }: Database, run: ModelRun): Promise<Hold> {
  const hold = await beginRun(db, run.id, { now: 2, deadAfter: 0 });
  if (hold === null || hold === 'held') throw new Error('the run is over');
  return hold;
}

/** Asks for a run; waits between retries take no time, and `waits` collects them. */
export function askingOf(
  database: Database,
  hold: Hold,
  { now = () => 3, waits = [] }: { now?: () => number; waits?: number[] } = {},
): Asking {
  return createAsking(database, hold, {
    now,
    random: () => 0,
    async pause(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
}

/** The run's money: spent, reserved, and the sum of what its calls cost it. */
export async function moneyOf(
  database: Database,
  run: ModelRun,
): Promise<{ spent: number; reserved: number; ofCalls: number }> {
  const { spent, reserved } = await getRun(database.db, run.id);
  const { sum } = await database.db
    .selectFrom('model_run_call')
    .select((eb) => eb.fn.sum<number | null>('cost').as('sum'))
    .where('run_id', '=', run.id)
    .executeTakeFirstOrThrow();
  return { spent, reserved, ofCalls: sum ?? 0 };
}
