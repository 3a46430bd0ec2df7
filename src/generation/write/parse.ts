import type { Fields } from '../candidates.js';
import type { Parse } from '../pipeline.js';
import type { ReasonName } from '../reasons.js';
import { bare, blocksOf, firstQuote, type Item, itemsOf, leadOf, linesOf } from './lists.js';

/** A text that was read from an answer, or why there is none. */
export type Parsed =
  | { readonly fields: Fields }
  | { readonly reason: ReasonName; readonly detail: string | null };

/** What a model wrote to a prompt. */
export interface Written {
  readonly prompt: string;
  readonly text: string;
  readonly finish: 'stop' | 'length';
}

const failed = (reason: ReasonName, detail: string | null = null): Parsed => ({ reason, detail });

const named = (field: string, text: string): Parsed =>
  text === '' ? failed('empty') : { fields: { [field]: text } };

type Of<K extends Parse['kind']> = Extract<Parse, { kind: K }>;

/** An item as one text; null where the answer was cut in it. */
const textOf = ({ lines }: Item): string => bare(lines.join(' '));

function fromItem(item: Item, cut: boolean, read: (item: Item) => Parsed): Parsed {
  return cut && item.last ? failed('cut') : read(item);
}

function fromItems(parse: Of<'items'>, text: string, cut: boolean): Parsed[] {
  const items = itemsOf(text).slice(0, parse.most);
  if (items.length === 0) return [failed('no-list')];
  return items.map((item) => fromItem(item, cut, (whole) => named(parse.field, textOf(whole))));
}

/** An item that holds several fields: what is more than they are belongs to the last one. */
function fieldsOf({ fields, between }: Of<'fields'>, { lines }: Item): Parsed {
  const parts = lines.join('\n').split(between);
  const values = fields.map((_, index) =>
    bare(index === fields.length - 1 ? parts.slice(index).join(between) : (parts[index] ?? '')),
  );
  const missing = fields.filter((_, index) => values[index] === '');
  if (missing.length > 0) return failed('lacks-field', `no ${missing.join(', ')}`);
  return { fields: Object.fromEntries(fields.map((name, index) => [name, values[index] ?? ''])) };
}

/** The items of a list; where there is none, blocks of lines, or lines that hold several fields. */
function itemsWithFields({ between }: Of<'fields'>, text: string): Item[] {
  const items = itemsOf(text);
  if (items.length > 0) return items;
  if (between.includes('\n')) return blocksOf(text);
  const lines = linesOf(text);
  return lines.flatMap((line, index) =>
    line.includes(between) ? [{ lines: [line.trim()], last: index === lines.length - 1 }] : [],
  );
}

function fromFields(parse: Of<'fields'>, text: string, cut: boolean): Parsed[] {
  const items = itemsWithFields(parse, text).slice(0, parse.most);
  if (items.length === 0) return [failed('no-list')];
  return items.map((item) => fromItem(item, cut, (whole) => fieldsOf(parse, whole)));
}

function fromQuote(parse: Of<'block-quote'>, text: string, cut: boolean): Parsed {
  const quote = firstQuote(text);
  if (quote === null) return failed('no-block-quote');
  return fromItem(quote, cut, ({ lines }) => {
    const whole = lines.join('\n').trim();
    if (whole === '') return failed('empty');
    const lacking = parse.holds.filter((held) => !whole.includes(held));
    if (lacking.length > 0) return failed('lacks-text', `no ${lacking.join(', ')}`);
    const written = lines.filter((line) => line.trim() !== '').length;
    if (written < parse.fewestLines)
      return failed('few-lines', `${written} of ${parse.fewestLines}`);
    return parse.split.length === 0 ? named(parse.field, whole) : parted(parse, whole);
  });
}

/** A quote in parts: what is before the first of the texts that it holds, and behind each of them. */
function parted({ field, holds, split }: Of<'block-quote'>, whole: string): Parsed {
  const fields: Record<string, string> = {};
  let rest = whole;
  for (const [index, name] of [field, ...split].entries()) {
    const next = holds[index];
    const at = index === split.length || next === undefined ? rest.length : rest.indexOf(next);
    if (at < 0) return failed('lacks-text', `no ${next} in its place`);
    fields[name] = rest.slice(0, at).trim();
    rest = rest.slice(at + (next?.length ?? 0));
  }
  const missing = Object.keys(fields).filter((name) => fields[name] === '');
  return missing.length > 0 ? failed('lacks-field', `no ${missing.join(', ')}`) : { fields };
}

/**
 * Reads the texts of an answer, at least one entry: what does not parse is an entry with a reason.
 * Where the prompt ends with the mark of an item or a quote, the answer goes on behind it. The last
 * text of an answer that was cut at the most tokens is dropped as `cut`.
 */
export function parseAnswer(parse: Parse, written: Written): Parsed[] {
  const cut = written.finish === 'length';
  // What no database takes: NUL, and half a character where an answer was cut.
  const answer = written.text.replaceAll('\0', '').toWellFormed();
  if (answer.trim() === '') return [failed('empty')];
  const text = leadOf(written.prompt) + answer;
  if (parse.kind === 'whole') return [cut ? failed('cut') : named(parse.field, answer.trim())];
  if (parse.kind === 'first-item')
    return fromItems({ kind: 'items', field: parse.field, most: 1 }, text, cut);
  if (parse.kind === 'items') return fromItems(parse, text, cut);
  if (parse.kind === 'fields') return fromFields(parse, text, cut);
  return [fromQuote(parse, text, cut)];
}
