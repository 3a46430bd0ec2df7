/** What a printed value of Python, numpy or JSON stands for. */
export type Printed =
  | string
  | number
  | boolean
  | null
  | readonly Printed[]
  | { readonly [name: string]: Printed };

const deepest = 16;
const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\u0007',
  '0': '\0',
  '\\': '\\',
  "'": "'",
  '"': '"',
};
const words: Readonly<Record<string, boolean | null>> = {
  None: null,
  True: true,
  False: false,
};

/** Thrown inside, where the text is not what it began as. */
class NotPrinted extends Error {}

class Reader {
  #at = 0;
  constructor(readonly text: string) {}

  whole(): Printed {
    const value = this.#value(0);
    this.#space();
    if (this.#at !== this.text.length) throw new NotPrinted();
    return value;
  }

  #space(): boolean {
    const before = this.#at;
    while (/\s/.test(this.text.charAt(this.#at))) this.#at += 1;
    return this.#at > before;
  }

  #take(mark: string): boolean {
    if (!this.text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #value(depth: number): Printed {
    if (depth > deepest) throw new NotPrinted();
    this.#space();
    const mark = this.text.charAt(this.#at);
    if (mark === '"' || mark === "'") return this.#string(mark);
    if (this.#take('[')) return this.#list(']', depth);
    if (this.#take('(')) return this.#list(')', depth);
    if (this.#take('{')) return this.#object(depth);
    if (this.#take('array(')) return this.#array(depth);
    const number = this.#match(/[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?(?![\w.])/giy);
    if (number !== null) return Number(number[0]);
    const word = this.#match(/(?:None|True|False)(?!\w)/y);
    if (word === null) throw new NotPrinted();
    return words[word[0]] ?? null;
  }

  /** Python and JSON set elements apart by commas, numpy by spaces; one list does not do both. */
  #list(end: string, depth: number): Printed[] {
    const values: Printed[] = [];
    let commas: boolean | undefined;
    for (;;) {
      this.#space();
      if (this.#take(end)) return values;
      values.push(this.#value(depth + 1));
      const spaced = this.#space();
      if (this.#take(end)) return values;
      const comma = this.#take(',');
      if ((!comma && !spaced) || comma !== (commas ?? comma)) throw new NotPrinted();
      commas = comma;
    }
  }

  #object(depth: number): Printed {
    const entries: [string, Printed][] = [];
    for (;;) {
      this.#space();
      if (this.#take('}')) break;
      const name = this.#value(depth + 1);
      this.#space();
      if ((typeof name !== 'string' && typeof name !== 'number') || !this.#take(':'))
        throw new NotPrinted();
      entries.push([String(name), this.#value(depth + 1)]);
      this.#space();
      if (this.#take('}')) break;
      if (!this.#take(',')) throw new NotPrinted();
    }
    if (entries.some(([name]) => name === '__proto__')) throw new NotPrinted();
    return Object.fromEntries(entries);
  }

  /** numpy's own notation: `array(['a', 'b'], dtype=object)`. */
  #array(depth: number): Printed {
    const value = this.#value(depth + 1);
    this.#match(/\s*,\s*dtype=[\w.'"<>|=]+\s*/y);
    this.#space();
    if (!this.#take(')')) throw new NotPrinted();
    return value;
  }

  #string(quote: string): string {
    let text = '';
    for (this.#at += 1; ; this.#at += 1) {
      const character = this.text.charAt(this.#at);
      if (character === '' || character === '\n') throw new NotPrinted();
      if (character === quote) {
        this.#at += 1;
        return text;
      }
      if (character !== '\\') {
        text += character;
        continue;
      }
      this.#at += 1;
      const code = this.#match(/x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})/giy);
      if (code !== null) {
        const point = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16);
        if (point > 0x10_ff_ff) throw new NotPrinted();
        text += String.fromCodePoint(point);
        this.#at -= 1;
        continue;
      }
      const plain = simpleEscapes[this.text.charAt(this.#at)];
      if (plain === undefined) throw new NotPrinted();
      text += plain;
    }
  }
}

/**
 * Reads a list or an object as a program printed it into a cell: JSON, Python's `['a', 'b']`, or
 * numpy's `['a' 'b']` and `array([…], dtype=object)`. Undefined where the text is none of them as a
 * whole, also where it was shortened (`...`): nothing of it is then taken.
 */
export function parsePrinted(text: string): Printed | undefined {
  if (!/^\s*(?:[[{(]|array\()/.test(text)) return undefined;
  // JSON.parse takes 30 ms for 100 kB of brackets that only open.
  if (/^(?:\s{0,20}[[{(]){65}/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Printed;
  } catch {
    // Not JSON.
  }
  try {
    return new Reader(text).whole();
  } catch (error) {
    if (error instanceof NotPrinted) return undefined;
    throw error;
  }
}
