import { drift, rightness, selfAgreement, shareRight } from './accuracy.js';
import { inOrder, type Judged } from './judged.js';
import { logPaces, pace } from './pace.js';
import { type Signal, silent } from './signal.js';
import { chancesRight, skill } from './skill.js';
import { answersOf, firstChoicePreference, longestRun, shareOfOneAnswer } from './straightLines.js';

/** The signals, with the sentence that says what each computes. */
export const signalNames = {
  gold: 'share of gold items answered right',
  block: 'share of calibration items answered as a clear majority of the others did',
  known: 'gold and calibration items together',
  skill: 'how often the rater is right, from gold, calibration block and all shared items together',
  others: 'share of items answered as the majority of the other raters did',
  pace: 'time as a multiple of what others take on the same items (median)',
  labelRun: 'longest run of one label',
  labelShare: 'share of the most frequent label',
  relevanceRun: 'longest run of one level of relevance',
  relevanceShare: 'share of the most frequent level of relevance',
  firstChoice: 'share of judgments in which the choice shown first was taken',
  drift: 'share right in the second half of the work minus that in the first',
  self: 'share of repeated items that got the same label again',
} as const;
export type SignalName = keyof typeof signalNames;
export type RaterSignals = Readonly<Record<SignalName, Signal>>;

/**
 * All signals of every rater, in the order of rater indexes. Time grows with the judgments.
 * @throws RangeError where columns differ in length or an index is outside its count
 */
export function raterSignals(input: Judged): RaterSignals[] {
  const judged = inOrder(input);
  const right = rightness(judged);
  const chances = chancesRight(judged);
  const paces = logPaces(judged);
  const labels = answersOf(judged, judged.choices, judged.choiceCount);
  const levels =
    judged.relevance === undefined
      ? null
      : answersOf(judged, judged.relevance, judged.relevanceCount ?? 0);
  return Array.from({ length: judged.raterCount }, (_, rater) => ({
    gold: shareRight(judged, rater, right.gold),
    block: shareRight(judged, rater, right.block),
    known: shareRight(judged, rater, right.known),
    skill: skill(judged, rater, chances),
    others: shareRight(judged, rater, right.others),
    pace: pace(judged, rater, paces),
    labelRun: longestRun(judged, rater, labels),
    labelShare: shareOfOneAnswer(judged, rater, labels),
    relevanceRun: levels === null ? silent('no-relevance') : longestRun(judged, rater, levels),
    relevanceShare:
      levels === null ? silent('no-relevance') : shareOfOneAnswer(judged, rater, levels),
    firstChoice: firstChoicePreference(judged, rater),
    drift: drift(judged, rater, right),
    self: selfAgreement(judged, rater),
  }));
}
