import { percent, plural } from '#web/format.js';
import type { Guess, PairTexts } from '#texts/measures.js';
import { gateCheck, type Tried } from './gateCheck.js';
import type { StudyData } from '../input/data.js';
import type { GateCheck } from './schema/report.js';
import { shareInterval } from './words.js';

/** Name of the check among those before a comparison. */
export const textPolarity = 'Labels point the same way';

function tried({ accuracy, chance }: Guess, from: string, on: string): string {
  if (accuracy.value === null)
    return `trained on the ${from} set it can say nothing of the ${on} one (${accuracy.because ?? 'there is no number'})`;
  return `trained on the ${from} set it is right on ${percent(accuracy.value)} of ${plural(accuracy.n, `${on} example`)} (${shareInterval(accuracy)}; blind guessing ${percent(chance)})`;
}

/** The set whose labels point the other way than those of this one, by their texts; or null. */
export function opposedTo({ texts }: Pick<StudyData, 'texts'>, index: number): number | null {
  const pair = texts.pairs.find(
    ({ generated, human, measure }) =>
      (generated === index || human === index) && measure?.polarity.verdict === 'turned-round',
  );
  return pair === undefined ? null : pair.generated === index ? pair.human : pair.generated;
}

/** The sets of a pair whose labels raters have overruled. */
export type Overruled = readonly ('generated' | 'human-written')[];

/**
 * Whether a classifier of the label, trained on one set of a pair and tried on the other, finds the
 * labels to point the same way. It waits until the texts are measured, and says where it cannot be
 * made. Which set is at fault only raters can say.
 */
export const polarityOfTexts = (measure: PairTexts | null, overruled: Overruled = []): GateCheck =>
  gateCheck(triedByTexts(measure, overruled));

function triedByTexts(measure: PairTexts | null, overruled: Overruled): Tried {
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
  if (verdict === 'turned-round') {
    const [first] = overruled;
    const which =
      first === undefined || overruled.length > 1
        ? 'It cannot say which set is at fault: read ten examples of each.'
        : `Raters overruled most labels of the ${first} set: look there first.`;
    return {
      name: textPolarity,
      state: 'failed',
      sentence: `One of the two sets looks as if its labels were reversed. ${found} ${which}`,
    };
  }
  return {
    name: textPolarity,
    state: 'passed',
    sentence:
      verdict === 'aligned'
        ? found
        : `${found} Nothing follows from that about the way round of the labels.`,
  };
}
