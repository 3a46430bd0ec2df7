import { createHash, randomBytes } from 'node:crypto';

const idBytes = 12;
let pool = Buffer.alloc(0);

/**
 * Asking the system for randomness costs more than writing a row: it is asked for a few hundred ids
 * at once.
 */
function nextBytes(): Buffer {
  if (pool.length < idBytes) pool = randomBytes(idBytes * 256);
  const bytes = pool.subarray(0, idBytes);
  pool = pool.subarray(idBytes);
  return bytes;
}

/**
 * A random public id (about 96 bits, URL-safe): shows no order and no source. It begins with a
 * letter or digit, so that no command line takes it for an option and no spreadsheet for a formula.
 */
export function newPublicId(): string {
  for (;;) {
    const id = nextBytes().toString('base64url');
    if (!/^[-_]/.test(id)) return id;
  }
}

/** A random secret for links and tokens (256 bits, URL-safe). Only its hash is stored. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

/** SHA-256 of a secret in hex, the only form in which the database knows it. */
export const hashSecret = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex');
