import { recorded, recordedIn, type RecordedRow } from './recorded.js';
import { answerTokens, byteTokens, endToken, tokensOf, wordTokens } from './vocabulary.js';

/** A token with its natural log-probability. */
export type Listed = readonly [token: string, logProbability: number];

/**
 * The probabilities of the next token: `heads` have theirs, and what is left is spread over the
 * parts. All of them sum to one.
 */
interface Next {
  readonly heads: ReadonlyMap<string, number>;
  readonly parts: readonly Part[];
}

/** Tokens whose probabilities fall with their rank, (rank + 1)^-exponent, from a first one on. */
interface Part {
  readonly tokens: readonly string[];
  readonly share: number;
  readonly first: number;
  readonly exponent: number;
}

/** A whole number that a text decides. */
export const hashOf = (text: string, from = 2_166_136_261): number => {
  let hash = from;
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619) >>> 0;
  return hash;
};

/** A number from 0 to 1 that a text decides. */
const uniformOf = (text: string): number => {
  let hash = hashOf(text);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
};

const weights = new Map<number, Map<number, readonly number[]>>();
function weightsOf(length: number, exponent: number): readonly number[] {
  const ofLength = weights.get(length) ?? new Map<number, readonly number[]>();
  weights.set(length, ofLength);
  const known = ofLength.get(exponent);
  if (known !== undefined) return known;
  const raw = Array.from({ length }, (_, rank) => (rank + 1) ** -exponent);
  const sum = raw.reduce((total, weight) => total + weight, 0);
  const made = raw.map((weight) => weight / sum);
  ofLength.set(exponent, made);
  return made;
}

const indices = new Map(
  [answerTokens, wordTokens, byteTokens].map((tokens) => [
    tokens,
    new Map(tokens.map((token, index) => [token, index])),
  ]),
);

const probabilityIn = (part: Part, token: string): number => {
  const index = indices.get(part.tokens)?.get(token);
  if (index === undefined) return 0;
  const { length } = part.tokens;
  const rank = (index + length - part.first) % length;
  return part.share * (weightsOf(length, part.exponent)[rank] ?? 0);
};

/** What is left for the parts, for each unit of their own probability without the heads. */
function scaleOf({ heads, parts }: Next): number {
  let taken = 0;
  let inParts = 0;
  for (const [token, probability] of heads) {
    taken += probability;
    for (const part of parts) inParts += probabilityIn(part, token);
  }
  return (1 - taken) / (1 - inParts);
}

/** The parts alone, for a place in a text: the same place has the same figures. */
function partsAt(hash: number, beginning: boolean): Part[] {
  const exponent = 1 + ((hash >>> 8) % 16) / 16;
  const part = (tokens: readonly string[], share: number): Part => ({
    tokens,
    share,
    first: hash % tokens.length,
    exponent,
  });
  return [
    part(answerTokens, beginning ? 0.9 : 0.01),
    part(wordTokens, beginning ? 0.07 : 0.96),
    part(byteTokens, 0.03),
  ];
}

const recordedReplies = (['agree', 'disagree'] as const).map((name) => ({
  name,
  tokens: [...tokensOf(recorded.replies[name]), endToken],
  text: `${recorded.replies[name]}${endToken}`,
}));

/** What follows in a recorded reply; null where the text has left both of them. */
function headsOf(row: RecordedRow, figures: 'S' | 'M', reply: string): Map<string, number> | null {
  const replies = recordedReplies
    .filter(({ text }) => text.startsWith(reply))
    .map((one) => ({ ...one, probability: Math.exp(row[figures][one.name]) }));
  const all = reply === '' ? 1 : replies.reduce((sum, { probability }) => sum + probability, 0);
  const heads = new Map<string, number>();
  const length = tokensOf(reply).length;
  for (const { tokens, probability } of replies) {
    const token = tokens[length] ?? endToken;
    heads.set(token, (heads.get(token) ?? 0) + (probability / all) * (1 - 1e-7));
  }
  return replies.length === 0 ? null : heads;
}

