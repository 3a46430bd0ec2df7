import { fewestDecided, type LabelPolarity } from '#statistics/consensus/labelPolarity.js';
import { count, percent, plural } from '#web/format.js';
import type { JudgmentFacts } from '../input/data.js';
import { gateCheck, type Tried } from './gateCheck.js';
import { isInterleaved } from './interleaving.js';
import { isOverruled, labelSection, polarityOf } from './labels.js';
import type { PairTexts } from '#texts/measures.js';
import type { GateCheck } from './schema/report.js';
import type { LabelSection } from './schema/labels.js';
import { type Overruled, polarityOfTexts } from './textPolarity.js';
import type { Arm, ArmJudgment } from './votes.js';
import { grouped } from '#statistics/groupedBy.js';

const fewestSharedRaters = 3;
const itemsOfEachSource = 5;
/**
 * A rater with so many items in all may have fewer of one source, as far as the draw of sources
 * lets them come apart.
 */
const itemsInAll = 10;
const mostApart = 3;
const shareBySharedRaters = 0.8;
/** How far apart the mix of form versions may be in the two sets, as a share. */
const mixTolerance = 0.1;

const perRater = (arm: Arm): Map<number, ArmJudgment[]> =>
  grouped(arm.judgments, (judgment) => judgment.rater);

/**
 * Raters who judged enough of both sources: five items or more of each, or ten in all of which no
 * more than three more are of one source. The second holds of every rater who had ten items from a
 * draw that keeps sources at most three apart, of whom two in three have four of one source and six
 * of the other.
 */
export function sharedRaters(generated: Arm, human: Arm): Set<number> {
  const other = perRater(human);
  const enough = (one: number, two: number): boolean =>
    Math.min(one, two) >= itemsOfEachSource ||
    (one + two >= itemsInAll && Math.abs(one - two) <= mostApart);
  return new Set(
    [...perRater(generated)]
      .filter(([rater, own]) => enough(own.length, other.get(rater)?.length ?? 0))
      .map(([rater]) => rater),
  );
}

/** Failed, or not to be said before more judgments are there, while these can come. */
const lacking = (come: boolean): Tried['state'] => (come ? 'waits-for-judgments' : 'failed');

const stateOf = (passed: boolean): Tried['state'] => (passed ? 'passed' : 'failed');

function sameWording(generated: Arm, human: Arm): Tried {
  const mixOf = (arm: Arm): Map<string, number> => {
    const groups = grouped(
      arm.judgments,
      (judgment: JudgmentFacts) => `${judgment.formVersion}/${judgment.guidelinesVersion}`,
    );
    return new Map(
      [...groups].map(([versions, judgments]) => [
        versions,
        judgments.length / arm.judgments.length,
      ]),
    );
  };
  const [one, other] = [mixOf(generated), mixOf(human)];
  const versions = new Set([...one.keys(), ...other.keys()]);
  const farthest = Math.max(
    0,
    ...[...versions].map((version) =>
      Math.abs((one.get(version) ?? 0) - (other.get(version) ?? 0)),
    ),
  );
  const passed = farthest <= mixTolerance;
  const sentence =
    versions.size <= 1
      ? 'Both sets were judged with one form and one set of guidelines.'
      : passed
        ? `Form or guidelines changed while the study ran (${versions.size} versions); both sets were judged under the same mix of them.`
        : 'Form or guidelines changed while the study ran, and the two sets were not judged under the same mix of versions.';
  return { name: 'Same form and guidelines', state: stateOf(passed), sentence };
}

