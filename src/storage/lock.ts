import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { isBusy } from './sqlite.js';

/**
 * Takes the data folder for this server process and gives the function that lets it go. Throws
 * where another process serves from it: one process writes to a SQLite file; several mean
 * PostgreSQL. The lock is the operating system's, on an open file, so it goes with its process
 * however that ends, and process numbers (the same in every container) play no part.
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = new BetterSqlite(join(folder, 'server.lock'), { timeout: 0 });
  try {
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    if (!isBusy(error)) throw error;
    throw new Error(
      `Another Assay server already serves from ${folder}. One process serves one SQLite file: stop that one, choose another folder with ASSAY_DATA, or use PostgreSQL with DATABASE_URL.`,
      { cause: error },
    );
  }
  return () => void file.close();
}
