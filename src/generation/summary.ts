import { costByModel } from '#models/forecast.js';
import { getRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import type { ModelRunState } from '#storage/modelTables.js';
import { forecastOfGeneration } from './forecast.js';
import { currentStages, type Generation, resultOf, type StageResult } from './generation.js';
import { screenedResult, screenedSentence } from './screenedSentence.js';

/** Where a generation stands, for programs and for the terminal. Money is in the currency. */
export interface Summary {
  readonly id: string;
  readonly name: string;
  readonly state: ModelRunState;
  /** Why it stopped; null where it did not. */
  readonly reason: string | null;
  readonly stages: readonly {
    /** From 1. */
    readonly number: number;
    readonly kind: string;
    readonly attempt: number;
    readonly state: string;
    readonly result: StageResult | null;
  }[];
  readonly budget: number;
  readonly spent: number;
  readonly reserved: number;
  /** Requests that are still to come, at most, and what they will cost; null where not known. */
  readonly ahead: {
    readonly calls: number;
    readonly cost: { readonly more: number; readonly low: number; readonly high: number } | null;
  };
  readonly models: readonly {
    readonly name: string;
    readonly calls: number;
    readonly answered: number;
    readonly refused: number;
    readonly lost: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cost: number;
  }[];
}

const currency = (micro: number): number => micro / 1e6;

/** Where a generation stands. */
export async function summaryOf(db: Db, generation: Generation): Promise<Summary> {
  const run = await getRun(db, generation.run_id);
  const stages = await currentStages(db, generation.id);
  const { calls, cost } = await forecastOfGeneration(db, generation);
  const models = await costByModel(db, run.id);
  return {
    id: generation.public_id,
    name: generation.name,
    state: run.state,
    reason: run.reason === null ? null : screenedSentence(run.reason),
    stages: stages.map((stage) => ({
      number: stage.position + 1,
      kind: stage.kind,
      attempt: stage.attempt,
      state: stage.state,
      result: screenedResult(resultOf(stage)),
    })),
    budget: currency(run.budget),
    spent: currency(run.spent),
    reserved: currency(run.reserved),
    ahead: {
      calls,
      cost:
        cost === null
          ? null
          : {
              more: currency(cost.more),
              low: currency(cost.low),
              high: currency(cost.high),
            },
    },
    models: models.map((model) => ({
      name: `${model.name}@${model.version}`,
      calls: model.calls,
      answered: model.answered,
      refused: model.refused,
      lost: model.lost,
      inputTokens: model.inputTokens,
      outputTokens: model.outputTokens,
      cost: currency(model.cost),
    })),
  };
}
