import BetterSqlite from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointAnswer } from './checkpoints.js';

function open(): BetterSqlite.Database {
  const opened = new BetterSqlite(workerData as string);
  opened.pragma('synchronous = full');
  opened.pragma('cache_size = -100');
  return opened;
}

let file: BetterSqlite.Database | undefined;

function carryOver(): CheckpointAnswer {
  try {
    file ??= open();
    const [answer] = file.pragma('wal_checkpoint(passive)') as [{ log: number }];
    return { pages: answer.log };
  } catch (error) {
    // An error of SQLite would reach the other thread without its message.
    if (!(error instanceof BetterSqlite.SqliteError)) throw error;
    return { failure: error.message, code: error.code };
  }
}

parentPort?.on('message', () => parentPort?.postMessage(carryOver()));
