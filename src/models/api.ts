import { z } from 'zod';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import type { Handler, Route } from '#web/route.js';
import { modelNamePattern } from './entered.js';
import { addModel, listModels, type Model, modelName, requireModel, retireModel } from './model.js';
import { refuseUnreachable } from './open.js';
import { latestProbes, queueProbe } from './probing.js';
import { ModelSettings } from './settings.js';
import { StoredProbe } from './storedProbe.js';

export const ModelParams = z.object({ model: z.string().describe('Public id of the model.') });

export const NewModel = z.strictObject({
  name: z.string().trim().regex(modelNamePattern, 'is not letters, digits, full stops, dashes'),
  settings: ModelSettings,
});

export const ModelAnswerShape = z.object({
  id: z.string(),
  name: z.string().describe('The name with its version: small@2.'),
  state: z.enum(['active', 'retired']),
  created_at: z.int(),
  settings: ModelSettings,
  probe: StoredProbe.nullable().describe('What the newest probe found; null before the first.'),
});
export const ModelList = z.object({ models: z.array(ModelAnswerShape) });

const shapeOf = (
  model: Model,
  probes: Awaited<ReturnType<typeof latestProbes>>,
): z.input<typeof ModelAnswerShape> => ({
  id: model.public_id,
  name: modelName(model),
  state: model.state,
  created_at: model.created_at,
  settings: model.settings,
  probe: probes.get(model.id)?.content ?? null,
});

const listByApi: Handler = async (_request, response, { db }) => {
  const probes = await latestProbes(db);
  response.json({ models: (await listModels(db)).map((model) => shapeOf(model, probes)) });
};

const showByApi: Handler = async (request, response, { db }) => {
  const model = await requireModel(db, String(request.params['model']));
  response.json(shapeOf(model, await latestProbes(db)));
};

const addByApi: Handler = async (request, response, application) => {
  const wanted = parse(NewModel, request.body);
  const faults = refuseUnreachable(wanted.settings, application);
  if (faults.length > 0)
    throw new Problem(422, 'invalid_input', 'The model was not added.', '', faults);
  const staff = requireStaff(request);
  const model = await addModel(application.db, { ...wanted, staff, now: application.now() });
  await queueProbe(application, model, staff);
  response.status(201).json(shapeOf(model, await latestProbes(application.db)));
};

const probeByApi: Handler = async (request, response, application) => {
  const model = await requireModel(application.db, String(request.params['model']));
  await queueProbe(application, model, requireStaff(request));
  response.status(202).json(shapeOf(model, await latestProbes(application.db)));
};

const retireByApi: Handler = async (request, response, application) => {
  const { db, now } = application;
  const model = await requireModel(db, String(request.params['model']));
  await retireModel(db, { model, staff: requireStaff(request), now: now() });
  const retired = await requireModel(db, model.public_id);
  response.json(shapeOf(retired, await latestProbes(db)));
};

export const apiRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/api/v1/models',
    access: 'researcher',
    handler: listByApi,
    operation: { summary: 'All language models, with what their probes found.', answer: ModelList },
  },
  {
    method: 'post',
    path: '/api/v1/models',
    access: 'admin',
    handler: addByApi,
    operation: {
      summary:
        'Adds a language model, as the next version where its name is known, and has it probed. ' +
        'Settings that the newest version has already add nothing.',
      body: NewModel,
      answer: ModelAnswerShape,
      status: 201,
    },
  },
  {
    method: 'get',
    path: '/api/v1/models/:model',
    access: 'researcher',
    handler: showByApi,
    operation: { summary: 'One language model.', params: ModelParams, answer: ModelAnswerShape },
  },
  {
    method: 'post',
    path: '/api/v1/models/:model/probe',
    access: 'admin',
    handler: probeByApi,
    operation: {
      summary: 'Finds out again what a model can be asked; its “probe” tells once that is done.',
      params: ModelParams,
      answer: ModelAnswerShape,
      status: 202,
    },
  },
  {
    method: 'post',
    path: '/api/v1/models/:model/retire',
    access: 'admin',
    handler: retireByApi,
    operation: {
      summary: 'Takes a model out of use. What was asked of it stays.',
      params: ModelParams,
      answer: ModelAnswerShape,
    },
  },
];
