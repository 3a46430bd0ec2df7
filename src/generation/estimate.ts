import { modelName, requireModel } from '#models/model.js';
import type { ModelSettings } from '#models/settings.js';
import type { Db } from '#storage/database.js';
import type { ResolvedNames } from './create.js';
import { expectedOf } from './forecast.js';
import type { Pipeline, StageOf, StageSettings } from './pipeline.js';
import { probeRemarks } from './probed.js';
import { partsOf } from './template.js';

/** From what is asked in any case to what is asked if every answer can be read and nothing goes. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A range in words; one figure where both ends are the same. */
export const rangeWords = ({ low, high }: Range, word: (value: number) => string): string =>
  low === high ? word(high) : `${word(low)} to ${word(high)}`;

/** What is asked of one model. */
export interface ModelEstimate {
  /** Such as `small@2`. */
  readonly model: string;
  readonly calls: Range;
  readonly inputTokens: Range;
  readonly outputTokens: Range;
  /** In millionths of the currency. */
  readonly cost: Range;
}

/** What a pipeline will ask and cost, before anything was asked. */
export interface Estimate {
  /** What the newest probes of its models say against it, a sentence each. */
  readonly remarks: readonly string[];
  readonly calls: Range;
  readonly cost: Range;
  readonly models: readonly ModelEstimate[];
}

/** Bytes that a token spells: few in code and rare scripts, many in plain English. */
const bytesAToken = { fewest: 2, usual: 4, most: 6 } as const;
/** Tokens that a chat template puts around a prompt, at most in the usual ones. */
const aroundTokens = 50;
/** The shortest answer that is counted on, as a share of the most tokens. */
const shortestAnswer = 0.25;

const bytesOf = (text: string): number => Buffer.byteLength(text, 'utf8');
const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;

/** Mean bytes of each field, as far as it is known before an answer is there. */
type Lengths = Map<string, number>;

/** Bytes of a template once it is filled. */
const filled = (template: string, lengths: Lengths): number =>
  partsOf(template).reduce(
    (sum, part) => sum + ('text' in part ? bytesOf(part.text) : (lengths.get(part.field) ?? 0)),
    0,
  );

function addRows(lengths: Lengths, rows: readonly Readonly<Record<string, string>>[]): void {
  for (const name of Object.keys(rows[0] ?? {}))
    lengths.set(name, mean(rows.map((row) => bytesOf(row[name] ?? ''))));
}

/** What each request of a stage reads in bytes, with how often the prompt is read, and writes. */
interface Size {
  readonly bytes: number;
  readonly prompts: number;
  readonly output: Range;
}

const scored = (
  prompt: number,
  choices: readonly number[],
  kind: 'exact' | 'first-token' | 'sampled',
): Size =>
  kind === 'exact'
    ? {
        bytes: choices.reduce((sum, choice) => sum + prompt + choice, 0),
        prompts: choices.length,
        output: { low: choices.length, high: choices.length },
      }
    : {
        bytes: prompt,
        prompts: 1,
        output: { low: 1, high: kind === 'sampled' ? Math.max(...choices, 1) : 1 },
      };

/** The mean of several requests. */
const meanSize = (sizes: readonly Size[]): Size => ({
  bytes: mean(sizes.map(({ bytes }) => bytes)),
  prompts: mean(sizes.map(({ prompts }) => prompts)),
  output: {
    low: mean(sizes.map(({ output }) => output.low)),
    high: mean(sizes.map(({ output }) => output.high)),
  },
});

/** The mean request of a stage; null where it asks nothing. */
function sizeOf(settings: StageSettings, lengths: Lengths): Size | null {
  const bytes = (template: string): number => filled(template, lengths);
  if (settings.kind === 'write') {
    const { maxTokens } = settings.sampling;
    return {
      bytes: mean(settings.prompts.map(bytes)),
      prompts: 1,
      output: { low: maxTokens * shortestAnswer, high: maxTokens },
    };
  }
  if (settings.kind === 'judge') {
    const [kind = 'exact'] = settings.kinds;
    const { likelihood } = settings;
    return meanSize([
      ...settings.questions.map(({ prompt, choices }) =>
        scored(bytes(prompt), choices.map(bytes), kind),
      ),
      ...(likelihood === null
        ? []
        : [scored(bytes(likelihood.prompt), [bytes(likelihood.text)], 'exact')]),
    ]);
  }
  if (settings.kind === 'screen' && settings.asked !== null) {
    const { prompt, choices, kinds } = settings.asked;
    return scored(bytes(prompt), choices.map(bytes), kinds[0] ?? 'exact');
  }
  return null;
}

