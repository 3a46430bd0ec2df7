import { randomUUID } from 'node:crypto';
import type { Form, Question } from '#studies/form.js';
import type { FieldFault } from '#web/problem.js';

/**
 * One way to answer a question: the value that the form sends, what is read, and the digit that
 * chooses it.
 */
export interface OptionView {
  readonly value: string;
  readonly text: string;
  readonly digit: number;
  /** Words under a scale point; empty where the study gives none. */
  readonly words: string;
}

export interface QuestionView {
  readonly field: string;
  readonly type: Question['type'];
  readonly wording: string;
  readonly hint: string;
  readonly required: boolean;
  readonly options: readonly OptionView[];
  /**
   * What the control holds: an option's value, `yes` for a tick, or text; empty where nothing is
   * answered.
   */
  readonly value: string;
  readonly fault: string | null;
}

/**
 * Everything that the page of one item receives: the place to see that nothing slips in which a
 * rater must not know. No label, source, dataset, confidence or internal id; choices by their place
 * on the screen alone.
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

function optionsOf(
  question: Question,
  choices: readonly string[],
  order: readonly number[],
): OptionView[] {
  switch (question.type) {
    case 'label':
      return order.map((choice, place) => ({
        value: String(place),
        text: choices[choice] ?? '',
        digit: place + 1,
        words: '',
      }));
    case 'relevance':
      return [1, 2, 3, 4, 5].map((point) => ({
        value: String(point),
        text: String(point),
        digit: point,
        words: point === 1 ? question.lowest : point === 5 ? question.highest : '',
      }));
    case 'yes-no':
      return [
        { value: 'yes', text: 'Yes', digit: 1, words: '' },
        { value: 'no', text: 'No', digit: 2, words: '' },
      ];
    case 'choice':
      return question.options.map((option, place) => ({
        value: String(place),
        text: option,
        digit: place + 1,
        words: '',
      }));
    case 'scale':
      return Array.from(
        { length: question.to - question.from + 1 },
        (_, index) => question.from + index,
      ).map((point) => ({
        value: String(point),
        text: String(point),
        digit: point,
        words:
          point === question.from ? question.lowest : point === question.to ? question.highest : '',
      }));
    case 'ambiguous':
    case 'text':
      return [];
  }
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
  values: Readonly<Record<string, string>>;
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
    questions: options.form.questions.map((question) => {
      const field = `answer_${question.id}`;
      return {
        field,
        type: question.type,
        wording: question.wording,
        hint: question.hint,
        required:
          question.type === 'label' ||
          question.type === 'relevance' ||
          ('required' in question && question.required),
        options: optionsOf(question, options.choices, options.order),
        value: options.values[field] ?? '',
        fault: faults.find((fault) => fault.field === field)?.message ?? null,
      };
    }),
  };
}
