import { stringify } from 'yaml';
import type { z } from 'zod';
import { checkPipeline } from './checkPipeline.js';
import { mismatchWords, nameWords, unknownWords } from './expected.js';
import { Pipeline } from './pipeline.js';
import { decode, type FileFault, mostFaults, pathWords, readYaml } from './readYaml.js';

export type { FileFault } from './readYaml.js';

/** A fault of a pipeline, before it is known where in a file it stands. */
interface Fault {
  readonly path: readonly PropertyKey[];
  readonly part: 'key' | 'value';
  readonly message: string;
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? Reflect.get(inner, key)
        : undefined,
    value,
  );

/** What zod says of a file, in our words. */
function faultsOf(file: unknown, issue: z.core.$ZodIssue, under: readonly PropertyKey[]): Fault[] {
  const path = [...under, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, mostFaults).map((key) => ({
      path: [...path, key],
      part: 'key',
      message: unknownWords(file, path, key),
    }));
  if (issue.code === 'invalid_key') {
    const found = `found “${String(path.at(-1)).slice(0, 60)}”`;
    return [{ path, part: 'key', message: `Expected ${nameWords}; ${found}.` }];
  }
  if (issue.code === 'custom')
    return [{ path, part: 'value', message: `The text ${issue.message}.` }];
  if (issue.code === 'invalid_union') {
    // One alternative has the right shape, and something in it is wrong.
    const inner = issue.errors.find((issues) => issues.every((one) => one.path.length > 0));
    if (inner !== undefined) return inner.flatMap((one) => faultsOf(file, one, path));
  }
  return [{ path, part: 'value', message: mismatchWords(file, path, valueAt(file, path)) }];
}

/** Whether a value that cannot be read lies at this path, or around it. */
const lies = (path: string, within: string): boolean =>
  path === within || path.startsWith(`${within}.`) || path.startsWith(`${within}[`);

/**
 * Reads a pipeline file, YAML or JSON in UTF-8, of at most 512 KiB. Gives the pipeline with the text
 * of the file, or all faults (the first hundred), each with line, column, path and a sentence that says what was expected
 * and what stands there. Faults of meaning (`checkPipeline`) are looked for once every field has its
 * right form. Never throws.
 */
export function readPipeline(
  file: string | Uint8Array,
): { pipeline: Pipeline; source: string } | { faults: readonly FileFault[] } {
  const decoded = decode(file);
  if ('fault' in decoded) return { faults: [decoded.fault] };
  const yaml = readYaml(decoded.text);
  if (Array.isArray(yaml)) return { faults: yaml };
  const { value, placeOf } = yaml.file;
  const parsed = Pipeline.safeParse(value);
  const found: Fault[] = parsed.success
    ? checkPipeline(parsed.data).map((fault) => ({ ...fault, part: 'value' }))
    : parsed.error.issues.slice(0, mostFaults).flatMap((issue) => faultsOf(value, issue, []));
  const placed = found
    .slice(0, mostFaults)
    .map(({ path, part, message }): FileFault => ({
      ...placeOf(path, part),
      path: pathWords(path),
      message,
    }))
    .filter(({ path }) => !yaml.faults.some((fault) => fault.path && lies(path, fault.path)));
  const faults = [...yaml.faults, ...placed]
    .toSorted((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, mostFaults);
  return parsed.success && faults.length === 0
    ? { pipeline: parsed.data, source: decoded.text }
    : { faults };
}

/** A pipeline as a file that `readPipeline` reads back equal. */
export const writePipeline = (pipeline: Pipeline): string =>
  stringify(pipeline, { aliasDuplicateObjects: false, lineWidth: 0, version: '1.2' });

/** A fault as one line: `line 3, column 5, stages[0].samples: Expected …`. */
export const faultLine = ({ line, column, path, message }: FileFault): string =>
  `line ${line}, column ${column}${path === '' ? '' : `, ${path}`}: ${message}`;
