import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImportFile } from './import.js';

/** Removes the uploaded copies of an import's files, which are not needed any more. */
export async function removeUploads(files: readonly ImportFile[]): Promise<void> {
  const folders = new Set(
    files.flatMap((file) => (file.stored_path === null ? [] : [dirname(file.stored_path)])),
  );
  for (const folder of folders)
    if (/[/\\]uploads[/\\]/.test(folder)) await rm(folder, { recursive: true, force: true });
}
