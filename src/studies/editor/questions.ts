import { formPresets } from '../form.js';
import { editorFieldsOf, isQuestionType, ownColumnOf, recordOf } from '../questions/types.js';
import { type Entered, type EnteredQuestion, enteredQuestion } from './entered.js';

/**
 * What a button of the editor asks for: saving, looking at the texts, or a change of the list of
 * questions.
 */
export type Intent =
  | { readonly kind: 'save' | 'preview' | 'preset' | 'add' }
  | { readonly kind: 'up' | 'down' | 'remove'; readonly index: number };

/** Reads the value of the pressed button; anything unknown saves. */
export function intentOf(value: unknown): Intent {
  if (typeof value !== 'string') return { kind: 'save' };
  const [kind = '', index = ''] = value.split(':');
  if (kind === 'preview' || kind === 'preset' || kind === 'add') return { kind };
  if ((kind === 'up' || kind === 'down' || kind === 'remove') && /^\d{1,2}$/.test(index))
    return { kind, index: Number(index) };
  return { kind: 'save' };
}

function freeId(questions: readonly EnteredQuestion[]): string {
  for (let number = questions.length + 1; ; number += 1) {
    const id = `question_${number}`;
    if (!questions.some((question) => question.id === id)) return id;
  }
}

function newQuestion(
  type: string,
  questions: readonly EnteredQuestion[],
): EnteredQuestion | undefined {
  if (!isQuestionType(type) || questions.length >= 20) return undefined;
  const own = ownColumnOf(type) !== null;
  if (own && questions.some((question) => question.type === type)) return undefined;
  const { wording, required } = recordOf(type).editor;
  return {
    type,
    id: own ? type : freeId(questions),
    wording,
    hint: '',
    required,
    fields: Object.fromEntries(
      Object.entries(editorFieldsOf(type)).map(([name, field]) => [name, field.fresh]),
    ),
  };
}

function swapped(
  questions: readonly EnteredQuestion[],
  first: number,
  second: number,
): readonly EnteredQuestion[] {
  const [left, right] = [questions[first], questions[second]];
  if (left === undefined || right === undefined) return questions;
  return questions.with(first, right).with(second, left);
}

/**
 * The list of questions after a button was pressed, and the index of the one that changed (for the
 * focus); -1 where none did.
 */
export function changeQuestions(
  entered: Entered,
  intent: Intent,
  chosen: { preset: unknown; type: unknown },
): { questions: readonly EnteredQuestion[]; changed: number } {
  const { questions } = entered;
  switch (intent.kind) {
    case 'up':
      return {
        questions: swapped(questions, intent.index, intent.index - 1),
        changed: Math.max(0, intent.index - 1),
      };
    case 'down':
      return {
        questions: swapped(questions, intent.index, intent.index + 1),
        changed: Math.min(questions.length - 1, intent.index + 1),
      };
    case 'remove':
      return {
        questions: questions.filter((_, index) => index !== intent.index),
        changed: Math.min(intent.index, questions.length - 2),
      };
    case 'add': {
      const added = newQuestion(typeof chosen.type === 'string' ? chosen.type : '', questions);
      return added === undefined
        ? { questions, changed: -1 }
        : { questions: [...questions, added], changed: questions.length };
    }
    case 'preset': {
      const preset =
        typeof chosen.preset === 'string' && Object.hasOwn(formPresets, chosen.preset)
          ? formPresets[chosen.preset]
          : undefined;
      return preset === undefined
        ? { questions, changed: -1 }
        : { questions: preset.form.questions.map(enteredQuestion), changed: 0 };
    }
    case 'save':
    case 'preview':
      return { questions, changed: -1 };
  }
}
