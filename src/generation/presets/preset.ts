/** Something that a person fills in before a preset is a pipeline. */
export interface PresetField {
  readonly name: string;
  /** What it is called beside its input, and a sentence about it; empty where none is needed. */
  readonly label: string;
  readonly hint: string;
  /** What stands there first. */
  readonly value: string;
  readonly kind: 'line' | 'text' | 'number';
}

/** What was filled in, by the name of the field; a field that is missing has its first value. */
export type Entered = Readonly<Record<string, string>>;

/** A pipeline that follows one of the published protocols, with places to fill in. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
  readonly fields: readonly PresetField[];
  /** The file. Each entry of `given` is a YAML value that stands for itself. */
  readonly file: (given: Entered) => string;
}

const line = (name: string, label: string, hint = '', value = ''): PresetField => ({
  name,
  label,
  hint,
  value,
  kind: 'line',
});

const whole = (name: string, label: string, hint: string, value: number): PresetField => ({
  name,
  label,
  hint,
  value: String(value),
  kind: 'number',
});

/** The fields of every preset, with those of its own after the behaviour. */
export const fieldsWith = (own: readonly PresetField[]): readonly PresetField[] => [
  line('name', 'Name of the generation'),
  line('behaviour', 'Behaviour', 'Its name, as on the page of datasets.'),
  { ...line('short', 'Behaviour in a sentence', 'As raters read it.'), kind: 'text' },
  ...own,
  { ...line('purpose', 'Purpose', 'What the examples are for. On the card.'), kind: 'text' },
  line('responsible', 'Responsible person', 'Who answers for the dataset. On the card.'),
  line('writer', 'Model that writes', 'Its name, or a version of it, such as small@2.'),
  line('judge', 'Model that judges', 'The discriminator.'),
  whole('seed', 'Seed', '', 1),
  whole('budget', 'Budget', 'The most that it may cost, in the currency of the prices.', 10),
];

export { line as lineField, whole as numberField };

/** A text as a YAML value: in double quotation marks, as JSON writes it. */
const quoted = (text: string): string => JSON.stringify(text);

const decimal = /^-?\d+(?:[.,]\d+)?$/;

/** A number as it was entered, with a point; anything else as a text, so that the reader says what is wrong. */
const number = (text: string): string =>
  decimal.test(text.trim()) ? text.trim().replace(',', '.') : quoted(text);

/**
 * A preset as a pipeline file, with what was filled in. Whatever is entered stands in the file as a
 * text, and can change nothing around it.
 */
export const presetFile = (preset: Preset, entered: Entered): string =>
  preset.file(
    Object.fromEntries(
      preset.fields.map(({ name, kind, value }) => {
        const given = entered[name] ?? value;
        return [name, kind === 'number' ? number(given) : quoted(given)];
      }),
    ),
  );

/** What of a preset is not filled in, or is no number, by the name of its field. */
export const fieldFaults = (
  { fields }: Pick<Preset, 'fields'>,
  entered: Entered,
): { field: string; message: string }[] =>
  fields.flatMap(({ name, label, kind, value }) => {
    const given = (entered[name] ?? value).trim();
    if (given === '') return [{ field: name, message: `${label} is empty.` }];
    return kind === 'number' && !decimal.test(given)
      ? [{ field: name, message: `${label} is not a number: “${given.slice(0, 60)}”.` }]
      : [];
  });

/** The beginning of the file of every preset. */
export const headOf = (preset: string, family: string, given: Entered): string => `assay: pipeline-1
# Follows Perez et al. 2022, “Discovering Language Model Behaviors with Model-Written Evaluations”
# (arXiv 2212.09251). “paper” marks what is taken from it. “not in the paper” marks what it does
# not give: that wording and those figures are ours, and yours to change.
name: ${given['name']}
preset: ${preset}
behaviour:
  name: ${given['behaviour']}
  short: ${given['short']}
family: ${family}
purpose: ${given['purpose']}
responsible: ${given['responsible']}
seed: ${given['seed']}
budget: ${given['budget']}
`;

/** The switches that the paper does not have, all off. */
export const switchesOff = `    # not in the paper: switches of ours, each off where it is null or empty.
    switches:
      likelihood: null
      mass: null
      findings: []
      nearDuplicates: null
      quota: null
`;
