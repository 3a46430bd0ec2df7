import { meant } from './expected.js';
import type { Pipeline, StageKind, StageOf } from './pipeline.js';
import { fieldsOf, TemplateFault } from './template.js';

/** A fault of meaning: where it lies in the pipeline, and what was expected and found. */
export interface CheckFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

type Path = CheckFault['path'];

/** What a stage may use: the fields of its candidates, and what was said of them. */
export interface Known {
  /** Names of the fields that every candidate has. */
  readonly fields: ReadonlySet<string>;
  /** Whether the candidates have a label each. */
  readonly labelled: boolean;
  /** Probabilities that the candidates have, by name. */
  readonly scores: ReadonlySet<string>;
  readonly likelihood: boolean;
  readonly screened: boolean;
  /** Values of fields that stand in the file. */
  readonly listed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One stage, with where it stands and what is known of the candidates that come in. */
export interface Place<K extends StageKind> {
  readonly stage: StageOf<K>;
  readonly path: CheckFault['path'];
  readonly known: Known;
}

/** A fault at a place. */
export const fault = (path: Path, message: string): CheckFault => ({ path, message });

/** Values of a list that stand in it already. */
export const repeated = (values: readonly string[], path: Path): CheckFault[] =>
  values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [fault([...path, index], `Expected each once; found “${value.slice(0, 60)}” again.`)]
      : [],
  );

const list = (words: Iterable<string>): string => [...words].join(', ');

/** `Expected one of a, b; found “c”. Did you mean “b”?` */
export function notAmong(what: string, found: string, known: Iterable<string>): string {
  const words = [...known];
  const near = meant(found, words);
  const expected =
    words.length === 0 ? `${what}, and there is none here` : `${what} (${list(words)})`;
  return `Expected ${expected}; found “${found}”.${near === null ? '' : ` Did you mean “${near}”?`}`;
}

/** The faults of a template: its braces, and fields that candidates do not have there. */
export function templateFaults(
  template: string,
  path: Path,
  fields: ReadonlySet<string>,
): CheckFault[] {
  try {
    return fieldsOf(template)
      .filter((field) => !fields.has(field))
      .map((field) => ({
        path,
        message: notAmong('a field that a candidate has here', field, fields),
      }));
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return [
      { path, message: `Expected a template; at character ${error.at + 1} ${error.message}` },
    ];
  }
}

export const fieldFaults = (field: string, path: Path, fields: ReadonlySet<string>): CheckFault[] =>
  fields.has(field)
    ? []
    : [{ path, message: notAmong('a field that a candidate has here', field, fields) }];

/** Names that a template gives another meaning. */
const reserved = ['shown'];

/** The faults of fields that a stage adds. */
export const addedFaults = (
  added: readonly { name: string; path: Path }[],
  fields: ReadonlySet<string>,
): CheckFault[] =>
  added.flatMap(({ name, path }, index) => {
    const wrong = (message: string): CheckFault[] => [{ path, message }];
    if (reserved.includes(name))
      return wrong(`Expected another name than “${name}”, which stands for the shown examples.`);
    if (fields.has(name))
      return wrong(`Expected the name of a new field; found “${name}”, which there is already.`);
    return added.findIndex((other) => other.name === name) < index
      ? wrong(`Expected each field once; found “${name}” again.`)
      : [];
  });

/** The faults of rows that do not all have the same fields. */
export const rowFaults = (
  rows: readonly Readonly<Record<string, string>>[],
  path: Path,
): CheckFault[] => {
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0)
    return [{ path: [...path, 0], message: 'Expected a row with fields; found none in it.' }];
  return rows.flatMap((row, index) => {
    const own = Object.keys(row);
    return own.length === names.length && names.every((name) => Object.hasOwn(row, name))
      ? []
      : [
          {
            path: [...path, index],
            message: `Expected the fields of the first row (${list(names)}); found ${list(own) || 'none'}.`,
          },
        ];
  });
};

/** The values of each field of rows. */
export const listedOf = (
  rows: readonly Readonly<Record<string, string>>[],
): Map<string, ReadonlySet<string>> =>
  new Map(
    Object.keys(rows[0] ?? {}).map((name) => [name, new Set(rows.map((row) => row[name] ?? ''))]),
  );

/** The fields of every label; those of which two labels have different texts. */
export function labelFields({ labels }: Pick<Pipeline, 'labels'>): {
  all: readonly string[];
  different: ReadonlySet<string>;
} {
  const [first] = labels;
  const all = Object.keys(first?.values ?? {});
  return {
    all,
    different: new Set(
      all.filter((name) => labels.some(({ values }) => values[name] !== first?.values[name])),
    ),
  };
}

/** The fault of a name that stands for no model. */
export const modelFaults = ({ models }: Pipeline, name: string, path: Path): CheckFault[] =>
  Object.hasOwn(models, name)
    ? []
    : [fault(path, notAmong('a name that stands in models', name, Object.keys(models)))];
