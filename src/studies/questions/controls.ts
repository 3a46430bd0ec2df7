/** What a rater has before them: the example's choices and their order on the screen. */
export interface Shown {
  readonly choices: readonly string[];
  /** Indexes of the original choices in the order of the screen. */
  readonly order: readonly number[];
}

/** One way to answer a question: what the form sends, what is read, and what is stored. */
export interface Option<A> {
  readonly value: string;
  readonly text: string;
  /** The digit that chooses it; null where none does. */
  readonly digit: number | null;
  /** Words under a scale point; empty where there are none. */
  readonly words: string;
  /** Nothing else can be chosen beside it. */
  readonly exclusive: boolean;
  readonly answer: A;
}

/** What was read of a control: an answer, why it is none, or null where it was left open. */
export type Read<A> = { readonly answer: A } | { readonly fault: string } | null;

/** How a question is answered on the rating page. */
export interface Control<Q, A> {
  readonly kind: 'one-of' | 'several-of' | 'text' | 'tick';
  /** How options are laid out; the style sheet knows these words. */
  readonly look: 'choices' | 'options' | 'scale';
  /** True where digits answer it. */
  readonly digits: boolean;
  options(question: Q, shown: Shown): readonly Option<unknown>[];
  /**
   * Reads what the form sent. Values are positions on the screen or words of the form, so that no
   * page holds anything that tells which of an example's choices is which.
   */
  read(question: Q, shown: Shown, sent: readonly string[]): Read<A>;
  /** The values that show an earlier answer again. */
  values(question: Q, shown: Shown, answer: A): readonly string[];
}

const highestDigit = 9;

/**
 * The digit that chooses the option at a place of the screen, counted from 0: 1 to 9, then 0 for the
 * tenth. Null beyond: there is no key left.
 */
export const digitAt = (place: number): number | null =>
  place <= highestDigit ? (place + 1) % (highestDigit + 1) : null;

/** Options that are stored as their words, with the digits from 1; 0 is for one that excludes them. */
export const optionsOf = (words: readonly string[]): Option<string>[] =>
  words.map((text, index) => ({
    value: String(index),
    text,
    digit: index < highestDigit ? index + 1 : null,
    words: '',
    exclusive: false,
    answer: text,
  }));

/** The whole numbers between two points, each chosen by its own digit. */
export const pointsOf = (ends: {
  readonly from: number;
  readonly to: number;
  readonly lowest: string;
  readonly highest: string;
}): Option<number>[] =>
  Array.from({ length: ends.to - ends.from + 1 }, (_, index) => ends.from + index).map((point) => ({
    value: String(point),
    text: String(point),
    digit: point,
    words: point === ends.from ? ends.lowest : point === ends.to ? ends.highest : '',
    exclusive: false,
    answer: point,
  }));

/** Radio buttons: one option is chosen, and a digit that answers the last question sends. */
export const oneOf = <Q, A>(one: {
  readonly look: Control<Q, A>['look'];
  options(question: Q, shown: Shown): readonly Option<A>[];
  /** What is said of a value that is none of the options. */
  otherwise(question: Q): string;
}): Control<Q, A> => ({
  kind: 'one-of',
  look: one.look,
  digits: true,
  options: (question, shown) => one.options(question, shown),
  read(question, shown, sent) {
    if (sent.length === 0) return null;
    const option = one
      .options(question, shown)
      .find(({ value }) => sent.length === 1 && value === sent[0]);
    return option === undefined ? { fault: one.otherwise(question) } : { answer: option.answer };
  },
  values(question, shown, answer) {
    const option = one.options(question, shown).find((other) => other.answer === answer);
    return option === undefined ? [] : [option.value];
  },
});

/** Tick boxes: any number of options, or the exclusive one alone; a digit never sends. */
export const severalOf = <Q>(several: {
  options(question: Q): readonly Option<string>[];
}): Control<Q, string[]> => ({
  kind: 'several-of',
  look: 'options',
  digits: true,
  options: (question) => several.options(question),
  read(question, _shown, sent) {
    if (sent.length === 0) return null;
    const options = several.options(question);
    const ticked = options.filter(({ value }) => sent.includes(value));
    if (ticked.length !== new Set(sent).size) return { fault: 'This is none of the options.' };
    const alone = ticked.find(({ exclusive }) => exclusive);
    if (alone !== undefined && ticked.length > 1)
      return { fault: `“${alone.text}” cannot be combined with other answers.` };
    return { answer: ticked.map(({ answer }) => answer) };
  },
  values: (question, _shown, answer) =>
    several
      .options(question)
      .filter((option) => answer.includes(option.answer))
      .map(({ value }) => value),
});

const longestText = 5000;

/** A text area. */
export const text = {
  kind: 'text',
  look: 'options',
  digits: false,
  options: () => [],
  read(_question, _shown, [sent]) {
    if (sent === undefined) return null;
    const written = sent.toWellFormed();
    return written.length > longestText
      ? { fault: `The text is longer than ${longestText} characters.` }
      : { answer: written };
  },
  values: (_question, _shown, answer) => [answer],
} satisfies Control<unknown, string>;

/** A single tick box: unticked means no, so it is never open. */
export const tick = {
  kind: 'tick',
  look: 'options',
  digits: false,
  options: () => [],
  read: (_question, _shown, sent) => ({ answer: sent.length > 0 }),
  values: (_question, _shown, answer) => (answer ? ['yes'] : []),
} satisfies Control<unknown, boolean>;
