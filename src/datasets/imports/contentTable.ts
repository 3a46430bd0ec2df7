const empty = 0;
const lineWord = 2;
const wordsPerSlot = 3;
const fullest = 0.75;

/** Slots of a table that may grow no further: 96 MB, room for six million rows. */
export const mostSlots = 2 ** 23;
const mostParts = 16;

/**
 * Remembers the first line on which each content was seen, in 12 bytes a slot: 64 bits of the
 * content's SHA-256 and the line number. A Map of as many rows would take gigabytes. Two contents
 * that differ share 64 bits with a probability of about one in a million at six million rows. Its
 * parts grow one by one, so that growing never needs the room of two tables.
 */
export class ContentTable {
  readonly #parts: readonly Part[];

  constructor(options: { most?: number } = {}) {
    const most = options.most ?? mostSlots;
    const parts = most >= 2 ** 16 ? mostParts : 1;
    this.#parts = Array.from({ length: parts }, () => new Part(most / parts));
  }

  /**
   * True once a content found no room: what came after it is unknown, and `partitions` passes are
   * needed.
   */
  get full(): boolean {
    return this.#parts.some((part) => part.full);
  }

  /**
   * The line on which this content was first seen, or 0 where it is new. `hash` has 8 bytes or
   * more.
   */
  find(hash: Uint8Array): number {
    return this.#partOf(hash)?.find(hash) ?? 0;
  }

  /**
   * Remembers the content unless it is known; gives the line on which it was first seen, or 0 where
   * it is new. Lines count from 1.
   */
  add(hash: Uint8Array, line: number): number {
    return this.#partOf(hash)?.add(hash, line) ?? 0;
  }

  #partOf(hash: Uint8Array): Part | undefined {
    return this.#parts[(hash[0] ?? 0) % this.#parts.length];
  }
}

/** One table with open addressing. */
class Part {
  #slots: number;
  #words: Uint32Array;
  #used = 0;
  readonly #most: number;
  full = false;

  constructor(most: number) {
    this.#most = most;
    this.#slots = Math.min(1024, this.#most);
    this.#words = new Uint32Array(this.#slots * wordsPerSlot);
  }

  find(hash: Uint8Array): number {
    const [high, low] = halves(hash);
    return this.#words[this.#slotOf(high, low) * wordsPerSlot + lineWord] ?? 0;
  }

  add(hash: Uint8Array, line: number): number {
    const [high, low] = halves(hash);
    let slot = this.#slotOf(high, low) * wordsPerSlot;
    const known = this.#words[slot + lineWord] ?? 0;
    if (known !== empty) return known;
    if (this.#used >= this.#slots * fullest) {
      if (this.#slots >= this.#most) {
        this.full = true;
        return 0;
      }
      this.#grow();
      slot = this.#slotOf(high, low) * wordsPerSlot;
    }
    this.#words[slot] = high;
    this.#words[slot + 1] = low;
    this.#words[slot + lineWord] = line;
    this.#used += 1;
    return 0;
  }

  #slotOf(high: number, low: number): number {
    const words = this.#words;
    const mask = this.#slots - 1;
    let slot = low & mask;
    for (;;) {
      const at = slot * wordsPerSlot;
      if (words[at + lineWord] === empty || (words[at] === high && words[at + 1] === low))
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#slots *= 2;
    this.#words = new Uint32Array(this.#slots * wordsPerSlot);
    for (let at = 0; at < old.length; at += wordsPerSlot) {
      const line = old[at + lineWord] ?? 0;
      if (line === empty) continue;
      const high = old[at] ?? 0;
      const low = old[at + 1] ?? 0;
      const to = this.#slotOf(high, low) * wordsPerSlot;
      this.#words[to] = high;
      this.#words[to + 1] = low;
      this.#words[to + lineWord] = line;
    }
  }
}

const word = (hash: Uint8Array, at: number): number =>
  (((hash[at] ?? 0) << 24) |
    ((hash[at + 1] ?? 0) << 16) |
    ((hash[at + 2] ?? 0) << 8) |
    (hash[at + 3] ?? 0)) >>>
  0;
const halves = (hash: Uint8Array): [number, number] => [word(hash, 0), word(hash, 4)];

/** How many passes a set of `rows` needs so that each pass's share of the contents fits a table. */
export const passesFor = (rows: number, most: number = mostSlots): number =>
  Math.max(1, Math.ceil(rows / (most * fullest * 0.9)));

/**
 * True where a content belongs to pass `pass` of `passes`; spread by bytes that the table does not
 * use for its slots.
 */
export const inPass = (hash: Uint8Array, pass: number, passes: number): boolean =>
  passes === 1 || word(hash, 8) % passes === pass;
