import {
  type BlockStyle,
  blockStyles,
  carriesLabel,
  type Choices,
  columnsRead,
  type Mapping,
  mostChoices,
  type SaidMapping,
} from './mapping.js';
import { confidenceIn } from './assemble.js';
import { columnGroups, columnsNamed, documentedColumns } from './columns.js';
import { parseChoices } from './choices.js';
import { choicesIn, holdsMessages, holdsNested, holdsText, isCut } from './holds.js';
import { labelText } from './labels.js';
import { isRow, mappedText, readQuestion } from './mapped.js';
import { LabelReadings } from './readings.js';
import { shown } from './refusals.js';

type Row = Readonly<Record<string, unknown>>;

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
}

type Draft = Pick<Mapping, 'text' | 'textAs' | 'choices' | 'label' | 'confidence'>;

/** Reasons gathered on the way. */
interface Doubts {
  readonly reasons: string[];
  refusal: string | null;
}

/** Names the columns that hold lists or objects and are not read; nothing where there is none. */
export const unreadWords = (unread: readonly string[]): string =>
  unread.length === 0 ? '' : ` Not read, though it holds lists or objects: ${quoted(unread)}.`;

const quoted = (names: readonly string[]): string => names.map((name) => `“${name}”`).join(', ');

function textColumn(
  rows: readonly Row[],
  names: readonly string[],
  doubts: Doubts,
): string | undefined {
  const holds = (name: string): boolean => holdsText(rows, name) || holdsMessages(rows, name);
  const documented = columnsNamed(names, documentedColumns.text).filter(holds);
  if (documented.length > 1) doubts.reasons.push(`The text could be in ${quoted(documented)}.`);
  if (documented.length > 0) return documented[0];
  const length = (name: string): number =>
    rows.reduce((sum, row) => sum + (typeof row[name] === 'string' ? row[name].length : 0), 0);
  const others = columnsNamed(names, [...documentedColumns.list, ...documentedColumns.label]);
  const grouped = columnGroups(names).flatMap(({ columns }) => columns);
  const longest = names
    .filter((name) => holds(name) && !others.includes(name))
    .filter((name) => !grouped.includes(name))
    .toSorted((one, other) => length(other) - length(one))[0];
  if (longest !== undefined)
    doubts.reasons.push(
      `No column has a name that says that it is the text; “${longest}” is the longest.`,
    );
  return longest;
}

/** What of a file as a whole says that its columns are not what their names say. */
function oddFile(rows: readonly Row[], names: readonly string[], text: string): string[] {
  const odd: string[] = [];
  if (names.some((name) => name.length > 80 || /\n|^\s*[\d.]+\s*$/.test(name)))
    odd.push('The names of the columns look like a row of data: the file may have no header line.');
  if (rows.length >= 5 && new Set(rows.map((row) => row[text])).size < rows.length / 2)
    odd.push(`Most rows repeat the text of “${text}”, so that it may not be the question.`);
  return odd;
}

/** The style of the lettered block that every text has; undefined where there is none. */
function blockStyle(
  rows: readonly Row[],
  draft: Pick<Draft, 'text' | 'textAs'>,
): BlockStyle | undefined {
  const texts = rows.map((row) => mappedText(row, { ...draft, choices: { kind: 'yes-no' } }) ?? '');
  return texts.length === 0
    ? undefined
    : blockStyles.find((style) => texts.every((text) => parseChoices(text, style) !== undefined));
}

const preference =
  /^(?:response|completion|output|reply|candidate|model|assistant)s?[_ -]?(?:a|b|0|1|2)$/i;

/** The columns of a file that compares two answers, which is no question with choices. */
const comparedAnswers = (names: readonly string[]): string[] => {
  const chosen = names.filter((name) => /^(?:chosen|rejected)$/i.test(name));
  const pair = names.filter((name) => preference.test(name));
  const answers = names.filter((name) => /^answer[_ -]?[ab]$/i.test(name));
  const compared = names.some((name) => /^(?:winner|preferred|preference|better)$/i.test(name));
  if (chosen.length === 2) return chosen;
  return pair.length === 2 ? pair : compared && answers.length === 2 ? answers : [];
};

function choicesOf(
  rows: readonly Row[],
  names: readonly string[],
  draft: Pick<Draft, 'text' | 'textAs'>,
  doubts: Doubts,
): Choices {
  const compared = comparedAnswers(names);
  if (compared.length > 0)
    doubts.refusal = `Its rows are pairs of answers of which one was preferred (${compared.join(', ')}), not questions with choices. Assay has no such sets yet.`;
  const groups = columnGroups(names.filter((name) => name !== draft.text));
  const lists = columnsNamed(names, documentedColumns.list).filter((name) => name !== draft.text);
  const read = lists.flatMap((name) => choicesIn(rows, name) ?? []);
  const documented: Choices[] = [
    ...read,
    ...groups.flatMap((group): Choices[] =>
      group.documented ? [{ kind: 'columns', columns: [...group.columns] }] : [],
    ),
  ];
  if (documented.length > 1) doubts.reasons.push('Choices stand in more than one place.');
  const [first] = documented;
  if (first !== undefined) {
    if (isCut(first))
      doubts.reasons.push('The choices of a row stand in one text, and have to be cut out of it.');
    return first;
  }
  const [unread] = lists;
  if (unread !== undefined)
    doubts.refusal ??= `The options of column “${unread}” are not understood: it holds ${shown(rows[0]?.[unread])}.`;
  const style = blockStyle(rows, draft);
  if (style !== undefined) return { kind: 'block', style };
  const named = names.filter((name) => name !== draft.text && !lists.includes(name));
  const like = /choice|option|answers|endings|candidate|alternative|target|score/i;
  const [found] = named
    .toSorted((one, other) => Number(like.test(other)) - Number(like.test(one)))
    .flatMap((name) => choicesIn(rows, name) ?? [])
    .filter((choices) => !isCut(choices));
  const group = groups.find(({ columns }) => columns.every((name) => holdsText(rows, name)));
  const guessed: Choices | undefined =
    found ?? (group === undefined ? undefined : { kind: 'columns', columns: [...group.columns] });
  if (guessed === undefined)
    return unnamedColumns(rows, names, draft, doubts) ?? { kind: 'yes-no' };
  doubts.reasons.push('No column has a name that says that it holds choices.');
  return guessed;
}

