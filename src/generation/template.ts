import { z } from 'zod';

/** A name in a pipeline: of a field, a model, a score. */
export const Name = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'is not a name such as statement');

/** A text that every database and every model takes: no NUL, and no half of a character. */
export const Text = z.string().refine((text) => !text.includes('\0') && text.isWellFormed(), {
  error: 'holds NUL, or half a character',
});

/** A text with fields of a candidate in it: `A person who {description}`; `{{` is a brace. */
export const Template = Text.min(1).max(20_000);

/** A part of a template: text as it stands, or the name of a field. */
type Part = { readonly text: string } | { readonly field: string };

const mark = /\{\{|\}\}|\{([a-z][a-z0-9_]{0,39})\}|[{}]/g;

/** Where a template cannot be read; `at` counts UTF-16 units from 0. */
export class TemplateFault extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** Templates that were read, since a few are filled for every candidate. */
const known = new Map<string, readonly Part[]>();
const mostKnown = 500;

/**
 * Reads a template: `{name}` is a field, `{{` and `}}` are braces. Throws a `TemplateFault` where a
 * brace is neither.
 */
export function partsOf(template: string): readonly Part[] {
  const before = known.get(template);
  if (before !== undefined) return before;
  const parts = readParts(template);
  if (known.size >= mostKnown) known.clear();
  known.set(template, parts);
  return parts;
}

function readParts(template: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of template.matchAll(mark)) {
    const { 0: found, 1: field, index } = match;
    if (index > from) parts.push({ text: template.slice(from, index) });
    if (field !== undefined) parts.push({ field });
    else if (found === '{{' || found === '}}') parts.push({ text: found.slice(0, 1) });
    else
      throw new TemplateFault(
        index,
        `“${found}” stands alone: a field is {name}, and a brace of the text is ${found}${found}.`,
      );
    from = index + found.length;
  }
  if (from < template.length) parts.push({ text: template.slice(from) });
  return parts;
}

/** The fields of a template, each once. */
export const fieldsOf = (template: string): string[] => [
  ...new Set(partsOf(template).flatMap((part) => ('field' in part ? [part.field] : []))),
];

/** Fills a template; null where a field is missing. Fields are put in as they are, once. */
export function fill(template: string, fields: Readonly<Record<string, string>>): string | null {
  let text = '';
  for (const part of partsOf(template)) {
    if ('field' in part && !Object.hasOwn(fields, part.field)) return null;
    const value = 'field' in part ? fields[part.field] : part.text;
    if (value === undefined) return null;
    text += value;
  }
  return text;
}
