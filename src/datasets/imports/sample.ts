import { storableText } from '../findings/detect.js';
import type { DetectedFormat } from '../formats/detectFormat.js';
import { isNumberedByPlace, readRows } from '../formats/readRows.js';
import type { RawRow, RejectedRow } from '../formats/rejections.js';
import { type ParsedRow, rowParser } from './parsing.js';
import type { FilePlan, Understood } from './plan.js';

/** How much of a file is read to find out what it is. */
const firstLook = { rows: 200, bytes: 8_000_000 };
/** How much of it is read as it would be imported: a released file is read to its end. */
const sampleLook = { rows: 10_000, bytes: 16_000_000 };
const shownSamples = 3;
const shownRejections = 20;
const longestText = 4000;

/** A stored file whose format is known. */
export interface OpenedFile {
  readonly storedPath: string;
  readonly detected: DetectedFormat;
  /** Most bytes that it may unpack to. */
  readonly unpackedLimit: number;
}

async function* rowsWithin(
  { storedPath, detected, unpackedLimit }: OpenedFile,
  most: { readonly rows: number; readonly bytes: number },
): AsyncGenerator<RawRow | RejectedRow, { complete: boolean }> {
  let rows = 0;
  let bytes = 0;
  for await (const batch of readRows(storedPath, detected, { unpackedLimit })) {
    for (const row of batch) {
      if (rows >= most.rows || bytes >= most.bytes) return { complete: false };
      rows += 1;
      bytes += row.raw.length;
      yield row;
    }
  }
  return { complete: true };
}

/** The first rows of a file without their bytes, and whether they are all of it. */
export async function firstRows(
  file: OpenedFile,
): Promise<{ rows: (RawRow | RejectedRow)[]; complete: boolean }> {
  const rows: (RawRow | RejectedRow)[] = [];
  const reading = rowsWithin(file, firstLook);
  for (;;) {
    const { done, value } = await reading.next();
    if (done === true) return { rows, complete: value.complete };
    rows.push({ ...value, raw: Buffer.alloc(0) });
  }
}

const shownSample = (row: ParsedRow & { kind: 'example' }): Understood['samples'][number] => ({
  line: row.line,
  text: row.text.slice(0, longestText),
  choices: row.recognised.choices.map(({ key, text }) => ({
    key: key.slice(0, 500),
    text: text.slice(0, 1000),
  })),
  labelChoice: row.labelChoice,
  removed: row.recognised.removed.map((piece) => storableText(piece).slice(0, 500)),
});

/** What the rows of a sample are. */
export type Sample = Pick<
  Understood,
  | 'rowsSampled'
  | 'complete'
  | 'samples'
  | 'rejections'
  | 'rejectedInSample'
  | 'unlabelledInSample'
  | 'findingInSample'
  | 'doubtfulInSample'
>;

/** Reads a file from its beginning as it would be imported, and counts what it holds. */
export async function sampleOf(
  file: OpenedFile,
  plan: Pick<FilePlan, 'family' | 'mapping'>,
): Promise<Sample> {
  const parse = rowParser(plan, { countRows: isNumberedByPlace(file.detected) });
  const samples: Understood['samples'] = [];
  const rejections: Understood['rejections'] = [];
  const counts = {
    rowsSampled: 0,
    rejectedInSample: 0,
    unlabelledInSample: 0,
    findingInSample: 0,
    doubtfulInSample: 0,
  };
  const reading = rowsWithin(file, sampleLook);
  for (;;) {
    const { done, value } = await reading.next();
    if (done === true) return { ...counts, complete: value.complete, samples, rejections };
    const row = parse(value);
    counts.rowsSampled += 1;
    if (row.kind === 'rejected') {
      counts.rejectedInSample += 1;
      if (rejections.length < shownRejections)
        rejections.push({ line: row.line, code: row.code, message: row.message.slice(0, 500) });
      continue;
    }
    if (row.labelChoice === null) counts.unlabelledInSample += 1;
    if (row.findings.length > 0) counts.findingInSample += 1;
    if (row.doubtful) counts.doubtfulInSample += 1;
    if (samples.length < shownSamples) samples.push(shownSample(row));
  }
}
