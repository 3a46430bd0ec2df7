import { isRow } from './cells.js';
import { type Choices, Mapping, type SaidMapping } from './mapping.js';

/** Why a written mapping cannot be read. */
export interface NotAMapping {
  readonly fault: string;
}

const bareWords = new Set(['yes-no', 'block', 'none']);
/** A name as it can stand in a mapping: in quotes where it could be taken for something else. */
const quoted = (name: string): string =>
  /^[^\s,:"'=]+$/.test(name) && !bareWords.has(name) ? name : JSON.stringify(name);
const named = (...names: readonly (string | null)[]): string =>
  names.flatMap((name) => (name === null ? [] : [quoted(name)])).join(',');

function printChoices(choices: Choices): string {
  switch (choices.kind) {
    case 'yes-no':
      return 'yes-no';
    case 'list':
      return choices.form === 'any'
        ? named(choices.column)
        : `${choices.form}:${named(choices.column)}`;
    case 'lists':
    case 'objects':
      return `${choices.kind}:${named(choices.column, choices.text, choices.label)}`;
    case 'targets':
      return `targets:${named(choices.column, choices.text, choices.marks)}`;
    case 'object':
    case 'scores':
      return `${choices.kind}:${named(choices.column)}`;
    case 'columns':
      return named(...choices.columns);
    case 'block':
      return choices.style === '(A)' ? 'block' : `block:${choices.style}`;
  }
}

/** The parts of a mapping, each as `name=value`, in the order in which they are read out. */
export function printParts(mapping: Mapping): string[] {
  const { text, textAs, choices, label, labelAs, countFrom, confidence } = mapping;
  return [
    `text=${textAs === 'messages' ? 'messages:' : ''}${quoted(text)}`,
    `choices=${printChoices(choices)}`,
    `label=${label === null ? 'none' : quoted(label)}`,
    ...(labelAs === 'any' ? [] : [`label-as=${labelAs}`]),
    ...(labelAs === 'position' || countFrom === 0 ? [`count-from=${countFrom}`] : []),
    ...(confidence === null ? [] : [`confidence=${quoted(confidence)}`]),
  ];
}

/** A mapping on one line: `text=question choices=A,B,C,D label=answer label-as=letter`. */
export const printMapping = (mapping: Mapping): string => printParts(mapping).join(' ');

const name = /"(?:[^"\\]|\\.)*"|[^\s,:"'=]+/y;
const loose = /"(?:[^"\\]|\\.)*"|[^,"]+/y;

/** The names of a list; undefined where it is none. Outside a line, names may hold spaces. */
function namesOf(value: string, pattern: RegExp): string[] | undefined {
  const names: string[] = [];
  for (let at = 0; at <= value.length; at += 1) {
    pattern.lastIndex = at;
    const found = pattern.exec(value)?.[0];
    if (found === undefined) return undefined;
    at += found.length;
    if (at < value.length && value[at] !== ',') return undefined;
    try {
      names.push(found.startsWith('"') ? String(JSON.parse(found)) : found.trim());
    } catch {
      return undefined;
    }
  }
  return names;
}

function choicesFrom(value: string, pattern: RegExp): unknown {
  if (value === 'yes-no') return { kind: 'yes-no' };
  if (value === 'block') return { kind: 'block', style: '(A)' };
  if (value.startsWith('block:')) return { kind: 'block', style: value.slice('block:'.length) };
  const [, kind, rest] =
    /^(texts|lines|bars|list|lists|objects|object|targets|scores):(.+)$/s.exec(value) ?? [];
  const names = namesOf(rest ?? value, pattern);
  if (names === undefined) return undefined;
  const [column, text, third, more] = names;
  switch (kind) {
    case undefined:
      return names.length === 1
        ? { kind: 'list', column, form: 'any' }
        : { kind: 'columns', columns: names };
    case 'lists':
    case 'objects':
      return more === undefined ? { kind, column, text, label: third ?? null } : undefined;
    case 'targets':
      return more === undefined ? { kind, column, text, marks: third } : undefined;
    case 'object':
    case 'scores':
      return text === undefined ? { kind, column } : undefined;
    case 'list':
      return text === undefined ? { kind: 'list', column, form: 'any' } : undefined;
    default:
      return text === undefined ? { kind: 'list', column, form: kind } : undefined;
  }
}

