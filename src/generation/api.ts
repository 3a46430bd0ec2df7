import { z } from 'zod';
import { costByModel } from '#models/forecast.js';
import { getRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { notFound, Problem } from '#web/problem.js';
import type { Handler, Route } from '#web/route.js';
import { stageAgain } from './again.js';
import { GenerationParams } from './apiParams.js';
import { candidateApiRoutes } from './candidatesApi.js';
import { allStages } from './candidateSearch.js';
import { createGeneration, resolveNames } from './create.js';
import { estimateOf } from './estimate.js';
import { forecastOfGeneration } from './forecast.js';
import { type Generation, requireGeneration, resultOf, StageResult } from './generation.js';
import { setBudget } from './generationMoves.js';
import { listGenerations } from './generationsPage.js';
import { goOn } from './goOn.js';
import { type Move, moveGeneration, startGeneration } from './moves.js';
import { publicationApiRoutes } from './publicationsApi.js';
import { faultLine, readPipeline } from './readPipeline.js';
import { screenedResult, screenedSentence } from './screenedSentence.js';

const state = z.enum([
  'waiting',
  'running',
  'paused',
  'review',
  'out-of-budget',
  'done',
  'failed',
  'cancelled',
]);
const millionths = 'In millionths of the currency.';

const StageParams = GenerationParams.extend({
  position: z.coerce.number().int().min(0).describe('Of the stage in the pipeline, from 0.'),
});

const PipelineBody = z.strictObject({
  pipeline: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .describe('The pipeline file: YAML or JSON as a text, or JSON as an object.'),
});

export const NewGenerationBody = PipelineBody.extend({
  start: z.boolean().default(true).describe('Whether its run is started at once.'),
});

const Range = z.object({
  low: z.int().describe('What is asked in any case.'),
  high: z.int().describe('If every answer can be read and nothing is dropped.'),
});

export const EstimateAnswer = z.object({
  remarks: z.array(z.string()).describe('What the newest probes of its models say against it.'),
  requests: Range,
  cost: Range.describe(millionths),
  models: z.array(
    z.object({
      model: z.string(),
      requests: Range,
      input_tokens: Range,
      output_tokens: Range,
      cost: Range.describe(millionths),
    }),
  ),
});

export const GenerationList = z.object({
  generations: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      behaviour: z.string(),
      state,
      created_at: z.int(),
      created_by: z.string().nullable(),
      spent: z.int().describe(millionths),
      budget: z.int().describe(millionths),
      kept: z.int().nullable().describe('Null until the last stage is done.'),
    }),
  ),
});

export const GenerationAnswer = z.object({
  id: z.string(),
  name: z.string(),
  state,
  reason: z.string().nullable().describe('Why it stopped, in the words of who stopped it.'),
  created_at: z.int(),
  sha256: z.string().describe('Over the pipeline as JSON.'),
  models: z.record(z.string(), z.string()).describe('Name in the pipeline → public id of a model.'),
  pipeline: z.unknown().describe('The pipeline, with every default filled in.'),
  spent: z.int().describe(millionths),
  reserved: z.int().describe(millionths),
  budget: z.int().describe(millionths),
  forecast: z.object({
    requests: z.int().describe('Still to come, at most.'),
    more: z.number().nullable().describe(`${millionths} Null where too few were paid to say.`),
    low: z.number().nullable(),
    high: z.number().nullable(),
  }),
  cost: z.array(
    z.object({
      model: z.string(),
      requests: z.int(),
      answered: z.int(),
      refused: z.int(),
      lost: z.int(),
      input_tokens: z.int(),
      output_tokens: z.int(),
      cost: z.int().describe(millionths),
    }),
  ),
  stages: z.array(
    z.object({
      position: z.int(),
      attempt: z.int(),
      kind: z.string(),
      state: z.enum(['waiting', 'running', 'review', 'done', 'stale']),
      started_at: z.int().nullable(),
      finished_at: z.int().nullable(),
      result: StageResult.nullable(),
    }),
  ),
});

