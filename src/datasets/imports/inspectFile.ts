import { longestColumn, Mapping, type SaidMapping } from '../examples/mapping.js';
import { MappingProposal, type Proposal } from '../examples/propose.js';
import { FileFailure, isRejected, type RawRow, type RejectedRow } from '../formats/rejections.js';
import { detectFormat, type DetectedFormat, formatWords, readAs } from '../formats/detectFormat.js';
import type { Reading } from '../formats/reading.js';
import { readRows } from '../formats/readRows.js';
import { reasonAgainst, understandFile } from '../formats/understandPath.js';
import { type FilePlan, lookVersion, notUnderstood, type Understood } from './plan.js';
import { firstRows, type OpenedFile, sampleOf } from './sample.js';

/**
 * A file to look into. `fullPath` tells more of its folders than the label does, where it is known.
 */
export interface FileToInspect {
  readonly path: string;
  readonly storedPath: string;
  readonly byteCount: number;
  readonly fullPath?: string;
  /** What somebody said about its bytes. */
  readonly reading?: Reading;
  /** What somebody has said about its columns; used where its shape is unknown. */
  readonly said?: SaidMapping;
}

export interface Inspection {
  readonly understood: Understood;
  readonly plan: FilePlan;
  /** Columns that somebody said and that no row has. */
  readonly unknownColumns: readonly string[];
}

/**
 * A look at a packed Parquet file unpacks all of it, so that a bomb must be stopped here already.
 */
const lookLimit = (byteCount: number): number => 100_000_000 + 40 * byteCount;

async function openFile(file: FileToInspect, reading: Reading): Promise<OpenedFile> {
  const unpackedLimit = lookLimit(file.byteCount);
  const detected = await detectFormat(file.storedPath, {
    name: file.path,
    reading,
    source: { unpackedLimit },
  });
  return { storedPath: file.storedPath, detected, unpackedLimit };
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
      for (const name of Object.keys(row.value)) names.add(name.slice(0, longestColumn));
  return [...names].slice(0, 200);
};

/** A file of which nothing can be read, and why. */
export const notReadable = (file: FileToInspect, reason: string): Inspection => ({
  understood: notUnderstood(reason),
  unknownColumns: [],
  plan: {
    leaveOut: true,
    ...nameOf(file),
    source: null,
    role: 'evaluated',
    saidByFolder: false,
    family: 'generic',
    format: '',
    mapping: null,
    reading: file.reading ?? {},
    confirmed: false,
    provenance: { generator: '', prompt: '', discriminator: '' },
  },
});

const nameOf = (file: FileToInspect): { name: string; behaviour: string } => {
  const { behaviour } = understandFile(file.path, []);
  return { name: behaviour.slice(0, 200), behaviour: behaviour.slice(0, 200) };
};

/** The most of a file that is read again to find out how its labels are meant. */
const mostBytesAgain = 500_000_000;

/** A proposal that names only columns that a mapping can name; else the reason against it. */
const nameable = (proposal: Proposal): Proposal =>
  proposal.mapping === null || Mapping.safeParse(proposal.mapping).success
    ? proposal
    : {
        ...proposal,
        mapping: null,
        guess: null,
        refusal:
          'A column that it would be read from has no name, or one of more than ' +
          `${longestColumn} characters. Give it a short name, and send the file again.`,
      };

/** The proposal for a file, for which more of it is read where its first rows leave labels open. */
async function decided(
  { storedPath, detected, unpackedLimit }: OpenedFile,
  look: {
    readonly proposal: MappingProposal | null;
    readonly sampled: number;
    readonly complete: boolean;
  },
): Promise<Proposal> {
  const { proposal } = look;
  if (proposal === null)
    return { mapping: null, guess: null, refusal: null, unread: [], missing: [] };
  if (look.complete || !proposal.undecided) return nameable(proposal.finish(look.complete));
  const progress = { bytesRead: 0 };
  let seen = 0;
  for await (const batch of readRows(storedPath, detected, { progress, unpackedLimit })) {
    const further = batch.slice(Math.max(0, look.sampled - seen));
    seen += batch.length;
    proposal.add(further.flatMap((row) => (isRejected(row) ? [] : [row.value])));
    if (!proposal.undecided || progress.bytesRead > mostBytesAgain)
      return nameable(proposal.finish(false));
  }
  return nameable(proposal.finish(true));
}

