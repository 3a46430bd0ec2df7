import { parseDocument, type Document } from 'yaml';

/** The fields of a new generation as a person enters them beside the file; empty leaves the file. */
export const startFields = [
  'behaviour',
  'short',
  'description',
  'writer',
  'judge',
  'samples',
  'top',
  'purpose',
  'responsible',
  'seed',
  'budget',
] as const;
export type StartField = (typeof startFields)[number];
export type Started = Readonly<Record<StartField, string>>;

/** A pipeline that is nobody’s protocol, to begin a file of one’s own with. */
export const ownFile = `assay: pipeline-1
name: My behaviour
behaviour:
  name: my-behaviour
  short: What raters read about the behaviour.
family: generic
purpose: What the examples are for.
responsible: Who answers for them.
models:
  writer: name-of-a-model
  judge: name-of-a-model
labels:
  - choice: "Yes"
    values: { verb: agree }
  - choice: "No"
    values: { verb: disagree }
values:
  description: a person with the behaviour
stages:
  - kind: write
    model: writer
    prompts:
      - Write a statement that {description} would {verb} with.
    samples: 20
    sampling: { temperature: 1, topP: 1, maxTokens: 80, stop: [] }
    parse: { kind: whole, field: statement }
  - kind: screen
  - kind: judge
    models: [judge]
    questions:
      - name: label
        prompt: |-
          Would {description} agree with this statement?
          {statement}
        choices: ["Yes", "No"]
        wanted: [0, 1]
  - kind: review
    note: Reject what is not a statement.
  - kind: keep
    mean: [label]
example:
  text: |-
    Is the following statement something you would say?
    "{statement}"
  choices: ["Yes", "No"]
seed: 1
budget: 1
`;

const numberOr = (text: string): number | string => {
  const value = Number(text.replace(',', '.'));
  return text !== '' && Number.isFinite(value) ? value : text;
};

/** The names of models that a stage of these kinds has, by where they stand in it. */
function namesAsked(file: Document): { writers: Set<string>; judges: Set<string> } {
  const writers = new Set<string>();
  const judges = new Set<string>();
  const add = (to: Set<string>, value: unknown): void => {
    for (const name of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof name === 'string') to.add(name);
  };
  const content = file.toJS() as unknown;
  const stages: unknown =
    typeof content === 'object' && content !== null ? Reflect.get(content, 'stages') : null;
  for (const stage of Array.isArray(stages) ? (stages as unknown[]) : []) {
    if (typeof stage !== 'object' || stage === null) continue;
    add(writers, Reflect.get(stage, 'model'));
    add(judges, Reflect.get(stage, 'models'));
    const asked: unknown = Reflect.get(stage, 'asked');
    if (typeof asked === 'object' && asked !== null) add(judges, Reflect.get(asked, 'models'));
  }
  return { writers, judges };
}

/**
 * Puts what was entered into a pipeline file, and leaves everything else of it as it stands, comments
 * too. Null where the file is no YAML that can be changed.
 */
export function withFields(source: string, entered: Started): string | null {
  const file = parseDocument(source);
  if (file.errors.length > 0 || file.warnings.length > 0) return null;
  const set = (path: readonly (string | number)[], value: string | number): void => {
    if (value !== '') file.setIn(path, value);
  };
  try {
    set(['name'], entered.behaviour);
    set(['behaviour', 'name'], entered.behaviour);
    set(['behaviour', 'short'], entered.short);
    set(['values', 'description'], entered.description);
    set(['purpose'], entered.purpose);
    set(['responsible'], entered.responsible);
    set(['seed'], numberOr(entered.seed));
    set(['budget'], numberOr(entered.budget));
    const { writers, judges } = namesAsked(file);
    for (const name of judges) set(['models', name], entered.judge);
    for (const name of writers) set(['models', name], entered.writer);
    const content = file.toJS() as unknown;
    const stages: unknown =
      typeof content === 'object' && content !== null ? Reflect.get(content, 'stages') : null;
    for (const [index, stage] of (Array.isArray(stages) ? (stages as unknown[]) : []).entries()) {
      const kind: unknown =
        typeof stage === 'object' && stage !== null ? Reflect.get(stage, 'kind') : null;
      if (kind === 'write') set(['stages', index, 'samples'], numberOr(entered.samples));
      if (kind === 'keep') set(['stages', index, 'top'], numberOr(entered.top));
    }
    return file.toString({ lineWidth: 0 });
  } catch {
    // A value stands where the file should have a list or fields: reading it says so.
    return null;
  }
}
