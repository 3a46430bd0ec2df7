import { z } from 'zod';
import { Figure } from '#figure.js';

/** What a prompt is compared by. */
export const measures = ['upheld', 'relevance'] as const;
export type MeasureName = (typeof measures)[number];

const PromptTexts = z.strictObject({
  /** Share of texts that repeat another one, exactly or nearly. */
  repeated: Figure,
  /** Distinct runs of two words. */
  distinct2: Figure,
  /** How much each text is like the others: 1 where all are the same. */
  selfBleu: Figure,
  /** How many different texts they are worth (Vendi score). */
  vendi: Figure,
});

const PromptFound = z.strictObject({
  /** Its number in its stage, from 0. */
  prompt: z.int(),
  text: z.string(),
  written: z.int().describe('Candidates that this prompt wrote, unreadable answers included.'),
  wellFormed: z.int().describe('Of these, what was read from the answer.'),
  kept: z.int().describe('Published examples that descend from it.'),
  judged: z.int().describe('Of these, examples with a judgment that counts.'),
  judgments: z.int(),
  upheld: Figure.describe('Label upheld, share by vote; interval over examples and raters.'),
  byMajority: Figure.describe('Label upheld by majority, over examples with all judgments.'),
  relevance: Figure.nullable().describe('Mean from 1 to 5; null where nobody was asked.'),
  texts: PromptTexts.nullable().describe('At equal numbers of texts; null: see `textsBecause`.'),
});
export type PromptFound = z.output<typeof PromptFound>;

const Difference = z.strictObject({
  measure: z.enum(measures),
  /** Numbers of the prompts; the difference is the first minus the second. */
  first: z.int(),
  second: z.int(),
  difference: Figure,
  p: z.number().nullable().describe('Two-sided, that there is no difference.'),
  adjusted: z.number().nullable().describe('Holm, over all differences of the round.'),
  shown: z.enum(['first-worse', 'first-better']).nullable(),
});
export type Difference = z.output<typeof Difference>;

const LeftOut = z.strictObject({
  prompt: z.int(),
  /** Why, in a sentence. */
  why: z.string(),
});
export type LeftOut = z.output<typeof LeftOut>;

export const StageFound = z.strictObject({
  /** From 0, as in the pipeline. */
  position: z.int(),
  /** What its prompts show of hand-written examples; null where they show none. */
  shown: z.strictObject({ dataset: z.string(), count: z.int() }).nullable(),
  prompts: z.array(PromptFound),
  differences: z.array(Difference),
  /** Prompts that were shown to be worse. */
  leftOut: z.array(LeftOut),
  /** Texts and words at which copies and diversity were taken. */
  sizes: z.strictObject({ texts: z.int(), words: z.int() }).nullable(),
  textsBecause: z.string().nullable(),
});
export type StageFound = z.output<typeof StageFound>;

const Change = z.strictObject({
  /** Where in the pipeline, such as `stages[0].samples`. */
  field: z.string(),
  /** What changed, and why, in sentences. */
  what: z.string(),
  why: z.string(),
});
export type Change = z.output<typeof Change>;

export const Proposal = z.strictObject({
  /** The next round as a pipeline file. Where nothing is changed, the pipeline as it was. */
  file: z.string(),
  changes: z.array(Change),
  /** What was found beside the changes, in sentences. */
  notes: z.array(z.string()),
});
export type Proposal = z.output<typeof Proposal>;

/** What a study says of the prompts of a generation, and the next round that follows from it. */
export const Round = z.strictObject({
  generation: z.strictObject({ id: z.string(), name: z.string() }),
  study: z.strictObject({ id: z.string(), title: z.string(), state: z.string() }),
  dataset: z.strictObject({ id: z.string(), name: z.string(), version: z.int() }),
  /** Judgments can still come, so that all of it may change. */
  interim: z.boolean(),
  /** Simulated raters are among those whose judgments count. */
  simulated: z.boolean(),
  /** Why the labels that raters chose are no ground for a comparison; null where they are. */
  labelsBecause: z.string().nullable(),
  /** How many differences the p-values are adjusted for. */
  tests: z.int(),
  stages: z.array(StageFound),
  proposal: Proposal,
});
export type Round = z.output<typeof Round>;
