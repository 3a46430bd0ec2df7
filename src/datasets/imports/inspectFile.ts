import { guessMapping } from '../examples/recognise.js';
import { FileFailure, isRejected, type RawRow, type RejectedRow } from '../formats/rejections.js';
import { storableText } from '../findings/detect.js';
import { detectFormat, type DetectedFormat, formats, readRows } from '../formats/readRows.js';
import { understandFile } from '../formats/understandPath.js';
import type { FilePlan, Understood } from './plan.js';
import { rowParser } from './parsing.js';

const sampledRows = 200;
const sampledBytes = 8_000_000;
const shownSamples = 3;
const shownRejections = 5;
const longestText = 4000;

/**
 * A file to look into. `fullPath` tells more of its folders than the label does, where it is known.
 */
export interface FileToInspect {
  readonly path: string;
  readonly storedPath: string;
  readonly byteCount: number;
  readonly fullPath?: string;
}

export interface Inspection {
  readonly understood: Understood;
  readonly plan: FilePlan;
}

const formatWords = ({ format, gzipped, marked }: DetectedFormat): string =>
  `${formats[format]}${gzipped ? ', gzipped' : ''}${marked ? ', with a byte order mark' : ''}`;

/**
 * A look at a packed Parquet file unpacks all of it, so that a bomb must be stopped here already.
 */
const lookLimit = (byteCount: number): number => 100_000_000 + 40 * byteCount;

async function firstRows(
  file: FileToInspect,
  detected: DetectedFormat,
): Promise<{ rows: (RawRow | RejectedRow)[]; complete: boolean }> {
  const rows: (RawRow | RejectedRow)[] = [];
  let bytes = 0;
  for await (const batch of readRows(file.storedPath, detected, {
    unpackedLimit: lookLimit(file.byteCount),
  })) {
    for (const row of batch) {
      rows.push({ ...row, raw: Buffer.alloc(0) });
      bytes += row.raw.length;
      if (rows.length >= sampledRows || bytes >= sampledBytes) return { rows, complete: false };
    }
  }
  return { rows, complete: true };
}

const columnsOf = (rows: readonly (RawRow | RejectedRow)[]): string[] => {
  const names = new Set<string>();
  for (const row of rows)
    if (
      !isRejected(row) &&
      typeof row.value === 'object' &&
      row.value !== null &&
      !Array.isArray(row.value)
    )
      for (const name of Object.keys(row.value)) names.add(name.slice(0, 200));
  return [...names].slice(0, 200);
};

const notReadable = (file: FileToInspect, reason: string): Inspection => ({
  understood: {
    isDataset: false,
    reason,
    unreadable: true,
    formatWords: 'unknown',
    columns: [],
    rowsSampled: 0,
    complete: false,
    samples: [],
    rejections: [],
    rejectedInSample: 0,
    unlabelledInSample: 0,
  },
  plan: {
    leaveOut: true,
    ...nameOf(file),
    source: null,
    role: 'evaluated',
    family: 'generic',
    format: '',
    mapping: null,
    provenance: { generator: '', prompt: '', discriminator: '' },
  },
});

const nameOf = (file: FileToInspect): { name: string; behaviour: string } => {
  const { behaviour } = understandFile(file.path, []);
  return { name: behaviour.slice(0, 200), behaviour: behaviour.slice(0, 200) };
};

function sampled(
  rows: readonly (RawRow | RejectedRow)[],
  plan: Pick<FilePlan, 'family' | 'mapping'>,
  detected: DetectedFormat,
): Pick<Understood, 'samples' | 'rejections' | 'rejectedInSample' | 'unlabelledInSample'> {
  const parse = rowParser(plan, { countRows: detected.format === 'json' });
  const samples: Understood['samples'] = [];
  const rejections: Understood['rejections'] = [];
  let rejectedInSample = 0;
  let unlabelledInSample = 0;
  for (const row of rows) {
    const parsed = parse(row);
    if (parsed.kind === 'rejected') {
      rejectedInSample += 1;
      if (rejections.length < shownRejections)
        rejections.push({
          line: parsed.line,
          code: parsed.code,
          message: parsed.message.slice(0, 500),
        });
      continue;
    }
    if (parsed.labelChoice === null) unlabelledInSample += 1;
    if (samples.length >= shownSamples) continue;
    const { choices, removed } = parsed.recognised;
    samples.push({
      line: parsed.line,
      text: parsed.text.slice(0, longestText),
      choices: choices.map(({ key, text }) => ({
        key: key.slice(0, 500),
        text: text.slice(0, 1000),
      })),
      labelChoice: parsed.labelChoice,
      removed: removed.map((piece) => storableText(piece).slice(0, 500)),
    });
  }
  return { samples, rejections, rejectedInSample, unlabelledInSample };
}

/**
 * Looks into one file: its format, what its first rows are, and what is proposed to be done with
 * it. Never throws for what is in the file.
 */
export async function inspectFile(file: FileToInspect): Promise<Inspection> {
  try {
    const detected = await detectFormat(file.storedPath, file.path);
    const { rows, complete } = await firstRows(file, detected);
    const values = rows.flatMap((row) => (isRejected(row) ? [] : [row.value]));
    const understanding = understandFile(file.fullPath ?? file.path, values);
    const { family, mapping, role, source, sourceKnown, notADataset } = understanding;
    return {
      understood: {
        isDataset: notADataset === null,
        reason: notADataset,
        unreadable: false,
        formatWords: formatWords(detected),
        columns: columnsOf(rows),
        rowsSampled: rows.length,
        complete,
        ...sampled(rows, { family, mapping }, detected),
      },
      plan: {
        leaveOut: false,
        ...nameOf(file),
        source: sourceKnown ? source : null,
        role,
        family,
        format: formatWords(detected),
        mapping,
        provenance: { generator: '', prompt: '', discriminator: '' },
      },
    };
  } catch (error) {
    if (error instanceof FileFailure) return notReadable(file, error.message);
    throw error;
  }
}

/** Looks again with another mapping. */
export async function inspectWith(
  file: FileToInspect,
  plan: FilePlan,
  before: Understood,
): Promise<Understood> {
  const detected = await detectFormat(file.storedPath, file.path);
  const { rows } = await firstRows(file, detected);
  return { ...before, isDataset: true, reason: null, ...sampled(rows, plan, detected) };
}

/** A first guess at the columns of a file that does not look like a dataset. */
export async function guessColumns(file: FileToInspect): Promise<FilePlan['mapping']> {
  const detected = await detectFormat(file.storedPath, file.path);
  const { rows } = await firstRows(file, detected);
  return guessMapping(rows.flatMap((row) => (isRejected(row) ? [] : [row.value])));
}
