/** What kind of JSON value begins with this byte. */
export type JsonKind = 'object' | 'array' | 'string' | 'other';

const kinds: Readonly<Partial<Record<number, JsonKind>>> = {
  0x7b: 'object',
  0x5b: 'array',
  0x22: 'string',
};

/** A field of the outermost object, as far as its beginning tells. */
export interface JsonMember {
  readonly name: string;
  readonly kind: JsonKind;
  /** What the first element of its list is; null where it is empty. */
  readonly first: JsonKind | null;
  /** The name of its object's first field; null where it has none. */
  readonly firstName: string | null;
  /** Entries of its list or object. */
  readonly count: number;
}

const longestName = 1000;

/** White space as JSON knows it. */
export const isJsonSpace = (byte: number): boolean =>
  byte === 32 || byte === 10 || byte === 13 || byte === 9;

/**
 * Walks over the bytes of one JSON object and keeps its outline: how deep it is, and the fields of
 * the outermost object. Feed it each byte in order; it judges nothing.
 */
export class JsonOutline {
  depth = 0;
  /** The last field of the outermost object, once its value has begun. */
  member: { -readonly [Key in keyof JsonMember]: JsonMember[Key] } | undefined;
  private inString = false;
  private escaped = false;
  private wantsValue = false;
  private name: number[] | undefined;
  private named = '';

  constructor(private readonly noted: (member: JsonMember) => void = () => undefined) {}

  feed(byte: number): void {
    if (this.inString) {
      this.feedString(byte);
      return;
    }
    if (isJsonSpace(byte)) return;
    const closes = byte === 0x7d || byte === 0x5d;
    if (byte === 0x2c) {
      if (this.depth === 1) this.wantsValue = false;
      if (this.depth === 2 && this.member !== undefined) this.member.count += 1;
      return;
    }
    if (byte === 0x3a) {
      if (this.depth === 1) this.wantsValue = true;
      return;
    }
    if (!closes) this.begin(byte);
    if (byte === 0x22) {
      this.inString = true;
      if (!this.wantsValue && this.depth === 1) this.name = [];
      if (this.depth === 2 && this.member?.kind === 'object' && this.member.firstName === null)
        this.name = [];
    } else if (byte === 0x7b || byte === 0x5b) this.depth += 1;
    else if (closes) {
      this.depth -= 1;
      if (this.depth === 1) this.wantsValue = false;
    }
  }

  /** A value, or the name of a field, begins. */
  private begin(byte: number): void {
    const kind = kinds[byte] ?? 'other';
    if (this.depth === 1 && this.wantsValue) {
      this.member = { name: this.named, kind, first: null, firstName: null, count: 0 };
      this.noted(this.member);
      this.wantsValue = false;
    } else if (this.depth === 2 && this.member?.first === null) {
      this.member.count = 1;
      this.member.first = kind;
    }
  }

  private feedString(byte: number): void {
    if (this.escaped) this.escaped = false;
    else if (byte === 0x5c) this.escaped = true;
    else if (byte === 0x22) {
      this.inString = false;
      if (this.name !== undefined) this.endName(Buffer.from(this.name).toString('utf8'));
      return;
    }
    if (this.name !== undefined && this.name.length < longestName) this.name.push(byte);
  }

  private endName(written: string): void {
    this.name = undefined;
    let name = written;
    try {
      name = String(JSON.parse(`"${written}"`));
    } catch {
      // Left as it is written: the reader of the values says what is wrong with it.
    }
    if (this.depth === 1) this.named = name;
    else if (this.member !== undefined) this.member.firstName = name;
  }
}
