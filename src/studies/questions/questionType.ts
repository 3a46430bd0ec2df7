import { z } from 'zod';
import type { Control } from './controls.js';
import type { Criterion } from './datasheet.js';
import type { EditorField } from './editorFields.js';

/** What an answer to a further question is stored as. */
export const Answer = z.union([z.boolean(), z.number(), z.string(), z.array(z.string())]);
export type Answer = z.output<typeof Answer>;

/** The answers of a judgment to the further questions of its form, by their ids. */
export const OtherAnswers = z.record(z.string(), Answer);

/** What a rater answered, mapped back from the screen. */
export interface Answers {
  /** Index of the chosen original choice; null where the form asks for no label. */
  readonly labelChoice: number | null;
  readonly ambiguous: boolean | null;
  /** 1 to 5; null where the form does not ask. */
  readonly relevance: number | null;
  /** Every other question, by its id. */
  readonly others: Readonly<Record<string, Answer>>;
}

/** The three questions of the field, whose answers have columns of their own in a judgment. */
export type OwnName = 'label' | 'ambiguous' | 'relevance';

/** An answer with a column of its own. Such a question may be asked once; its id is its type. */
export interface OwnColumn<A> {
  readonly kind: 'own';
  readonly name: OwnName;
  get(answers: Answers): A | null;
  put(answers: Answers, answer: A): Answers;
}

/** The categories of a question, for counts and agreement. */
export interface Categories<A> {
  /** In their order. */
  readonly words: readonly string[];
  /** True where an answer may name several, so that each is chosen or not by itself. */
  readonly several: boolean;
  /** The categories are the whole numbers between two points, and have a mean. */
  readonly points: { readonly from: number; readonly to: number } | null;
  /** Index of “yes”, where examples with a majority of it are counted. */
  readonly yes: number | null;
  /** Indexes of the categories that an answer names; none where it is not among them any more. */
  of(answer: A): readonly number[];
}

/** One column of the table of judgments. */
export interface AnswerColumn<A> {
  readonly type: 'text' | 'integer' | 'boolean';
  readonly sentence: string;
  value(answer: A): string | number | boolean;
}

/** An answer that is stored under the question's id, and what reports and files make of it. */
export interface Further<Q, A> {
  readonly kind: 'further';
  readonly answer: z.ZodType<A>;
  /** Null where answers are not counted. */
  categories(question: Q): Categories<A> | null;
  column(question: Q): AnswerColumn<A>;
  /** The question with what an older version of it allowed besides. */
  withOlder(question: Q, older: Q): Q;
}

/** The points between which a scale runs, and the words at them. */
export interface ScaleEnds {
  readonly from: number;
  readonly lowest: string;
  readonly to: number;
  readonly highest: string;
}

/** What every question has. */
export interface Asked {
  readonly id: string;
  readonly type: string;
  readonly wording: string;
  readonly hint: string;
}

/**
 * A type of question: everything that the product knows of it. `types.ts` lists them; a further
 * one is a record in a file of its own and a line there.
 */
export interface QuestionType<Q extends Asked, A extends Answer> {
  /** What it asks, in the words of the editor and of the documentation. */
  readonly sentence: string;
  readonly schema: z.ZodObject<{ type: z.ZodLiteral<Q['type']> } & z.ZodRawShape>;
  /** A new question in the editor, and the fields that questions of other types lack. */
  readonly editor: {
    readonly wording: string;
    readonly required: boolean;
    readonly fields: {
      readonly [K in Exclude<keyof Q, keyof Asked | 'required'>]: EditorField<Q[K]>;
    };
  };
  readonly control: Control<Q, A>;
  readonly answers: OwnColumn<A> | Further<Q, A>;
  /** Whether a form cannot be sent while it is open. */
  mustAnswer(question: Q): boolean;
  /** For methods texts; null where it is no scale. */
  ends(question: Q): ScaleEnds | null;
  /** How the Human Evaluation Datasheet describes it. */
  criterion(question: Q): Criterion;
}

export const identifier = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,39}$/,
    'must be lower-case letters, digits and underscores, beginning with a letter',
  );
export const wording = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(500, 'is longer than 500 characters');
export const hint = z.string().trim().max(500, 'is longer than 500 characters').default('');
/** The words at an end of a scale. */
export const endOfScale = z.string().max(60, 'must have at most 60 characters');
