import type { Request, Response } from 'express';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import type { Db } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import type { FieldFault } from '#web/problem.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { describeBehaviour, ensureBehaviour } from './behaviour.js';
import { storeCancelled } from './imports/cancelled.js';
import {
  filesOf,
  type Import,
  type ImportFile,
  planOf,
  requireImport,
  savePlan,
  saveUnderstanding,
  understoodOf,
} from './imports/import.js';
import { mapAnyway, reinspect, reread } from './imports/inspection.js';
import { columnsRead, Mapping } from './examples/mapping.js';
import { Reading } from './formats/reading.js';
import { FilePlan, ImportSettings, type Understood } from './imports/plan.js';
import { startImport, unfinishedPlans } from './imports/start.js';
import { removeUploads } from './imports/uploads.js';
import { renderImport } from './importPage.js';
import { labelAsValue } from './reviewModel.js';

type Body = Readonly<Record<string, string | string[]>>;
const Body = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

const textOf = (body: Body, name: string): string | undefined => {
  const value = body[name];
  return typeof value === 'string' ? value : value?.[0];
};
const listOf = (body: Body, name: string): string[] => {
  const value = body[name];
  return (typeof value === 'string' ? [value] : (value ?? [])).filter((entry) => entry !== '');
};

/**
 * The mapping as the form has it: the kind of choices decides which of its columns are read. A
 * column that held the choices before holds them in the same way; another one shows how.
 */
function mappingFrom(
  body: Body,
  at: (field: string) => string,
  before: Mapping,
): z.ZodSafeParseResult<Mapping> {
  const kind = textOf(body, at('kind')) ?? 'yes-no';
  const list = textOf(body, at('list')) ?? '';
  const known = before.choices;
  const choices =
    kind === 'list'
      ? 'column' in known && known.column === list
        ? known
        : { kind, column: list }
      : kind === 'columns'
        ? { kind, columns: listOf(body, at('columns')) }
        : kind === known.kind
          ? known
          : { kind };
  const label = textOf(body, at('label')) || null;
  const earlier = labelAsValue(before);
  const sent = textOf(body, at('labelAs')) ?? earlier;
  // How labels were read of another column, or among other choices, says nothing of these.
  const others = label !== before.label || JSON.stringify(choices) !== JSON.stringify(known);
  const as = others && sent === earlier ? 'any' : sent;
  return Mapping.safeParse({
    text: textOf(body, at('text')) ?? '',
    textAs: before.textAs,
    choices,
    label,
    labelAs: as.startsWith('position') ? 'position' : as,
    countFrom: as === 'position-0' ? 0 : 1,
    confidence: textOf(body, at('confidence')) || null,
  });
}

/**
 * How a file is to be read, as the form has it. What is only detected stays unsaid while nobody
 * chooses anything else.
 */
function readingFrom(body: Body, file: ImportFile): Reading {
  const { reading: before } = planOf(file);
  const { reading: found } = understoodOf(file);
  const asked = new Set<string>(found.questions.map(({ field }) => field));
  const chosen = (field: keyof Reading, shown: string | null): string | undefined => {
    const value = textOf(body, `${file.public_id}.${field}`);
    const isNew = asked.has(field) || before[field] !== undefined || value !== shown;
    return value === '' || !isNew ? undefined : value;
  };
  const headerShown = found.header === null ? null : found.header ? 'yes' : 'no';
  const header = chosen('header', headerShown);
  const parsed = Reading.safeParse({
    delimiter: chosen('delimiter', found.delimiter) ?? before.delimiter,
    encoding: chosen('encoding', found.encoding) ?? before.encoding,
    header: header === undefined ? before.header : header === 'yes',
  });
  return parsed.success ? parsed.data : before;
}

