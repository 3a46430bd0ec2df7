import { blockStyle, choicesOf, notUnderstood } from './choiceColumns.js';
import { addLabels, type Doubts, type Draft, quoted } from './draft.js';
import { choicesIn, holdsMessages, holdsNested } from './holds.js';
import { confidenceColumn, labelColumn } from './labelColumn.js';
import { isRow, type Row } from './cells.js';
import { type Choices, columnsRead, type Mapping, type SaidMapping } from './mapping.js';
import { LabelReadings } from './readings.js';
import { oddFile, textColumn, textsBeside } from './textColumn.js';

/** What is proposed for the columns of an unknown file. */
export interface Proposal {
  /** Null where no column can be the text. */
  readonly mapping: Mapping | null;
  /** Why the mapping is a guess, in sentences; null where it is none. */
  readonly guess: string | null;
  /** Why the file cannot be read as examples, where it cannot. */
  readonly refusal: string | null;
  /** Columns that hold lists or objects and are not read. */
  readonly unread: readonly string[];
  /** Columns of the mapping that no row has. */
  readonly missing: readonly string[];
}
/** Names the columns that hold lists or objects and are not read; nothing where there is none. */
export const unreadWords = (unread: readonly string[]): string =>
  unread.length === 0 ? '' : ` Not read, though it holds lists or objects: ${quoted(unread)}.`;

const columnsOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.flatMap((row) => Object.keys(row))),
];

/**
 * A proposal for which column of an unknown file is what. Its first rows give the columns; how the
 * labels are read is decided by all rows that are added, as long as they leave it open. What
 * somebody has said is taken as said. A part that is neither said nor plain from a documented name
 * makes the proposal a guess.
 */
export class MappingProposal {
  readonly #rows: readonly Row[];
  readonly #said: SaidMapping;
  readonly #doubts: Doubts = { reasons: [], refusal: null };
  readonly #draft: Draft | null;
  readonly #readings: LabelReadings;

  constructor(rows: readonly unknown[], said: SaidMapping) {
    this.#rows = rows.filter(isRow);
    this.#said = said;
    this.#draft = this.#drafted(columnsOf(this.#rows));
    this.#readings = new LabelReadings(this.#draft?.choices ?? { kind: 'yes-no' }, said);
    this.add(rows);
  }

  #drafted(names: readonly string[]): Draft | null {
    const said = this.#said;
    const rows = this.#rows;
    const text = said.text ?? textColumn(rows, names, this.#doubts);
    if (text === undefined) return null;
    if (said.text === undefined) this.#doubts.reasons.push(...oddFile(rows, names, text));
    const textAs = holdsMessages(rows, text) ? 'messages' : (said.textAs ?? 'text');
    const choices = this.#choices(names, { text, textAs });
    const label =
      said.label === undefined
        ? labelColumn(rows, names, { text, textAs, choices }, this.#doubts)
        : said.label;
    const confidence =
      said.confidence === undefined ? confidenceColumn(rows, names) : said.confidence;
    const draft = { text, textAs, choices, label, confidence };
    if (said.text === undefined)
      this.#doubts.reasons.push(...textsBeside(rows, names, columnsRead(draft)));
    return draft;
  }

  #choices(names: readonly string[], draft: Pick<Draft, 'text' | 'textAs'>): Choices {
    const { choices } = this.#said;
    if (choices === undefined) return choicesOf(this.#rows, names, draft, this.#doubts);
    if (choices.kind === 'block') {
      const style = blockStyle(this.#rows, draft);
      return style === undefined ? choices : { kind: 'block', style };
    }
    if (choices.kind !== 'list' || choices.form !== 'any') return choices;
    const found = choicesIn(this.#rows, choices.column);
    if (found === undefined && names.includes(choices.column))
      this.#doubts.refusal = notUnderstood(this.#rows, choices.column);
    return found ?? choices;
  }

  /** Adds further rows of the file, from which its labels can be told. */
  add(rows: readonly unknown[]): void {
    if (this.#draft !== null) addLabels(this.#readings, rows, this.#draft);
  }

  /** True while further rows could tell how the labels are read. */
  get undecided(): boolean {
    return this.#draft !== null && this.#draft.label !== null && this.#readings.undecided;
  }

  /** The proposal. `complete` says whether every row of the file was added. */
  finish(complete: boolean): Proposal {
    const draft = this.#draft;
    const names = columnsOf(this.#rows);
    const nested = names.filter((name) => holdsNested(this.#rows, name));
    if (draft === null)
      return { mapping: null, guess: null, refusal: null, unread: nested, missing: [] };
    const { reading, guess, share } = this.#readings.decide(complete);
    const mapping: Mapping =
      draft.label === null
        ? { ...draft, labelAs: 'any', countFrom: 1 }
        : { ...draft, labelAs: reading.as, countFrom: reading.countFrom };
    const read = columnsRead(mapping);
    const missing = read.filter((name) => !names.includes(name));
    const unread = nested.filter((name) => !read.includes(name));
    const { reasons, refusal } = this.#doubts;
    const said = (part: keyof SaidMapping): boolean => this.#said[part] !== undefined;
    if (draft.choices.kind === 'yes-no' && !said('choices')) {
      const enough = reading.as === 'one-zero' ? 1 : 0.8;
      if (draft.label !== null && share < enough)
        return {
          mapping,
          guess: null,
          refusal: refusal ?? this.#neitherYesNorNo(draft.label),
          unread,
          missing,
        };
      if (draft.label === null) reasons.push('No column holds choices or a label.');
      else if (this.#readings.labels === 0 && !said('label'))
        reasons.push(`No column holds choices, and no row has a label in “${draft.label}”.`);
    }
    const all = [...reasons, ...(draft.label === null || guess === null ? [] : [guess])];
    return {
      mapping,
      guess: all.length === 0 ? null : `${all.join(' ')}${unreadWords(unread)}`,
      unread,
      missing,
      refusal:
        missing.length > 0
          ? `There is no column ${quoted(missing)}; the columns are ${quoted(names.slice(0, 20))}.`
          : (refusal ?? this.#lostPlaces(mapping)),
    };
  }

  /** Why labels that are said to name places cannot. */
  #lostPlaces({ label, labelAs }: Mapping): string | null {
    const byPlace = labelAs === 'letter' || labelAs === 'position';
    return label !== null && byPlace ? this.#readings.lostPlaces : null;
  }

  #neitherYesNorNo(label: string): string {
    const some = this.#readings.examples.join(', ').slice(0, 200);
    return `The labels in “${label}” (${some}) are not Yes and No, and no column is understood as the choices.`;
  }
}
