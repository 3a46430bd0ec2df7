import { Composer, CST, isAlias, Lexer, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml';
import type { Document, Pair, ParsedNode } from 'yaml';

/** Something that is wrong in a file, and where: lines and columns count from 1. */
export interface FileFault {
  readonly line: number;
  readonly column: number;
  /** Names and numbers of what it lies in: `stages[2].prompts[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A YAML file as a value of JSON, with the place of each part. */
export interface YamlFile {
  readonly value: unknown;
  /** Where a value stands, or a key; the innermost block around it where it is missing. */
  readonly placeOf: (
    path: readonly PropertyKey[],
    part: 'key' | 'value',
  ) => Pick<FileFault, 'line' | 'column'>;
}

/** The most bytes that a file may have. */
export const mostBytes = 512 * 1024;
/** So many faults are named; what follows so many is seldom true. */
export const mostFaults = 100;
/** How deep values may lie in each other; a pipeline needs eight. */
const mostLevels = 100;

export const pathWords = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (words, key) =>
      typeof key === 'number'
        ? `${words}[${key}]`
        : words === ''
          ? String(key)
          : `${words}.${String(key)}`,
    '',
  );

const lineAt = (bytes: Uint8Array, index: number): number =>
  bytes.subarray(0, index).reduce((line, byte) => (byte === 10 ? line + 1 : line), 1);

const atLine = (line: number, message: string): FileFault => ({
  line,
  column: 1,
  path: '',
  message,
});

/** The text of a file, or why it has none. */
export function decode(file: string | Uint8Array): { text: string } | { fault: FileFault } {
  const bytes = typeof file === 'string' ? Buffer.from(file) : Buffer.from(file);
  if (bytes.length > mostBytes)
    return {
      fault: atLine(
        1,
        `Expected at most ${mostBytes} bytes; found ${bytes.length}. ` +
          'Long lists of rows belong into several pipelines.',
      ),
    };
  const decoded = typeof file === 'string' ? file : bytes.toString('utf8');
  const again = Buffer.from(decoded);
  if (typeof file === 'string' ? !file.isWellFormed() : !again.equals(bytes)) {
    const wrong = again.findIndex((byte, index) => byte !== bytes[index]);
    const line = typeof file === 'string' ? 1 : lineAt(bytes, wrong);
    return { fault: atLine(line, 'Expected UTF-8; found bytes that are no character in it.') };
  }
  const text = decoded.replace(/^\uFEFF/, '');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const control = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F]/.exec(text);
  if (control !== null)
    return {
      fault: atLine(
        text.slice(0, control.index).split('\n').length,
        'Expected text; found a control character. In quotation marks it is written as \\0 or \\x07.',
      ),
    };
  return { text };
}

const scalarTypes: ReadonlySet<string> = new Set(['double-quoted-scalar', 'single-quoted-scalar']);
/** What may stand between two texts and gives them no order. */
const betweenScalars: ReadonlySet<string> = new Set(['space', 'newline', 'comment', 'doc-mode']);

/**
 * Where a text is not worth reading. Either values lie too deep in each other for a parser that calls
 * itself for each level: brackets within brackets, or many dashes in one line. Levels by indentation
 * cost a space each and every line before, so that no file of `mostBytes` has too many. Or texts in
 * quotation marks follow one another with nothing between: the parser makes a fault of each of them,
 * for seconds, before it gives the first.
 */
function hopeless(text: string): { offset: number; message: string } | null {
  let offset = 0;
  let brackets = 0;
  let dashes = 0;
  let scalars = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'flow-map-start' || type === 'flow-seq-start') brackets++;
    else if (type === 'flow-map-end' || type === 'flow-seq-end') brackets--;
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') dashes++;
    else if (type === 'newline') dashes = 0;
    if (brackets + dashes > mostLevels)
      return { offset, message: `Expected at most ${mostLevels} levels; found more.` };
    if (type !== null && scalarTypes.has(type)) scalars++;
    else if (type !== null && !betweenScalars.has(type)) scalars = 0;
    if (scalars > mostFaults)
      return {
        offset,
        message: `Expected YAML; found more than ${mostFaults} texts with nothing between them.`,
      };
    if (type !== 'doc-mode' && type !== 'flow-error-end' && type !== 'scalar')
      offset += token.length;
  }
  return null;
}

type Node = ParsedNode | null | undefined;

const offsetOf = (node: Node): number | undefined => node?.range?.[0];

/** The value of a node, with faults for all that YAML has and JSON has not. */
class Reading {
  readonly faults: FileFault[] = [];

  constructor(private readonly lines: LineCounter) {}

