import { z } from 'zod';
import type { Db } from '#storage/database.js';
import type { FieldFault } from '#web/problem.js';
import { Problem } from '#web/problem.js';
import { columnsRead, Mapping } from './examples/mapping.js';
import { Reading } from './formats/reading.js';
import {
  type ImportFile,
  planOf,
  savePlan,
  saveUnderstanding,
  understoodOf,
} from './imports/import.js';
import { reinspect, reread } from './imports/inspection.js';
import { FilePlan, type Understood } from './imports/plan.js';

/** What a form sent: names of fields with one value, or several. */
export type Body = Readonly<Record<string, string | string[]>>;
export const Body = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** The value of a field; undefined where the form does not send it. */
export const textOf = (body: Body, name: string): string | undefined => {
  const value = body[name];
  return typeof value === 'string' ? value : value?.[0];
};

/** The values of a field that several controls have, without empty ones. */
export const listOf = (body: Body, name: string): string[] => {
  const value = body[name];
  return (typeof value === 'string' ? [value] : (value ?? [])).filter((entry) => entry !== '');
};

/** How the form writes the way in which labels are read. */
export const labelAsValue = ({ labelAs, countFrom }: Mapping): string =>
  labelAs === 'position' ? `position-${countFrom}` : labelAs;

/** How the form writes what a file is for: its role, or that it is left out. */
export const useOf = ({ leaveOut, role }: FilePlan): string => (leaveOut ? 'leave-out' : role);

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

/** The plan of one file as the form has it; what it does not send stays as it was. */
function planFrom(
  body: Body,
  file: ImportFile,
  confirms: boolean,
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
  const use = given('role', useOf(before));
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
  const open = mapped !== null && mapping?.label != null && mapping.labelAs === 'any';
  const mappingChanged = open || differs(mapping, before.mapping);
  const parsed = FilePlan.safeParse({
    ...before,
    leaveOut: use === 'leave-out',
    name: given('name', before.name),
    behaviour: given('behaviour', before.behaviour),
    source: source === 'generated' || source === 'human' ? source : null,
    role: use === 'leave-out' ? before.role : use,
    mapping,
    reading,
    confirmed: confirms || (before.confirmed && !mappingChanged),
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

/** What of a form cannot be saved for this file. */
export const faultsIn = (body: Body, file: ImportFile): FieldFault[] =>
  planFrom(body, file, false).faults;

/** What of a form could not be saved, and a sentence on what was saved in spite of it. */
export interface Saving {
  readonly faults: readonly FieldFault[];
  readonly kept?: string;
}

/**
 * Saves what a form says of one file, and looks into it again where that asks for it. `confirms`:
 * somebody says that its mapping is right as it is shown. Gives what cannot be saved.
 */
export async function saveFile(
  db: Db,
  body: Body,
  file: ImportFile,
  { confirms = false }: { confirms?: boolean } = {},
): Promise<Saving> {
  const { plan, faults, changed, remapped } = planFrom(body, file, confirms);
  const saveMapped = async (wanted: FilePlan, before: Understood): Promise<void> => {
    const { understood, mapping } = await reinspect(file, wanted, before);
    const confirmed = wanted.confirmed && understood.guess === null;
    await savePlan(db, file, { ...wanted, mapping, confirmed });
    await saveUnderstanding(db, file, understood);
  };
  if (faults.length > 0) return { faults };
  if (changed === null) {
    await savePlan(db, file, plan);
    return { faults };
  }
  if (changed === 'mapping') {
    await saveMapped(plan, understoodOf(file));
    return { faults };
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
        return {
          faults: [
            {
              field: at('text'),
              message: `${file.path}: read like this it has other columns. Say again which is what.`,
            },
          ],
          kept: 'How the file is read is saved; which column is what is not.',
        };
    }
    return { faults };
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 409) throw error;
    return { faults: [{ field: at('encoding'), message: `${file.path}: ${error.message}` }] };
  }
}
