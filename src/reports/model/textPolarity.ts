import { percent, plural } from '#web/format.js';
import type { Guess, PairTexts } from '#texts/measures.js';
import { gateCheck, type Tried } from './gateCheck.js';
import type { GateCheck } from './schema/report.js';
import { shareInterval } from './words.js';

/** Name of the check among those before a comparison. */
export const textPolarity = 'Labels point the same way';

function tried({ accuracy, chance }: Guess, from: string, on: string): string {
  if (accuracy.value === null)
    return `trained on the ${from} set it can say nothing of the ${on} one (${accuracy.because ?? 'there is no number'})`;
  return `trained on the ${from} set it is right on ${percent(accuracy.value)} of ${plural(accuracy.n, `${on} example`)} (${shareInterval(accuracy)}; blind guessing ${percent(chance)})`;
}

/**
 * Whether a classifier of the label, trained on one set of a pair and tried on the other, finds the
 * labels to point the same way. It waits until the texts are measured, and says where it cannot be
 * made.
 */
export const polarityOfTexts = (measure: PairTexts | null): GateCheck =>
  gateCheck(triedByTexts(measure));

function triedByTexts(measure: PairTexts | null): Tried {
  if (measure === null)
    return {
      name: textPolarity,
      state: 'waits-for-texts',
      sentence: 'Not checked by the texts yet: they are not measured.',
    };
  const { verdict, across } = measure.polarity;
  const { generatedOnHuman, humanOnGenerated } = across;
  if (generatedOnHuman.accuracy.value === null && humanOnGenerated.accuracy.value === null)
    return {
      name: textPolarity,
      state: 'not-possible',
      sentence: `Not checked by the texts: ${generatedOnHuman.accuracy.because ?? 'there is no number'}.`,
    };
  const found = `A classifier of the label was trained on one set and tried on the other: ${tried(generatedOnHuman, 'generated', 'human-written')}; ${tried(humanOnGenerated, 'human-written', 'generated')}.`;
  if (verdict === 'turned-round')
    return {
      name: textPolarity,
      state: 'failed',
      sentence: `One of the two sets looks as if its labels were reversed. ${found} It cannot say which set is at fault: read ten examples of each.`,
    };
  return {
    name: textPolarity,
    state: 'passed',
    sentence:
      verdict === 'aligned'
        ? found
        : `${found} Nothing follows from that about the way round of the labels.`,
  };
}
