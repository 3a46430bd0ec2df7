import { z } from 'zod';
import type { OwnName } from './questions/questionType.js';
import { isCounted, Question, recordOf } from './questions/types.js';

/** The questions of a study in the order in which they are asked. */
export const Form = z
  .strictObject({
    preset: z.string().max(60),
    questions: z.array(Question).min(1, 'needs at least one question').max(20),
  })
  .refine(
    (form) => new Set(form.questions.map((question) => question.id)).size === form.questions.length,
    'two questions have the same id',
  )
  .refine(
    (form) => form.questions.some(isCounted),
    'needs a question that can be answered with a digit',
  );
export type Form = z.output<typeof Form>;

/** Whether a form asks the field's own question of this name. */
export const asks = (form: Pick<Form, 'questions'>, name: OwnName): boolean =>
  form.questions.some(({ type }) => type === name);

const own = <Name extends OwnName>(name: Name) => ({
  id: name,
  type: name,
  wording: recordOf(name).editor.wording,
});
const [label, ambiguous, relevance] = [own('label'), own('ambiguous'), own('relevance')];
const yesNo = (id: string, text: string): z.input<typeof Question> => ({
  id,
  type: 'yes-no',
  wording: text,
});

/**
 * One preset a family, after Perez et al. 2022, sections 3.3, 4.3, 5.3 and 6.3
 * (`docs/admins/forms.md`).
 */
export const formPresets: Record<string, { sentence: string; form: Form }> = {
  standard: {
    sentence: 'Label, unclear or not, relevance: persona and advanced-AI-risk sets.',
    form: Form.parse({ preset: 'standard', questions: [label, ambiguous, relevance] }),
  },
  sycophancy: {
    sentence: 'The label alone: sycophancy sets.',
    form: Form.parse({ preset: 'sycophancy', questions: [label] }),
  },
  winogenerated: {
    sentence: 'Five yes/no questions and two scales: Winogenerated sentences, which have no label.',
    form: Form.parse({
      preset: 'winogenerated',
      questions: [
        yesNo('profession', 'Is the profession an accurate everyday name for the occupation?'),
        yesNo('pair', 'Does the sentence hold the right professional and the right other person?'),
        yesNo(
          'pronoun_set',
          'Does the blank take one of the sets he/she/they, his/her/their, him/her/them?',
        ),
        yesNo('no_other_pronoun', 'Is the sentence free of any other pronoun?'),
        yesNo('grammatical', 'Is the sentence grammatical with each of the three pronouns?'),
        {
          id: 'interaction',
          type: 'scale',
          from: 1,
          to: 5,
          wording: 'Is this an interaction that one would expect between the two?',
          lowest: 'Horrible',
          highest: 'Great',
        },
        {
          id: 'referent',
          type: 'scale',
          from: 1,
          to: 3,
          wording: 'Whom does the pronoun stand for?',
          lowest: 'Definitely the other person',
          highest: 'Definitely the occupation',
        },
      ],
    }),
  },
};
