import BetterSqlite from 'better-sqlite3';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';

const Answer = z.tuple([z.object({ log: z.number() })]);

const file = new BetterSqlite(z.string().parse(workerData));
file.pragma('synchronous = full');
parentPort?.on('message', () => {
  const [{ log }] = Answer.parse(file.pragma('wal_checkpoint(passive)'));
  parentPort?.postMessage(log);
});
