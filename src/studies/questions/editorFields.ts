/** A field of the editor that only some types of question have. */
export interface EditorField<V> {
  readonly label: string;
  /** What it is called where it is wrong. */
  readonly called: string;
  /** True for a text area above the other fields. */
  readonly area: boolean;
  /** What a new question begins with. */
  readonly fresh: string;
  /** What to say of a value that does not fit; null for the message of the schema. */
  readonly problem: string | null;
  /** The value that the schema checks. */
  read(entered: string): unknown;
  show(value: V): string;
}

/** One line of text. */
export const line = (field: {
  readonly label: string;
  readonly called: string;
  readonly fresh: string;
}): EditorField<string> => ({
  ...field,
  area: false,
  problem: null,
  read: (entered) => entered,
  show: (value) => value,
});

/** A number; `problem` says which ones fit. */
export const number = (field: {
  readonly label: string;
  readonly called: string;
  readonly fresh: string;
  readonly problem: string;
}): EditorField<number> => ({ ...field, area: false, read: Number, show: String });

/** A list with one entry a line; empty lines are left out. */
export const lines = (field: {
  readonly label: string;
  readonly called: string;
  readonly problem: string;
}): EditorField<string[]> => ({
  ...field,
  area: true,
  fresh: '',
  read: (entered) =>
    entered
      .split('\n')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  show: (value) => value.join('\n'),
});

/** The words at the two ends of a scale. */
export const endWords = (
  lowest: string,
  highest: string,
): { readonly lowest: EditorField<string>; readonly highest: EditorField<string> } => ({
  lowest: line({
    label: 'Words at the lowest point',
    called: 'The words at the lowest point',
    fresh: lowest,
  }),
  highest: line({
    label: 'Words at the highest point',
    called: 'The words at the highest point',
    fresh: highest,
  }),
});
