import type { Db } from '#storage/database.js';
import { sourceWords } from '../dataset.js';
import type { InspectedFile } from './import.js';
import type { SameBytes } from './plan.js';
import { sha256OfFile } from './sha256.js';

/** Remembers the digest of a file by its path. */
function digests(): (path: string) => Promise<string> {
  const known = new Map<string, Promise<string>>();
  return (path) => {
    const found = known.get(path) ?? sha256OfFile(path);
    known.set(path, found);
    return found;
  };
}

/**
 * Files with what has the same bytes as each: datasets that are there, and files that come before it.
 * A file is read for that only where another one has as many bytes.
 */
export async function withSameBytes(
  db: Db,
  files: readonly InspectedFile[],
): Promise<InspectedFile[]> {
  const digestOf = digests();
  const datasets = await db
    .selectFrom('dataset')
    .select(['public_id', 'name', 'version', 'source', 'file_name', 'byte_count', 'sha256'])
    .where('state', '=', 'visible')
    .where('byte_count', 'in', [...new Set(files.map(({ byteCount }) => byteCount))])
    .orderBy('id')
    .execute();
  const found: InspectedFile[] = [];
  for (const file of files) {
    const same: SameBytes[] = [];
    for (const dataset of datasets)
      if (
        dataset.byte_count === file.byteCount &&
        dataset.sha256 === (await digestOf(file.storedPath))
      )
        same.push({
          words: `${dataset.file_name}, ${sourceWords[dataset.source]}, version ${dataset.version} of ${dataset.name}`,
          dataset: dataset.public_id,
        });
    for (const other of found)
      if (
        other.byteCount === file.byteCount &&
        (await digestOf(other.storedPath)) === (await digestOf(file.storedPath))
      )
        same.push({ words: other.path, dataset: null });
    found.push({ ...file, understood: { ...file.understood, sameBytes: same.slice(0, 20) } });
  }
  return found;
}

/** What has the same bytes, in a sentence; null where nothing has. */
export const sameBytesWords = (same: readonly SameBytes[]): string | null =>
  same.length === 0 ? null : `Its bytes are those of ${same.map(({ words }) => words).join('; ')}.`;
