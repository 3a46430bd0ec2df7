import { readFile, rm } from 'node:fs/promises';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { receiveForm } from '#datasets/imports/receiving.js';
import { newUploadFolder, orRemoved, tokenCheck } from '#datasets/upload.js';
import { visible } from '#datasets/browse.js';
import { listModels, modelName } from '#models/model.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { createGeneration } from './create.js';
import { startGeneration } from './moves.js';
import { type FileFault, readPipeline } from './readPipeline.js';
import { ownFile, type Started, startFields, withFields } from './startFile.js';

const mostBytes = 4 * 1024 * 1024;

/** Files that a new generation begins with. */
const startFiles: readonly { name: string; title: string; sentence: string; source: string }[] = [
  {
    name: 'own',
    title: 'A file of your own',
    sentence: 'One model writes, another judges.',
    source: ownFile,
  },
];

const blank: Started = {
  behaviour: '',
  short: '',
  description: '',
  writer: '',
  judge: '',
  samples: '',
  top: '',
  purpose: '',
  responsible: '',
  seed: '',
  budget: '',
};

interface Entered {
  readonly preset: string;
  /** The preset that the file was begun with; empty where it was not. */
  readonly begun: string;
  readonly fields: Started;
  readonly source: string;
}

/** A fault with the line of the file that it is about. */
const shownFault = (source: string, fault: FileFault): object => ({
  ...fault,
  message: visible(fault.message),
  text: visible((source.split('\n')[fault.line - 1] ?? '').slice(0, 200)),
});

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
      ...entered,
      presets: startFiles.map(({ name, title, sentence }) => ({ name, title, sentence })),
      models: models.filter(({ state }) => state === 'active').map(modelName),
      faults: faults.map((fault) => shownFault(entered.source, fault)),
      sentences,
      told,
      limit: mostBytes,
    },
  });
}

/** GET /generations/new */
export const newGeneration: Handler = async (request, response, application) =>
  renderNew(request, response, application, {
    entered: { preset: startFiles[0]?.name ?? '', begun: '', fields: blank, source: '' },
  });

const Body = z.object({
  step: z.enum(['fill', 'check', 'create']).catch('check'),
  preset: z.string().max(100).catch(''),
  begun: z.string().max(100).catch(''),
  // What a browser sends has CRLF, whatever the file had.
  source: z
    .string()
    .transform((text) => text.replace(/\r\n?/g, '\n'))
    .catch(''),
  ...Object.fromEntries(startFields.map((field) => [field, z.string().trim().catch('')])),
});

const enteredOf = (body: z.output<typeof Body>): Entered => ({
  preset: body.preset,
  begun: body.begun,
  source: body.source,
  fields: Object.fromEntries(
    startFields.map((field) => [field, String(Reflect.get(body, field))]),
  ) as Started,
});

/** Puts the fields into the file: that of the preset, or the one that was begun with it. */
function filled(entered: Entered): Entered | null {
  const begun = entered.source.trim() !== '';
  const preset = startFiles.find(({ name }) => name === entered.preset);
  const source = withFields(begun ? entered.source : (preset?.source ?? ''), entered.fields);
  return source === null
    ? null
    : { ...entered, source, begun: begun ? entered.begun : entered.preset };
}

/** POST /generations: fills the file, checks it, or creates a generation from it and starts it. */
export const postGeneration: Handler = async (request, response, application) => {
  const { db, config, now } = application;
  const body = parse(Body, request.body);
  const entered = enteredOf(body);
  const show = (
    shown: Omit<Parameters<typeof renderNew>[3], 'entered'>,
    as = entered,
  ): Promise<void> => renderNew(request, response, application, { entered: as, ...shown });
  if (body.step === 'fill') {
    const other = entered.source.trim() !== '' && entered.begun !== entered.preset;
    if (other)
      return show({
        sentences: [
          'The file below was begun with something else. Empty it to begin with this preset.',
        ],
      });
    const now = filled(entered);
    if (now !== null) {
      const read = readPipeline(now.source);
      return show(
        {
          told: 'The fields are in the file below.',
          faults: 'faults' in read ? read.faults : [],
          status: 200,
        },
        now,
      );
    }
  }
  if (entered.source.trim() === '')
    return show({
      sentences: ['There is no file yet: put the fields into a file, or upload one.'],
    });
  const read = readPipeline(entered.source);
  if ('faults' in read) return show({ faults: read.faults });
  if (body.step !== 'create') return show({ told: 'The file has no faults.' });
  const staff = requireStaff(request);
  try {
    const generation = await createGeneration(db, {
      ...read,
      models: config.models,
      staff,
      now: now(),
    });
    await startGeneration(application, generation, staff);
    response.redirect(303, `/generations/${generation.public_id}`);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    await show({
      sentences: error.faults.map(({ field, message }) => `${field}: ${message}`),
    });
  }
};

/** POST /generations/file: an uploaded pipeline file, put into the editor with its faults. */
export const uploadPipeline: Handler = async (request, response, application) => {
  const folder = newUploadFolder(application);
  const source = await orRemoved(folder, async () => {
    const [file] = await receiveForm(request, {
      folder,
      limitBytes: mostBytes,
      checkToken: tokenCheck(request, response),
    });
    return file === undefined ? null : readFile(file.storedPath);
  });
  await rm(folder, { recursive: true, force: true });
  const entered: Entered = {
    preset: '',
    begun: 'file',
    fields: blank,
    source: source?.toString('utf8') ?? '',
  };
  if (source === null)
    return renderNew(request, response, application, {
      entered,
      sentences: ['No file was chosen.'],
    });
  const read = readPipeline(source);
  await renderNew(request, response, application, {
    entered,
    ...('faults' in read ? { faults: read.faults } : { told: 'The file has no faults.' }),
  });
};
