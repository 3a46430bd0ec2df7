import { mean } from '#statistics/summary.js';
import { itemMeans } from '#statistics/votes.js';
import { type Figure, figure } from '#figure.js';
import type { ItemFacts, JudgmentFacts, StudyData } from '../input/data.js';
import { correctionSentence, pairAnswer } from './comparison/answer.js';
import { differencesByLabel } from './comparison/byLabel.js';
import { checksOf, majorityDifference } from './comparison/checks.js';
import { type AskedArm, completenessOf } from './comparison/completeness.js';
import { agreementSentence } from './comparison/checkSentences.js';
import { differencesOf } from './comparison/differences.js';
import { atOnceOf, correctedOverPairs, familyOf, type Measured } from './comparison/findings.js';
import { type Measure, measuresOf } from './comparison/measures.js';
import { oppositeSentence } from './comparison/opposite.js';
import { agreementDifferences } from './comparison/raterAgreement.js';
import { differenceSentence } from './comparison/sentences.js';
import { leaningsOf } from './comparison/leanings.js';
import { sensitivitiesOf, type WithExcluded } from './comparison/sensitivity.js';
import { gateOf, obstaclesOf, sharedRaters } from './gate.js';
import { completeItems, labelSection } from './labels.js';
import { judgmentsCome, provisionalPairs } from './provisional.js';
import type { Completeness, Difference } from './schema/comparison.js';
import type { PairSection } from './schema/report.js';
import { measuredPair, pairTexts } from './texts.js';
import { type Arm, armOf, choseLabel, partsOf, votesOf } from './votes.js';

const leftOutFor = new Set([
  'in-both-sets',
  'few-shot-copy',
  'duplicate',
  'duplicate-opposite-label',
]);
const comparable = (item: ItemFacts): boolean =>
  !item.findings.some((finding) => leftOutFor.has(finding));

/** What is said of a pair, from its numbers and from how many pairs there are. */
type Said = Pick<PairSection, 'answer' | 'correction' | 'verdict'>;

/** The numbers of a compared pair, and what its sentences need beside them. */
interface Compared extends Pick<
  PairSection,
  | 'checks'
  | 'byLabel'
  | 'raterAgreement'
  | 'sensitivity'
  | 'leanings'
  | 'completeness'
  | 'agreement'
> {
  readonly differences: Measured[];
  /** Labels upheld by majority, generated minus human-written. */
  readonly byMajority: Figure;
  /** Why votes and majority point opposite ways; empty where they do not. */
  readonly opposite: string;
}

/** What holds of a pair whether or not it is compared. */
type Frame = Omit<PairSection, keyof Said | keyof Compared | 'differences'>;

/** A pair before it is said what it shows: findings are corrected for how many pairs there are. */
export interface PairFound {
  readonly frame: Frame;
  readonly compared: Compared | null;
}

/** The primary measures of two sets, with the margins of the study. */
const measuresFor = (
  { study: { rule } }: StudyData,
  { generated, human }: { readonly generated: Arm; readonly human: Arm },
): Measure[] =>
  measuresOf(generated, human, {
    agreement: rule.agreementMargin,
    relevance: rule.relevanceMargin,
  });

/** The same measures with the judgments of excluded raters; null where there are none. */
function withExcluded(data: StudyData, pair: PairOfSets, counted: number): WithExcluded | null {
  const arms = comparedArms(data, pair, ['counted', 'excluded']);
  const all = [...arms.generated.judgments, ...arms.human.judgments];
  const raters = new Set(
    all.flatMap(({ rater, standing }) => (standing === 'excluded' ? [rater] : [])),
  ).size;
  const judgments = all.length - counted;
  return judgments === 0 ? null : { judgments, raters, measures: measuresFor(data, arms) };
}

/** Label agreement by vote over the complete examples of both sets; null where one has none. */
function votesOverComplete(...arms: readonly [Arm, Arm]): number | null {
  const [generated, human] = arms.map((arm) => {
    const complete = new Set(completeItems(arm).flatMap((index) => arm.items[index] ?? []));
    return mean(
      itemMeans(
        votesOf(arm, (judgment, item) => (complete.has(item) ? choseLabel(judgment, item) : null)),
      ),
    );
  });
  return generated == null || human == null ? null : generated - human;
}

/** What was left unanswered in both sets; null where it was not kept. */
function completenessOfPair(
  data: StudyData,
  pair: PairOfSets,
  { generated, human }: { readonly generated: Arm; readonly human: Arm },
  seed: string,
): Completeness | null {
  if (data.unanswered === null) return null;
  const answered = comparedArms(data, pair, ['counted', 'surplus']);
  const asked = (side: keyof PairOfSets, arm: Arm): AskedArm => {
    const part = partsOf(data)[pair[side]];
    const indexOf = new Map(
      (part?.items ?? [])
        .filter(({ item }) => comparable(item))
        .map(({ index }, armItem) => [index, armItem]),
    );
    return {
      arm,
      unanswered: (part?.unanswered ?? []).flatMap((one) => {
        const item = indexOf.get(one.item);
        return item === undefined ? [] : [{ ...one, item }];
      }),
      answered: answered[side].judgments.map(({ armItem, rater }) => ({ item: armItem, rater })),
    };
  };
  return completenessOf(asked('generated', generated), asked('human', human), seed);
}

