import { Problem } from '#web/problem.js';
import { isRow } from '../examples/cells.js';
import { Mapping, type SaidMapping } from '../examples/mapping.js';
import {
  isFault,
  type NotAMapping,
  printMapping,
  printParts,
  readMapping,
} from '../examples/notation.js';
import { isMeant } from './paths.js';

/**
 * What somebody has said about the columns of the file with this path, one of all `paths` that were
 * sent; nothing is said so: `{}`.
 */
export type SaidOf = (path: string, paths: ReadonlySet<string>) => SaidMapping;

/** What was said with the number of the first choice, where a mapping does not say it itself. */
export const countedFrom = (first: 0 | 1 | undefined, said: SaidMapping): SaidMapping =>
  first === undefined ? said : { countFrom: first, ...said };

const notAMapping = (fault: string): Problem =>
  new Problem(
    422,
    'bad_mapping',
    `The mapping is not understood: ${fault}`,
    'Nothing was imported. Write text=question choices=A,B,C,D label=answer, or the same ' +
      'as JSON; docs/admins/datasets.md lists what can be said.',
  );

/** What was read, where it could be. Throws a 422 `Problem` that says what is not understood. */
export function requireSaid(read: SaidMapping | NotAMapping): SaidMapping {
  if (isFault(read)) throw notAMapping(read.fault);
  return read;
}

function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text.trim();
  try {
    return JSON.parse(text);
  } catch {
    throw notAMapping('It begins like JSON and is none.');
  }
}

/**
 * True where an object is one mapping and not one for each path: its names are those of parts, and
 * not every value is a mapping itself, as it is where files are called text or choices.
 */
const isOneMapping = (written: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(written).some((name) => name in Mapping.shape) &&
  !Object.values(written).every((one) => !isFault(readMapping(one)));

/**
 * Reads one mapping for every file, or one for each pattern of paths (`{"*.csv": …}`), each as JSON
 * or as a line of text. The whole path of a file means that file alone, and goes before a pattern;
 * the first pattern that fits goes before the others. Throws a 422 `Problem` that says what is not understood.
 */
export function readMappings(text: string): SaidOf {
  const written = parsed(text);
  if (!isRow(written) || isOneMapping(written)) {
    const said = requireSaid(readMapping(written));
    return () => said;
  }
  const patterns = Object.entries(written).map(
    ([pattern, one]: [string, unknown]) => [pattern, requireSaid(readMapping(one))] as const,
  );
  const exact = new Map(patterns);
  return (path, paths) =>
    exact.get(path) ?? patterns.find(([pattern]) => isMeant(path, pattern, paths))?.[1] ?? {};
}

/** What `readMappings` takes to confirm proposals, each for the file with its path and no other. */
export const mappingsByPath = (
  files: readonly { readonly path: string; readonly mapping: Mapping }[],
): string =>
  JSON.stringify(
    Object.fromEntries(files.map(({ path, mapping }) => [path, printMapping(mapping)])),
  );

const shellWord = (word: string): string =>
  /^[\w.,:=@%+/-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The options of the command line that say a mapping. */
export const mapOptions = (mapping: Mapping): string =>
  printParts(mapping)
    .map((part) => `--map ${shellWord(part)}`)
    .join(' ');
