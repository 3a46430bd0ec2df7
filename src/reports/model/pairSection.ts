import type { ItemFacts, JudgmentFacts, StudyData } from '../input/data.js';
import { differencesByLabel } from './comparison/byLabel.js';
import { checksOf, majorityDifference } from './comparison/checks.js';
import { type AskedArm, completenessOf } from './comparison/completeness.js';
import { differencesOf } from './comparison/differences.js';
import { type Measure, measuresOf } from './comparison/measures.js';
import { agreementDifferences } from './comparison/raterAgreement.js';
import { agreementSentence, correctionSentence, pairAnswer } from './comparison/sentences.js';
import { leaningsOf } from './comparison/leanings.js';
import { sensitivitiesOf, type WithExcluded } from './comparison/sensitivity.js';
import { gateOf, obstaclesOf, sharedRaters } from './gate.js';
import { labelSection } from './labels.js';
import { judgmentsCome, provisionalPairs } from './provisional.js';
import type { GateCheck, PairSection } from './schema/report.js';
import type { Completeness } from './schema/comparison.js';
import { measuredPair, pairTexts } from './texts.js';
import { type Arm, armOf, partsOf } from './votes.js';

const leftOutFor = new Set([
  'in-both-sets',
  'few-shot-copy',
  'duplicate',
  'duplicate-opposite-label',
]);
const comparable = (item: ItemFacts): boolean =>
  !item.findings.some((finding) => leftOutFor.has(finding));

type Compared = Pick<
  PairSection,
  | 'answer'
  | 'differences'
  | 'checks'
  | 'byLabel'
  | 'raterAgreement'
  | 'sensitivity'
  | 'leanings'
  | 'completeness'
  | 'agreement'
  | 'correction'
  | 'verdict'
>;

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
  const judgments = arms.generated.judgments.length + arms.human.judgments.length - counted;
  return judgments === 0 ? null : { judgments, measures: measuresFor(data, arms) };
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
  const { rule } = data.study;
  const measures = measuresFor(data, { generated, human });
  const counted = generated.judgments.length + human.judgments.length;
  const byMajority = majorityDifference(labelSection(generated), labelSection(human));
  const differences = differencesOf(measures, byMajority);
  const checks = checksOf(measures, differences, byMajority, options);
  const answer = pairAnswer(differences, rule.postHoc);
  return {
    answer,
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
    correction: correctionSentence(differences),
    verdict: [answer.sentence, ...differences.map(({ sentence }) => sentence)],
  };
}

function notCompared(obstacles: readonly GateCheck[]): Compared {
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

/** One comparison: the gate first; where it is closed, no difference is computed. */
export function pairSection(data: StudyData, pair: PairOfSets, options: PairOptions): PairSection {
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
  const obstacles = obstaclesOf(gate);
  const open = obstacles.length === 0;
  const [one, other] = [data.datasets[pair.generated], data.datasets[pair.human]];
  return {
    behaviour: one?.behaviour.name ?? '',
    generated: one?.publicId ?? '',
    human: other?.publicId ?? '',
    gate,
    comparable: open,
    sharedRaters: sharedRaters(generated, human).size,
    leftOut,
    postHoc: data.study.rule.postHoc,
    ...(open
      ? compared(data, pair, arms, {
          ...options,
          seed: `${data.study.seed} ${one?.publicId ?? ''} ${other?.publicId ?? ''}`,
        })
      : notCompared(obstacles)),
    provisional: provisionalPairs(data, [pair]),
    texts: pairTexts(data, pair),
  };
}
