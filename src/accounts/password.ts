import { hash, verify } from '@node-rs/argon2';
import { dictionary } from '@zxcvbn-ts/language-common';

/**
 * argon2id with 19 MiB, two passes, one lane: the first recommendation of the OWASP password
 * storage cheat sheet.
 */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const hashPassword = (password: string): Promise<string> => hash(password, parameters);

export const passwordFits = (passwordHash: string, password: string): Promise<boolean> =>
  verify(passwordHash, password);

/**
 * A hash that nobody's password has, so that an unknown address takes as long to refuse as a known
 * one.
 */
let decoy: Promise<string> | null = null;
export const decoyHash = (): Promise<string> =>
  (decoy ??= hashPassword('no account has this password'));

const shortest = 10;
const longest = 200;
/** The passwords that are guessed first (49,000 of zxcvbn-ts, from leaked lists), in lower case. */
const common = new Set(dictionary['passwords-common'].map((word) => word.toLowerCase()));
/**
 * So many digits and signs around a common password, say a date, leave it one that is guessed
 * first.
 */
const mostAround = 8;

/**
 * Whether a password, in lower case, is common: as it is, without signs or digits behind it, or
 * without those before it too.
 */
function isCommon(plain: string): boolean {
  const withoutTail = plain.replace(/[^\p{L}]+$/u, '');
  const bases = [
    plain,
    plain.replace(/[^\p{L}\p{N}]+$/u, ''),
    withoutTail,
    withoutTail.replace(/^[^\p{L}]+/u, ''),
  ];
  return bases.some((base) => plain.length - base.length <= mostAround && common.has(base));
}

const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
/**
 * The alphabet, the digits and the rows of the keyboard, forwards and backwards: two neighbours
 * stand in one of them.
 */
const bothWays = [...rows, ...rows.map((row) => row.split('').toReversed().join(''))];

/**
 * Whether at least two in three steps of a password go to the same or to a neighbouring character:
 * 0123456789, abcabcabca.
 */
function isRun(plain: string): boolean {
  const characters = Array.from(plain);
  const steps = characters.slice(1).map((next, index) => [characters[index], next] as const);
  const near = steps.filter(
    ([one, next]) => one === next || bothWays.some((row) => row.includes(`${one}${next}`)),
  );
  return near.length * 3 >= steps.length * 2;
}

/**
 * Why a password will not do, in words; undefined where it will. Length counts, composition does
 * not (NIST SP 800-63B).
 */
export function passwordFault(password: string, email: string): string | undefined {
  if (password.length < shortest)
    return `The password has ${password.length} characters; it needs at least ${shortest}. A few words in a row are easy to remember.`;
  if (password.length > longest) return `The password is longer than ${longest} characters.`;
  const plain = password.toLowerCase();
  if (plain === email.toLowerCase() || plain === email.toLowerCase().split('@')[0])
    return 'The password must not be the e-mail address.';
  if (new Set(plain).size < 4 || isCommon(plain) || isRun(plain))
    return 'This password is among the first that anybody would try. Choose another one.';
  return undefined;
}
