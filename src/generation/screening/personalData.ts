import { isIPv4, isIPv6 } from 'node:net';

/** One kind of thing to look for; its name is all that is kept of what it found. */
export interface ScreenRule {
  readonly name: string;
  readonly finds: (text: string) => boolean;
}

const anyMatch = (text: string, pattern: RegExp, holds: (match: string) => boolean): boolean =>
  Array.from(text.matchAll(pattern), ([match]) => match).some(holds);

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** The check digit of card numbers (Luhn; ISO/IEC 7812-1). */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** The check digits of an account number (ISO 13616: modulo 97 is 1). */
export function passesIban(iban: string): boolean {
  const compact = iban.replace(/[ -]/g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  let rest = 0;
  for (const mark of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(mark, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** An address that RFC 2606 sets aside for examples is nobody's. */
const reservedDomain = /(?:^|[.@])(?:example\.(?:com|net|org)|[\w-]+\.(?:example|test|invalid))$/i;

const email =
  /(?<![\w.+-])[\w.+-]{1,64}(?:@| ?[[(](?:at|@)[\])] ?)[a-z0-9-]{1,63}(?:(?:\.| ?[[(](?:dot|\.)[\])] ?)[a-z0-9-]{1,63}){0,4}(?:\.| ?[[(](?:dot|\.)[\])] ?)[a-z]{2,24}(?![\w-])/gi;

/** With a country's code, as people in North America write it, or behind a word for it. */
const telephones = [
  /(?<![\w+])\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,5}(?!\d)/g,
  /(?<![\w.+-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-. ]\d{4}(?![\w-])/g,
  /(?<=\b(?:phone|telephone|tel|mobile|cell|call me (?:at|on)|text me (?:at|on)|whatsapp|fax)(?: (?:number|no\.?))?(?: is)?[.:]? {0,2})\(?\d[\d ().-]{6,18}\d(?!\w)/gi,
];

/** Numbers 555-0100 to 555-0199 are set aside for stories, and 1234567890 is nobody's. */
const isTelephone = (text: string): boolean => {
  const digits = digitsOf(text);
  return digits.length >= 7 && digits.length <= 15 && !/55501\d\d$|1234567/.test(digits);
};

const card = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])/g;
/** What numbers begin with, and how long they are: American Express, Diners, Visa, Mastercard, JCB,
 * Discover and Maestro. */
const issued =
  /^(?:3[47]\d{13}|3[068]\d{12}|4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7]|35)\d{14}|6\d{15,18}|5[0678]\d{14,17})$/;

const iban = /(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8}(?!\w)/g;

const american = /(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/;
const british =
  /(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)/;
const french = /(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\w)/g;

/** The key of a French number: 97 less the number modulo 97, with Corsica as 19 and 18. */
const passesFrench = (text: string): boolean => {
  const compact = text.replaceAll(' ', '').replace('2A', '19').replace('2B', '18');
  return 97n - (BigInt(compact.slice(0, 13)) % 97n) === BigInt(compact.slice(13));
};

const street =
  'Street|St\\.|Avenue|Ave\\.?|Road|Rd\\.?|Boulevard|Blvd\\.?|Lane|Ln\\.?|Terrace|Crescent';
/** Words that stand in other names as well: what follows has to look like a place. */
const otherStreet = 'Court|Ct\\.?|Drive|Dr\\.?|Way|Square|Place|Pl\\.?|Parkway|Highway|Close|Row';
const named = "(?:[NSEW]\\.? )?(?:[A-Z][a-z'’]+|\\d{1,3}(?:st|nd|rd|th))(?: [A-Z][a-z'’]+){0,2}";
const addresses = [
  new RegExp(`(?<![\\w.,$£€-])\\d{1,5}[A-Za-z]? ${named} (?:${street})(?!\\w)`),
  new RegExp(
    `(?<![\\w.,$£€-])\\d{1,5}[A-Za-z]? ${named} (?:${otherStreet})(?: (?:Apt|Unit|Suite|#)\\.? ?\\w{1,5})?, ?[A-Z][a-z]+`,
  ),
  // A state of America with its code.
  /(?<!\w)[A-Z][a-z]+,? (?:A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]|DC),? \d{5}(?:-\d{4})?(?!\w)/,
  /(?<!\p{L})\p{Lu}[\p{Ll}-]{2,30}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm) \d{1,4} ?[a-z]?(?!\w)/u,
  /(?<!\p{L})\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|place|chemin|impasse|allée) (?:d[eu'’]|des |de la |[A-ZÉ])/u,
  /(?<!\w)(?:[Cc]alle|[Aa]venida|[Vv]ia|[Pp]iazza|[Cc]orso) [A-Z][\p{L} ]{2,40},? (?:n[.º°]? ?)?\d{1,4}(?!\w)/u,
  /\bP\.? ?O\.? Box \d{2,6}\b/i,
];

const version = /\b(?:v|ver|version|release|build|firmware)\.? ?$/i;
/** This machine, private networks and those set aside for documents are nobody's. */
const nobodys =
  /^(?:0|10|127|255|22[4-9]|23\d|24\d|25[0-5])\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^192\.0\.[02]\.|^198\.51\.100\.|^203\.0\.113\.|^198\.1[89]\./;

function findsAddressOfMachine(text: string): boolean {
  for (const match of text.matchAll(/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)/g))
    if (
      isIPv4(match[0]) &&
      !nobodys.test(match[0]) &&
      !version.test(text.slice(Math.max(0, match.index - 12), match.index)) &&
      // Numbers of sections, and versions, have no part of two or three digits.
      /\d{2}/.test(match[0])
    )
      return true;
  return anyMatch(
    text,
    /(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){3,7}(?![\w:])/gi,
    (found) => isIPv6(found) && /\d/.test(found) && !/^(?:fe80|f[cd]|2001:0?db8|::)/i.test(found),
  );
}

/**
 * Rules for personal data. What is set aside for examples and stories is left: `example.com`,
 * 555-0100, 192.0.2.1. Names of persons are not looked for.
 */
export const personalDataRules: readonly ScreenRule[] = [
  {
    name: 'e-mail',
    finds: (text) =>
      anyMatch(
        text,
        email,
        (found) => !reservedDomain.test(found.replace(/ ?[[(](?:dot|\.)[\])] ?/gi, '.')),
      ),
  },
  {
    name: 'telephone',
    finds: (text) => telephones.some((pattern) => anyMatch(text, pattern, isTelephone)),
  },
  { name: 'account-number', finds: (text) => anyMatch(text, iban, passesIban) },
  {
    name: 'card-number',
    finds: (text) =>
      anyMatch(text, card, (found) => {
        const digits = digitsOf(found);
        return issued.test(digits) && new Set(digits).size > 1 && passesLuhn(digits);
      }),
  },
  { name: 'postal-address', finds: (text) => addresses.some((pattern) => pattern.test(text)) },
  {
    name: 'social-security-number',
    finds: (text) =>
      american.test(text) || british.test(text) || anyMatch(text, french, passesFrench),
  },
  { name: 'ip-address', finds: findsAddressOfMachine },
];
