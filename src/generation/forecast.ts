import { forecastOf, type Forecast, paidBy } from '#models/forecast.js';
import { requireModel } from '#models/model.js';
import type { Db } from '#storage/database.js';
import { currentStages, type Generation, resultOf, type Stage } from './generation.js';
import type { Pipeline, StageSettings } from './pipeline.js';

/** What a stage is expected to ask, by the name of the model, and how many candidates go on. */
interface Expected {
  readonly calls: ReadonlyMap<string, number>;
  readonly out: number;
}

const texts = ({ parse }: Extract<StageSettings, { kind: 'write' }>): number =>
  'most' in parse ? parse.most : 1;

/** What a stage asks where so many candidates come in, if every answer parses and nothing goes. */
export function expectedOf(
  { labels }: Pick<Pipeline, 'labels'>,
  settings: StageSettings,
  given: { in: number; labelled: boolean },
): Expected {
  const each = (models: readonly string[], times: number): Map<string, number> =>
    new Map(models.map((model) => [model, given.in * times]));
  if (settings.kind === 'list') return { calls: new Map(), out: settings.rows.length };
  if (settings.kind === 'combine') {
    const pairs = given.in * settings.rows.length;
    return { calls: new Map(), out: Math.min(pairs, settings.most ?? pairs) };
  }
  if (settings.kind === 'write') {
    const units = Math.max(1, given.in) * (given.labelled ? 1 : Math.max(1, labels.length));
    const calls = units * settings.prompts.length * settings.samples;
    return { calls: new Map([[settings.model, calls]]), out: calls * texts(settings) };
  }
  if (settings.kind === 'judge') {
    const { models, questions, likelihood, kinds, samples } = settings;
    const times = questions.length * (kinds[0] === 'sampled' ? samples : 1);
    return { calls: each(models, times + (likelihood === null ? 0 : 1)), out: given.in };
  }
  if (settings.kind === 'screen') {
    const { models = [], kinds = [], samples = 1 } = settings.asked ?? {};
    return { calls: each(models, kinds[0] === 'sampled' ? samples : 1), out: given.in };
  }
  if (settings.kind === 'keep') {
    const most = (settings.top ?? given.in) * Math.max(1, labels.length);
    return { calls: new Map(), out: settings.per === null ? Math.min(given.in, most) : given.in };
  }
  return { calls: new Map(), out: given.in };
}

/** Requests of a stage that is under way whose outcome is stored, by the name of the model. */
async function storedOf(
  db: Db,
  stage: Stage,
  { models, pipeline }: Generation,
): Promise<Map<string, number>> {
  const settings = pipeline.stages[stage.position];
  const stored = new Map<string, number>();
  if (settings?.kind === 'write') {
    const { slots } = await db
      .selectFrom('candidate')
      .select((eb) => eb.fn.count<number>('slot').distinct().as('slots'))
      .where('stage_id', '=', stage.id)
      .executeTakeFirstOrThrow();
    stored.set(settings.model, Number(slots));
  }
  if (settings?.kind === 'judge' || settings?.kind === 'screen') {
    const rows = await db
      .selectFrom('candidate_score')
      .innerJoin('model', 'model.id', 'candidate_score.model_id')
      .select((eb) => ['model.public_id', 'kind', eb.fn.countAll<number>().as('count')])
      .where('stage_id', '=', stage.id)
      .groupBy(['model.public_id', 'kind'])
      .execute();
    // A score by sampling stands for as many requests as samples.
    const samples = (settings.kind === 'judge' ? settings.samples : settings.asked?.samples) ?? 1;
    for (const [name, id] of Object.entries(models)) {
      const requests = rows
        .filter((row) => row.public_id === id)
        .map(({ kind, count }) => Number(count) * (kind === 'sampled' ? samples : 1));
      stored.set(
        name,
        requests.reduce((sum, one) => sum + one, 0),
      );
    }
  }
  return stored;
}

/**
 * How many requests a generation still has to make, by the name of the model: at most, since
 * candidates that do not come through a stage are not known beforehand.
 */
export async function remainingCalls(
  db: Db,
  generation: Generation,
): Promise<ReadonlyMap<string, number>> {
  const { pipeline } = generation;
  const remaining = new Map<string, number>();
  let flow = { in: 0, labelled: false };
  for (const stage of await currentStages(db, generation.id)) {
    const settings = pipeline.stages[stage.position];
    if (settings === undefined) continue;
    const labelled = flow.labelled || settings.kind === 'write';
    const result = stage.state === 'done' ? resultOf(stage) : null;
    if (result !== null) {
      flow = { in: result.out, labelled };
      continue;
    }
    const { calls, out } = expectedOf(pipeline, settings, flow);
    const stored = stage.started_at === null ? null : await storedOf(db, stage, generation);
    for (const [name, count] of calls)
      remaining.set(
        name,
        (remaining.get(name) ?? 0) + Math.max(0, count - (stored?.get(name) ?? 0)),
      );
    flow = { in: out, labelled };
  }
  return remaining;
}

/** What a generation will still ask at most, and pay. */
export interface GenerationForecast {
  readonly calls: number;
  /** Null until each model that is still asked has been paid for a few answers. */
  readonly cost: Forecast | null;
}

/**
 * Forecasts what a generation still costs: each model by itself, since a text that is written costs
 * more than a score. The ranges of several models are added as those of independent sums are: the
 * square root of the sum of their squares.
 */
export async function forecastOfGeneration(
  db: Db,
  generation: Generation,
): Promise<GenerationForecast> {
  const remaining = [...(await remainingCalls(db, generation))].filter(([, count]) => count > 0);
  const calls = remaining.reduce((sum, [, count]) => sum + count, 0);
  let more = 0;
  let squares = 0;
  for (const [name, count] of remaining) {
    const { id } = await requireModel(db, generation.models[name] ?? '');
    const forecast = forecastOf(await paidBy(db, generation.run_id, id), count);
    if (forecast === null) return { calls, cost: null };
    more += forecast.more;
    squares += (forecast.high - forecast.more) ** 2;
  }
  const error = Math.sqrt(squares);
  return { calls, cost: { more, low: Math.max(0, more - error), high: more + error } };
}
