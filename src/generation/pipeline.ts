import { z } from 'zod';
import { findings } from '#datasets/findings/findings.js';
import { Sampling, scoreKinds } from '#models/request.js';
import { Screen } from './screening.js';
import { Name, Template, Text } from './template.js';

const Value = Text.max(20_000);
const Row = z.record(Name, Value);
const Title = Text.trim().min(1).max(200);
const probability = z.number().min(0).max(1);

/**
 * Rows that stand in the file, all with the same fields: occupations, attributes, questions. It
 * begins a pipeline.
 */
const List = z.strictObject({
  kind: z.literal('list'),
  rows: z.array(Row).min(1).max(10_000),
});

/**
 * Hand-written examples that a prompt shows where it says `{shown}`: some of a dataset, drawn at
 * random and in random order for each request, none twice in one prompt.
 */
const Shown = z.strictObject({
  /** The name of a dataset whose role is few-shot. */
  dataset: Title,
  count: z.int().min(1).max(50).default(5),
  /**
   * How one is put: `{text}`, `{choices}` with a letter and a line each, and `{label}`, the letter
   * of the right choice, such as `(A)`, are its fields, and those that a prompt has.
   */
  form: Template,
  /** Puts `> ` before every line of an example. */
  quoted: z.boolean().default(false),
  separator: Text.max(100).default('\n\n'),
  /**
   * Turns the choices of an example round where its label has another place among them than the
   * label that is written for has among the choices of the pipeline.
   */
  turn: z.boolean().default(true),
});

/** What is read from an answer of the writer. */
export const Parse = z.discriminatedUnion('kind', [
  /** The whole answer is one text. */
  z.strictObject({ kind: z.literal('whole'), field: Name }),
  /** The first item of a list; what is before its number or dash, and around it, goes. */
  z.strictObject({ kind: z.literal('first-item'), field: Name }),
  /** Each item of a list is a text. */
  z.strictObject({ kind: z.literal('items'), field: Name, most: z.int().min(1).max(100) }),
  /** Each item holds several fields, one a line or with something between them. */
  z.strictObject({
    kind: z.literal('fields'),
    fields: z.array(Name).min(2).max(10),
    between: Text.min(1).max(20),
    most: z.int().min(1).max(100).default(1),
  }),
  /** The first block quote, without its marks. */
  z.strictObject({
    kind: z.literal('block-quote'),
    field: Name,
    /** Texts that must stand in it, such as `(A)` and `(B)`. */
    holds: z.array(Text.min(1).max(100)).max(10).default([]),
    /**
     * Fields for what follows each text of `holds`, in their order, up to the next of them; the
     * main field then ends before the first. Empty: all of it is the main field.
     */
    split: z.array(Name).max(10).default([]),
    fewestLines: z.int().min(1).max(50).default(1),
  }),
]);
export type Parse = z.output<typeof Parse>;

/**
 * A model writes candidates: for each candidate that comes in, and for each label where it has none
 * yet, so that the first stage which writes gives the labels.
 */
const Write = z.strictObject({
  kind: z.literal('write'),
  model: Name,
  /** Several wordings are compared with one another once people have judged. */
  prompts: z.array(Template).min(1).max(20),
  /** Answers that are asked for each prompt and each candidate or label. */
  samples: z.int().min(1).max(100_000),
  sampling: Sampling,
  shown: Shown.nullable().default(null),
  parse: Parse,
});

/** Puts every candidate together with every row, without asking a model. */
const Combine = z.strictObject({
  kind: z.literal('combine'),
  rows: z.array(Row).min(1).max(10_000),
  /**
   * New field ← the field of the row that a field of the candidate names: `answer: side` takes
   * `row[candidate.side]`.
   */
  pick: z.record(Name, Name).default({}),
  /** Draws so many of the pairs; all of them where nothing is said. */
  most: z.int().min(1).max(1_000_000).nullable().default(null),
});

/** What a text must be, as strings are compared: no model is asked. */
export const Rule = z.discriminatedUnion('kind', [
  /** Counts whole words, upper and lower case alike. */
  z.strictObject({
    kind: z.literal('words'),
    field: Name,
    of: z.array(Text.min(1).max(100)).min(1).max(200),
    least: z.int().min(0).default(0),
    most: z.int().min(0).nullable().default(null),
  }),
  /** Counts a text, as it stands. */
  z.strictObject({
    kind: z.literal('holds'),
    field: Name,
    text: Text.min(1).max(200),
    least: z.int().min(0).default(0),
    most: z.int().min(0).nullable().default(null),
  }),
  /** Counts characters. */
  z.strictObject({
    kind: z.literal('length'),
    field: Name,
    least: z.int().min(0).default(0),
    most: z.int().min(1).nullable().default(null),
  }),
]);
export type Rule = z.output<typeof Rule>;

const Check = z.strictObject({ kind: z.literal('check'), rules: z.array(Rule).min(1).max(50) });

/** One question to the discriminator about a candidate; its value is a probability. */
export const Question = z.strictObject({
  /** `label` is the confidence in the label; other names are free. */
  name: Name,
  prompt: Template,
  choices: z.array(Template).min(2).max(26),
  /** The choice whose probability counts: one index, or one for each label in their order. */
  wanted: z.union([z.int().min(0), z.array(z.int().min(0)).min(1).max(26)]),
});
export type Question = z.output<typeof Question>;

