import BetterSqlite from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';

const file = new BetterSqlite(workerData as string);
file.pragma('synchronous = full');
file.pragma('cache_size = -100');
parentPort?.on('message', () => {
  const [answer] = file.pragma('wal_checkpoint(passive)') as [{ log: number }];
  parentPort?.postMessage(answer.log);
});
