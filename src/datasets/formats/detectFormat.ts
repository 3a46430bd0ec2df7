import { decodeHead, guessEncoding, toUtf8 } from './encoding.js';
import { type JsonShape, jsonShapeOf } from './jsonShape.js';
import { refuseOtherKinds } from './otherKinds.js';
import type { Delimiter, Encoding, ReadAs, Reading, ReadingQuestion } from './reading.js';
import { encodings } from './reading.js';
import { FileFailure } from './rejections.js';
import { openSource, readHead, type SourceOptions } from './source.js';
import { type TableLayout, tableLayoutOf } from './tableLayout.js';

/** How the rows of a file lie in its bytes. */
export type Layout =
  | { readonly format: 'parquet' }
  | { readonly format: 'jsonl'; readonly lineEnd: '\n' | '\r' }
  | { readonly format: 'json'; readonly shape: JsonShape }
  | { readonly format: 'table'; readonly table: TableLayout };

export type DetectedFormat = Layout & {
  readonly gzipped: boolean;
  /** True where the file begins with a byte order mark, which is dropped. */
  readonly marked: boolean;
  readonly encoding: Encoding;
  /** What only a guess tells: to be confirmed before anything is imported. */
  readonly questions: readonly ReadingQuestion[];
};

const headLength = 1 << 18;

/** The delimiter that a file's ending speaks of. */
const endings: readonly (readonly [ending: RegExp, delimiter: Delimiter | undefined])[] = [
  [/\.(?:tsv|tab)$/, 'tab'],
  [/\.psv$/, 'pipe'],
  [/\.csv$/, undefined],
];

/** Whether a text begins with a line that is one JSON object or array, whatever its file is called. */
function beginsWithJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text.split(/\r\n|\n|\r/, 1)[0] ?? '');
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

const byteOrderMark = /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/;

/** Carriage returns alone end lines where there is no line feed. */
const lineEndOf = (text: string): '\n' | '\r' =>
  text.includes('\n') || !text.includes('\r') ? '\n' : '\r';

/**
 * Tells how a file is to be read by its first bytes, and, where it is one JSON object, by all of
 * them. The name decides only between what content cannot tell apart; what somebody said of the
 * bytes (`reading`) goes before both. Throws `FileFailure`.
 */
export async function detectFormat(
  path: string,
  options: { name?: string; reading?: Reading; source?: SourceOptions } = {},
): Promise<DetectedFormat> {
  const { name = path, reading = {}, source = {} } = options;
  const { head, gzipped, whole } = await readHead(path, headLength);
  const binary = { gzipped, marked: false, encoding: 'utf-8', questions: [] } as const;
  if (head.subarray(0, 4).toString('latin1') === 'PAR1') return { format: 'parquet', ...binary };
  refuseOtherKinds(head);
  const guess = reading.encoding === undefined ? guessEncoding(head, whole) : null;
  const encoding = guess?.encoding ?? reading.encoding ?? 'utf-8';
  const questions: ReadingQuestion[] =
    guess === null || guess.question === null
      ? []
      : [{ field: 'encoding', sentence: guess.question }];
  const decoded = decodeHead(head, encoding);
  const marked = byteOrderMark.test(head.subarray(0, 3).toString('latin1'));
  const text = decoded.trimStart();
  if (text === '') throw new FileFailure('empty_file');
  const common = { gzipped, marked, encoding, questions };
  const bare = name.toLowerCase().replace(/\.gz$/, '');
  const ending = endings.find(([pattern]) => pattern.test(bare));
  const isTable = ending !== undefined && !beginsWithJson(text);
  if (!isTable && text.startsWith('['))
    return { format: 'json', shape: { kind: 'array' }, ...common };
  if (!isTable && (text.startsWith('{') || /\.(?:jsonl|ndjson|json)$/.test(bare))) {
    const open = (): AsyncIterable<Buffer> => toUtf8(openSource(path, gzipped, source), encoding);
    const lines = /\.(?:jsonl|ndjson)$/.test(bare);
    const shape = text.startsWith('{') ? await jsonShapeOf(text, { lines, whole, open }) : null;
    return shape === null
      ? { format: 'jsonl', lineEnd: lineEndOf(text), ...common }
      : { format: 'json', shape, ...common };
  }
  if (!isTable && text.includes('\u0000')) throw new FileFailure('unknown_format');
  // A first cell may be empty, so that blanks before it stay; blank lines are no records.
  const found = tableLayoutOf(decoded.replace(/^(?:[^\S\r\n]*[\r\n]+)+/, ''), {
    whole,
    named: isTable || reading.delimiter !== undefined,
    preferred: ending?.[1],
    reading,
  });
  if (found === undefined)
    throw new FileFailure(
      'unknown_format',
      `It begins with “${(text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 60)}”.`,
    );
  if (found.question !== null) questions.push(found.question);
  return { format: 'table', table: found.layout, ...common };
}

const tableWords: Readonly<Record<Delimiter, string>> = {
  comma: 'CSV',
  semicolon: 'CSV with semicolons',
  tab: 'TSV',
  pipe: 'CSV with vertical bars',
};

function shapeWords(shape: JsonShape): string {
  switch (shape.kind) {
    case 'array':
      return 'JSON array';
    case 'list':
      return `JSON, the list “${shape.name.slice(0, 40)}”`;
    case 'objects':
      return 'JSON objects';
    case 'columns':
      return 'JSON by column';
  }
}

function layoutWords(layout: Layout): string {
  switch (layout.format) {
    case 'parquet':
      return 'Parquet';
    case 'jsonl':
      return 'JSONL';
    case 'json':
      return shapeWords(layout.shape);
    case 'table': {
      const { delimiter, quoted, header, indexColumn } = layout.table;
      return [
        tableWords[delimiter],
        ...(delimiter === 'tab' && quoted ? ['cells in quotes'] : []),
        ...(header ? [] : ['no header']),
        ...(indexColumn ? ['the first column, without a name, is an index and is left out'] : []),
      ].join(', ');
    }
  }
}

/** How a file is read, in values, with what is still to be confirmed. */
export function readAs(detected: DetectedFormat): ReadAs {
  const table = detected.format === 'table' ? detected.table : null;
  return {
    delimiter: table?.delimiter ?? null,
    encoding: detected.format === 'parquet' ? null : detected.encoding,
    header: table?.header ?? null,
    questions: [...detected.questions],
  };
}

/** How a file is read, in words: “CSV with semicolons, gzipped”. */
export function formatWords(detected: DetectedFormat): string {
  const { gzipped, marked, encoding } = detected;
  return [
    layoutWords(detected),
    ...(encoding === 'utf-8' ? [] : [encodings[encoding]]),
    ...(gzipped ? ['gzipped'] : []),
    ...(marked ? ['with a byte order mark'] : []),
  ].join(', ');
}
