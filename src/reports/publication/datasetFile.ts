import { createHash } from 'node:crypto';

/** A column of a JSONL file, as its rows show it. */
export interface FileColumn {
  readonly name: string;
  /** `mixed` where rows differ, `json` for objects and lists. */
  readonly type: 'text' | 'number' | 'boolean' | 'json' | 'mixed';
}

/** What is known of a validated dataset's JSONL when it has been written. */
export interface DatasetFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
  /** Columns that some row holds, in order of first appearance. */
  readonly columns: readonly FileColumn[];
  /**
   * Name of the column that holds what raters judged: `crowd`, or `assay_crowd` where rows had a
   * `crowd` before.
   */
  readonly crowdColumn: string;
}

function typeOf(value: unknown): FileColumn['type'] | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'json';
}

/**
 * Reads the lines of a validated dataset (`validatedLines`) once, for its checksum and its columns.
 */
export async function describeDatasetFile(
  name: string,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<DatasetFile> {
  const hash = createHash('sha256');
  const types = new Map<string, FileColumn['type'] | null>();
  let bytes = 0;
  let rows = 0;
  for await (const line of lines) {
    hash.update(line);
    bytes += Buffer.byteLength(line);
    rows += 1;
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'object' || row === null) continue;
    for (const [column, value] of Object.entries(row)) {
      const [known, found] = [types.get(column) ?? null, typeOf(value)];
      types.set(
        column,
        known === null ? found : found === null || found === known ? known : 'mixed',
      );
    }
  }
  const columns = Array.from(types, ([column, type]): FileColumn => ({
    name: column,
    type: type ?? 'text',
  }));
  return {
    name,
    sha256: hash.digest('hex'),
    bytes,
    rows,
    columns,
    crowdColumn: types.has('assay_crowd') ? 'assay_crowd' : 'crowd',
  };
}

/** Fields of what raters judged of a row, as `validatedLines` writes them. */
export const crowdFields = [
  {
    name: 'item',
    type: 'text',
    sentence: 'Name of the item; the same in every table of the study.',
  },
  { name: 'line', type: 'integer', sentence: 'Line of the example in the dataset’s file.' },
  { name: 'judgments', type: 'integer', sentence: 'Judgments that count.' },
  { name: 'complete', type: 'boolean', sentence: 'Whether all wanted judgments are there.' },
  {
    name: 'votes',
    type: 'json',
    sentence: 'Votes for each answer, as an object by the answer’s key.',
  },
  {
    name: 'majority',
    type: 'text',
    sentence: 'Key of the answer that more than half chose; null where there is none.',
  },
  {
    name: 'upheld',
    type: 'boolean',
    sentence:
      'Whether more than half chose the dataset’s own label; null where there is no label or no vote.',
  },
  { name: 'unclear', type: 'integer', sentence: 'How many called the example unclear.' },
  { name: 'relevance', type: 'number', sentence: 'Mean relevance; null where nobody was asked.' },
  {
    name: 'consensus',
    type: 'text',
    sentence:
      'Key of the most probable answer by the consensus of models; null where there is no single one, and where votes tell nothing of how reliable raters are (one vote, or raters who cannot be told apart).',
  },
  {
    name: 'posterior',
    type: 'json',
    sentence:
      'How probable each answer is by that consensus, as an object by the answer’s key; null where votes tell nothing of how reliable raters are.',
  },
  {
    name: 'vote_shares',
    type: 'json',
    sentence:
      'Share of the votes that each answer has, as they were cast, as an object by the answer’s key; null where there are no votes.',
  },
  {
    name: 'soft_label',
    type: 'json',
    sentence:
      'How probable each answer is of one further rater of this crowd, as an object by the answer’s key; null where there are no votes, or no example of the dataset has two.',
  },
  {
    name: 'entropy',
    type: 'number',
    sentence:
      'Entropy of the vote shares in bits; 0 where all agree, null where there are fewer than two votes.',
  },
  {
    name: 'difficulty',
    type: 'number',
    sentence: 'Share of pairs of raters who disagree; null where there are fewer than two votes.',
  },
  {
    name: 'label_wrong',
    type: 'number',
    sentence:
      'Probability that the dataset’s own label is wrong; null where there is no label, and where votes tell nothing of how reliable raters are.',
  },
  { name: 'findings', type: 'json', sentence: 'Findings of the health check, as a list of names.' },
] as const;

/** The field that stands only where simulated raters judged. */
export const simulatedField = {
  name: 'simulated',
  type: 'integer',
  sentence: 'How many of the judgments came from simulated raters; absent where none did.',
} as const;
