import type { ParsedChoice } from './choices.js';

/**
 * What a row's answers that do not match the behaviour say against its label: one of them is the
 * label, or is none of the choices. Names of findings; none where the row has no such answers.
 * @param indexOf where an answer stands among the choices; negative where it does not
 */
export function answerDoubts(
  row: { readonly notMatching?: unknown; readonly choices: readonly ParsedChoice[] },
  labelChoice: number | null,
  indexOf: (text: string, choices: readonly ParsedChoice[], countFrom: null) => number,
): string[] {
  const { notMatching, choices } = row;
  if (notMatching === undefined || notMatching === null || notMatching === '') return [];
  const places = (Array.isArray(notMatching) ? (notMatching as unknown[]) : [notMatching]).map(
    (answer) => (typeof answer === 'string' ? indexOf(answer.trim(), choices, null) : -1),
  );
  return [
    ...(labelChoice !== null && places.includes(labelChoice) ? ['same-answers'] : []),
    ...(places.some((place) => place < 0) ? ['other-answer-no-choice'] : []),
  ];
}
