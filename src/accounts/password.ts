import { hash, verify } from '@node-rs/argon2';
import { dictionary } from '@zxcvbn-ts/language-common';

/** argon2id with 19 MiB, two passes, one lane: the first recommendation of the OWASP password storage cheat sheet. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, parameters);

export const passwordFits = (passwordHash: string, password: string): Promise<boolean> => verify(passwordHash, password);

/** A hash that nobody's password has, so that an unknown address takes as long to refuse as a known one. */
let decoy: Promise<string> | null = null;
export const decoyHash = (): Promise<string> => (decoy ??= hashPassword('no account has this password'));

const shortest = 10;
const longest = 200;
/** The passwords that are guessed first, most frequent first (zxcvbn-ts, from leaked lists), in lower case. */
const common = new Set(dictionary['passwords-common'].slice(0, 10_000).map((word) => word.toLowerCase()));

/** Why a password will not do, in words; undefined where it will. Length counts, composition does not (NIST SP 800-63B). */
export function passwordFault(password: string, email: string): string | undefined {
  if (password.length < shortest) return `The password has ${password.length} characters; it needs at least ${shortest}. A few words in a row are easy to remember.`;
  if (password.length > longest) return `The password is longer than ${longest} characters.`;
  const plain = password.toLowerCase();
  if (plain === email.toLowerCase() || plain === email.toLowerCase().split('@')[0]) return 'The password must not be the e-mail address.';
  if (new Set(plain).size < 4 || common.has(plain) || common.has(plain.replace(/[!1]$/, ''))) return 'This password is among the first that anybody would try. Choose another one.';
  return undefined;
}
