import { existsSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const memory = '/dev/shm';
const roomNeeded = 4e9;

/**
 * Where files of tests are put: in memory where the system has a file system there with room, as
 * SQLite waits for the disk at every commit; else where the system keeps temporary files.
 */
export function folderForTests(): string {
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > roomNeeded ? memory : tmpdir();
}