async function answerOf(db: Db, generation: Generation): Promise<z.input<typeof GenerationAnswer>> {
  const run = await getRun(db, generation.run_id);
  const { calls, cost } = await forecastOfGeneration(db, generation);
  return {
    id: generation.public_id,
    name: generation.name,
    state: run.state,
    reason: run.reason === null ? null : screenedSentence(run.reason),
    created_at: generation.created_at,
    sha256: generation.sha256,
    models: { ...generation.models },
    pipeline: generation.pipeline,
    spent: run.spent,
    reserved: run.reserved,
    budget: run.budget,
    forecast: {
      requests: calls,
      more: cost?.more ?? null,
      low: cost?.low ?? null,
      high: cost?.high ?? null,
    },
    cost: (await costByModel(db, run.id)).map((model) => ({
      model: `${model.name}@${model.version}`,
      requests: Number(model.calls),
      answered: Number(model.answered),
      refused: Number(model.refused),
      lost: Number(model.lost),
      input_tokens: Number(model.inputTokens),
      output_tokens: Number(model.outputTokens),
      cost: Number(model.cost),
    })),
    stages: (await allStages(db, generation.id)).map((stage) => ({
      position: stage.position,
      attempt: stage.attempt,
      kind: stage.kind,
      state: stage.state,
      started_at: stage.started_at,
      finished_at: stage.finished_at,
      result: screenedResult(resultOf(stage)),
    })),
  };
}

const listByApi: Handler = async (_request, response, { db }) => {
  const listed = await listGenerations(db);
  response.json({
    generations: listed.map((one) => ({
      id: one.id,
      name: one.name,
      behaviour: one.behaviour,
      state: one.state,
      created_at: one.at,
      created_by: one.by,
      spent: one.spent,
      budget: one.budget,
      kept: one.kept,
    })),
  });
};

function pipelineOf(pipeline: z.output<typeof PipelineBody>['pipeline']) {
  const source = typeof pipeline === 'string' ? pipeline : JSON.stringify(pipeline, null, 2);
  const read = readPipeline(source);
  if (!('faults' in read)) return read;
  throw new Problem(
    422,
    'invalid_pipeline',
    'The generation was not created.',
    'Nothing was asked of any model. Correct what is listed and try again.',
    read.faults.map((fault) => ({ field: fault.path || 'pipeline', message: faultLine(fault) })),
  );
}

const estimateByApi: Handler = async (request, response, { db, config }) => {
  const { pipeline } = pipelineOf(parse(PipelineBody, request.body).pipeline);
  const names = await resolveNames(db, { pipeline, models: config.models });
  const { remarks, calls, cost, models } = await estimateOf(db, { pipeline, names });
  response.json({
    remarks,
    requests: calls,
    cost,
    models: models.map((one) => ({
      model: one.model,
      requests: one.calls,
      input_tokens: one.inputTokens,
      output_tokens: one.outputTokens,
      cost: one.cost,
    })),
  });
};

const createByApi: Handler = async (request, response, application) => {
  const { db, config, now } = application;
  const { pipeline, start } = parse(NewGenerationBody, request.body);
  const read = pipelineOf(pipeline);
  const staff = requireStaff(request);
  const generation = await createGeneration(db, {
    ...read,
    models: config.models,
    staff,
    now: now(),
  });
  if (start) await startGeneration(application, generation, staff);
  response.status(201).json(await answerOf(db, generation));
};

const showByApi: Handler = async (request, response, { db }) => {
  const generation = await requireGeneration(db, String(request.params['generation']));
  response.json(await answerOf(db, generation));
};

/** A handler that changes a generation and answers how it stands then. */
const moving =
  (change: (application: Application, move: Move, body: unknown) => Promise<unknown>): Handler =>
  async (request, response, application) => {
    const { db, now } = application;
    const generation = await requireGeneration(db, String(request.params['generation']));
    const staff = requireStaff(request);
    const position: unknown = request.params['position'];
    const body: unknown = request.body;
    await change(
      application,
      { generation, staff, now: now() },
      position === undefined ? body : { position },
    );
    response.json(await answerOf(db, generation));
  };