/** What is known of the fields of a candidate once this stage is done. */
function learn(lengths: Lengths, settings: StageSettings, { labels }: Pipeline): void {
  if (settings.kind === 'list' || settings.kind === 'combine') addRows(lengths, settings.rows);
  if (settings.kind === 'combine') {
    const longest = mean(settings.rows.flatMap((row) => Object.values(row).map(bytesOf)));
    for (const name of Object.keys(settings.pick)) lengths.set(name, longest);
  }
  if (settings.kind !== 'write') return;
  addRows(
    lengths,
    labels.map(({ values }) => values),
  );
  const { parse, sampling } = settings;
  const fields =
    parse.kind === 'fields'
      ? parse.fields
      : parse.kind === 'block-quote'
        ? [parse.field, ...parse.split]
        : [parse.field];
  const texts = ('most' in parse ? parse.most : 1) * fields.length;
  for (const name of fields) lengths.set(name, (sampling.maxTokens * bytesAToken.usual) / texts);
}

/** Mean bytes of the examples that a prompt shows, all of them together. */
async function shownBytes(
  db: Db,
  { shown }: StageOf<'write'>,
  datasets: Readonly<Record<string, string>>,
): Promise<number> {
  if (shown === null) return 0;
  const row = await db
    .selectFrom('example')
    .innerJoin('dataset', 'dataset.id', 'example.dataset_id')
    .select((eb) => eb.fn.avg<number | null>(eb.fn<number>('length', ['example.text'])).as('text'))
    .where('dataset.public_id', '=', datasets[shown.dataset] ?? '')
    .executeTakeFirstOrThrow();
  return shown.count * (Number(row.text ?? 0) + bytesOf(shown.form) + bytesOf(shown.separator));
}

/** Adds what one model is asked at a stage to what it was asked before. */
function add(
  before: Omit<ModelEstimate, 'model'> | undefined,
  given: { settings: ModelSettings; size: Size; calls: number; certain: boolean },
): Omit<ModelEstimate, 'model'> {
  const { settings, size, calls, certain } = given;
  const { form, price } = settings;
  const around = form.kind === 'chat' ? 0 : bytesOf(form.before + form.after);
  const bytes = size.bytes + around * size.prompts;
  const sure = certain ? calls : 0;
  const input = {
    low: (sure * bytes) / bytesAToken.most,
    high: calls * (bytes / bytesAToken.fewest + aroundTokens * size.prompts),
  };
  const output = { low: sure * size.output.low, high: calls * size.output.high };
  const paid = (end: keyof Range): number =>
    (input[end] * price.input + output[end] * price.output) / 1e6;
  const plus = (range: Range | undefined, more: Range): Range => ({
    low: Math.round((range?.low ?? 0) + more.low),
    high: Math.round((range?.high ?? 0) + more.high),
  });
  return {
    calls: plus(before?.calls, { low: sure, high: calls }),
    inputTokens: plus(before?.inputTokens, input),
    outputTokens: plus(before?.outputTokens, output),
    cost: plus(before?.cost, { low: paid('low'), high: paid('high') }),
  };
}

/**
 * Says what a pipeline will ask and cost before anything is asked. Low: the requests that are made
 * in any case, those up to the first stage that writes, with 6 bytes a token and answers of a quarter
 * of their most tokens. High: all requests, as if every answer could be read and nothing were
 * dropped, with 2 bytes a token and answers of their most tokens. Answers that an earlier run paid
 * are not left out. It is no limit: the budget is.
 */
export async function estimateOf(
  db: Db,
  { pipeline, names }: { readonly pipeline: Pipeline; readonly names: ResolvedNames },
): Promise<Estimate> {
  const found = new Map<string, Omit<ModelEstimate, 'model'>>();
  const lengths: Lengths = new Map();
  addRows(lengths, [pipeline.values]);
  let flow = { in: 0, labelled: false };
  let certain = true;
  for (const settings of pipeline.stages) {
    if (settings.kind === 'write') {
      addRows(
        lengths,
        pipeline.labels.map(({ values }) => values),
      );
      lengths.set('shown', await shownBytes(db, settings, names.datasets));
    }
    const labelled = flow.labelled || settings.kind === 'write';
    const { calls, out } = expectedOf(pipeline, settings, flow);
    const size = sizeOf(settings, lengths);
    for (const [name, asked] of calls) {
      if (size === null || asked === 0) continue;
      const model = await requireModel(db, names.models[name] ?? '');
      const called = modelName(model);
      found.set(
        called,
        add(found.get(called), { settings: model.settings, size, calls: asked, certain }),
      );
    }
    if (settings.kind === 'write') certain = false;
    learn(lengths, settings, pipeline);
    flow = { in: out, labelled };
  }
  const models = [...found].map(([model, one]): ModelEstimate => ({ model, ...one }));
  const all = (pick: (one: ModelEstimate) => Range): Range => ({
    low: models.reduce((total, one) => total + pick(one).low, 0),
    high: models.reduce((total, one) => total + pick(one).high, 0),
  });
  return {
    remarks: await probeRemarks(db, { pipeline, names }),
    calls: all(({ calls }) => calls),
    cost: all(({ cost }) => cost),
    models,
  };
}
