import type { Db } from '#storage/database.js';

/** What a run has paid so far, in millionths of its currency. */
export interface Paid {
  /** Calls that were answered for it, without those that an earlier run had paid. */
  readonly calls: number;
  readonly sum: number;
  /** Sum of the squared costs. */
  readonly squares: number;
}

/** What further calls will cost, with a range; null where too few were paid to say. */
export interface Forecast {
  readonly more: number;
  readonly low: number;
  readonly high: number;
}

const fewest = 5;
/** The normal quantile of 95 %. */
const quantile = 1.96;

/**
 * Says what `remaining` further calls will cost, if they are like those that were paid: their mean,
 * and the 95 % prediction interval of their sum, mean·r ± 1.96·s·√(r + r²/n), not below zero.
 */
export function forecastOf({ calls, sum, squares }: Paid, remaining: number): Forecast | null {
  if (calls < fewest) return null;
  const mean = sum / calls;
  const variance = Math.max(0, (squares - calls * mean * mean) / (calls - 1));
  const error = quantile * Math.sqrt(variance * (remaining + remaining ** 2 / calls));
  const more = mean * remaining;
  return { more, low: Math.max(0, more - error), high: more + error };
}

/** What a run has paid for answered calls: of one model, or of all. */
export async function paidBy(db: Db, runId: number, modelId: number | null = null): Promise<Paid> {
  const row = await db
    .selectFrom('model_run_call')
    .innerJoin('model_call', 'model_call.id', 'model_run_call.call_id')
    .select((eb) => [
      eb.fn.countAll<number>().as('calls'),
      eb.fn.sum<number | null>('model_run_call.cost').as('sum'),
      eb.fn
        .sum<number | null>(
          eb(
            eb.cast<number>('model_run_call.cost', 'double precision'),
            '*',
            eb.cast<number>('model_run_call.cost', 'double precision'),
          ),
        )
        .as('squares'),
    ])
    .where('model_run_call.run_id', '=', runId)
    .where('model_call.state', '=', 'answered')
    .where('model_call.run_id', '=', runId)
    .$if(modelId !== null, (query) => query.where('model_call.model_id', '=', modelId))
    .executeTakeFirstOrThrow();
  return { calls: Number(row.calls), sum: row.sum ?? 0, squares: row.squares ?? 0 };
}

/** What a run asked of one model, and paid for it. */
export interface ModelCost {
  readonly name: string;
  readonly version: number;
  readonly calls: number;
  readonly answered: number;
  readonly refused: number;
  /** Attempts whose answer never came and count as paid, over all runs that asked. */
  readonly lost: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost: number;
}

/** What a run paid, by model; answers that another run had paid before cost nothing. */
export async function costByModel(db: Db, runId: number): Promise<ModelCost[]> {
  const rows = await db
    .selectFrom('model_run_call')
    .innerJoin('model_call', 'model_call.id', 'model_run_call.call_id')
    .innerJoin('model', 'model.id', 'model_call.model_id')
    .select((eb) => [
      'model.name',
      'model.version',
      eb.fn.countAll<number>().as('calls'),
      eb.fn.countAll<number>().filterWhere('model_call.state', '=', 'answered').as('answered'),
      eb.fn.countAll<number>().filterWhere('model_call.state', '=', 'refused').as('refused'),
      eb.fn.sum<number>('model_call.lost').as('lost'),
      eb.fn.sum<number>('model_call.input_tokens').as('inputTokens'),
      eb.fn.sum<number>('model_call.output_tokens').as('outputTokens'),
      eb.fn.sum<number>('model_run_call.cost').as('cost'),
    ])
    .where('model_run_call.run_id', '=', runId)
    .groupBy(['model.name', 'model.version'])
    .orderBy('model.name')
    .orderBy('model.version')
    .execute();
  return rows;
}
