import type { Db } from '#storage/database.js';
import { sourceWords } from '../dataset.js';
import { type ImportFile, understoodOf } from './import.js';

/**
 * Files whose bytes are there already, under whatever name: as a dataset, or earlier in the same
 * upload. Gives a sentence for each by the file's id.
 */
export async function sameBytes(
  db: Db,
  files: readonly ImportFile[],
): Promise<ReadonlyMap<number, string>> {
  const hashes = new Map<number, string>();
  for (const file of files) {
    const { sha256, isDataset } = understoodOf(file);
    if (isDataset && sha256 !== null) hashes.set(file.id, sha256);
  }
  if (hashes.size === 0) return new Map();
  const stored = await db
    .selectFrom('dataset')
    .select(['name', 'version', 'source', 'sha256'])
    .where('state', '=', 'visible')
    .where('sha256', 'in', [...new Set(hashes.values())])
    .orderBy('id')
    .execute();
  const earlier = new Map<string, string>();
  const same = new Map<number, string>();
  for (const file of files) {
    const sha256 = hashes.get(file.id);
    if (sha256 === undefined) continue;
    const dataset = stored.find((one) => one.sha256 === sha256);
    const path = earlier.get(sha256);
    if (dataset !== undefined)
      same.set(
        file.id,
        `The same bytes are here as ${dataset.name}, version ${dataset.version}, ${sourceWords[dataset.source]}.`,
      );
    else if (path !== undefined) same.set(file.id, `The same bytes as ${path}.`);
    earlier.set(sha256, path ?? file.path);
  }
  return same;
}
