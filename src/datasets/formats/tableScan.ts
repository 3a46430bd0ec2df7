import { type Delimiter, delimiterNames, delimiters } from './reading.js';

/** How the records of a table are told apart. */
export interface Marks {
  /** The delimiters behind which a quote may open a cell. */
  readonly openers: readonly Delimiter[];
  /** False where quotes are ordinary characters. */
  readonly quoted: boolean;
  readonly lineEnd: '\n' | '\r';
}

/** A record of the beginning of a table. */
export interface ScannedRecord {
  /** Where its text begins and ends, without the line end. */
  readonly from: number;
  readonly to: number;
  readonly lines: number;
  /** How many of each delimiter stand outside quotes. */
  readonly counts: Readonly<Record<Delimiter, number>>;
  readonly quotedCells: number;
  /** True where something follows a closing quote, or a quote does not close. */
  readonly faulty: boolean;
}

const nameOf = new Map<string, Delimiter>(delimiterNames.map((name) => [delimiters[name], name]));

/**
 * The records of a text, without blank lines. The last one is left out where the text does not end
 * with it (`whole` off).
 */
export function scanRecords(text: string, marks: Marks, whole: boolean): ScannedRecord[] {
  const { openers, quoted, lineEnd } = marks;
  const opens = new Set<string>(openers.map((name) => delimiters[name]));
  const records: ScannedRecord[] = [];
  const none = { comma: 0, semicolon: 0, tab: 0, pipe: 0 };
  let counts = { ...none };
  let from = 0;
  let lines = 1;
  let quotedCells = 0;
  let faulty = false;
  let inQuotes = false;
  let justClosed = false;
  let cellStart = true;
  const finish = (end: number, next: number): void => {
    const to = text[end - 1] === '\r' && end > from ? end - 1 : end;
    if (text.slice(from, to).trim() !== '')
      records.push({ from, to, lines, counts, quotedCells, faulty: faulty || inQuotes });
    counts = { ...none };
    from = next;
    lines = 1;
    quotedCells = 0;
    faulty = false;
    inQuotes = false;
    justClosed = false;
    cellStart = true;
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (inQuotes) {
      if (character === lineEnd) lines += 1;
      if (character !== '"') continue;
      if (text[at + 1] === '"') at += 1;
      else {
        inQuotes = false;
        justClosed = true;
      }
      continue;
    }
    if (character === lineEnd) {
      finish(at, at + 1);
      continue;
    }
    if (character === '"' && quoted && cellStart) {
      inQuotes = true;
      quotedCells += 1;
      cellStart = false;
      continue;
    }
    const delimiter = nameOf.get(character);
    if (delimiter !== undefined) counts[delimiter] += 1;
    const ends = opens.has(character);
    if (justClosed && !ends && character !== '\r') faulty = true;
    justClosed = false;
    cellStart = ends;
  }
  if (whole && from < text.length) finish(text.length, text.length);
  return records;
}

/** A way to read a table, and how much of its beginning it explains. */
export interface Candidate {
  readonly delimiter: Delimiter;
  readonly quoted: boolean;
  /** Cells of the first record. */
  readonly columns: number;
  /** Share of the lines below the first record that lie in records with as many cells. */
  readonly explained: number;
  /** True where cells stand in quotes. */
  readonly hasQuotes: boolean;
}

function candidateOf(
  records: readonly ScannedRecord[],
  delimiter: Delimiter,
  quoted: boolean,
): Candidate {
  const [first, ...others] = records;
  const count = first?.counts[delimiter] ?? 0;
  let all = 0;
  let fitting = 0;
  for (const record of others) {
    all += record.lines;
    if (record.counts[delimiter] === count && !record.faulty) fitting += record.lines;
  }
  return {
    delimiter,
    quoted,
    columns: count + 1,
    explained: all === 0 ? 1 : fitting / all,
    hasQuotes: records.some((record) => record.quotedCells > 0),
  };
}

/**
 * The way of reading that explains most of a table's beginning: the delimiter that stands equally
 * often in each record, outside quotes; among equals the one that the file's name says (`preferred`),
 * then the one that gives more columns. Tabs are tried with and without quotes around cells; both
 * explain as much only where quotes close, and then they enclose.
 * @param given the delimiter, where somebody said it
 */
export function bestCandidate(
  text: string,
  options: {
    lineEnd: '\n' | '\r';
    whole: boolean;
    preferred: Delimiter | undefined;
    given: Delimiter | undefined;
  },
): Candidate {
  const { lineEnd, whole, preferred, given } = options;
  const scan = (openers: readonly Delimiter[], quoted: boolean): ScannedRecord[] =>
    scanRecords(text, { openers, quoted, lineEnd }, whole);
  const quotedRecords = scan(delimiterNames, true);
  const candidates = (given === undefined ? delimiterNames : [given]).map((delimiter) => {
    if (delimiter !== 'tab') return candidateOf(quotedRecords, delimiter, true);
    const enclosed = candidateOf(scan(['tab'], true), 'tab', true);
    const plain = candidateOf(scan(['tab'], false), 'tab', false);
    return enclosed.hasQuotes && enclosed.explained >= plain.explained ? enclosed : plain;
  });
  const rank = ({ delimiter, columns, explained }: Candidate): number[] => [
    columns > 1 ? 1 : 0,
    explained,
    delimiter === preferred ? 1 : 0,
    columns,
  ];
  return candidates.reduce((best, candidate) => {
    const ranks = rank(best);
    const difference = rank(candidate).map((value, index) => value - (ranks[index] ?? 0));
    return (difference.find((value) => value !== 0) ?? 0) > 0 ? candidate : best;
  });
}