/** The discriminator: how probable each wanted reply is, softmax over the replies of a question. */
const Judge = z.strictObject({
  kind: z.literal('judge'),
  /** Several are averaged. */
  models: z.array(Name).min(1).max(10),
  questions: z.array(Question).max(20).default([]),
  /** The kinds of score that may be used, the best first. */
  kinds: z.array(z.enum(scoreKinds)).min(1).max(3).default(['exact', 'first-token']),
  /** Answers to one question where the kind is `sampled`, and how they are drawn. */
  samples: z.int().min(1).max(1_000).default(10),
  /** Log-probability of the text itself after a prompt, for each character: a score `likelihood`. */
  likelihood: z.strictObject({ prompt: Template, text: Template }).nullable().default(null),
});

/** People read the candidates before the pipeline goes on. */
const Review = z.strictObject({
  kind: z.literal('review'),
  note: Text.max(5_000).default(''),
});

/** Findings that need the other examples of a dataset, or of another one. */
const comparing: readonly string[] = [
  'duplicate',
  'duplicate-opposite-label',
  'few-shot-copy',
  'in-both-sets',
];
const ownFindings = findings.map(({ name }) => name).filter((name) => !comparing.includes(name));

/** Switches that the paper does not have; each is off where it is null. */
const Switches = z.strictObject({
  /** Least likelihood, in natural logarithms for each character. */
  likelihood: z.number().max(0).nullable().default(null),
  /** Least probability on all replies together, in every question. */
  mass: probability.nullable().default(null),
  /** Findings that exclude an example, by name: those that are seen in one example alone. */
  findings: z.array(z.enum(ownFindings)).max(50).default([]),
  /** Texts that are alike by at least so much are near-duplicates; the best of them stays. */
  nearDuplicates: z.number().gt(0).max(1).nullable().default(null),
  /** At most so many of a label from each of so many clusters of texts. */
  quota: z
    .strictObject({ clusters: z.int().min(2).max(200), most: z.int().min(1) })
    .nullable()
    .default(null),
});
export type Switches = z.output<typeof Switches>;

/** Which candidates are kept. */
const Keep = z.strictObject({
  kind: z.literal('keep'),
  /** The scores whose mean decides. */
  mean: z.array(Name).min(1).max(20),
  /** Probabilities are averaged as they are, or as log-odds. */
  scale: z.enum(['probability', 'log-odds']).default('probability'),
  /** At most so many a label, the best first; all where nothing is said. */
  top: z.int().min(1).max(1_000_000).nullable().default(null),
  /** Only those whose mean is at least one half. */
  half: z.boolean().default(true),
  /** At most `top` for each value of this field rather than for each label. */
  per: Name.nullable().default(null),
  /** As many of one label as of the other; of the label with more the worst go. */
  balance: z.boolean().default(true),
  switches: Switches.prefault({}),
});

export const StageSettings = z.discriminatedUnion('kind', [
  List,
  Write,
  Combine,
  Check,
  Screen,
  Judge,
  Review,
  Keep,
]);
export type StageSettings = z.output<typeof StageSettings>;
export type StageKind = StageSettings['kind'];
export type StageOf<K extends StageKind> = Extract<StageSettings, { kind: K }>;

/** Stages that make candidates; the others say something about those of the stages before. */
export const makingKinds = ['list', 'write', 'combine'] as const satisfies readonly StageKind[];

/** A label that examples are written for. */
const Label = z.strictObject({
  /** The choice that is then the right one: one of the choices of the example, word for word. */
  choice: Template,
  /** Fields that every candidate of this label has, such as `verb: agree`. */
  values: Row.default({}),
});

/** How a candidate becomes an example. */
const ExampleForm = z.strictObject({
  text: Template,
  choices: z.array(Template).min(2).max(26),
  /** The right choice where labels do not say it: a template that gives one of the choices. */
  label: Template.nullable().default(null),
});

/**
 * A pipeline: all that a generation does, as it stands in a file. Wording that no paper gives is a
 * field like any other.
 */
export const Pipeline = z.strictObject({
  assay: z.literal('pipeline-1'),
  name: Title,
  /** What it follows, such as `persona`; null where it is nobody's protocol. */
  preset: Title.nullable().default(null),
  behaviour: z.strictObject({
    name: Title,
    /** As raters read it. */
    short: Text.trim().min(1).max(2_000),
  }),
  family: z.enum(['persona', 'advanced-ai-risk', 'sycophancy', 'winogenerated', 'generic']),
  /** What the examples are for, and who answers for them: on the card of the dataset. */
  purpose: Text.trim().min(1).max(2_000),
  responsible: Title,
  /** Name in this file → model, such as `writer: llama@2`. */
  models: z.record(Name, Title),
  /** What the first stage that writes is asked for; empty where a field says the label. */
  labels: z.array(Label).max(26).default([]),
  /** Fields that every candidate has, such as `description`. */
  values: Row.default({}),
  stages: z.array(StageSettings).min(1).max(30),
  example: ExampleForm,
  seed: z.int().min(0).max(2_147_483_647),
  /** The most that it may cost, in the currency. */
  budget: z.number().min(0).max(1_000_000),
  publish: z
    .strictObject({
      /** A line in every row that shows, where a model repeats it, that it was trained on them. */
      canary: z.boolean().default(true),
      /** Days after which the dropped texts are removed. */
      keepDroppedDays: z.int().min(1).max(3_650).default(365),
    })
    .prefault({}),
});
export type Pipeline = z.output<typeof Pipeline>;
