import { isUtf8 } from 'node:buffer';
import type { Encoding } from './reading.js';
import { FileFailure } from './rejections.js';

/**
 * The characters of Windows-1252 from 0x80 to 0x9F; five of them are not assigned and stay what
 * they are in Latin-1. Some versions of Node decode them as Latin-1, so that the table stands here.
 */
const windows = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

const fromWindows = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, (character) => windows[character.charCodeAt(0) - 0x80] ?? '');

/** The beginning of a file as text; what does not decode becomes U+FFFD. */
export const decodeHead = (head: Buffer, encoding: Encoding): string =>
  encoding === 'windows-1252'
    ? fromWindows(head)
    : new TextDecoder(encoding).decode(head, { stream: true });

/**
 * The bytes of a file as UTF-8, flat in memory. Throws `FileFailure` where bytes that are said to
 * be UTF-16 are none; what is not UTF-8 in a file of UTF-8 is left to the rows.
 */
export async function* toUtf8(
  source: AsyncIterable<Buffer>,
  encoding: Encoding,
): AsyncGenerator<Buffer> {
  if (encoding === 'utf-8') {
    yield* source;
    return;
  }
  if (encoding === 'windows-1252') {
    for await (const chunk of source) yield Buffer.from(fromWindows(chunk));
    return;
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of source) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch (error) {
    if (error instanceof TypeError) throw new FileFailure('wrong_encoding');
    throw error;
  }
}

/** What the encoding of a file seems to be, and why that is to be confirmed (null: it is sure). */
export interface GuessedEncoding {
  readonly encoding: Encoding;
  readonly question: string | null;
}

const say = (encoding: string, option: string): string =>
  `This file is ${encoding}. Save it as UTF-8, or say that it is to be read as ${option}.`;
const utf16 = {
  'utf-16le': say('UTF-16 text', 'UTF-16LE (utf-16le)'),
  'utf-16be': say('UTF-16 text', 'UTF-16BE (utf-16be)'),
} as const;

/** UTF-16 by its mark, or by the zeros that stand at every other place of Latin text. */
function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const [one, two, three, four] = head;
  if (one === 0xff && two === 0xfe) return 'utf-16le';
  if (one === 0xfe && two === 0xff) return 'utf-16be';
  if (head.length < 4) return undefined;
  const zeros = [one, two, three, four].map((byte) => byte === 0).join();
  if (zeros === 'false,true,false,true') return 'utf-16le';
  if (zeros === 'true,false,true,false') return 'utf-16be';
  const pairs = head.length >>> 1;
  const zerosAt = [0, 0];
  for (let at = 0; at < pairs * 2; at += 1)
    if (head[at] === 0) zerosAt[at & 1] = (zerosAt[at & 1] ?? 0) + 1;
  const [even = 0, odd = 0] = zerosAt.map((count) => count / pairs);
  if (odd > 0.25 && even < 0.02) return 'utf-16le';
  return even > 0.25 && odd < 0.02 ? 'utf-16be' : undefined;
}

/** A character cut in two where the head ends. */
function withoutCutCharacter(head: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, head.length); back += 1) {
    const byte = head[head.length - back] ?? 0;
    if (byte >= 0xc0) return head.subarray(0, head.length - back);
    if (byte < 0x80) return head;
  }
  return head;
}

/** The first words that are not ASCII, with a little of their line before and behind. */
function foreignWords(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII begins with them
  const [words = ''] = /[^\r\n]{0,30}[^\u0000-\u007f][^\r\n]{0,20}/.exec(text) ?? [];
  return words.trim();
}

const lines = function* (head: Buffer): Generator<Buffer> {
  for (let from = 0; from < head.length;) {
    const end = head.indexOf(10, from);
    yield head.subarray(from, end < 0 ? undefined : end);
    if (end < 0) return;
    from = end + 1;
  }
};

/** True where more than one byte in a hundred is a control character that no text has. */
function isNoText(head: Buffer): boolean {
  let controls = 0;
  for (const byte of head)
    if ((byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13) || byte === 127)
      controls += 1;
  return controls > head.length / 100;
}

/**
 * The encoding of a file by its first bytes. A file with characters of UTF-8 in one line and broken
 * ones in another is UTF-8 (its broken rows are rejected one by one); one whose every character
 * beyond ASCII is broken is taken for Windows-1252, which is a guess. Throws `FileFailure` where
 * the bytes are those of no text.
 */
export function guessEncoding(head: Buffer, whole: boolean): GuessedEncoding {
  const wide = utf16Of(head);
  if (wide !== undefined) return { encoding: wide, question: utf16[wide] };
  const text = whole ? head : withoutCutCharacter(head);
  if (isUtf8(text)) return { encoding: 'utf-8', question: null };
  if (isNoText(text)) throw new FileFailure('unknown_format', 'It is not text.');
  for (const line of lines(text))
    if (isUtf8(line) && line.some((byte) => byte >= 0x80))
      return { encoding: 'utf-8', question: null };
  return {
    encoding: 'windows-1252',
    question: say(
      'not UTF-8 (it looks like Windows-1252)',
      `Windows-1252 (windows-1252): then it has “${foreignWords(fromWindows(head))}”`,
    ),
  };
}
