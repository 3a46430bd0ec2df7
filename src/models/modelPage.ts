import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import type { FieldFault } from '#web/problem.js';
import { parse } from '#web/parse.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  blankModel,
  type Entered,
  enteredFields,
  formNames,
  knownFrames,
  readEntered,
} from './entered.js';
import { addModel, listModels, modelName, requireModel, retireModel } from './model.js';
import { latestProbes, probeHistory, queueProbe } from './probing.js';
import { priceInWords, formInWords, kindsInWords } from './modelWords.js';
import { providers, refuseUnreachable } from './open.js';
import { keyVariable } from './settings.js';

/** GET /models */
export const showModels: Handler = async (request, response, application) => {
  const models = await listModels(application.db);
  const probes = await latestProbes(application.db);
  renderPage(request, response, application, {
    view: 'models/list',
    shell: { layout: 'staff', title: 'Models', section: 'models' },
    page: {
      mayAdd: requireStaff(request).role === 'admin',
      models: models.map((model) => ({
        id: model.public_id,
        name: modelName(model),
        provider: model.provider,
        where: model.settings.server ?? 'a file',
        model: model.settings.model,
        price: priceInWords(model.settings.price),
        state: model.state,
        kinds: kindsInWords(probes.get(model.id)?.content ?? null),
        probedAt: probes.get(model.id)?.probedAt ?? null,
      })),
    },
  });
};

function showForm(
  request: Request,
  response: Response,
  application: Application,
  shown: { entered: Entered; faults: readonly FieldFault[] },
): void {
  const { hosts, keys } = application.config.models;
  renderPage(request, response, application, {
    view: 'models/new',
    shell: { layout: 'staff', title: 'Add a model', section: 'models' },
    status: shown.faults.length > 0 ? 422 : 200,
    page: {
      ...shown,
      providers: providers.map(({ name, sentence }) => ({ name, sentence })),
      forms: formNames.map((name) => ({
        name,
        sentence:
          name === 'chat'
            ? 'the chat template of the server'
            : name === 'frame'
              ? 'a frame of your own, entered below'
              : (Object.entries(knownFrames).find(([known]) => known === name)?.[1].sentence ?? ''),
      })),
      hosts,
      keys: Object.keys(keys).filter((name) => keyVariable.test(name)),
    },
  });
}

/** GET /models/new */
export const newModel: Handler = (request, response, application) =>
  showForm(request, response, application, { entered: blankModel, faults: [] });

const Body = z.object(
  Object.fromEntries(enteredFields.map((field) => [field, z.string().catch(blankModel[field])])),
);

/** POST /models */
export const createModel: Handler = async (request, response, application) => {
  const entered = { ...blankModel, ...parse(Body, request.body) };
  const read = readEntered(entered);
  const faults = 'faults' in read ? read.faults : refuseUnreachable(read.settings, application);
  if ('faults' in read || faults.length > 0)
    return showForm(request, response, application, { entered, faults });
  const staff = requireStaff(request);
  const now = application.now();
  const model = await addModel(application.db, { ...read, staff, now });
  await queueProbe(application, model, staff);
  response.redirect(303, `/models/${model.public_id}`);
};

/** GET /models/:model */
export const showModel: Handler = async (request, response, application) => {
  const model = await requireModel(application.db, String(request.params['model']));
  const { probes, underWay, failed } = await probeHistory(application, model);
  if (underWay) response.set({ refresh: '2', 'cache-control': 'no-store' });
  const { settings } = model;
  const adder = await application.db
    .selectFrom('account')
    .select('name')
    .where('id', '=', model.created_by)
    .executeTakeFirst();
  renderPage(request, response, application, {
    view: 'models/show',
    shell: {
      layout: 'staff',
      title: modelName(model),
      section: 'models',
      styles: ['css/datasets.css'],
    },
    page: {
      mayChange: requireStaff(request).role === 'admin',
      id: model.public_id,
      name: modelName(model),
      state: model.state,
      provider: providers.find(({ name }) => name === settings.provider)?.sentence ?? '',
      settings,
      price: priceInWords(settings.price),
      form: formInWords(settings.form),
      traits: Object.entries(settings.traits).map(([name, value]) => ({ name, value })),
      createdAt: model.created_at,
      createdBy: adder?.name ?? 'the command line',
      underWay,
      failed,
      probes,
    },
  });
};

/** POST /models/:model/probe */
export const createProbe: Handler = async (request, response, application) => {
  const model = await requireModel(application.db, String(request.params['model']));
  await queueProbe(application, model, requireStaff(request));
  response.redirect(303, `/models/${model.public_id}`);
};

/** POST /models/:model/retire */
export const retire: Handler = async (request, response, application) => {
  const model = await requireModel(application.db, String(request.params['model']));
  const staff = requireStaff(request);
  await retireModel(application.db, { model, staff, now: application.now() });
  response.redirect(303, `/models/${model.public_id}`);
};
