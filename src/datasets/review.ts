import type { Request, Response } from 'express';
import { inTransaction } from '#storage/transaction.js';
import { plural } from '#web/format.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { listBehaviours } from './behaviour.js';
import {
  filesOf,
  type Import,
  type ImportFile,
  importStarted,
  requireImport,
  settingsOfImport,
} from './imports/import.js';
import { mapAnyway } from './imports/inspection.js';
import { ImportSettings } from './imports/plan.js';
import { readyFiles, startImport, unfinishedPlans } from './imports/start.js';
import { removeUploads } from './imports/uploads.js';
import { Body, faultsIn, listOf, saveFile, textOf } from './reviewForm.js';
import { reviewModel } from './reviewModel.js';

/** What the review shows beside what is stored. */
interface Shown {
  readonly filter?: string;
  readonly faults?: readonly FieldFault[];
  /** What a form sent that was refused. */
  readonly typed?: Body;
  /** Public ids of the files that are ticked. */
  readonly ticked?: readonly string[];
  /** What was done just now. */
  readonly done?: string;
  /** What of the form was kept though it was refused; by default nothing was. */
  readonly kept?: string;
}

const allBox = 'tick-all';
const inTable = /^[^.]+\.(?:behaviour|source|role)$/;

/**
 * Where the table asks for what a fault is about: in its own field, beside the name of the file where
 * only the page of the file answers it, and at the box over all where it is about all of them.
 */
function placeOf(field: string): string {
  if (inTable.test(field)) return field;
  return field.includes('.') ? `${field.split('.')[0] ?? ''}.open` : allBox;
}

/** Shows the table of an upload that waits to be reviewed; with faults, with status 422. */
export async function renderReview(
  request: Request,
  response: Response,
  application: Application,
  entry: Import,
  { filter = '', faults = [], done = '', kept, ...shown }: Shown = {},
): Promise<void> {
  const { db } = application;
  const files = await filesOf(db, entry.id);
  const model = await reviewModel(db, files, { filter, faults, ...shown });
  renderPage(request, response, application, {
    view: 'datasets/review',
    shell: {
      layout: 'staff',
      title: 'Review the import',
      section: 'datasets',
      styles: ['css/datasets.css', 'css/review.css'],
      scripts: ['js/review.js'],
    },
    status: faults.length > 0 ? 422 : 200,
    page: {
      ...model,
      href: `/imports/${entry.public_id}`,
      done,
      faults: faults.map(({ field, message }) => ({ field: placeOf(field), message })),
      kept,
      behaviours: (await listBehaviours(db)).map((behaviour) => behaviour.name),
      ...settingsOfImport(entry),
    },
  });
}

/** Removes an upload that nobody imports, with its files. Throws 409 where its import was started. */
export async function discard({ db, now }: Application, entry: Import): Promise<void> {
  const files = await inTransaction(db, async (trx) => {
    const moved = await trx
      .updateTable('import')
      .set({ state: 'cancelled', finished_at: now() })
      .where('id', '=', entry.id)
      .where('state', '=', 'reviewing')
      .returning('id')
      .executeTakeFirst();
    if (moved === undefined) throw importStarted();
    await trx
      .updateTable('import_file')
      .set({ state: 'cancelled' })
      .where('import_id', '=', entry.id)
      .where('state', '=', 'reviewing')
      .execute();
    return filesOf(trx, entry.id);
  });
  await removeUploads(files);
}

const setWords: Readonly<Record<string, string>> = {
  'source:generated': 'generated',
  'source:human': 'human-written',
  'role:evaluated': 'to be evaluated',
  'role:few-shot': 'few-shot prompts',
  'role:leave-out': 'left out',
};

/**
 * The ticked files, where the box over all ticks those that were shown; and those of them that were
 * shown when the form was sent: what is done to ticked files is done to these alone.
 */
