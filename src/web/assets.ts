import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './folders.js';

export const publicFolder = join(projectFolder, 'public');

function hashOfPublic(): string {
  const hash = createHash('sha256');
  const files = readdirSync(publicFolder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile(),
  );
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort())
    hash.update(path.slice(publicFolder.length)).update(readFileSync(path));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Changes with any file of public/, so that assets can be cached for ever and modules keep
 * importing their like.
 */
export const assetVersion = hashOfPublic();

/** The path under which a file of public/ is served. */
export const assetPath = (file: string): string => `/assets/${assetVersion}/${file}`;
