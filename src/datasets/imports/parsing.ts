import { isRefusal } from '../examples/example.js';
import { recognise } from '../examples/recognise.js';
import type { Example } from '../examples/example.js';
import {
  contentKey,
  detectFindings,
  labelRank,
  type SourceRow,
  storableText,
} from '../findings/detect.js';
import { excludesByDefault } from '../findingWords.js';
import { FileFailure, isRejected, type RawRow, type RejectedRow } from '../formats/rejections.js';
import { detectFormat } from '../formats/detectFormat.js';
import { isNumberedByPlace, readRows } from '../formats/readRows.js';
import type { FilePlan } from './plan.js';
import type { NewExample, NewRejection, RowFinding } from './rows.js';
import type { TalliedRow } from './tally.js';

/** A row of a file, read and recognised: an example ready to be stored, or a rejection. */
export type ParsedRow =
  | ({ readonly kind: 'example' } & NewExample & TalliedRow)
  | ({ readonly kind: 'rejected' } & NewRejection);

export interface ParsedBatch {
  /** Bytes of the file (packed, where it is packed) that have been read so far. */
  readonly bytesRead: number;
  readonly rows: readonly ParsedRow[];
}

const noFindings: readonly RowFinding[] = [];

/** The findings as they are stored, and whether one of them keeps the example out of studies. */
function findingsOf(
  example: Example,
  row: SourceRow,
): { findings: readonly RowFinding[]; doubtful: boolean } {
  const found = detectFindings(example, row);
  if (found.length === 0) return { findings: noFindings, doubtful: false };
  return {
    findings: found.map(({ name, detail }) => ({
      finding: name,
      detail: detail === null ? null : storableText(detail),
    })),
    doubtful: found.some(({ name }) => excludesByDefault(name)),
  };
}

/** Choices repeat from row to row (Yes, No): the last ones' JSON is kept. */
function choicesWriter(): (
  choices: readonly { readonly key: string; readonly text: string }[],
) => string {
  let last: unknown;
  let json = '[]';
  return (choices) => {
    if (choices !== last) {
      json = JSON.stringify(
        choices.map(({ key, text }) => ({ key: storableText(key), text: storableText(text) })),
      );
      last = choices;
    }
    return json;
  };
}

/**
 * Makes examples and rejections of the rows of one file, in the order of the file. Lines of a JSON
 * array are its elements, counted from 1.
 */
export function rowParser(
  plan: Pick<FilePlan, 'family' | 'mapping'>,
  options: { countRows: boolean },
): (row: RawRow | RejectedRow) => ParsedRow {
  const writeChoices = choicesWriter();
  let counted = 0;
  return (row) => {
    counted += 1;
    const line = options.countRows ? counted : row.lineNumber;
    if (isRejected(row))
      return {
        kind: 'rejected',
        line,
        code: row.code,
        message: storableText(row.message),
        raw: row.raw,
      };
    const example = recognise(row.value, plan.family, plan.mapping);
    if (isRefusal(example))
      return {
        kind: 'rejected',
        line,
        code: example.code,
        message: storableText(example.message),
        raw: row.raw,
      };
    const { findings, doubtful } = findingsOf(example, row);
    return {
      kind: 'example',
      line,
      hash: contentKey(example),
      text: storableText(example.text),
      choices: writeChoices(example.choices),
      labelChoice: example.labelChoice,
      labelRank: labelRank(example),
      recognised: example,
      labelConfidence: example.labelConfidence,
      fixedOrder: example.fixedOrder,
      doubtful,
      raw: row.raw,
      findings,
    };
  };
}

/**
 * Reads a file from beginning to end, flat in memory. Throws `FileFailure` where the file itself
 * cannot be read, and where how it is to be read is a guess that nobody has confirmed.
 */
export async function* parseFile(
  file: { readonly storedPath: string; readonly path: string; readonly plan: FilePlan },
  unpackedLimit?: number,
): AsyncGenerator<ParsedBatch> {
  const limit = unpackedLimit === undefined ? {} : { unpackedLimit };
  const detected = await detectFormat(file.storedPath, {
    name: file.path,
    reading: file.plan.reading,
    source: limit,
  });
  const [question] = detected.questions;
  if (question !== undefined) throw new FileFailure('not_said', question.sentence);
  const progress = { bytesRead: 0 };
  const parse = rowParser(file.plan, { countRows: isNumberedByPlace(detected) });
  for await (const batch of readRows(file.storedPath, detected, { progress, ...limit })) {
    yield { bytesRead: progress.bytesRead, rows: batch.map(parse) };
  }
}
