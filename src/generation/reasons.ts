/** Why a candidate is dropped: its name, and what people read. */
export interface Reason {
  readonly name: string;
  readonly sentence: string;
  /** Whether the text could have been an example: the others never enter a dropped dataset. */
  readonly wellFormed: boolean;
}

/** Every reason that a candidate is dropped for. `docs/admins/generation.md` lists the same. */
export const reasons = [
  { name: 'no-answer', sentence: 'The model gave no answer.', wellFormed: false },
  { name: 'not-asked', sentence: 'It could not be asked of the model.', wellFormed: false },
  { name: 'empty', sentence: 'There is no text in the answer.', wellFormed: false },
  { name: 'cut', sentence: 'The answer was cut at the most tokens.', wellFormed: false },
  { name: 'no-list', sentence: 'There is no list in the answer.', wellFormed: false },
  { name: 'no-block-quote', sentence: 'There is no block quote.', wellFormed: false },
  { name: 'lacks-text', sentence: 'A text that must stand in it is missing.', wellFormed: false },
  { name: 'few-lines', sentence: 'It has too few lines.', wellFormed: false },
  { name: 'lacks-field', sentence: 'A field is missing.', wellFormed: false },
  { name: 'over-context', sentence: 'Prompt and reply are over the context.', wellFormed: false },
  { name: 'control-token', sentence: 'It holds a control token of the model.', wellFormed: false },
  { name: 'spanning-token', sentence: 'A token spans prompt and reply.', wellFormed: false },
  { name: 'same-first-token', sentence: 'Two replies begin alike.', wellFormed: false },
  { name: 'no-example', sentence: 'Its fields make no example.', wellFormed: false },
  { name: 'rule', sentence: 'A string check failed.', wellFormed: true },
  { name: 'copy', sentence: 'It repeats an earlier candidate.', wellFormed: true },
  { name: 'shown-copy', sentence: 'It repeats an example of its prompt.', wellFormed: true },
  { name: 'personal-data', sentence: 'It may hold personal data.', wellFormed: false },
  { name: 'harm', sentence: 'It may be of use for doing harm.', wellFormed: false },
  { name: 'no-score', sentence: 'The discriminator gave no score.', wellFormed: false },
  { name: 'below-half', sentence: 'Its mean score is below one half.', wellFormed: true },
  { name: 'not-in-top', sentence: 'Others of its label scored higher.', wellFormed: true },
  { name: 'balance', sentence: 'The other label has fewer.', wellFormed: true },
  { name: 'unlikely', sentence: 'The text itself is too unlikely.', wellFormed: true },
  { name: 'low-mass', sentence: 'The model expected other replies.', wellFormed: true },
  { name: 'finding', sentence: 'It has a finding that excludes it.', wellFormed: true },
  { name: 'near-duplicate', sentence: 'A better one is much like it.', wellFormed: true },
  { name: 'quota', sentence: 'Its cluster of texts is full.', wellFormed: true },
  { name: 'rejected', sentence: 'A reviewer rejected it.', wellFormed: true },
] as const satisfies readonly Reason[];

export type ReasonName = (typeof reasons)[number]['name'];
export const reasonNames = reasons.map(({ name }) => name);

export const reasonOf = (name: string): Reason | undefined =>
  reasons.find((reason) => reason.name === name);