function tickedIn(
  body: Body,
  files: readonly ImportFile[],
): { ticked: string[]; chosen: string[] } {
  const sent = listOf(body, 'ticked');
  const hidden = listOf(body, 'hidden');
  const ticked = files
    .filter((file) => file.state === 'reviewing')
    .map((file) => file.public_id)
    .filter((id) => sent.includes(id) || (sent.includes('all') && !hidden.includes(id)));
  return { ticked, chosen: ticked.filter((id) => !hidden.includes(id)) };
}

/** The import that a form is about. Throws 409 where it is not being reviewed any more. */
export async function requireReviewing({ db }: Application, request: Request): Promise<Import> {
  const entry = await requireImport(db, String(request.params['import']));
  if (entry.state === 'reviewing') return entry;
  throw importStarted();
}

/**
 * POST /imports/:import: saves the table; `action` says what then: look again, set the source or the
 * role of the ticked files, open the page of one, describe behaviours, start, or discard the upload.
 */
export const reviewImport: Handler = async (request, response, application) => {
  const { db } = application;
  const entry = await requireReviewing(application, request);
  const href = `/imports/${entry.public_id}`;
  const body = parse(Body, request.body ?? {});
  const staff = requireStaff(request);
  const files = await filesOf(db, entry.id);
  const action = textOf(body, 'action') ?? 'look';
  const filter = (textOf(body, 'filter') ?? '').trim();
  const [verb = '', subject = '', value = ''] = action.split(':');
  const named = files.find((file) => file.public_id === subject);
  if (action === 'discard') {
    await discard(application, entry);
    response.redirect(303, '/datasets');
    return;
  }
  const { ticked, chosen } = tickedIn(body, files);
  const showAgain = async (shown: Shown): Promise<void> =>
    renderReview(request, response, application, await requireImport(db, entry.public_id), {
      filter,
      ticked,
      ...shown,
    });
  const said = verb === 'set' ? setWords[`${subject}:${value}`] : undefined;
  if (said !== undefined && chosen.length === 0) {
    const faults = [{ field: allBox, message: 'Tick the files first.' }];
    await showAgain({ faults, typed: body });
    return;
  }
  const sent =
    said === undefined
      ? body
      : { ...body, ...Object.fromEntries(chosen.map((id) => [`${id}.${subject}`, value])) };
  const reviewing = files.filter((file) => file.state === 'reviewing');
  const faults = reviewing.flatMap((file) => faultsIn(sent, file));
  if (faults.length > 0) {
    await showAgain({ faults, typed: sent });
    return;
  }
  const before = settingsOfImport(entry);
  const settingOf = (field: keyof ImportSettings): boolean => {
    const given = textOf(body, field);
    return given === undefined ? before[field] : given === 'yes';
  };
  const settings = ImportSettings.parse({
    goodRows: settingOf('goodRows'),
    dropDuplicates: settingOf('dropDuplicates'),
  });
  await db
    .updateTable('import')
    .set({ settings: JSON.stringify(settings) })
    .where('id', '=', entry.id)
    .execute();
  for (const file of reviewing) await saveFile(db, sent, file);
  if (said !== undefined) {
    await showAgain({ done: `${plural(chosen.length, 'file')}: ${said}.` });
    return;
  }
  // An address would not have room for the ticks.
  if (action === 'look' && ticked.length > 0) {
    await showAgain({});
    return;
  }
  if (action === 'start') {
    const now = await filesOf(db, entry.id);
    if (readyFiles(now).length === 0) {
      const kept = 'What you entered is saved; nothing was imported.';
      await showAgain({ faults: unfinishedPlans(now), kept });
      return;
    }
    await startImport(application, entry, staff.accountId);
    response.redirect(303, href);
    return;
  }
  if (verb === 'map' && named?.state === 'not-a-dataset') await mapAnyway(db, named);
  const next =
    (verb === 'map' || verb === 'open') && named !== undefined
      ? `/files/${named.public_id}${value === '' ? '' : `#${encodeURIComponent(value)}`}`
      : action === 'describe'
        ? '/descriptions'
        : filter === ''
          ? ''
          : `?filter=${encodeURIComponent(filter)}`;
  response.redirect(303, `${href}${next}`);
};
