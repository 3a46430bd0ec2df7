import {
  type Discrimination,
  type ItemMeasure,
  probableGuidelineFaults,
} from '#statistics/consensus/items.js';
import { proportion } from '#statistics/proportions.js';
import { mean } from '#statistics/summary.js';
import { count, fixed, percent, plural } from '#web/format.js';
import { figure } from '#figure.js';
import { type LabelAnalysis, cautionsOf } from './labelAnalysis.js';
import { highestFirst, keyOf, listedItem } from './listedItem.js';
import { Missing, missing } from './schema/missing.js';
import type { Arm } from './votes.js';
import type { MeasuredItems } from './schema/measuredItems.js';

const mostListed = { faults: 10, doubted: 10, suspects: 20, next: 10, hardest: 10 } as const;
/**
 * From this probability on a label is called probably wrong; less probable ones are listed down to
 * `worthALook`.
 */
const probablyWrong = 0.5;
const worthALook = 0.1;
/** p up to which the best raters count as disagreeing with the rest. */
const faultThreshold = 0.05;

const discriminationOf = (
  discrimination: Discrimination,
): { discrimination: number | null; withoutDiscrimination: string | null } =>
  discrimination.kind === 'estimate'
    ? { discrimination: discrimination.value, withoutDiscrimination: null }
    : { discrimination: null, withoutDiscrimination: discrimination.because };

const choiceOf = (index: number): number | null => (index === -1 ? null : index);

/** Raters of an item from which on those who agree most elsewhere can be set against the rest. */
const fewestForTest = 4;

/** Whether the design gives any item as many; where it does not, the methods say so once. */
export const testable = (arm: Pick<Arm, 'items'>): boolean =>
  arm.items.some(({ overlap }) => overlap >= fewestForTest);

/**
 * Items on which the best raters are not with the rest: tested where four raters or more judged an
 * item, else only listed. The sentence is empty where there is nothing to say.
 */
function faultsOf(arm: Arm, measures: readonly ItemMeasure[]): MeasuredItems['faults'] {
  const { faults, tested, expectedByChance } = probableGuidelineFaults(measures, faultThreshold);
  const doubted = (measure: ItemMeasure) => ({
    ...listedItem(arm, measure.item),
    mostFrequent: keyOf(arm, measure.item, choiceOf(measure.mostFrequent)),
    best: keyOf(arm, measure.item, choiceOf(measure.answerOfTheBest)),
  });
  const untested = measures.filter(
    ({ discrimination, mostFrequent, answerOfTheBest }) =>
      discrimination.kind === 'undefined' &&
      discrimination.reason === 'too-few-votes' &&
      mostFrequent !== -1 &&
      answerOfTheBest !== -1 &&
      mostFrequent !== answerOfTheBest,
  );
  const found = faults.flatMap(({ discrimination, ...measure }) =>
    discrimination.kind === 'estimate'
      ? [{ measure: { ...measure, discrimination }, p: discrimination.pLow }]
      : [],
  );
  const items = highestFirst(
    arm,
    found,
    ({ measure }) => measure.item,
    ({ p }) => -p,
  ).map(({ measure, p }) => ({
    ...doubted(measure),
    discrimination: measure.discrimination.value,
    p,
  }));
  const others = plural(untested.length, tested === 0 ? 'example' : 'more example');
  const best = 'the raters who agree most elsewhere';
  const prefer = `${best} prefer another answer than the most frequent`;
  const listed =
    untested.length === 0 ? [] : [`On ${others}, judged by too few for a test, ${prefer}.`];
  const disagreed = `${plural(tested, 'example')} on which raters disagree and a test was possible`;
  const byChance = `chance alone would give about ${fixed(expectedByChance, 1)}`;
  const seen =
    tested === 0
      ? testable(arm)
        ? ['No example on which raters disagree was judged so far by four raters, as a test needs.']
        : []
      : [`On ${count(items.length)} of ${disagreed}, ${best} are against the rest; ${byChance}.`];
  return {
    sentence: [...seen, ...listed].join(' '),
    tested,
    expectedByChance,
    items: items.slice(0, mostListed.faults),
    untested: untested.slice(0, mostListed.doubted).map(doubted),
  };
}