/** The plan of one file as the form has it; what the form does not send stays as it was. */
function planFrom(
  body: Body,
  file: ImportFile,
): {
  plan: FilePlan;
  faults: FieldFault[];
  changed: 'reading' | 'mapping' | null;
  /** True where the form has another mapping than was stored. */
  remapped: boolean;
} {
  const before = planOf(file);
  const at = (field: string): string => `${file.public_id}.${field}`;
  const given = (field: string, otherwise: string): string => textOf(body, at(field)) ?? otherwise;
  const source = given('source', before.source ?? '');
  const mapped =
    before.mapping === null || textOf(body, at('text')) === undefined
      ? null
      : mappingFrom(body, at, before.mapping);
  if (mapped !== null && !mapped.success)
    return {
      plan: before,
      faults: [
        {
          field: at('kind'),
          message:
            `${file.path}: say which column is the text and where the choices are (two ` +
            'columns or more, or one with a list).',
        },
      ],
      changed: null,
      remapped: false,
    };
  const mapping = mapped === null ? before.mapping : mapped.data;
  const reading = readingFrom(body, file);
  const differs = (one: unknown, other: unknown): boolean =>
    JSON.stringify(one) !== JSON.stringify(other);
  // A mapping that does not say how labels are read is looked at again, so that one way is found.
  const open = mapping !== null && mapping.label !== null && mapping.labelAs === 'any';
  const mappingChanged = open || differs(mapping, before.mapping);
  const parsed = FilePlan.safeParse({
    ...before,
    leaveOut:
      textOf(body, at('name')) === undefined
        ? before.leaveOut
        : textOf(body, at('leaveOut')) === 'yes',
    name: given('name', before.name),
    behaviour: given('behaviour', before.behaviour),
    source: source === 'generated' || source === 'human' ? source : null,
    role: given('role', before.role),
    mapping,
    reading,
    confirmed: textOf(body, at('confirmed')) === 'yes' || (before.confirmed && !mappingChanged),
    provenance: {
      generator: given('generator', before.provenance.generator),
      prompt: given('prompt', before.provenance.prompt),
      discriminator: given('discriminator', before.provenance.discriminator),
    },
  });
  if (parsed.success)
    return {
      plan: parsed.data,
      faults: [],
      changed: differs(reading, before.reading) ? 'reading' : mappingChanged ? 'mapping' : null,
      remapped: differs(mapping, before.mapping),
    };
  return {
    plan: before,
    faults: parsed.error.issues.map((issue) => ({
      field: at(issue.path.map(String).join('.')),
      message: `${file.path}: ${issue.message}`,
    })),
    changed: null,
    remapped: false,
  };
}

/** Saves what the form says of one file, and looks into it again where that asks for it. */
async function saveFile(db: Db, body: Body, file: ImportFile): Promise<FieldFault[]> {
  const { plan, faults, changed, remapped } = planFrom(body, file);
  const saveMapped = async (wanted: FilePlan, before: Understood): Promise<void> => {
    const { understood, mapping } = await reinspect(file, wanted, before);
    const confirmed = wanted.confirmed && understood.guess === null;
    await savePlan(db, file, { ...wanted, mapping, confirmed });
    await saveUnderstanding(db, file, understood);
  };
  if (changed === null) {
    await savePlan(db, file, plan);
    return faults;
  }
  if (changed === 'mapping') {
    await saveMapped(plan, understoodOf(file));
    return faults;
  }
  const at = (field: string): string => `${file.public_id}.${field}`;
  try {
    const anew = await reread(file, plan);
    const { mapping, confirmed } = plan;
    const { columns } = anew.understood;
    // Columns that were chosen together with another reading are kept where that reading has them.
    if (remapped && mapping !== null && columnsRead(mapping).every((one) => columns.includes(one)))
      await saveMapped({ ...anew.plan, mapping, confirmed }, anew.understood);
    else {
      await savePlan(db, file, anew.plan);
      await saveUnderstanding(db, file, anew.understood);
      if (remapped)
        faults.push({
          field: at('text'),
          message: `${file.path}: read like this it has other columns. Say again which is what.`,
        });
    }
    return faults;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [{ field: at('encoding'), message: `${file.path}: ${error.message}` }, ...faults];
  }
}

