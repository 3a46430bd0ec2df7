import type { DatasetRole, Family, Source } from '#storage/datasetTables.js';
import { familyOf } from '../examples/recognise.js';
import type { SaidMapping } from '../examples/mapping.js';
import { documentedColumns } from '../examples/columns.js';
import { MappingProposal, type Proposal, unreadWords } from '../examples/propose.js';

/** What Assay takes a file for; every part of it can be corrected before anything is written. */
export interface Understanding {
  /** The behaviour's name, from the file's name. */
  readonly behaviour: string;
  readonly source: Source;
  readonly role: DatasetRole;
  readonly family: Family;
  /** How the columns of an unknown shape are meant; null for the published shapes. */
  readonly proposal: MappingProposal | null;
  /** Where source and role come from, in words. */
  readonly because: string;
  /** True where a folder says source and role, so that no option for many files overrides them. */
  readonly saidByFolder: boolean;
  /** False where neither path nor shape tells the source, so that somebody must say it. */
  readonly sourceKnown: boolean;
  /** False where source or shape is a guess that somebody should look at. */
  readonly sure: boolean;
  /** Why this file is no dataset, where it is none. */
  readonly notADataset: string | null;
}

const behaviourOf = (path: string): string =>
  (path.split(/[\\/]/).at(-1) ?? path)
    .replace(/\.gz$/i, '')
    .replace(/\.(?:jsonl|ndjson|json|csv|tsv|tab|parquet)$/i, '')
    .trim() || 'unnamed';

/** What a path or a shape tells of where a file comes from, and where it stands. */
type Said = Pick<Understanding, 'source' | 'role' | 'because' | 'saidByFolder'>;

/** The files on sycophancy as they were published, by the ends of their names. */
const sycophancyFile = /(?:^|[\\/])sycophancy_on_[^\\/]+$/i;
const sycophancyFolder = /(?:^|[\\/])sycophancy[\\/]/i;

/** Folders of the published release that hold sets of one shape, all of them generated. */
const releaseFolders: Readonly<Partial<Record<Family, RegExp>>> = {
  persona: /(?:^|[\\/])persona[\\/][^\\/]+$/i,
  sycophancy: /(?:^|[\\/])sycophancy[\\/][^\\/]+$/i,
  winogenerated: /(?:^|[\\/])winogenerated[\\/][^\\/]+$/i,
};

function folderSays(path: string, family: Family): Said | undefined {
  const folders = path.toLowerCase().split(/[\\/]/).slice(0, -1).toReversed();
  const called = (folder: string): Pick<Said, 'because' | 'saidByFolder'> => ({
    because: `the folder is called “${folder}”`,
    saidByFolder: true,
  });
  for (const folder of folders) {
    if (/prompts?_for_few_?-?shot|few-?_?shot/.test(folder))
      return {
        source: 'human',
        role: 'few-shot',
        because: `the folder “${folder}” holds hand-written prompts of a generator`,
        saidByFolder: true,
      };
    if (/^(?:lm|model|machine)[_-]?(?:generated|written)|^generated/.test(folder))
      return { source: 'generated', role: 'evaluated', ...called(folder) };
    if (/^human[_-]?(?:generated|written)?|hand[_-]?written|^persona[_-]human/.test(folder))
      return { source: 'human', role: 'evaluated', ...called(folder) };
  }
  return releaseFolders[family]?.test(path) === true
    ? {
        source: 'generated',
        role: 'evaluated',
        because: `the folder “${folders[0] ?? ''}” of the published release holds generated sets`,
        saidByFolder: true,
      }
    : undefined;
}

/**
 * Takes behaviour, source, role and shape from a file's path and its first rows. `said` is what
 * somebody has said about the columns of a file of an unknown shape.
 */
export function understandFile(
  path: string,
  rows: readonly unknown[],
  said: SaidMapping = {},
): Understanding {
  const behaviour = behaviourOf(path);
  const families = rows.map(familyOf);
  const family = families.find((name) => name !== undefined);
  const known =
    family !== undefined && families.filter((name) => name === family).length >= rows.length / 2;
  const sycophancy =
    known &&
    (families.includes('sycophancy') ||
      (family === 'advanced-ai-risk' &&
        (sycophancyFile.test(path) || sycophancyFolder.test(path))));
  const shape: Family = !known ? 'generic' : sycophancy ? 'sycophancy' : family;
  const proposal = known || rows.length === 0 ? null : new MappingProposal(rows, said);
  const folder = folderSays(path, shape);
  const none = {
    source: 'generated',
    role: 'evaluated',
    sourceKnown: false,
    saidByFolder: false,
  } as const;
  const base = { behaviour, family: shape, proposal, notADataset: null };
  if (rows.length === 0)
    return {
      ...base,
      ...none,
      because: '',
      sure: false,
      notADataset: 'It holds no row that can be read.',
    };
  if (folder !== undefined) return { ...base, ...folder, sourceKnown: true, sure: known };
  if (
    shape === 'persona' ||
    shape === 'winogenerated' ||
    (shape === 'sycophancy' && sycophancyFile.test(path))
  )
    return {
      ...base,
      ...none,
      sourceKnown: true,
      because: `rows of this shape (${shape}) were published as generated`,
      sure: false,
    };
  return { ...base, ...none, because: 'nothing in the path says where it comes from', sure: false };
}

const fieldNames = (rows: readonly unknown[]): string => {
  const first = rows.find((row) => typeof row === 'object' && row !== null);
  return first === undefined ? 'no fields' : Object.keys(first).slice(0, 6).join(', ');
};

/**
 * Why rows of an unknown shape are no dataset; null where they are one. Rows with nothing that could
 * be a question or choices are a list of something else, not thousands of bad examples.
 */
export const reasonAgainst = (
  rows: readonly unknown[],
  { mapping, refusal, unread }: Proposal,
): string | null => {
  if (refusal === null && looksLikeExamples(rows, mapping)) return null;
  const reason =
    refusal ??
    (mapping === null
      ? `No column can be the text: its rows have ${fieldNames(rows)}.`
      : `Its rows (${fieldNames(rows)}) hold no example: neither choices nor a label.`);
  return `${reason}${unreadWords(unread)}`;
};

function looksLikeExamples(rows: readonly unknown[], mapping: Proposal['mapping']): boolean {
  if (mapping === null) return false;
  if (mapping.choices.kind !== 'yes-no' || mapping.label !== null) return true;
  const documented: readonly string[] = documentedColumns.text;
  const texts = rows
    .map((row) =>
      typeof row === 'object' && row !== null
        ? (row as Record<string, unknown>)[mapping.text]
        : undefined,
    )
    .filter((text) => typeof text === 'string');
  const words =
    texts.reduce((sum, text) => sum + text.split(/\s+/).length, 0) / Math.max(1, texts.length);
  return documented.includes(mapping.text.toLowerCase()) || words >= 6;
}
