import type { Form } from '#studies/form.js';
import type { Answers } from '#studies/questions/questionType.js';
import { typeOf } from '#studies/questions/types.js';
import type { FieldFault } from '#web/problem.js';

/** The values of one control, as a form sends them: none, one, or several of the same name. */
const valuesOf = (sent: unknown): string[] =>
  (Array.isArray(sent) ? sent : [sent]).filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );

/** What the controls of a form held when it was sent, by their names. */
export const enteredAnswers = (
  body: Readonly<Record<string, unknown>>,
): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => name.startsWith('answer_'))
      .map(([name, sent]) => [name, valuesOf(sent)]),
  );

/**
 * Reads a submitted form. A control's value is its position on the screen (0, 1, …) and `order`
 * maps it back, so that no page ever holds anything that tells which choice is which. Gives the
 * answers, or every fault by question.
 */
export function readAnswers(
  form: Form,
  order: readonly number[],
  body: Readonly<Record<string, unknown>>,
): { answers: Answers } | { faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  let answers: Answers = { labelChoice: null, ambiguous: null, relevance: null, others: {} };
  for (const question of form.questions) {
    const field = `answer_${question.id}`;
    const type = typeOf(question);
    const read = type.control.read(question, { order, choices: [] }, valuesOf(body[field]));
    if (read === null) {
      if (type.mustAnswer(question))
        faults.push({ field, message: 'This question is still open.' });
    } else if ('fault' in read) faults.push({ field, message: read.fault });
    else if (type.answers.kind === 'own') answers = type.answers.put(answers, read.answer);
    else answers = { ...answers, others: { ...answers.others, [question.id]: read.answer } };
  }
  return faults.length > 0 ? { faults } : { answers };
}

/** The other way round: what the controls of a form hold when earlier answers are shown again. */
export function controlValues(
  form: Form,
  order: readonly number[],
  answers: Answers,
): Record<string, readonly string[]> {
  const values: Record<string, readonly string[]> = {};
  for (const question of form.questions) {
    const type = typeOf(question);
    const answer =
      type.answers.kind === 'own' ? type.answers.get(answers) : answers.others[question.id];
    if (answer !== null && answer !== undefined)
      values[`answer_${question.id}`] = type.control.values(
        question,
        { order, choices: [] },
        answer,
      );
  }
  return values;
}
