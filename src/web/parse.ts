import type { z } from 'zod';
import { type FieldFault, Problem } from './problem.js';

/** The faults of a failed parse, one a field, in the order of the schema. */
export const faultsOf = (error: z.ZodError): FieldFault[] =>
  error.issues.map((issue) => ({
    field: issue.path.map(String).join('.') || 'body',
    message: issue.message,
  }));

/**
 * Parses a body, query or path through its schema; throws a 422 `Problem` that names every field at
 * fault.
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem(
    422,
    'invalid_input',
    'Some of what was sent does not fit.',
    'Nothing was changed. Correct what is listed and send it again.',
    faultsOf(parsed.error),
  );
}
