import type { z } from 'zod';

/**
 * Reads stored JSON through its schema. Throws with the column's name when the stored text does not
 * fit.
 */
export function readJson<S extends z.ZodType>(schema: S, text: string, column: string): z.infer<S> {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error(`Stored JSON in ${column} does not fit its schema: ${parsed.error.message}`);
  return parsed.data;
}

/**
 * Writes a value as JSON through its schema, so that nothing is stored that could not be read
 * again.
 */
export const writeJson = <S extends z.ZodType>(schema: S, value: z.input<S>): string =>
  JSON.stringify(schema.parse(value));
