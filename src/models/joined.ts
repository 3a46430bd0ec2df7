/**
 * Where a reply lies in the tokens of an echoed text: the tokens from `from` on spell it. Or why
 * that cannot be said: `spans`, a token holds the end of the prompt and the beginning of the reply;
 * `other`, the tokens spell something else; `unclear`, tokens whose bytes are not shown allow more
 * than one beginning.
 */
export type Joined =
  | { readonly kind: 'found'; readonly from: number }
  | { readonly kind: 'spans' | 'other' | 'unclear' };

/** Bytes of a character that was split over tokens, as servers write them. */
const escaped = /^bytes:((?:\\x[0-9a-fA-F]{2})+)$/;

const utf8 = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true });

const isText = (bytes: Uint8Array): boolean => {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
};

/** The bytes of a token; null stands for bytes that are not shown (a replacement character). */
type Part = Uint8Array | null;

function partsOf(token: string): Part[] {
  const hex = escaped.exec(token)?.[1];
  if (hex !== undefined)
    return [Uint8Array.from(hex.split('\\x').slice(1), (byte) => Number.parseInt(byte, 16))];
  return token
    .split(/(\uFFFD)/)
    .filter((part) => part !== '')
    .map((part) => (part === '\uFFFD' ? null : utf8.encode(part)));
}

/** The places at which a part can begin that ends at `end`. */
function beginnings(bytes: Uint8Array, end: number, part: Part): number[] {
  if (part !== null) {
    const begin = end - part.length;
    return begin >= 0 && part.every((byte, index) => bytes[begin + index] === byte) ? [begin] : [];
  }
  // What is not shown is part of a character: one to three bytes that are no text of their own.
  return [1, 2, 3]
    .map((length) => end - length)
    .filter((begin) => begin >= 0)
    .filter((begin) => {
      const hidden = bytes.subarray(begin, end);
      return hidden.every((byte) => byte >= 0x80) && !isText(hidden);
    });
}

const crossed = (begin: number, end: number, boundary: number): boolean =>
  begin < boundary && end > boundary;

/**
 * Finds the reply in the tokens of `prompt + reply` by joining their texts backwards from the end.
 * Offsets of servers are not used: they drift where a character is split over tokens. Tokens before
 * the text, such as one that begins every text, do not matter. A character that is split is read
 * where its bytes are shown (`bytes:\xc3`), and where U+FFFD stands for a part of it.
 */
export function joined(options: {
  readonly tokens: readonly string[];
  readonly prompt: string;
  readonly reply: string;
}): Joined {
  const boundary = utf8.encode(options.prompt).length;
  const bytes = utf8.encode(options.prompt + options.reply);
  /** Each place that the tokens so far may begin at, and where the reply began on the way. */
  let places = new Map<number, Set<number | 'spans'>>([[bytes.length, new Set()]]);
  for (let at = options.tokens.length - 1; at >= 0; at -= 1) {
    const next = new Map<number, Set<number | 'spans'>>();
    for (const [end, found] of places)
      for (const begin of tokenBeginnings(bytes, end, options.tokens[at] ?? '')) {
        const known = next.get(begin) ?? new Set();
        next.set(begin, known);
        for (const one of found) known.add(one);
        if (begin === boundary && end > boundary) known.add(at);
        if (crossed(begin, end, boundary)) known.add('spans');
      }
    if (next.size === 0) break;
    places = next;
    const only = onlyOutcome(places, boundary);
    if (only?.kind === 'found' && beginsUnseen(options, only.from)) return { kind: 'unclear' };
    if (only !== null) return only;
  }
  const began = [...places.values()].some((found) => found.size > 0);
  return { kind: began ? 'unclear' : 'other' };
}

/**
 * Some servers list the parts of a split character as nothing, nothing, and the character: where a
 * reply begins with a character of several bytes, a token without a text before it may be its first.
 */
const beginsUnseen = (
  { tokens, reply }: { readonly tokens: readonly string[]; readonly reply: string },
  from: number,
): boolean => tokens[from - 1] === '' && (reply.codePointAt(0) ?? 0) >= 0x80;

const tokenBeginnings = (bytes: Uint8Array, end: number, token: string): number[] =>
  partsOf(token).reduceRight<number[]>(
    (ends, part) => [...new Set(ends.flatMap((one) => beginnings(bytes, one, part)))],
    [end],
  );

/** The outcome, where every way to read the tokens has passed the boundary and they agree. */
function onlyOutcome(
  places: ReadonlyMap<number, ReadonlySet<number | 'spans'>>,
  boundary: number,
): Joined | null {
  if ([...places.keys()].some((place) => place > boundary)) return null;
  const outcomes = new Set([...places.values()].flatMap((found) => [...found]));
  const [outcome] = outcomes;
  if (outcome === undefined || outcomes.size > 1) return null;
  return outcome === 'spans' ? { kind: 'spans' } : { kind: 'found', from: outcome };
}
