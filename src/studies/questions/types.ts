import { z } from 'zod';
import { ambiguous } from './ambiguous.js';
import { choice } from './choice.js';
import type { EditorField } from './editorFields.js';
import { label } from './label.js';
import type { Answer, Further, OwnColumn, QuestionType } from './questionType.js';
import { relevance } from './relevance.js';
import { scale } from './scale.js';
import { several } from './several.js';
import { text } from './text.js';
import { yesNo } from './yesNo.js';

/** The types of question that a form may hold, in the order in which the editor offers them. */
const list = [label, ambiguous, relevance, yesNo, choice, several, scale, text] as const;

type Schema = (typeof list)[number]['schema'];

export const Question = z.discriminatedUnion(
  'type',
  list.map(({ schema }) => schema) as unknown as [Schema, ...Schema[]],
);
export type Question = z.output<typeof Question>;
export type QuestionTypeName = Question['type'];

const nameOf = ({ schema }: { readonly schema: Schema }): QuestionTypeName =>
  schema.shape.type.value;

/** The names of all types. */
export const questionTypeNames: readonly QuestionTypeName[] = list.map(nameOf);

/** The type that the editor offers first. */
export const usualType: QuestionTypeName = nameOf(yesNo);

const records: ReadonlyMap<string, QuestionType<Question, Answer>> = new Map(
  list.map((record) => [nameOf(record), record]),
);

export const isQuestionType = (name: string): name is QuestionTypeName => records.has(name);

/** The record of a type. */
export function recordOf(name: QuestionTypeName): QuestionType<Question, Answer> {
  const record = records.get(name);
  if (record === undefined) throw new RangeError(`There is no type of question “${name}”.`);
  return record;
}

/** The record of a question's type. A record is given only questions of its own type. */
export const typeOf = (question: Question): QuestionType<Question, Answer> =>
  recordOf(question.type);

/** What reports and files make of a question; null where its answers have columns of their own. */
export function furtherOf(question: Question): Further<Question, Answer> | null {
  const { answers } = typeOf(question);
  return answers.kind === 'further' ? answers : null;
}

/** The names of the types whose answers are kept under a question's id. */
export const furtherTypeNames: readonly QuestionTypeName[] = list
  .filter(({ answers }) => answers.kind === 'further')
  .map(nameOf);

/** Where an answer to a question of this type is kept, if it has a column of its own. */
export function ownColumnOf(name: QuestionTypeName): OwnColumn<Answer> | null {
  const { answers } = recordOf(name);
  return answers.kind === 'own' ? answers : null;
}

/** The editor's fields that questions of this type have beside the common ones, by name. */
export const editorFieldsOf = (
  name: QuestionTypeName,
): Readonly<Record<string, EditorField<unknown>>> => recordOf(name).editor.fields;

/** True where a question can be answered with digits, and so be counted. */
export const isCounted = (question: Question): boolean => typeOf(question).control.digits;
