import { readFile, rm } from 'node:fs/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { visible } from '#datasets/browse.js';
import { receiveForm } from '#datasets/imports/receiving.js';
import { newUploadFolder, orRemoved, tokenCheck } from '#datasets/upload.js';
import { listModels, modelName } from '#models/model.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { createGeneration } from './create.js';
import { requireGeneration } from './generation.js';
import { startGeneration } from './moves.js';
import { presetFile } from './presets/preset.js';
import { presetOf, presets } from './presets/presets.js';
import { type FileFault, readPipeline } from './readPipeline.js';
import { mostBytes } from './readYaml.js';

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
    told?: string | null;
    status?: number;
  },
): Promise<void> {
  const { entered, faults = [], sentences = [], told = null } = shown;
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
    status: shown.status ?? (faults.length + sentences.length > 0 ? 422 : 200),
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
      told,
      limit: mostBytes,
    },
  });
}

const Asked = z.object({ preset: z.string().max(100).catch('') });

/** GET /generations/new: the presets, and the fields of the one that is named. */
export const newGeneration: Handler = async (request, response, application) => {
  const { preset } = parse(Asked, request.query);
  await renderNew(request, response, application, { entered: { preset, fields: {}, source: '' } });
};

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
    const source = presetFile(preset, entered.fields);
    const read = readPipeline(source);
    return renderNew(request, response, application, {
      entered: { ...entered, source },
      faults: 'faults' in read ? read.faults : [],
      told: 'The pipeline file is written: read it, change what you like, then start it.',
    });
  }
  if (entered.source.trim() === '')
    return show({ sentences: ['There is no file yet. Write it from the fields, or upload one.'] });
  const read = readPipeline(entered.source);
  if ('faults' in read) return show({ faults: read.faults });
  if (body.step !== 'create') return show({ told: 'The file has no faults.' });
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
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    await show({ sentences: error.faults.map(({ field, message }) => `${field}: ${message}`) });
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
  const read = readPipeline(bytes);
  await renderNew(request, response, application, {
    entered,
    ...('faults' in read ? { faults: read.faults } : { told: 'The file has no faults.' }),
  });
};