function interleaved(
  generated: Arm,
  human: Arm,
  { shared, come }: { readonly shared: ReadonlySet<number>; readonly come: boolean },
): Tried {
  const name = 'Interleaved and unmarked';
  if (shared.size === 0)
    return {
      name,
      state: lacking(come),
      sentence: 'No rater judged enough of both sets, so that nothing is interleaved.',
    };
  const [one, other] = [perRater(generated), perRater(human)];
  const walks = [...shared].map((rater) =>
    [
      ...(one.get(rater) ?? []).map(({ submittedAt }) => ({ submittedAt, generated: true })),
      ...(other.get(rater) ?? []).map(({ submittedAt }) => ({ submittedAt, generated: false })),
    ]
      .toSorted((left, right) => left.submittedAt - right.submittedAt)
      .map((judged) => judged.generated),
  );
  const passed = isInterleaved(walks);
  return {
    name,
    state: stateOf(passed),
    sentence: passed
      ? 'Raters met both kinds mixed, neither of them earlier than the other, and no page told them apart.'
      : 'Raters met one kind mostly before the other, so that practice and tiredness fall on one of them.',
  };
}

/** Whether enough raters judged both kinds, and gave most of the judgments of each. */
export function enoughShared(
  generated: Arm,
  human: Arm,
  { shared, come }: { readonly shared: ReadonlySet<number>; readonly come: boolean },
): Tried[] {
  const enough = (passed: boolean): Tried['state'] => (passed ? 'passed' : lacking(come));
  const shareOf = (arm: Arm): number =>
    arm.judgments.length === 0
      ? 0
      : arm.judgments.filter((judgment) => shared.has(judgment.rater)).length /
        arm.judgments.length;
  const least = Math.min(shareOf(generated), shareOf(human));
  return [
    {
      name: 'Shared raters',
      state: enough(shared.size >= fewestSharedRaters),
      sentence: `${plural(shared.size, 'rater')} judged enough of both kinds (${itemsOfEachSource} examples of each, or ${itemsInAll} in all and at most ${mostApart} more of one); ${fewestSharedRaters} are needed.`,
    },
    {
      name: 'Judgments by shared raters',
      state: enough(shared.size > 0 && least >= shareBySharedRaters),
      sentence: `In the set with the smaller share, shared raters gave ${percent(least, 0)} of the judgments; ${percent(shareBySharedRaters, 0)} are needed.`,
    },
  ];
}

/** Whether raters have overruled the labels of sets, or may still do so. */
export function polarity(arms: readonly { arm: Arm; words: string }[], come: boolean): Tried {
  const name = 'Labels not overruled';
  const tried = arms.flatMap(({ arm, words }) => {
    const label = labelSection(arm);
    return label === null ? [] : [{ words, label, found: polarityOf(label, arm) }];
  });
  const faults = tried.flatMap(({ words, label, found }) => {
    const sentence = polarityFault(words, label, { ...found, come });
    if (sentence === undefined) return [];
    const state = found.kind === 'reversed' || found.finished ? 'failed' : lacking(come);
    return [{ name, state, sentence }];
  });
  const [fault] = faults.toSorted(
    (one, other) => Number(other.state === 'failed') - Number(one.state === 'failed'),
  );
  if (fault !== undefined) return fault;
  const setsOf = (sets: typeof tried): string =>
    sets.map(({ words }) => words).join(' set and of the ');
  const decided = tried.filter(({ found }) => found.decided > 0);
  const undecided = tried.filter(({ found }) => found.decided === 0);
  const sentences = [
    ...(tried.length === 0 ? ['Not tried: there are no labels that raters could uphold.'] : []),
    ...(decided.length === 0
      ? []
      : [
          `The labels of the ${setsOf(decided)} set do not look reversed: of the labels on which raters had a majority, the upper 95 % limit of those upheld is not below one half.`,
        ]),
    ...(undecided.length === 0
      ? []
      : [
          `Raters had a majority on no label of the ${setsOf(undecided)} set, so that their votes speak neither for its labels nor against them.`,
        ]),
  ];
  return {
    name,
    state: tried.length === 0 ? 'not-possible' : 'passed',
    sentence: sentences.join(' '),
  };
}

/**
 * Why the labels of a set are no ground for a comparison, in a sentence; undefined where they do
 * not look reversed.
 */