const partNames = ['text', 'choices', 'label', 'label-as', 'count-from', 'confidence'];

/** One part as a piece of a mapping; undefined where its value is not understood. */
function pieceOf(key: string, value: string, pattern: RegExp): Record<string, unknown> | undefined {
  const one = (written: string): string | null | undefined => {
    if (written === 'none') return null;
    const names = namesOf(written, pattern);
    return names?.length === 1 ? names[0] : undefined;
  };
  switch (key) {
    case 'text': {
      const messages = value.startsWith('messages:');
      const text = one(messages ? value.slice('messages:'.length) : value);
      return { text, textAs: messages ? 'messages' : 'text' };
    }
    case 'choices':
      return { choices: choicesFrom(value, pattern) };
    case 'label':
      return { label: one(value) };
    case 'label-as':
      return { labelAs: value };
    case 'count-from':
      return { countFrom: Number(value) };
    case 'confidence':
      return { confidence: one(value) };
    default:
      return undefined;
  }
}

function readParts(parts: readonly string[], pattern: RegExp): SaidMapping | NotAMapping {
  const said: Record<string, unknown> = {};
  const keys = new Set<string>();
  for (const part of parts) {
    const at = part.indexOf('=');
    const key = part.slice(0, Math.max(0, at)).trim();
    if (!partNames.includes(key))
      return { fault: `“${part}” is not one of ${partNames.join(', ')} with = and a value.` };
    const piece = pieceOf(key, part.slice(at + 1).trim(), pattern);
    const parsed = Mapping.partial().safeParse(piece);
    if (!parsed.success || Object.values(piece ?? {}).includes(undefined))
      return { fault: `“${part}” is not understood.` };
    if (keys.has(key)) return { fault: `${key} is said twice.` };
    keys.add(key);
    Object.assign(said, piece);
  }
  return saidIn(said);
}

/**
 * The parts that an object says; what it leaves out is not said. One that says the text is a whole
 * mapping: a confidence that it does not name is none.
 */
function saidIn(written: Readonly<Record<string, unknown>>): SaidMapping | NotAMapping {
  const { data, error } = Mapping.partial().safeParse(written);
  if (data === undefined) {
    const [issue] = error.issues;
    return { fault: `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}.` };
  }
  const { labelAs, ...said } = Object.fromEntries(
    Object.entries(data).filter(([field]) => field in written),
  ) as SaidMapping;
  return {
    ...(said.text === undefined ? {} : { confidence: null }),
    ...said,
    ...(labelAs === undefined || labelAs === 'any' ? {} : { labelAs }),
  };
}

/** Reads parts that stand for themselves, as on the command line: names may hold spaces. */
export const readMappingParts = (parts: readonly string[]): SaidMapping | NotAMapping =>
  readParts(parts, loose);

/** Reads a mapping on one line; names with spaces, commas, colons or quotes stand in quotes. */
export function readMappingLine(line: string): SaidMapping | NotAMapping {
  const parts = line.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? [];
  return parts.length === 0 ? { fault: 'The mapping is empty.' } : readParts(parts, name);
}

/** Reads a mapping as JSON has it or as one line has it. */
export const readMapping = (written: unknown): SaidMapping | NotAMapping =>
  typeof written === 'string'
    ? readMappingLine(written)
    : isRow(written)
      ? saidIn(written)
      : { fault: 'A mapping is an object or a line of text.' };

export const isFault = (read: SaidMapping | NotAMapping): read is NotAMapping => 'fault' in read;
