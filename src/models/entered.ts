import type { z } from 'zod';
import type { FieldFault } from '#web/problem.js';
import { ModelSettings } from './settings.js';

/** The fields of a model as a person enters them, in a form or as options of a command. */
export const enteredFields = [
  'name',
  'provider',
  'server',
  'model',
  'revision',
  'form',
  'before',
  'after',
  'reply',
  'key',
  'priceInput',
  'priceOutput',
  'context',
  'atOnce',
  'perMinute',
  'patience',
  'traits',
] as const;
export type EnteredField = (typeof enteredFields)[number];
export type Entered = Readonly<Record<EnteredField, string>>;

export const blankModel: Entered = {
  name: '',
  provider: 'openai',
  server: '',
  model: '',
  revision: '',
  form: 'chat',
  before: '',
  after: '',
  reply: '',
  key: '',
  priceInput: '0',
  priceOutput: '0',
  context: '8192',
  atOnce: '8',
  perMinute: '',
  patience: '120',
  traits: '',
};

/** Frames that stand for themselves: what people choose instead of entering one. */
export const knownFrames = {
  'human-assistant': {
    before: '\n\nHuman: ',
    after: '\n\nAssistant:',
    reply: ' ',
    sentence: 'Human and Assistant in turn, as in the published evaluations',
  },
  plain: { before: '', after: '', reply: '', sentence: 'the text alone' },
} as const;

/** What may be chosen as form. */
export const formNames = ['chat', ...Object.keys(knownFrames), 'frame'] as const;

const faultField: Readonly<Record<string, EnteredField>> = {
  'price.input': 'priceInput',
  'price.output': 'priceOutput',
  'form.before': 'before',
  'form.after': 'after',
  'form.reply': 'reply',
  patienceSeconds: 'patience',
};

const fieldOf = (path: readonly PropertyKey[]): EnteredField => {
  const whole = path.map(String).join('.');
  const first = String(path[0]);
  return faultField[whole] ?? enteredFields.find((field) => field === first) ?? ('model' as const);
};

/** Line breaks are entered as \n, since a line of a form holds none. */
const unescaped = (text: string): string =>
  text.replace(/\\([n\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : '\\'));
export const escaped = (text: string): string =>
  text.replace(/[\\\n]/g, (letter) => (letter === '\n' ? '\\n' : '\\\\'));

const orNull = (text: string): string | null => (text.trim() === '' ? null : text.trim());
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** Lines such as `size = 7B`; a value that is a number is kept as one. */
function traitsOf(text: string): { traits: Record<string, string | number>; fault: string | null } {
  const traits: Record<string, string | number> = {};
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const [, name, value] = /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      return { traits, fault: `“${line.trim()}” is not a trait such as size = 7B` };
    traits[name] = Number.isFinite(Number(value)) ? Number(value) : value;
  }
  return { traits, fault: null };
}

/** What a form calls its fields at the beginning of a sentence. */
const words: Readonly<Record<EnteredField, string>> = {
  name: 'The name',
  provider: 'The provider',
  server: 'The server',
  model: 'The model',
  revision: 'The revision',
  form: 'The form of prompts',
  before: 'What stands before the text',
  after: 'What stands after the text',
  reply: 'What stands before a reply',
  key: 'The variable with the key',
  priceInput: 'The price of what is read',
  priceOutput: 'The price of what is written',
  context: 'The context',
  atOnce: 'The number of requests at once',
  perMinute: 'The number of requests a minute',
  patience: 'The patience',
  traits: 'The traits:',
};
const wordsOf = (field: EnteredField): string => words[field];

/** What a model may be called. */
export const modelNamePattern = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u;

/** Prices are entered in whole units, and kept in millionths. */
const million = 1e6;

/** What zod says, as what follows the name of a field. */
function predicate(field: EnteredField, issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_format')
    return field === 'server'
      ? 'is not an address such as https://api.example.org/v1'
      : issue.message;
  if (issue.code === 'invalid_value') return `is not one of ${issue.values.join(', ')}`;
  const unit = field.startsWith('price') ? million : 1;
  if (issue.code === 'too_big')
    return issue.origin === 'string'
      ? `has more than ${issue.maximum} characters`
      : `is more than ${Number(issue.maximum) / unit}`;
  if (issue.code === 'too_small')
    return issue.origin === 'string'
      ? 'is missing'
      : `is less than ${Number(issue.minimum) / unit}`;
  const fraction = issue.code === 'invalid_type' && issue.expected === 'int';
  return `is not a ${fraction ? 'whole ' : ''}number`;
}

/**
 * Reads a model as it was entered. Prices are in whole units of a currency for a million tokens.
 * Gives a sentence for each field at fault.
 * @param named what a field is called at the beginning of a sentence
 */
export function readEntered(
  entered: Entered,
  named: (field: EnteredField) => string = wordsOf,
): { name: string; settings: ModelSettings } | { faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  const fault = (field: EnteredField, what: string): void => {
    if (!faults.some((known) => known.field === field))
      faults.push({ field, message: `${named(field)} ${what}.` });
  };
  const name = entered.name.trim();
  if (!modelNamePattern.test(name))
    fault('name', 'is missing, or holds more than letters, digits, spaces and the signs . - _');
  if (!formNames.some((known) => known === entered.form))
    fault('form', `is not one of ${formNames.join(', ')}`);
  const { traits, fault: traitFault } = traitsOf(entered.traits);
  if (traitFault !== null) fault('traits', traitFault);
  const frame = Object.entries(knownFrames).find(([known]) => known === entered.form)?.[1] ?? {
    before: unescaped(entered.before),
    after: unescaped(entered.after),
    reply: unescaped(entered.reply),
  };
  const { before, after, reply } = frame;
  const parsed = ModelSettings.safeParse({
    provider: entered.provider,
    server: orNull(entered.server),
    model: entered.model,
    revision: orNull(entered.revision),
    form: entered.form === 'chat' ? { kind: 'chat' } : { kind: 'frame', before, after, reply },
    key: orNull(entered.key),
    price: {
      input: Math.round(numberOf(entered.priceInput) * million),
      output: Math.round(numberOf(entered.priceOutput) * million),
    },
    atOnce: numberOf(entered.atOnce),
    perMinute: entered.perMinute.trim() === '' ? null : numberOf(entered.perMinute),
    patienceSeconds: numberOf(entered.patience),
    context: numberOf(entered.context),
    traits,
  });
  if (!parsed.success)
    for (const issue of parsed.error.issues) {
      const field = fieldOf(issue.path);
      fault(field, predicate(field, issue));
    }
  return parsed.success && faults.length === 0 ? { name, settings: parsed.data } : { faults };
}
