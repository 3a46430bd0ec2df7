import { fieldsOf } from './csvRecords.js';
import { whyNoHeader } from './headerRow.js';
import { type Delimiter, delimiterNames, delimiters, type ReadingQuestion } from './reading.js';
import { FileFailure } from './rejections.js';
import { bestCandidate, scanRecords } from './tableScan.js';

/** How the cells of a table lie in its bytes. */
export interface TableLayout {
  readonly delimiter: Delimiter;
  /** False where quotes are ordinary characters. */
  readonly quoted: boolean;
  readonly lineEnd: '\n' | '\r';
  /** False where the first row is data: the columns are then “column 1”, “column 2”, … */
  readonly header: boolean;
  /** True where the first column has no name and counts the rows: it is no part of a row's value. */
  readonly indexColumn: boolean;
}

const sampledRows = 200;

/** Excel's first line, which names the delimiter. */
export const separatorLine = /^"?sep=(.)"?[,;\t|]*\r?$/i;

function delimiterSaid(line: string): Delimiter | undefined {
  const said = separatorLine.exec(line)?.[1];
  if (said === undefined) return undefined;
  const name = delimiterNames.find((candidate) => delimiters[candidate] === said);
  if (name === undefined)
    throw new FileFailure(
      'unknown_format',
      `Its first line says that “${said}” stands between cells; commas, semicolons, tabs ` +
        'and vertical bars are read.',
    );
  return name;
}

/** Carriage returns alone end lines where no line feed stands outside quotes. */
function lineEndOf(text: string): '\n' | '\r' {
  const outside = text.replace(/"[^"]*"/g, '');
  return outside.includes('\n') || !/\r[^\n]/.test(outside) ? '\n' : '\r';
}

/**
 * How a table lies in its bytes, from its first ones; undefined where this is no table (`named` off:
 * nothing but its content says that it is one). Throws `FileFailure`.
 * @param text the beginning of the file, decoded
 */
export function tableLayoutOf(
  text: string,
  options: {
    whole: boolean;
    named: boolean;
    preferred: Delimiter | undefined;
    reading: { delimiter?: Delimiter | undefined; header?: boolean | undefined };
  },
): { layout: TableLayout; question: ReadingQuestion | null } | undefined {
  const { whole, named, preferred, reading } = options;
  const lineEnd = lineEndOf(text);
  const firstEnd = text.indexOf(lineEnd);
  const said = delimiterSaid(firstEnd < 0 ? text : text.slice(0, firstEnd));
  const body = said === undefined ? text : text.slice(firstEnd < 0 ? text.length : firstEnd + 1);
  const found = bestCandidate(body, {
    lineEnd,
    whole,
    preferred,
    given: reading.delimiter ?? said,
  });
  const { delimiter, quoted } = found;
  if (!named && (found.columns < 2 || found.explained < 0.5)) return undefined;
  const records = scanRecords(body, { openers: [delimiter], quoted, lineEnd }, whole)
    .slice(0, sampledRows)
    .flatMap(({ from, to }) => {
      const fields = fieldsOf(body.slice(from, to), { delimiter: delimiters[delimiter], quoted });
      return Array.isArray(fields) ? [fields] : [];
    });
  const [first = [], ...rows] = records;
  const why = reading.header === undefined ? whyNoHeader(first, rows) : null;
  const header = reading.header ?? why === null;
  const indexColumn =
    header &&
    first.length > 1 &&
    first[0]?.trim() === '' &&
    rows.every((row) => /^\s*\d+\s*$/.test(row[0] ?? ''));
  return {
    layout: { delimiter, quoted, lineEnd, header, indexColumn },
    question:
      why === null
        ? null
        : {
            field: 'header',
            sentence: `The first row looks like data: ${why}. Say whether it names the columns.`,
          },
  };
}
