import { z } from 'zod';
import { readCsv } from '#datasets/formats/csv.js';
import { detectFormat, formatWords } from '#datasets/formats/detectFormat.js';
import { encodings } from '#datasets/formats/reading.js';
import { FileFailure, isRejected } from '#datasets/formats/rejections.js';
import { openSource } from '#datasets/formats/source.js';
import { refused } from './refused.js';

/** One row of a file of ratings: what its columns say, without the spaces around it. */
export interface GivenRating {
  readonly line: number;
  readonly item: string;
  readonly rater: string;
  readonly answer: string;
  /** The answer that is known to be right; empty where no column of such answers is read. */
  readonly gold: string;
}

/** The names of the columns. */
export interface RatingColumns {
  readonly item: string;
  readonly rater: string;
  readonly value: string;
  readonly gold?: string | undefined;
}

export interface GivenRatings {
  /** The format that the file was read as, in words. */
  readonly format: string;
  readonly rows: readonly GivenRating[];
}

const Cells = z.record(z.string(), z.string());

/**
 * The columns of a CSV or TSV file, gzipped or not, row by row, read as an import reads them.
 * Throws a `Problem` where the file cannot be read to its end, and names the first row at fault.
 * @param file full path
 */
export async function readRatings(file: string, columns: RatingColumns): Promise<GivenRatings> {
  try {
    // The columns are named on the command line: there is a header to find them in.
    const detected = await detectFormat(file, { reading: { header: true } });
    const format = formatWords(detected);
    if (detected.format !== 'table')
      throw refused(
        'other_format',
        `${file} is read as ${format}, and ratings are read from CSV or TSV with a header.`,
      );
    if (detected.encoding !== 'utf-8')
      throw refused(
        'not_utf8',
        `${file} is not UTF-8 text; it looks like ${encodings[detected.encoding]}.`,
        'Save it as UTF-8.',
      );
    const bytes = openSource(file, detected.gzipped);
    const batches = readCsv(bytes, detected.table, { unnamed: 'kept' });
    const rows = await readColumns(batches, { file, columns });
    if (rows.length === 0) throw refused('no_rows', `${file} holds a header and no row under it.`);
    return { format, rows };
  } catch (error) {
    if (error instanceof FileFailure) throw refused(error.code, `${file}: ${error.message}`);
    throw error;
  }
}

async function readColumns(
  batches: ReturnType<typeof readCsv>,
  { file, columns }: { file: string; columns: RatingColumns },
): Promise<GivenRating[]> {
  const rows: GivenRating[] = [];
  for await (const batch of batches) {
    for (const row of batch) {
      if (isRejected(row))
        throw refused(row.code, `${file}, line ${row.lineNumber}: ${row.message}`);
      const cells = Cells.parse(row.value);
      const cell = (column: string): string => {
        const text = Object.hasOwn(cells, column) ? cells[column] : undefined;
        if (text !== undefined) return text.trim();
        throw refused(
          'no_column',
          `${file} has no column “${column}”; it has ${Object.keys(cells).filter(Boolean).join(', ')}.`,
          `Name the columns with ${Object.keys(columns)
            .map((name) => `--${name}`)
            .join(', ')}.`,
        );
      };
      rows.push({
        line: row.lineNumber,
        item: cell(columns.item),
        rater: cell(columns.rater),
        answer: cell(columns.value),
        gold: columns.gold === undefined ? '' : cell(columns.gold),
      });
    }
  }
  return rows;
}