/**
 * True where names of columns do not tell what a file holds: they are not there, or how it is read
 * is still a question.
 */
const isUnnamed = (detected: DetectedFormat): boolean =>
  detected.questions.length > 0 || (detected.format === 'table' && !detected.table.header);

/** Why rows are no dataset, and what may be behind it where the first row of a table named them. */
function reasonOf(
  values: readonly unknown[],
  proposal: Proposal,
  detected: DetectedFormat,
): string | null {
  const reason = reasonAgainst(values, proposal);
  return reason === null || detected.format !== 'table' || !detected.table.header
    ? reason
    : `${reason} If its first row is data and names no columns, say that it has no header.`;
}

/** Why nothing of a file can be read although it has rows; null where one of them can be. */
function whyNoRow(rows: readonly (RawRow | RejectedRow)[]): string | null {
  const [first] = rows;
  return first === undefined || !isRejected(first) || !rows.every(isRejected)
    ? null
    : `No row of it can be read. Row ${first.lineNumber}: ${first.message}`;
}

/**
 * Looks into one file: its format, what its first rows are, and what is proposed to be done with
 * it. Never throws for what is in the file.
 */
export async function inspectFile(file: FileToInspect): Promise<Inspection> {
  try {
    const opened = await openFile(file, file.reading ?? {});
    const { detected } = opened;
    const { rows, complete } = await firstRows(opened);
    const values = rows.flatMap((row) => (isRejected(row) ? [] : [row.value]));
    const understanding = understandFile(file.fullPath ?? file.path, values, file.said);
    const { family, role, source, sourceKnown, saidByFolder } = understanding;
    const proposal = await decided(opened, {
      proposal: understanding.proposal,
      sampled: rows.length,
      complete,
    });
    const { mapping } = proposal;
    const noRow = whyNoRow(rows);
    const asked = mapping !== null && isUnnamed(detected);
    const guess = asked ? (proposal.refusal ?? proposal.guess) : proposal.guess;
    const notADataset = asked
      ? null
      : (noRow ??
        understanding.notADataset ??
        (understanding.proposal === null ? null : reasonOf(values, proposal, detected)));
    return {
      understood: {
        isDataset: notADataset === null,
        reason: notADataset,
        unreadable: noRow !== null,
        guess,
        formatWords: formatWords(detected),
        reading: readAs(detected),
        columns: columnsOf(rows),
        sameBytes: [],
        lookVersion,
        ...(await sampleOf(opened, { family, mapping })),
      },
      unknownColumns: detected.questions.length > 0 ? [] : proposal.missing,
      plan: {
        leaveOut: false,
        ...nameOf(file),
        source: sourceKnown ? source : null,
        role,
        saidByFolder,
        family,
        format: formatWords(detected),
        mapping,
        reading: file.reading ?? {},
        confirmed: guess === null,
        provenance: { generator: '', prompt: '', discriminator: '' },
      },
    };
  } catch (error) {
    if (error instanceof FileFailure) return notReadable(file, error.message);
    throw error;
  }
}

/** A stored file, seen again with a mapping that somebody has said. */
export interface SecondLook {
  readonly understood: Understood;
  readonly mapping: FilePlan['mapping'];
}

/**
 * Looks again with another mapping. Where it leaves open how labels are read, the labels decide; what
 * they leave open is a guess.
 */
export async function inspectWith(
  file: FileToInspect,
  plan: FilePlan,
  before: Understood,
): Promise<SecondLook> {
  const opened = await openFile(file, plan.reading);
  const { rows, complete } = await firstRows(opened);
  const { labelAs = 'any', countFrom, ...columns } = plan.mapping ?? {};
  const said = labelAs === 'any' ? columns : { ...columns, labelAs, countFrom };
  const values = rows.flatMap((row) => (isRejected(row) ? [] : [row.value]));
  const { mapping, guess, refusal } = await decided(opened, {
    proposal: new MappingProposal(values, said),
    sampled: rows.length,
    complete,
  });
  return {
    mapping,
    understood: {
      ...before,
      isDataset: true,
      reason: null,
      guess: refusal ?? guess,
      ...(await sampleOf(opened, { ...plan, mapping })),
    },
  };
}
