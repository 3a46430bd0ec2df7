/** The code of a driver's or of the operating system's error; empty where it has none. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

/** True where the database refused a row because a unique key is taken, on either engine. */
export const isUniqueViolation = (error: unknown): boolean =>
  ['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(codeOf(error));

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/**
 * The connection to the database was cut, or none could be had. Nothing was stored; another may be
 * had in a moment.
 */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(`The database cannot be reached: ${messageOf(cause)}`, { cause });
  }
}

/**
 * The connection was cut after a write had been sent and before it was confirmed: it may have been
 * stored or not.
 */
export class OutcomeUnknown extends Error {
  constructor(cause: unknown) {
    super(`The database did not confirm a write: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Full disk, failed disk, read-only file, or too few resources of the server (PostgreSQL's class
 * 53).
 */
const cannotStore =
  /^(SQLITE_(FULL|IOERR|READONLY|CANTOPEN)(_\w+)?|53...|ENOSPC|EDQUOT|EROFS|EIO)$/;
const held = /^SQLITE_(BUSY|LOCKED)(_\w+)?$/;

/**
 * Why the database cannot serve a request now although nothing is wrong with the request: `away`
 * (no connection, or one that was cut while it wrote), `full` (nothing can be stored), `held`
 * (another program keeps the file locked). Undefined for every other error.
 */
export function outageOf(error: unknown): 'away' | 'full' | 'held' | undefined {
  if (error instanceof ConnectionLost || error instanceof OutcomeUnknown) return 'away';
  const code = codeOf(error);
  if (cannotStore.test(code)) return 'full';
  return held.test(code) ? 'held' : undefined;
}