const BudgetBody = z.strictObject({
  budget: z.int().min(0).max(1e12).describe(`The whole budget from now on. ${millionths}`),
});

const pauseByApi = moving(({ db }, move) =>
  moveGeneration(db, { ...move, verb: 'pause', budget: null }),
);
const cancelByApi = moving(({ db }, move) =>
  moveGeneration(db, { ...move, verb: 'cancel', budget: null }),
);
const resumeByApi = moving(async (application, move) => {
  await moveGeneration(application.db, { ...move, verb: 'resume', budget: null });
  await startGeneration(application, move.generation, move.staff);
});
const budgetByApi = moving((application, move, body) =>
  setBudget(application, { ...move, ...parse(BudgetBody, body) }),
);
const goOnByApi = moving(async (application, move) => {
  await goOn(application.db, move);
  await startGeneration(application, move.generation, move.staff);
});
const againByApi = moving(async (application, move, body) => {
  const { position } = parse(z.object({ position: z.coerce.number().int().min(0) }), body);
  if (position >= move.generation.pipeline.stages.length) throw notFound('stage');
  await stageAgain(application.db, { ...move, position });
  await startGeneration(application, move.generation, move.staff);
});

const path = '/api/v1/generations';
const one = `${path}/:generation`;
const about = { params: GenerationParams, answer: GenerationAnswer };

export const apiRoutes: readonly Route[] = [
  {
    method: 'get',
    path,
    access: 'researcher',
    handler: listByApi,
    operation: { summary: 'All generations, the newest first.', answer: GenerationList },
  },
  {
    method: 'post',
    path,
    access: 'admin',
    handler: createByApi,
    operation: {
      summary: 'Creates a generation from a pipeline file, and starts it.',
      body: NewGenerationBody,
      answer: GenerationAnswer,
      status: 201,
    },
  },
  {
    method: 'post',
    path: `${path}/estimate`,
    access: 'admin',
    handler: estimateByApi,
    operation: {
      summary: 'What a pipeline would ask and cost, and whether its models are there.',
      body: PipelineBody,
      answer: EstimateAnswer,
    },
  },
  {
    method: 'get',
    path: one,
    access: 'researcher',
    handler: showByApi,
    operation: { summary: 'One generation: its run, cost and stages.', ...about },
  },
  {
    method: 'post',
    path: `${one}/pause`,
    access: 'admin',
    handler: pauseByApi,
    operation: { summary: 'Pauses a generation: no model is asked.', ...about },
  },
  {
    method: 'post',
    path: `${one}/resume`,
    access: 'admin',
    handler: resumeByApi,
    operation: { summary: 'Lets a generation go on where it stopped.', ...about },
  },
  {
    method: 'post',
    path: `${one}/cancel`,
    access: 'admin',
    handler: cancelByApi,
    operation: { summary: 'Cancels a generation. What was made stays.', ...about },
  },
  {
    method: 'post',
    path: `${one}/budget`,
    access: 'admin',
    handler: budgetByApi,
    operation: {
      summary: 'Sets the whole budget. A generation that is out of budget goes on with it.',
      body: BudgetBody,
      ...about,
    },
  },
  {
    method: 'post',
    path: `${one}/go-on`,
    access: 'admin',
    handler: goOnByApi,
    operation: { summary: 'Ends the review at which a generation stands.', ...about },
  },
  {
    method: 'post',
    path: `${one}/stages/:position/again`,
    access: 'admin',
    handler: againByApi,
    operation: {
      summary: 'Has a stage done again, and the stages after it.',
      params: StageParams,
      answer: GenerationAnswer,
    },
  },
  ...candidateApiRoutes,
  ...publicationApiRoutes,
];