/** Adds the labels of rows to readings, each with the options of its row. */
function addLabels(readings: LabelReadings, rows: readonly unknown[], draft: Draft): void {
  if (draft.label === null) return;
  for (const row of rows) {
    if (!isRow(row)) continue;
    const label = labelText(row[draft.label]);
    if (label === null || label === undefined) continue;
    const question = readQuestion(row, draft);
    if (!('code' in question)) readings.add(label, question.options);
  }
}

/**
 * Columns of text that nothing else names, where every label of a file names one of them and some
 * label the last; undefined where there are none, or where the labels are Yes and No.
 */
function unnamedColumns(
  rows: readonly Row[],
  names: readonly string[],
  draft: Pick<Draft, 'text' | 'textAs'>,
  doubts: Doubts,
): Choices | undefined {
  const label =
    columnsNamed(names, documentedColumns.label)[0] ?? names.find((name) => likeLabel.test(name));
  const columns = names.filter(
    (name) => name !== draft.text && name !== label && holdsText(rows, name),
  );
  if (label === undefined || columns.length < 2 || columns.length > mostChoices) return undefined;
  const read = (choices: Choices): LabelReadings => {
    const readings = new LabelReadings(choices, {});
    addLabels(readings, rows, { ...draft, choices, label, confidence: null });
    return readings;
  };
  const choices: Choices = { kind: 'columns', columns };
  const readings = read(choices);
  const fits = readings.labels > 0 && readings.decide(true).share === 1;
  if (!fits || !readings.namesLast || read({ kind: 'yes-no' }).decide(true).share === 1)
    return undefined;
  doubts.reasons.push(
    `No column has a name that says that it holds choices; ${quoted(columns)} could each hold one.`,
  );
  return choices;
}

const likeLabel = /^cop$|label|answer|gold|target|correct|solution|key|winner|best|right|truth/i;

function labelColumn(
  rows: readonly Row[],
  names: readonly string[],
  draft: Omit<Draft, 'label' | 'confidence'>,
  doubts: Doubts,
): string | null {
  if (carriesLabel(draft.choices)) return null;
  const used = columnsRead({ ...draft, label: null, confidence: null } as Mapping);
  const free = names.filter((name) => !used.includes(name));
  const labels = columnsNamed(free, documentedColumns.label);
  const filled = labels.filter((name) => rows.some((row) => labelText(row[name]) !== null));
  const documented = filled.length > 0 ? filled : labels;
  const [first] = documented;
  if (first !== undefined) {
    const same = rows.every((row) =>
      documented.every((name) => labelText(row[name]) === labelText(row[first])),
    );
    if (!same) doubts.reasons.push(`The label could be in ${quoted(documented)}.`);
    return first;
  }
  const found = free
    .toSorted((one, other) => Number(likeLabel.test(other)) - Number(likeLabel.test(one)))
    .find((name) => {
      const readings = new LabelReadings(draft.choices, {});
      addLabels(readings, rows, { ...draft, label: name, confidence: null });
      const { reading, share } = readings.decide(true);
      const numbered = reading.as === 'position' || reading.as === 'one-zero';
      return readings.labels > 0 && share === 1 && (likeLabel.test(name) || !numbered);
    });
  if (found !== undefined)
    doubts.reasons.push(
      `No column has a name that says that it is the label; “${found}” could be.`,
    );
  return found ?? null;
}

/** A column of that name where most of what it holds is a confidence; other rows are rejected. */
const confidenceColumn = (rows: readonly Row[], names: readonly string[]): string | null =>
  columnsNamed(names, documentedColumns.confidence).find((name) => {
    const filled = rows.map((row) => confidenceIn(row[name])).filter((value) => value !== null);
    return filled.filter((value) => value !== undefined).length >= filled.length / 2;
  }) ?? null;

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
    return { text, textAs, choices, label, confidence };
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
      this.#doubts.refusal = `The options of column “${choices.column}” are not understood: it holds ${shown(this.#rows[0]?.[choices.column])}.`;
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
    if (draft === null) return { mapping: null, guess: null, refusal: null, unread: nested };
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
      refusal:
        missing.length > 0
          ? `There is no column ${quoted(missing)}; the columns are ${quoted(names.slice(0, 20))}.`
          : refusal,
    };
  }

  #neitherYesNorNo(label: string): string {
    const labels = [...new Set(this.#rows.flatMap((row) => labelText(row[label]) ?? []))];
    const some = labels.slice(0, 5).join(', ').slice(0, 200);
    return `The labels in “${label}” (${some}) are not Yes and No, and no column is understood as the choices.`;
  }
}
