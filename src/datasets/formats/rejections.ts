/** Why a row of a file cannot be read. Each is a line of the list of rejected rows. */
export const rejections = {
  bad_json: 'The line is not one complete JSON value.',
  not_a_number:
    'The row holds NaN, Infinity or a number too large for any computer; JSON has no such numbers.',
  duplicate_key: 'The row names the same field twice, so that one of the two values would be lost.',
  forbidden_key:
    'The row has a field called __proto__, which no dataset needs and programs stumble over.',
  too_deep: 'The row nests lists and objects more than 64 levels deep.',
  too_long: 'The row is longer than 16 MB.',
  bad_encoding: 'The row is not UTF-8 text. Say the encoding where the whole file has another one.',
  bad_csv:
    'The row does not fit the CSV format: its quotes do not close, or it has more or fewer ' +
    'fields than the header.',
} as const;
export type RejectionCode = keyof typeof rejections;

/** Why a whole file cannot be read; nothing of it is imported. */
export const fileFailures = {
  empty_file: 'The file is empty.',
  blank_file: 'The file begins with more blanks than are passed over: 64 MB. Remove them.',
  truncated_gzip: 'The gzip file ends too early: it was cut off on its way here. Upload it again.',
  broken_gzip: 'The gzip file is damaged and cannot be unpacked.',
  too_large: 'The file unpacks to more than is read of it. Split it, or send it unpacked.',
  other_kind: 'The file is of a kind that holds no rows as they are read here.',
  wrong_encoding:
    'The file is not in the encoding that it is read with. Choose another, or save it as UTF-8.',
  unknown_format: 'The file is neither JSONL, JSON, CSV, TSV nor Parquet.',
  not_said: 'How the file is to be read is a guess that nobody has confirmed.',
  broken_array: 'The file begins as a JSON array but does not go on as one.',
  broken_objects: 'The file begins with a JSON object but does not go on as JSON.',
  several_lists:
    'The file is one JSON object with several lists of rows. Save each list as a file of its own.',
  broken_columns: 'The file holds JSON by column, and its columns do not make rows.',
  broken_header: 'The header of the CSV file cannot be used.',
  broken_parquet: 'The Parquet file is damaged, or says of itself what cannot be true.',
} as const;
export type FileFailureCode = keyof typeof fileFailures;

/** A file that cannot be read at all, or not to its end. */
export class FileFailure extends Error {
  constructor(
    readonly code: FileFailureCode,
    detail = '',
  ) {
    super(detail === '' ? fileFailures[code] : `${fileFailures[code]} ${detail}`);
  }
}

/** The failure of a file that unpacks to more than `limit` bytes. */
export const unpacksToMore = (limit: number): FileFailure =>
  new FileFailure('too_large', `The limit for it is ${Math.round(limit / 1e6)} MB.`);

/** A row as it came: its line (or, for Parquet, its number), its own bytes and what they say. */
export interface RawRow {
  readonly lineNumber: number;
  readonly raw: Buffer;
  readonly value: unknown;
}

/** A row that cannot be read; `raw` holds its bytes (the first 4 kB of a row that is too long). */
export interface RejectedRow {
  readonly lineNumber: number;
  readonly raw: Buffer;
  readonly code: RejectionCode;
  readonly message: string;
}

export const isRejected = (row: RawRow | RejectedRow): row is RejectedRow => 'code' in row;

export const longestRow = 16 * 1024 * 1024;
export const keptOfLongRow = 4096;

export const reject = (
  lineNumber: number,
  raw: Buffer,
  code: RejectionCode,
  detail = '',
): RejectedRow => ({
  lineNumber,
  raw,
  code,
  message: detail === '' ? rejections[code] : `${rejections[code]} ${detail}`,
});
