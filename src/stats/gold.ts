import { sameAnswer } from './answers.js';
import { missingAnswers, type MissingOptions } from './missing.js';
import type { GivenRating } from './readRatings.js';
import { refused } from './refused.js';

/**
 * The answer that is known to be right, by item name, in the spelling that all its spellings share.
 * It may stand in every row of an item or in some of them.
 * @throws Problem where two rows of an item disagree, where the answer is no category, or where no
 *   row holds one
 */
export function goldAnswers(
  given: readonly GivenRating[],
  options: MissingOptions,
): ReadonlyMap<string, string> {
  const isMissing = missingAnswers(options);
  const categories = options.categories && new Set(options.categories.map(sameAnswer));
  const known = new Map<string, { answer: string; line: number }>();
  for (const { line, item, gold } of given) {
    if (item === '' || isMissing(gold)) continue;
    const answer = sameAnswer(gold);
    if (categories?.has(answer) === false)
      throw refused(
        'unknown_category',
        `The right answer “${gold}” (line ${line}) is not named by --categories.`,
      );
    const before = known.get(item);
    if (before !== undefined && before.answer !== answer)
      throw refused(
        'two_gold_answers',
        `Item “${item}” has two right answers: “${before.answer}” (line ${before.line}) and “${gold}” (line ${line}).`,
      );
    if (before === undefined) known.set(item, { answer, line });
  }
  if (known.size === 0)
    throw refused('no_gold', 'The column of --gold holds no answer: every row is empty there.');
  return new Map([...known].map(([item, { answer }]) => [item, answer]));
}