function polarityFault(
  words: string,
  label: LabelSection,
  { kind, finished, decided, upper, come }: LabelPolarity & { readonly come: boolean },
): string | undefined {
  if (kind === 'as-labelled') return undefined;
  const upheld = `they upheld ${count(label.upheldCount)}`;
  const labels = plural(decided, 'label');
  if (kind === 'reversed') {
    const most = `at most ${percent(upper)} with 95 % confidence`;
    return `The labels of the ${words} set look reversed: of ${labels} on which raters had a majority ${upheld}, ${most}.`;
  }
  if (!finished) {
    const needed = `${fewestDecided} are needed to see whether its labels are reversed`;
    return come
      ? `In the ${words} set raters have a majority on ${labels} so far; ${needed}.`
      : `In the ${words} set raters have a majority on ${labels}; ${needed}. The study is closed: re-open it for more judgments.`;
  }
  const found = `The ${words} set has all its judgments, and of the ${labels} on which raters had a majority ${upheld}`;
  const tooFew = `this speaks against its labels, but ${count(decided)} are too few to call them reversed`;
  return `${found}: ${tooFew}. Check its labels by reading examples.`;
}

/** Rows of the comparison in both sets: the import finds copies word for word, texts near ones. */
function copiesOut(out: number, texts: PairTexts | null): Tried {
  const found =
    out === 0
      ? 'No example of the comparison was found by the import to stand in both sets, repeat another, or copy a few-shot prompt, word for word.'
      : `${plural(out, 'example')} ${out === 1 ? 'stands' : 'stand'} in both sets, ${out === 1 ? 'repeats' : 'repeat'} another or ${out === 1 ? 'copies' : 'copy'} a few-shot prompt, and ${out === 1 ? 'is' : 'are'} left out of the comparison.`;
  const near =
    texts === null
      ? 'Near-copies show once the texts are measured; they are not left out.'
      : texts.shared.groups === 0
        ? 'By their texts, nothing stands in both sets nearly alike.'
        : `By the texts of the whole sets, ${plural(texts.shared.groups, 'text')} ${texts.shared.groups === 1 ? 'stands' : 'stand'} in both, exactly or nearly; near-copies are not left out.`;
  return {
    name: 'Shared, repeated and few-shot rows out',
    state: 'passed',
    sentence: `${found} ${near}`,
  };
}

/**
 * What must hold before two sets are compared; each check with what was found.
 * @param given.come whether judgments can still come, so that what lacks them waits
 */
export function gateOf(
  generated: Arm,
  human: Arm,
  given: {
    readonly leftOut: { readonly generated: number; readonly human: number };
    readonly texts: PairTexts | null;
    readonly come: boolean;
  },
): GateCheck[] {
  const { leftOut, texts, come } = given;
  const shared = sharedRaters(generated, human);
  return [
    sameWording(generated, human),
    interleaved(generated, human, { shared, come }),
    ...enoughShared(generated, human, { shared, come }),
    copiesOut(leftOut.generated + leftOut.human, texts),
    polarity(
      [
        { arm: generated, words: 'generated' },
        { arm: human, words: 'human-written' },
      ],
      come,
    ),
    polarityOfTexts(texts, overruledOf(generated, human)),
  ].map(gateCheck);
}

/** The sets of a pair whose labels raters have overruled. */
export const overruledOf = (generated: Arm, human: Arm): Overruled => [
  ...(isOverruled(generated) ? (['generated'] as const) : []),
  ...(isOverruled(human) ? (['human-written'] as const) : []),
];

/** The checks that keep two sets from being compared: those that failed, else those that wait. */
export function obstaclesOf(gate: readonly GateCheck[]): GateCheck[] {
  const failed = gate.filter(({ state }) => state === 'failed');
  return failed.length > 0 ? failed : gate.filter(({ state }) => state === 'waits-for-judgments');
}