  at(offset: number): Pick<FileFault, 'line' | 'column'> {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  private fault(offset: number, path: readonly PropertyKey[], message: string): void {
    if (this.faults.length < mostFaults)
      this.faults.push({ ...this.at(offset), path: pathWords(path), message });
  }

  valueOf(node: Node, path: readonly PropertyKey[]): unknown {
    if (node === null || node === undefined) return null;
    const start = offsetOf(node) ?? 0;
    if (isAlias(node)) {
      this.fault(start, path, `Expected a value; found the alias *${node.source}.`);
      return null;
    }
    if (node.anchor !== undefined)
      this.fault(start, path, `Expected a value; found the anchor &${node.anchor} before it.`);
    if (node.tag !== undefined)
      this.fault(start, path, `Expected a value; found the tag ${node.tag} before it.`);
    if (path.length > mostLevels) {
      this.fault(start, path, `Expected at most ${mostLevels} levels; found more.`);
      return null;
    }
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, index) => this.valueOf(item, [...path, index]));
    return this.blockOf(node, path);
  }

  private blockOf(node: ParsedNode, path: readonly PropertyKey[]): unknown {
    const entries = new Map<string, unknown>();
    const lines = new Map<string, number>();
    if (isMap<ParsedNode, ParsedNode | null>(node))
      for (const { key, value } of node.items) {
        const start = offsetOf(key) ?? offsetOf(value) ?? offsetOf(node) ?? 0;
        if (!isScalar(key) || key.tag !== undefined || key.anchor !== undefined) {
          this.fault(start, path, 'Expected the name of a field; found something else.');
          continue;
        }
        const name = key.source ?? String(key.value ?? '');
        const before = lines.get(name);
        if (name === '<<')
          this.fault(start, path, 'Expected the name of a field; found the merge key <<.');
        else if (name === '__proto__')
          this.fault(start, path, 'Expected the name of a field; found __proto__.');
        else if (before !== undefined)
          this.fault(
            start,
            [...path, name],
            `Expected each field once; found “${name}” again, after line ${before}.`,
          );
        else {
          lines.set(name, this.at(start).line);
          entries.set(name, this.valueOf(value, [...path, name]));
        }
      }
    return Object.fromEntries(entries);
  }
}

/** The node at a path as far as it is there, and the key that it stands under. */
function nodeAt(document: Document.Parsed, path: readonly PropertyKey[]) {
  let node: Node = document.contents;
  let key: Node = null;
  for (const step of path) {
    if (isSeq<ParsedNode>(node)) {
      const inner: Node = node.items[Number(step)];
      if (inner === undefined) return { node, key };
      [node, key] = [inner, null];
    } else if (isMap<ParsedNode, ParsedNode | null>(node)) {
      const pair: Pair<ParsedNode, ParsedNode | null> | undefined = node.items.find(
        (one) => isScalar(one.key) && one.key.source === step,
      );
      if (pair === undefined) return { node, key: null };
      [node, key] = [pair.value ?? pair.key, pair.key];
    } else return { node, key };
  }
  return { node, key };
}

/**
 * Reads YAML 1.2, and JSON with it, as a value of JSON: without aliases, anchors, tags, merge keys,
 * doubled keys and further documents. Says all that is wrong, or what stands in the file; never
 * throws.
 */
export function readYaml(text: string): { file: YamlFile; faults: FileFault[] } | FileFault[] {
  const stop = hopeless(text);
  if (stop !== null) return [atLine(text.slice(0, stop.offset).split('\n').length, stop.message)];
  const lines = new LineCounter();
  const reading = new Reading(lines);
  const parsed = parsedOf(text, lines);
  if (parsed === null) return [atLine(1, `Expected at most ${mostLevels} levels; found more.`)];
  const [document, second] = parsed;
  if (document === undefined || (document.contents === null && document.errors.length === 0))
    return [atLine(1, 'Expected a pipeline; found nothing.')];
  const broken = parsed
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')
    .slice(0, mostFaults)
    .map(({ pos: [start], message }) => ({
      ...reading.at(start),
      path: '',
      message: `Expected YAML; found what is none: ${message.replace(/\.?$/, '.')}`,
    }));
  if (broken.length > 0) return broken;
  if (second !== undefined)
    return [
      {
        ...reading.at(second.range[0]),
        path: '',
        message: 'Expected one document; found a second one.',
      },
    ];
  const value = reading.valueOf(document.contents, []);
  const placeOf: YamlFile['placeOf'] = (path, part) => {
    const { node, key } = nodeAt(document, path);
    return reading.at((part === 'key' ? offsetOf(key) : undefined) ?? offsetOf(node) ?? 0);
  };
  return { file: { value, placeOf }, faults: reading.faults };
}

/**
 * The documents of a text, as far as it can be read; null where they are nested so deeply that
 * reading them has no end.
 */
function parsedOf(text: string, lines: LineCounter): Document.Parsed[] | null {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    // Doubled keys are found in `Reading`: the library compares each key with each.
    uniqueKeys: false,
    prettyErrors: false,
    strict: true,
  });
  const documents: Document.Parsed[] = [];
  let broken = 0;
  try {
    for (const token of new Parser(lines.addNewLine).parse(text)) {
      documents.push(...composer.next(token));
      if (token.type === 'error') broken++;
      if (broken >= mostFaults || documents.length > 1) break;
    }
    documents.push(...composer.end(true, text.length));
    return documents;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