/** Labels by the probability that they are wrong, over all groups of choices. */
function suspectsOf(arm: Arm, analysis: LabelAnalysis): MeasuredItems['suspects'] {
  const { groups, withoutModel } = analysis;
  if (arm.items.every((item) => item.label === null)) return missing('the set carries no labels');
  if (groups.length === 0) return missing(withoutModel);
  const ranked = highestFirst(
    arm,
    groups.flatMap((group) => group.errors?.ranked ?? []),
    (suspect) => suspect.item,
    (suspect) => suspect.probability,
  );
  if (ranked.length === 0) return missing('no modelled example carries a label');
  const expectedWrong = ranked.reduce((sum, suspect) => sum + suspect.probability, 0);
  const wrong = ranked.filter((suspect) => suspect.probability >= probablyWrong).length;
  const labels = plural(ranked.length, 'judged label');
  const many =
    wrong === 0
      ? `None of ${labels} is`
      : `${count(wrong)} of ${labels} ${wrong === 1 ? 'is' : 'are'}`;
  const expected = `${fixed(expectedWrong, 1)} are expected to be wrong`;
  return {
    kind: 'suspects',
    sentence: `${many} more probably wrong than right; over all of them about ${expected}, the label itself counting as one more witness.${cautionsOf(analysis)}`,
    labelled: ranked.length,
    expectedWrong,
    probablyWrong: wrong,
    reliability: groups.find((group) => group.errors !== null)?.errors?.reliability ?? 0,
    items: ranked
      .filter((suspect) => suspect.probability >= worthALook)
      .slice(0, mostListed.suspects)
      .map((suspect) => ({
        ...listedItem(arm, suspect.item),
        suggestion: keyOf(arm, suspect.item, choiceOf(suspect.suggestion)),
        probability: suspect.probability,
        byRatersAlone: suspect.byRatersAlone,
      })),
  };
}

/** Where the next judgments tell most. */
function nextOf(arm: Arm, { items, groups, withoutModel }: LabelAnalysis): MeasuredItems['next'] {
  if (groups.length === 0)
    return { sentence: missing(withoutModel).because, doubt: null, information: null, items: [] };
  const known = items.flatMap((item, index) =>
    item.doubt === null || item.information === null
      ? []
      : [{ index, doubt: item.doubt, information: item.information }],
  );
  const [doubt, information] = [
    known.reduce((sum, item) => sum + item.doubt, 0),
    known.reduce((sum, item) => sum + item.information, 0),
  ];
  const listed = highestFirst(
    arm,
    known.filter((item) => item.information >= 0.01),
    (item) => item.index,
    (item) => item.information,
  ).slice(0, mostListed.next);
  return {
    sentence: `By the votes alone, without the labels, what is not yet known of ${plural(known.length, 'answer')} amounts to ${fixed(doubt, 1)} bits; one more judgment of every example would be expected to tell ${fixed(information, 1)} of them${
      listed.length === 0
        ? ''
        : `, ${fixed(
            listed.reduce((sum, item) => sum + item.information, 0),
            1,
          )} on the ${listed.length === 1 ? 'example' : `${count(listed.length)} examples`} listed here`
    }.`,
    doubt,
    information,
    items: listed.map(({ index, ...bits }) => ({ ...listedItem(arm, index), ...bits })),
  };
}

/** What the label votes say of single items. */
export function measuredItems(arm: Arm, analysis: LabelAnalysis): MeasuredItems | Missing {
  const { items } = analysis;
  const measures = analysis.measures.toSorted(
    (left, right) => (arm.items[left.item]?.line ?? 0) - (arm.items[right.item]?.line ?? 0),
  );
  const twice = measures.filter((measure) => measure.difficulty >= 0);
  const unanimous = figure(
    proportion(twice.filter((measure) => measure.difficulty === 0).length, twice.length),
  );
  const meanDifficulty = mean(twice.map((measure) => measure.difficulty));
  if (meanDifficulty === null || unanimous.value === null) return missing(analysis.withoutModel);
  const doubtful = highestFirst(
    arm,
    twice.filter((measure) => measure.difficulty > 0),
    (measure) => measure.item,
    (measure) => items[measure.item]?.doubt ?? 0,
  );
  const hardest = doubtful.toSorted((left, right) => right.difficulty - left.difficulty);
  return {
    kind: 'items',
    sentence: `Raters were of one mind on ${count(twice.length - hardest.length)} of ${plural(twice.length, 'example')} (${percent(unanimous.value)}); on average ${percent(meanDifficulty)} of the pairs of raters of an example disagree.`,
    twice: twice.length,
    unanimous,
    meanDifficulty,
    hardest: hardest.slice(0, mostListed.hardest).map((measure) => ({
      ...listedItem(arm, measure.item),
      difficulty: measure.difficulty,
      ...discriminationOf(measure.discrimination),
      entropy: items[measure.item]?.entropy ?? 0,
    })),
    faults: faultsOf(arm, measures),
    suspects: suspectsOf(arm, analysis),
    next: nextOf(arm, analysis),
  };
}
