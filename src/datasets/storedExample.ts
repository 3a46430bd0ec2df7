import type { Selectable } from 'kysely';
import { z } from 'zod';
import { readJson } from '#storage/json.js';
import type { ExampleTable } from '#storage/datasetTables.js';

export type Example = Selectable<ExampleTable>;

/**
 * One answer that a rater may choose: the key of the file (`A`, `Yes`, `1`), never shown to raters,
 * and its text.
 */
export const Choice = z.strictObject({ key: z.string(), text: z.string() });
export type Choice = z.output<typeof Choice>;

const Choices = z.array(Choice);

/**
 * The choices of an example in their canonical order; empty where the set has none. `label_choice`
 * is an index into it.
 */
export const choicesOf = (example: Pick<Example, 'choices'>): Choice[] =>
  readJson(Choices, example.choices, 'example.choices');

/**
 * The example's row as it came, byte for byte, for showing as text; bytes that are not UTF-8 become
 * U+FFFD.
 */
export const rawText = (example: { readonly raw: Uint8Array }): string =>
  Buffer.from(example.raw).toString('utf8');