/** Writes the descriptions that the form carries, one a behaviour; empty ones are passed over. */
async function saveDescriptions(
  application: Application,
  body: Body,
  entry: Import,
  staff: ReturnType<typeof requireStaff>,
): Promise<void> {
  const prefixes = Object.keys(body)
    .filter((name) => /^b\d+\.behaviour$/.test(name))
    .map((name) => name.slice(0, -'.behaviour'.length));
  for (const prefix of prefixes) {
    const name = (textOf(body, `${prefix}.behaviour`) ?? '').trim().slice(0, 200);
    const short = (textOf(body, `${prefix}.short`) ?? '').trim().slice(0, 200);
    const long = (textOf(body, `${prefix}.long`) ?? '').trim().slice(0, 4000);
    if (name === '' || short === '') continue;
    const confirm = textOf(body, `${prefix}.confirm`) === 'yes';
    await inTransaction(application.db, async (trx) => {
      const behaviour = await ensureBehaviour(trx, name, application.now());
      const { changed } = await describeBehaviour(trx, {
        behaviourId: behaviour.id,
        text: { short, long },
        confirm,
        now: application.now(),
        accountId: staff.accountId,
      });
      if (confirm && changed)
        await recordAudit(trx, {
          at: application.now(),
          staff,
          action: 'behaviour.confirm',
          subject: `behaviour ${behaviour.public_id}`,
          detail: { import: entry.public_id },
        });
    });
  }
}

/** Removes an upload that nobody imports, with its files. */
async function discard(
  application: Application,
  entry: Import,
  files: readonly ImportFile[],
): Promise<void> {
  await application.db
    .updateTable('import')
    .set({ state: 'cancelled', finished_at: application.now() })
    .where('id', '=', entry.id)
    .where('state', '=', 'reviewing')
    .execute();
  await application.db
    .updateTable('import_file')
    .set({ state: 'cancelled' })
    .where('import_id', '=', entry.id)
    .where('state', '=', 'reviewing')
    .execute();
  await removeUploads(files);
}

/**
 * POST /imports/:import: saves the review; `action` says whether to look again, start, or discard
 * the upload.
 */
export const reviewImport: Handler = async (request: Request, response: Response, application) => {
  const { db } = application;
  const entry = await requireImport(db, String(request.params['import']));
  const href = `/imports/${entry.public_id}`;
  if (entry.state !== 'reviewing')
    throw new Problem(
      409,
      'import_started',
      'This import is not being reviewed any more.',
      'Nothing was changed. Open it to see how it went.',
    );
  const body = Body.parse(request.body ?? {});
  const staff = requireStaff(request);
  const files = await filesOf(db, entry.id);
  const action = textOf(body, 'action') ?? 'look';
  const anyway = files.find(
    (file) => action === `map:${file.public_id}` && file.state === 'not-a-dataset',
  );
  if (anyway !== undefined) {
    await mapAnyway(db, anyway);
    response.redirect(303, href);
    return;
  }
  if (action === 'discard') {
    await discard(application, entry, files);
    response.redirect(303, '/datasets');
    return;
  }
  const settings = ImportSettings.parse({
    goodRows: textOf(body, 'goodRows') === 'yes',
    dropDuplicates: textOf(body, 'dropDuplicates') === 'yes',
  });
  await db
    .updateTable('import')
    .set({ settings: JSON.stringify(settings) })
    .where('id', '=', entry.id)
    .execute();
  await saveDescriptions(application, body, entry, staff);
  const faults: FieldFault[] = [];
  for (const file of files.filter((candidate) => candidate.state === 'reviewing')) {
    faults.push(...(await saveFile(db, body, file)));
  }
  if (action !== 'start' && faults.length === 0) {
    response.redirect(303, href);
    return;
  }
  if (faults.length === 0) faults.push(...unfinishedPlans(await filesOf(db, entry.id)));
  if (faults.length > 0) {
    await renderImport(
      request,
      response,
      application,
      await requireImport(db, entry.public_id),
      faults,
    );
    return;
  }
  await startImport(application, entry, staff.accountId);
  response.redirect(303, href);
};

/** POST /imports/:import/cancel: stops a running import; nothing of the file being read stays. */
export const cancelImport: Handler = async (request, response, application) => {
  const entry = await requireImport(application.db, String(request.params['import']));
  if (entry.state === 'running' && entry.job_id !== null) {
    const now = application.now();
    let ended = false;
    await application.jobs.cancel(entry.job_id, {
      also: async (trx, job) => {
        // Still in the queue: no worker will ever see it, so its end is written here.
        ended = job.state === 'cancelled';
        if (ended) await storeCancelled(trx, entry.id, now);
        await recordAudit(trx, {
          at: now,
          staff: requireStaff(request),
          action: 'import.cancel',
          subject: `import ${entry.public_id}`,
        });
      },
    });
    if (ended) await removeUploads(await filesOf(application.db, entry.id));
  }
  response.redirect(303, `/imports/${entry.public_id}`);
};