function compared(
  data: StudyData,
  pair: PairOfSets,
  { generated, human }: { readonly generated: Arm; readonly human: Arm },
  options: PairOptions & { readonly seed: string },
): Compared {
  const measures = measuresFor(data, { generated, human });
  const counted = generated.judgments.length + human.judgments.length;
  const upheld = majorityDifference(labelSection(generated), labelSection(human));
  const byMajority = figure(upheld);
  const differences = differencesOf(measures);
  const checks = checksOf(measures, differences, upheld, options);
  const labels = differences.find(({ measure }) => measure === 'label-votes');
  return {
    differences,
    checks,
    byLabel: differencesByLabel(generated, human),
    raterAgreement: agreementDifferences(generated, human),
    sensitivity: options.sensitivity
      ? sensitivitiesOf(measures, differences, withExcluded(data, pair, counted))
      : [],
    completeness: completenessOfPair(data, pair, { generated, human }, options.seed),
    leanings: leaningsOf(measures, sharedRaters(generated, human)),
    agreement: agreementSentence(differences, checks),
    byMajority,
    opposite:
      labels === undefined
        ? ''
        : oppositeSentence(labels, byMajority, votesOverComplete(generated, human)),
  };
}

function refused(frame: Frame): PairSection {
  const obstacles = obstaclesOf(frame.gate);
  const names = obstacles.map(({ name }) => name.toLowerCase()).join('; ');
  const answer: PairSection['answer'] = obstacles.some(({ state }) => state === 'failed')
    ? {
        kind: 'not-compared',
        sentence: `The two sets are not compared, for what must hold beforehand does not: ${names}.`,
      }
    : {
        kind: 'waits',
        sentence: `The two sets are not compared yet: more judgments are needed to say whether what must hold beforehand does (${names}).`,
      };
  return {
    ...frame,
    answer,
    differences: [],
    checks: [],
    byLabel: [],
    raterAgreement: [],
    sensitivity: [],
    leanings: [],
    completeness: null,
    agreement: '',
    correction: '',
    verdict: [answer.sentence, ...obstacles.map(({ sentence }) => sentence)],
  };
}

/** The datasets of a pair, as indexes in the study. */
export interface PairOfSets {
  readonly generated: number;
  readonly human: number;
}

/** What is compared of the two sets of a pair. */
export const comparedArms = (
  data: StudyData,
  { generated, human }: PairOfSets,
  standings?: readonly JudgmentFacts['standing'][],
): { generated: Arm; human: Arm } => ({
  generated: armOf(data, generated, comparable, standings),
  human: armOf(data, human, comparable, standings),
});

/** What costs much and is left out where many pairs are compared. */
export interface PairOptions {
  readonly mixedModels: boolean;
  /** The differences without each rater, and with excluded ones. */
  readonly sensitivity: boolean;
}

/** The numbers of one comparison: the gate first; where it is closed, no difference is computed. */
export function pairFound(data: StudyData, pair: PairOfSets, options: PairOptions): PairFound {
  const arms = comparedArms(data, pair);
  const { generated, human } = arms;
  const out = (dataset: number): number =>
    (partsOf(data)[dataset]?.items ?? []).filter(({ item }) => !comparable(item)).length;
  const leftOut = { generated: out(pair.generated), human: out(pair.human) };
  const gate = gateOf(generated, human, {
    leftOut,
    texts: measuredPair(data, pair),
    come: judgmentsCome(data),
  });
  const open = obstaclesOf(gate).length === 0;
  const [one, other] = [data.datasets[pair.generated], data.datasets[pair.human]];
  return {
    frame: {
      behaviour: one?.behaviour.name ?? '',
      generated: one?.publicId ?? '',
      human: other?.publicId ?? '',
      gate,
      comparable: open,
      sharedRaters: sharedRaters(generated, human).size,
      leftOut,
      postHoc: data.study.rule.postHoc,
      provisional: provisionalPairs(data, [pair]),
      texts: pairTexts(data, pair),
    },
    compared: open
      ? compared(data, pair, arms, {
          ...options,
          seed: `${data.study.seed} ${one?.publicId ?? ''} ${other?.publicId ?? ''}`,
        })
      : null,
  };
}

/** The pairs of a study with what each shows, corrected for how many measures and pairs there are. */
export function pairSections(found: readonly PairFound[]): PairSection[] {
  const measured = correctedOverPairs(found.map(({ compared }) => compared?.differences ?? []));
  const atOnce = atOnceOf(measured);
  return found.map(({ frame, compared }, index) => {
    if (compared === null) return refused(frame);
    const { byMajority, opposite, ...numbers } = compared;
    const differences = measured[index] ?? [];
    const family = familyOf(differences, measured);
    const answer = pairAnswer(differences, {
      postHoc: frame.postHoc,
      family,
      atOnce: atOnce[index] ?? { notWorse: true, equivalent: true },
    });
    const said = differences.map((difference): Difference => {
      const labels = difference.measure === 'label-votes';
      const sentence = differenceSentence(difference, labels ? byMajority : null);
      return { ...difference, sentence: `${sentence}${labels ? opposite : ''}` };
    });
    return {
      ...frame,
      ...numbers,
      answer,
      differences: said,
      correction: correctionSentence(differences, family),
      verdict: [answer.sentence, ...said.map(({ sentence }) => sentence)],
    };
  });
}
