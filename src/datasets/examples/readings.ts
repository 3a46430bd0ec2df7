import { type Reading, resolveLabel } from './labels.js';
import type { Choices, SaidMapping } from './mapping.js';
import type { Option } from './options.js';

const positions = ({ countFrom }: SaidMapping): readonly Reading[] =>
  countFrom === undefined
    ? [
        { as: 'position', countFrom: 1 },
        { as: 'position', countFrom: 0 },
      ]
    : [{ as: 'position', countFrom }];
const plain = (as: Reading['as'], { countFrom = 1 }: SaidMapping): Reading => ({ as, countFrom });

/** The ways in which the labels of a file can be read, as far as nobody has said how. */
function readingsOf(choices: Choices, said: SaidMapping): readonly Reading[] {
  const { labelAs = 'any' } = said;
  if (labelAs === 'position') return positions(said);
  if (labelAs !== 'any') return [plain(labelAs, said)];
  if (choices.kind === 'yes-no') return [plain('truth', said), plain('one-zero', said)];
  const words = (['text', 'key', 'letter', 'truth'] as const).map((as) => plain(as, said));
  return [...words, ...positions(said)];
}

/** How a reading is called in a sentence and how it is written in a mapping. */
export const readingWords = ({ as, countFrom }: Reading): string =>
  as === 'position' ? `label-as=position count-from=${countFrom}` : `label-as=${as}`;

const shownLabels = 5;

interface Candidate {
  readonly reading: Reading;
  hits: number;
  missed: string | null;
}

/** How the labels of a file are read, and why that is a guess; null where it is none. */
export interface Decision {
  readonly reading: Reading;
  readonly guess: string | null;
  /** Share of the labels that name a choice so; 1 where there is no label. */
  readonly share: number;
}

/**
 * Finds the one way in which all labels of a file name a choice of their own row. Rows are added one
 * after the other; several ways may fit all of them, and they may disagree about a row.
 */
export class LabelReadings {
  readonly #candidates: readonly Candidate[];
  readonly #said: SaidMapping;
  /** Pairs of readings, `one other`, that named different options for a label. */
  readonly #apart = new Map<string, string>();
  /** The first labels that differ. */
  readonly #examples = new Set<string>();
  #labels = 0;
  #unplaced = false;
  #namesLast = false;

  constructor(choices: Choices, said: SaidMapping) {
    this.#said = said;
    this.#candidates = readingsOf(choices, said).map((reading) => ({
      reading,
      hits: 0,
      missed: null,
    }));
  }

  /** Adds the label of one row, with the row's options at their original places. */
  add(label: string, options: readonly Option[]): void {
    this.#labels += 1;
    if (this.#examples.size < shownLabels) this.#examples.add(label);
    if (options[0]?.unplaced === true) this.#unplaced = true;
    const found = this.#candidates.map(({ reading }) => resolveLabel(label, options, reading));
    for (const [index, candidate] of this.#candidates.entries()) {
      const option = found[index] ?? -1;
      if (option === options.length - 1) this.#namesLast = true;
      if (option < 0) candidate.missed ??= label;
      else candidate.hits += 1;
      for (const [other, otherOption] of found.entries())
        if (other > index && option >= 0 && otherOption >= 0 && option !== otherOption)
          if (!this.#apart.has(`${index} ${other}`)) this.#apart.set(`${index} ${other}`, label);
    }
  }

  /**
   * The readings that fit every label so far. An option's own label goes before a letter or a number
   * of its place; where somebody said how numbers count, they are places before they are texts.
   */
  #fitting(): readonly Candidate[] {
    const all = this.#candidates.filter(({ hits }) => hits === this.#labels);
    const has = (as: Reading['as']): boolean => all.some(({ reading }) => reading.as === as);
    const counted = this.#said.countFrom !== undefined && has('position');
    return all.filter(
      ({ reading }) =>
        !(has('key') && (reading.as === 'letter' || reading.as === 'position')) &&
        !(counted && reading.as === 'text'),
    );
  }

  /** The first labels that differ from each other, a few of them. */
  get examples(): readonly string[] {
    return [...this.#examples];
  }

  /** Why places name no option of some row; null where they can. */
  get lostPlaces(): string | null {
    return this.#unplaced
      ? 'Whole numbers as keys keep no order, so that a letter or the number of a place names no choice; the key itself does (label-as=key).'
      : null;
  }

  /** How many labels were added. */
  get labels(): number {
    return this.#labels;
  }

  /** True where some label, in some reading, names the last option of its row. */
  get namesLast(): boolean {
    return this.#namesLast;
  }

  /** True while more rows could still tell which reading is right. */
  get undecided(): boolean {
    return this.#fitting().length > 1;
  }

  /** The reading of the file. `complete` says whether every row of it was added. */
  decide(complete: boolean): Decision {
    const fitting = this.#fitting();
    const first = fitting[0];
    if (first === undefined) return this.#best();
    const { reading } = first;
    const place = this.#candidates.indexOf(first);
    const apart = fitting
      .map((other) => this.#apart.get(`${place} ${this.#candidates.indexOf(other)}`))
      .find((label) => label !== undefined);
    const ways = fitting.map((candidate) => readingWords(candidate.reading)).join(', or ');
    const guess =
      this.#labels === 0
        ? null
        : apart !== undefined
          ? `The labels can be read in several ways that do not agree (the label ${apart} names different choices): ${ways}.`
          : fitting.length > 1 && !complete
            ? `The file is too large to read it twice, and its first labels can be read in several ways: ${ways}.`
            : reading.as === 'one-zero'
              ? 'The labels are 0 and 1. That 1 is Yes and 0 is No is a guess.'
              : null;
    return { reading, guess: this.#isSaid() ? null : guess, share: 1 };
  }

  #isSaid(): boolean {
    return this.#candidates.length === 1;
  }

  #best(): Decision {
    const best = this.#candidates.reduce((most, candidate) =>
      candidate.hits > most.hits ? candidate : most,
    );
    const share = best.hits / this.#labels;
    const guess = this.#isSaid()
      ? null
      : share === 0
        ? `No label names a choice of its row; the first is ${best.missed ?? ''}.`
        : `No one way of reading the labels fits them all. With ${readingWords(best.reading)}, ${best.hits} of ${this.#labels} name a choice; ${best.missed ?? ''} does not.`;
    const lost = guess === null || this.lostPlaces === null ? '' : ` ${this.lostPlaces}`;
    return { reading: best.reading, guess: guess === null ? null : `${guess}${lost}`, share };
  }
}
