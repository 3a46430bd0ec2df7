import { readFile, rm } from 'node:fs/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { visible } from '#datasets/browse.js';
import { receiveForm } from '#datasets/imports/receiving.js';
import { newUploadFolder, orRemoved, tokenCheck } from '#datasets/upload.js';
import { listModels, modelName } from '#models/model.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { count } from '#web/format.js';
import { parse } from '#web/parse.js';
import { type FieldFault, Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { createGeneration, resolveNames } from './create.js';
import { type Estimate, estimateOf, rangeWords } from './estimate.js';
import { requireGeneration } from './generation.js';
import { startGeneration } from './moves.js';
import { fieldFaults, presetFile } from './presets/preset.js';
import { presetOf, presets } from './presets/presets.js';
import { type FileFault, readPipeline } from './readPipeline.js';
import { mostBytes } from './readYaml.js';
import { money } from './words.js';

/** What a person has entered: the fields of a preset, and the file. */
interface Entered {
  /** The name of a preset; empty where the file is one’s own. */
  readonly preset: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly source: string;
  /** Where it is the next round of a generation: its public id, and what was changed and why. */
  readonly round?: { readonly follows: string; readonly changes: string } | null;
}

/** A fault with the line of the file that it is about. */
const shownFault = (source: string, fault: FileFault): object => ({
  ...fault,
  message: visible(fault.message),
  text: visible((source.split('\n')[fault.line - 1] ?? '').slice(0, 200)),
});

const estimateShown = ({ remarks, calls, cost, models }: Estimate): object => ({
  remarks,
  calls: rangeWords(calls, count),
  cost: rangeWords(cost, money),
  models: models.map((one) => ({
    name: one.model,
    calls: rangeWords(one.calls, count),
    input: rangeWords(one.inputTokens, count),
    output: rangeWords(one.outputTokens, count),
    cost: rangeWords(one.cost, money),
  })),
});

/** Fields of presets that name a model. */
const modelFields: readonly string[] = ['writer', 'judge'];

async function renderNew(
  request: Request,
  response: Response,
  application: Application,
  shown: {
    entered: Entered;
    faults?: readonly FileFault[];
    /** Faults that have no place in the file, such as a model that there is not. */
    sentences?: readonly string[];
    /** Faults of the fields of the preset, by `field_` and their name. */
    fieldFaults?: readonly FieldFault[];
    told?: string | null;
    /** What the file will ask and cost; null where that is not known. */
    estimate?: Estimate | null;
  },
): Promise<void> {
  const { entered, faults = [], sentences = [], told = null, estimate = null } = shown;
  const ofFields = shown.fieldFaults ?? [];
  const models = await listModels(application.db);
  const { round = null } = entered;
  const preset = presetOf(entered.preset);
  renderPage(request, response, application, {
    view: 'generation/new',
    shell: {
      layout: 'staff',
      title: 'New generation',
      section: 'generations',
      styles: ['css/datasets.css', 'css/generation.css'],
    },
    status: faults.length + sentences.length + ofFields.length > 0 ? 422 : 200,
    page: {
      round:
        round === null
          ? null
          : { ...round, name: (await requireGeneration(application.db, round.follows)).name },
      source: entered.source,
      begun: entered.source.trim() !== '',
      presets: presets.map(({ name, title, sentence }) => ({
        name,
        title,
        sentence,
        chosen: name === preset?.name,
      })),
      preset:
        preset === undefined
          ? null
          : {
              name: preset.name,
              title: preset.title,
              fields: preset.fields.map((field) => ({
                ...field,
                value: entered.fields[field.name] ?? field.value,
                isModel: modelFields.includes(field.name),
              })),
            },
      models: models.filter(({ state }) => state === 'active').map(modelName),
      faults: faults.map((fault) => shownFault(entered.source, fault)),
      sentences,
      fieldFaults: ofFields,
      told,
      estimate: estimate === null ? null : estimateShown(estimate),
      limit: mostBytes,
    },
  });
}

const Asked = z.object({
  preset: z.string().max(100).catch(''),
  from: z.string().max(100).catch(''),
});

/**
 * GET /generations/new: the presets, and the fields of the one that is named; or the file `from` a
 * generation, in the editor.
 */
export const newGeneration: Handler = async (request, response, application) => {
  const { preset, from } = parse(Asked, request.query);
  if (from === '')
    return renderNew(request, response, application, {
      entered: { preset, fields: {}, source: '' },
    });
  const { name, source } = await requireGeneration(application.db, from);
  await renderNew(request, response, application, {
    entered: { preset: '', fields: {}, source },
    told: `This is the file of “${name}”. Change it, then check it: it becomes a new generation.`,
  });
};

/** What a file comes to: its faults, those of its names, or what it will ask and cost. */
async function checked(
  { db, config }: Application,
  source: string | Uint8Array,
): Promise<Pick<Parameters<typeof renderNew>[3], 'faults' | 'sentences' | 'estimate'>> {
  const read = readPipeline(source);
  if ('faults' in read) return { faults: read.faults };
  const { pipeline } = read;
  try {
    const names = await resolveNames(db, { pipeline, models: config.models });
    return { estimate: await estimateOf(db, { pipeline, names }) };
  } catch (error) {
    return { sentences: sentencesOf(error) };
  }
}

/** What a pipeline was refused for; other errors are thrown on. */
function sentencesOf(error: unknown): string[] {
  if (!(error instanceof Problem) || error.status !== 422) throw error;
  return error.faults.map(({ field, message }) => `${field}: ${message}`);
}

const noFaults = 'The file has no faults, and its models and datasets are there.';

/** Adds a sentence where there is nothing to correct. */
const toldWhereGood = (
  found: Awaited<ReturnType<typeof checked>>,
  good: string,
): Awaited<ReturnType<typeof checked>> & { told: string | null } => ({
  ...found,
  told: found.estimate === undefined ? null : good,
});

const Body = z.looseObject({
  step: z.enum(['fill', 'check', 'create']).catch('check'),
  preset: z.string().max(100).catch(''),
  // What a browser sends has CRLF, whatever the file had.
  source: z
    .string()
    .transform((text) => text.replace(/\r\n?/g, '\n'))
    .catch(''),
  follows: z.string().max(100).catch(''),
  changes: z.string().trim().max(20_000).catch(''),
});

function enteredOf(body: z.output<typeof Body>): Entered {
  const fields: Record<string, string> = {};
  for (const { name } of presetOf(body.preset)?.fields ?? []) {
    const value = body[`field_${name}`];
    if (typeof value === 'string') fields[name] = value.replace(/\r\n?/g, '\n').trim();
  }
  const { preset, source, follows, changes } = body;
  return { preset, fields, source, round: follows === '' ? null : { follows, changes } };
}

/** POST /generations: writes the file, checks it, or creates a generation from it and starts it. */
export const postGeneration: Handler = async (request, response, application) => {
  const { db, config, now } = application;
  const body = parse(Body, request.body);
  const entered = enteredOf(body);
  const show = (shown: Omit<Parameters<typeof renderNew>[3], 'entered'>): Promise<void> =>
    renderNew(request, response, application, { entered, ...shown });
  const preset = presetOf(entered.preset);
  if (body.step === 'fill' && preset !== undefined) {
    const missing = fieldFaults(preset, entered.fields);
    if (missing.length > 0)
      return show({
        fieldFaults: missing.map(({ field, message }) => ({ field: `field_${field}`, message })),
      });
    const source = presetFile(preset, entered.fields);
    return renderNew(request, response, application, {
      entered: { ...entered, source },
      ...toldWhereGood(
        await checked(application, source),
        'The pipeline file is written: read it, change what you like, then start it.',
      ),
    });
  }
  if (entered.source.trim() === '')
    return show({ sentences: ['There is no file yet. Write it from the fields, or upload one.'] });
  if (body.step !== 'create')
    return show(toldWhereGood(await checked(application, entered.source), noFaults));
  const read = readPipeline(entered.source);
  if ('faults' in read) return show({ faults: read.faults });
  const staff = requireStaff(request);
  const { round = null } = entered;
  try {
    const generation = await createGeneration(db, {
      ...read,
      models: config.models,
      staff,
      now: now(),
      follows:
        round === null
          ? null
          : {
              generationId: (await requireGeneration(db, round.follows)).id,
              changes: round.changes,
            },
    });
    await startGeneration(application, generation, staff);
    response.redirect(303, `/generations/${generation.public_id}`);
  } catch (error) {
    await show({ sentences: sentencesOf(error) });
  }
};

/** POST /generations/file: an uploaded pipeline file, put into the editor with its faults. */
export const uploadPipeline: Handler = async (request, response, application) => {
  const folder = newUploadFolder(application);
  const bytes = await orRemoved(folder, async () => {
    const [file] = await receiveForm(request, {
      folder,
      limitBytes: mostBytes,
      checkToken: tokenCheck(request, response),
    });
    return file === undefined ? null : readFile(file.storedPath);
  });
  await rm(folder, { recursive: true, force: true });
  const entered: Entered = { preset: '', fields: {}, source: bytes?.toString('utf8') ?? '' };
  if (bytes === null || bytes.length === 0)
    return renderNew(request, response, application, {
      entered,
      sentences: ['No file was chosen, or it is empty.'],
    });
  await renderNew(request, response, application, {
    entered,
    ...toldWhereGood(await checked(application, bytes), noFaults),
  });
};
