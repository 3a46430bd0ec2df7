import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const version = 1;
const ivBytes = 12;
const tagBytes = 16;

/** What the key of the installation does: it encrypts, and makes fingerprints of people. */
export interface Secrets {
  /**
   * Encrypts a text (AES-256-GCM). `place` says where it is stored, such as
   * “platform_account.secret 12”: read at another place it does not open.
   */
  seal(place: string, text: string): Uint8Array;
  /** Throws `WrongKey` where it was sealed under another key or at another place, or was changed. */
  open(place: string, sealed: Uint8Array): string;
  /**
   * The same for the same person of a platform within a project, and nothing that leads back to
   * them (HMAC-SHA-256 under a key of the project).
   */
  fingerprint(person: { project: string; platform: string; id: string }): string;
}

/** What is stored was encrypted under another ASSAY_SECRET_KEY, or was changed since. */
export class WrongKey extends Error {
  constructor() {
    super(
      'What is stored does not open under this ASSAY_SECRET_KEY. Start with the key under which it was stored, or enter the secret again.',
    );
  }
}

const derived = (secretKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, 'assay', purpose, 32));

/** The secrets of an installation with this ASSAY_SECRET_KEY. */
export function secretsOf(secretKey: string): Secrets {
  const key = derived(secretKey, 'seal');
  return {
    seal(place, text) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), body]);
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed);
      const from = 1 + ivBytes;
      if (bytes.length < from + tagBytes || bytes[0] !== version) throw new WrongKey();
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, from))
        .setAAD(Buffer.from(place))
        .setAuthTag(bytes.subarray(from, from + tagBytes));
      try {
        const body = bytes.subarray(from + tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        throw new WrongKey();
      }
    },
    fingerprint: ({ project, platform, id }) =>
      createHmac('sha256', derived(secretKey, `fingerprint ${project}`))
        .update(JSON.stringify([platform, id]))
        .digest('base64url'),
  };
}
