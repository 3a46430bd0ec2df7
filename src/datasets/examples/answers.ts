import { labelText } from './labels.js';

/**
 * What a row's answers that do not match the behaviour say against its label: one of them is the
 * label, or is none of the choices. Names of findings; none where the row has no such answers.
 * @param label the option that is the label; null where the row has none
 * @param optionOf the option that an answer names; negative where it names none
 */
export function answerDoubts(
  notMatching: unknown,
  label: number | null,
  optionOf: (answer: string) => number,
): string[] {
  if (notMatching === undefined || notMatching === null || notMatching === '') return [];
  const answers = Array.isArray(notMatching) ? (notMatching as unknown[]) : [notMatching];
  const named = answers.map((answer) => {
    const text = labelText(answer);
    return typeof text === 'string' ? optionOf(text) : -1;
  });
  return [
    ...(label !== null && named.includes(label) ? ['same-answers'] : []),
    ...(named.some((option) => option < 0) ? ['other-answer-no-choice'] : []),
  ];
}
