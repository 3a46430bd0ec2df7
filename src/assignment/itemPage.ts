import { randomUUID } from 'node:crypto';
import type { Form } from '#studies/form.js';
import type { Control, Option, Shown } from '#studies/questions/controls.js';
import { type Question, typeOf } from '#studies/questions/types.js';
import type { FieldFault } from '#web/problem.js';

/** One way to answer a question, without what is stored for it. */
export type OptionView = Omit<Option<unknown>, 'answer'>;

export interface QuestionView {
  readonly field: string;
  /** Which kind of control it is, and how its options are laid out. */
  readonly kind: Control<unknown, unknown>['kind'];
  readonly look: Control<unknown, unknown>['look'];
  readonly wording: string;
  readonly hint: string;
  readonly required: boolean;
  readonly options: readonly OptionView[];
  /**
   * What the control holds: values of options, `yes` for a tick, or text; none where nothing is
   * answered.
   */
  readonly values: readonly string[];
  readonly fault: string | null;
}

/**
 * Everything that the page of one item receives, in one list that shows that nothing slips in which
 * a rater must not know. No label, source, dataset, confidence or internal id; choices by their
 * position on the screen alone.
 */
export interface ItemPage {
  /** The assignment's random public id. */
  readonly assignment: string;
  readonly key: string;
  /**
   * Versions of the questions and of the guidelines that the page was made with; the form sends
   * them back.
   */
  readonly versions: { readonly form: number; readonly guidelines: number };
  readonly behaviour: string;
  readonly text: string;
  readonly questions: readonly QuestionView[];
  readonly comment: string;
  /** `change` where an answer that was sent is open again. */
  readonly mode: 'rate' | 'change';
  /** Where the form is sent: `/rate`, or the preview of staff. */
  readonly base: string;
  /** Where whoever leaves an earlier answer as it is goes on. */
  readonly resume: string;
  readonly faults: readonly FieldFault[];
}

/** What the controls of an item hold, by their names. */
export type ItemValues = Readonly<Record<string, readonly string[]>>;

function questionView(
  question: Question,
  options: { shown: Shown; values: ItemValues; faults: readonly FieldFault[] },
): QuestionView {
  const field = `answer_${question.id}`;
  const type = typeOf(question);
  return {
    field,
    kind: type.control.kind,
    look: type.control.look,
    wording: question.wording,
    hint: question.hint,
    required: type.mustAnswer(question),
    options: type.control
      .options(question, options.shown)
      .map(({ value, text, digit, words, exclusive }) => ({
        value,
        text,
        digit,
        words,
        exclusive,
      })),
    values: options.values[field] ?? [],
    fault: options.faults.find((fault) => fault.field === field)?.message ?? null,
  };
}

/**
 * The page of one item, from the example's text and choices, the order stored for this rater, and
 * answers if there are any.
 */
export function itemPage(options: {
  assignment: string;
  behaviour: string;
  text: string;
  choices: readonly string[];
  order: readonly number[];
  form: Form;
  versions: ItemPage['versions'];
  values: ItemValues;
  comment?: string;
  mode: ItemPage['mode'];
  base: string;
  resume: string;
  faults?: readonly FieldFault[];
  key?: string;
}): ItemPage {
  const faults = options.faults ?? [];
  return {
    assignment: options.assignment,
    key: options.key ?? randomUUID(),
    versions: options.versions,
    behaviour: options.behaviour,
    text: options.text,
    comment: options.comment ?? '',
    mode: options.mode,
    base: options.base,
    resume: options.resume,
    faults,
    questions: options.form.questions.map((question) =>
      questionView(question, {
        shown: { choices: options.choices, order: options.order },
        values: options.values,
        faults,
      }),
    ),
  };
}
