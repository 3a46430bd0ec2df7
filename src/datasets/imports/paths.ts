import { readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { Problem } from '#web/problem.js';

/** A file that a command line names. */
export interface FoundFile {
  /**
   * As people read it: relative to the working folder, or to the folder above what was named where
   * that lies outside.
   */
  readonly label: string;
  readonly fullPath: string;
  readonly byteCount: number;
}

const dataEndings = /\.(?:jsonl|ndjson|json|csv|tsv|tab|parquet)(?:\.gz)?$/i;
const wildcard = /[*?]/;

/** `*`, `**` and `?` as a regular expression over a path with forward slashes. */
function patternOf(glob: string): RegExp {
  const source = glob
    .split(/(\*\*\/?|\*|\?)/)
    .map((part) =>
      part.startsWith('**')
        ? '(?:.*/)?'
        : part === '*'
          ? '[^/]*'
          : part === '?'
            ? '[^/]'
            : part.replace(/[.+^${}()|[\]\\]/g, '\\$&'),
    )
    .join('');
  return new RegExp(`^${source}$`, 'u');
}

/** Whether a path, or its last parts, are what a pattern of *, ** and ? says. */
export const matchesPattern = (path: string, pattern: string): boolean =>
  patternOf(pattern).test(path) || patternOf(`**/${pattern}`).test(path);

/**
 * Whether a name means the file with this path, one of all `paths` that were sent: it is its whole
 * path, or a pattern that fits it and not the whole path of another one.
 */
export const isMeant = (path: string, name: string, paths: ReadonlySet<string>): boolean =>
  paths.has(name) ? path === name : matchesPattern(path, name);

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

interface Expanded {
  /**
   * Where labels of files outside the working folder begin, so that nobody's home folder is
   * published with a dataset.
   */
  readonly above: string;
  readonly files: readonly string[];
}

function expand(path: string, workingFolder: string): Expanded {
  const full = resolve(workingFolder, path);
  const stats = statSync(full, { throwIfNoEntry: false });
  if (stats?.isFile()) return { above: dirname(dirname(full)), files: [full] };
  if (stats?.isDirectory()) {
    const files = filesUnder(full).filter((file) => dataEndings.test(file));
    if (files.length === 0)
      throw new Problem(
        404,
        'nothing_to_import',
        `There is no dataset file in ${path}.`,
        'Looked for .jsonl, .ndjson, .json, .csv, .tsv and .parquet, each with or without .gz.',
      );
    return { above: dirname(full), files };
  }
  if (wildcard.test(path)) {
    const parts = full.split(sep);
    const base =
      parts
        .slice(
          0,
          parts.findIndex((part) => wildcard.test(part)),
        )
        .join(sep) || sep;
    const pattern = patternOf(full.split(sep).join('/'));
    const files =
      statSync(base, { throwIfNoEntry: false })?.isDirectory() === true
        ? filesUnder(base).filter((file) => pattern.test(file.split(sep).join('/')))
        : [];
    if (files.length > 0) return { above: dirname(base), files };
    throw new Problem(
      404,
      'nothing_to_import',
      `No file matches ${path}.`,
      'A pattern knows *, ** and ?; put it in quotes if the shell is not to expand it.',
    );
  }
  throw new Problem(
    404,
    'no_such_file',
    `There is no file or folder ${path}.`,
    'Nothing was imported.',
  );
}

/**
 * Files, folders (every dataset file in them) and patterns, each file once. Throws a `Problem` for
 * a path that leads nowhere.
 */
export function findFiles(paths: readonly string[], workingFolder: string): FoundFile[] {
  const labels = new Map<string, string>();
  for (const path of paths) {
    const { above, files } = expand(path, workingFolder);
    for (const fullPath of files) {
      const inside = relative(workingFolder, fullPath);
      if (!labels.has(fullPath))
        labels.set(
          fullPath,
          (inside.startsWith('..') ? relative(above, fullPath) : inside).split(sep).join('/'),
        );
    }
  }
  return [...labels].map(([fullPath, label]) => ({
    fullPath,
    label,
    byteCount: statSync(fullPath).size,
  }));
}