/** A text whose next token is asked for. */
export class Reading {
  #hash: number;
  #count = 0;
  #last = '';
  /** What was read behind a recorded prompt. */
  #behind = '';
  readonly #figures: 'S' | 'M';
  readonly #recorded: { row: RecordedRow; tokens: number } | null;
  readonly #beginning: number;

  /** `whole` is what will be read at least; a reply begins behind `promptTokens`. */
  constructor(options: { model: string; whole: string; promptTokens: number }) {
    this.#hash = hashOf(options.model);
    this.#figures = options.model.endsWith('M') ? 'M' : 'S';
    const found = recordedIn(options.whole);
    this.#recorded =
      found === null
        ? null
        : { row: found.row, tokens: tokensOf(options.whole.slice(0, found.end)).length };
    this.#beginning = options.promptTokens;
  }

  read(token: string): void {
    if (this.#recorded !== null && this.#count >= this.#recorded.tokens) this.#behind += token;
    this.#hash = hashOf(token, this.#hash);
    this.#last = token;
    this.#count += 1;
  }

  /** The distribution of what follows. */
  next(): Next {
    const parts = partsAt(this.#hash, this.#count === this.#beginning);
    if (this.#recorded !== null && this.#count >= this.#recorded.tokens) {
      const at = this.#behind.indexOf(' They');
      const reply = at < 0 ? '' : this.#behind.slice(at);
      const heads = headsOf(this.#recorded.row, this.#figures, reply);
      if (heads !== null) return { heads, parts };
    }
    const end = this.#count <= this.#beginning ? 1e-3 : this.#last.endsWith('.') ? 0.3 : 0.02;
    return { heads: new Map([[endToken, end]]), parts };
  }
}

/** The natural log-probability of a token; `<|...|>` stands for what no text can have. */
export function logProbabilityOf(next: Next, token: string): number {
  const head = next.heads.get(token);
  if (head !== undefined) return Math.log(head);
  const inParts = next.parts.reduce((sum, part) => sum + probabilityIn(part, token), 0);
  return Math.log(Math.max(inParts * scaleOf(next), 1e-12));
}

/** The `count` most probable tokens, the first one first. */
export function mostProbable(next: Next, count: number): Listed[] {
  const scale = scaleOf(next);
  const listed: Listed[] = [...next.heads].map(([token, p]) => [token, Math.log(p)]);
  for (const part of next.parts) {
    const ranks = weightsOf(part.tokens.length, part.exponent);
    for (let rank = 0; rank < Math.min(count + next.heads.size, ranks.length); rank += 1) {
      const token = part.tokens[(part.first + rank) % part.tokens.length] ?? '';
      if (!next.heads.has(token))
        listed.push([token, Math.log((ranks[rank] ?? 0) * part.share * scale)]);
    }
  }
  return listed.sort((one, other) => other[1] - one[1]).slice(0, count);
}

/** Every token with its log-probability: what a proof of the sum goes through. */
export const allTokens = (next: Next): Listed[] => mostProbable(next, Number.MAX_SAFE_INTEGER);

/** Draws the next token; at temperature 0 the most probable one. `draw` decides which. */
export function drawn(next: Next, temperature: number, draw: string): string {
  if (temperature === 0) return mostProbable(next, 1)[0]?.[0] ?? endToken;
  const groups = [
    ...[...next.heads].map(([token, p]) => ({ share: p, tokens: [token], first: 0, exponent: 1 })),
    ...next.parts.map((part) => ({ ...part, share: part.share * scaleOf(next) })),
  ].map((group) => ({ ...group, share: group.share ** (1 / temperature) }));
  let left = uniformOf(draw) * groups.reduce((sum, { share }) => sum + share, 0);
  for (const { share, tokens, first, exponent } of groups) {
    if (left >= share) {
      left -= share;
      continue;
    }
    const ranks = weightsOf(tokens.length, exponent / temperature);
    let within = left / share;
    for (let rank = 0; rank < ranks.length; rank += 1) {
      within -= ranks[rank] ?? 0;
      if (within < 0) return tokens[(first + rank) % tokens.length] ?? endToken;
    }
    return tokens[first] ?? endToken;
  }
  return endToken;
}
