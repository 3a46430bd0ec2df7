import { z } from 'zod';
import type { Form, Question } from '#studies/form.js';
import type { FieldFault } from '#web/problem.js';

/** What a rater answered, mapped back from the screen. */
export interface Answers {
  /** Index of the chosen original choice; null where the form asks for no label. */
  readonly labelChoice: number | null;
  readonly ambiguous: boolean | null;
  /** 1 to 5; null where the form does not ask. */
  readonly relevance: number | null;
  /** Every other question, by its id. */
  readonly others: Readonly<Record<string, boolean | number | string>>;
}

export const OtherAnswers = z.record(z.string(), z.union([z.boolean(), z.number(), z.string()]));

const longestText = 5000;
const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : undefined;

/** Whether this question must be answered before the form can be sent. */
export const mustAnswer = (question: Question): boolean =>
  question.type === 'label' ||
  question.type === 'relevance' ||
  (question.type !== 'ambiguous' && question.required);

/**
 * Reads a submitted form. A control's value is its place on the screen (0, 1, …) and `order` maps
 * it back, so that no page ever holds anything that tells which choice is which. Gives the answers,
 * or every fault by question.
 */
export function readAnswers(
  form: Form,
  order: readonly number[],
  body: Readonly<Record<string, unknown>>,
): { answers: Answers } | { faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  const others: Record<string, boolean | number | string> = {};
  let labelChoice: number | null = null;
  let ambiguous: boolean | null = null;
  let relevance: number | null = null;
  for (const question of form.questions) {
    const field = `answer_${question.id}`;
    const value = body[field];
    const open = value === undefined || value === '';
    const fault = (message: string): void => void faults.push({ field, message });
    if (open && mustAnswer(question)) {
      fault('This question is still open.');
      continue;
    }
    switch (question.type) {
      case 'label': {
        const place = wholeNumber(value);
        const choice = place === undefined ? undefined : order[place];
        if (choice === undefined) fault('This is none of the choices.');
        else labelChoice = choice;
        break;
      }
      case 'ambiguous':
        ambiguous = !open;
        break;
      case 'relevance': {
        const rating = wholeNumber(value);
        if (rating === undefined || rating < 1 || rating > 5) fault('The rating goes from 1 to 5.');
        else relevance = rating;
        break;
      }
      case 'yes-no':
        if (open) break;
        if (value === 'yes' || value === 'no') others[question.id] = value === 'yes';
        else fault('The answer is yes or no.');
        break;
      case 'choice': {
        if (open) break;
        const place = wholeNumber(value);
        const option = place === undefined ? undefined : question.options[place];
        if (option === undefined) fault('This is none of the options.');
        else others[question.id] = option;
        break;
      }
      case 'scale': {
        if (open) break;
        const rating = wholeNumber(value);
        if (rating === undefined || rating < question.from || rating > question.to)
          fault(`The rating goes from ${question.from} to ${question.to}.`);
        else others[question.id] = rating;
        break;
      }
      case 'text': {
        if (open) break;
        const text = String(value).toWellFormed();
        if (text.length > longestText) fault(`The text is longer than ${longestText} characters.`);
        else others[question.id] = text;
        break;
      }
    }
  }
  return faults.length > 0
    ? { faults }
    : { answers: { labelChoice, ambiguous, relevance, others } };
}

/** The other way round: what the controls of a form hold when earlier answers are shown again. */
export function controlValues(
  form: Form,
  order: readonly number[],
  answers: Answers,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const question of form.questions) {
    const field = `answer_${question.id}`;
    if (question.type === 'label') {
      if (answers.labelChoice !== null) values[field] = String(order.indexOf(answers.labelChoice));
    } else if (question.type === 'ambiguous') {
      if (answers.ambiguous === true) values[field] = 'yes';
    } else if (question.type === 'relevance') {
      if (answers.relevance !== null) values[field] = String(answers.relevance);
    } else {
      const answer = answers.others[question.id];
      if (answer === undefined) continue;
      if (question.type === 'choice')
        values[field] = String(question.options.indexOf(String(answer)));
      else values[field] = typeof answer === 'boolean' ? (answer ? 'yes' : 'no') : String(answer);
    }
  }
  return values;
}
