import type { ItemFacts, StudyData } from '../input/data.js';
import { differencesByLabel } from './comparison/byLabel.js';
import { checksOf, majorityDifference } from './comparison/checks.js';
import { differencesOf } from './comparison/differences.js';
import { measuresOf } from './comparison/measures.js';
import { agreementDifferences } from './comparison/raterAgreement.js';
import { agreementSentence, correctionSentence, pairAnswer } from './comparison/sentences.js';
import { gateOf, sharedRaters } from './gate.js';
import { labelSection } from './labels.js';
import type { GateCheck, PairSection } from './schema/report.js';
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
  | 'agreement'
  | 'correction'
  | 'verdict'
>;

function compared(
  data: StudyData,
  generated: Arm,
  human: Arm,
  options: { seed: string; mixedModels: boolean },
): Compared {
  const { rule } = data.study;
  const measures = measuresOf(generated, human, {
    agreement: rule.agreementMargin,
    relevance: rule.relevanceMargin,
  });
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
    agreement: agreementSentence(differences, checks),
    correction: correctionSentence(differences),
    verdict: [answer.sentence, ...differences.map(({ sentence }) => sentence)],
  };
}

function notCompared(gate: readonly GateCheck[]): Compared {
  const failed = gate.filter((check) => !check.passed);
  const answer = {
    kind: 'not-compared',
    sentence: `The two sets are not compared, for what must hold beforehand does not: ${failed.map(({ name }) => name.toLowerCase()).join('; ')}.`,
  } as const;
  return {
    answer,
    differences: [],
    checks: [],
    byLabel: [],
    raterAgreement: [],
    agreement: '',
    correction: '',
    verdict: [answer.sentence, ...failed.map(({ sentence }) => sentence)],
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
): { generated: Arm; human: Arm } => ({
  generated: armOf(data, generated, comparable),
  human: armOf(data, human, comparable),
});

/** One comparison: the gate first; where it is closed, no difference is computed. */
export function pairSection(
  data: StudyData,
  pair: PairOfSets,
  options: { mixedModels: boolean },
): PairSection {
  const { generated, human } = comparedArms(data, pair);
  const out = (dataset: number): number =>
    (partsOf(data)[dataset]?.items ?? []).filter(({ item }) => !comparable(item)).length;
  const leftOut = { generated: out(pair.generated), human: out(pair.human) };
  const gate = gateOf(generated, human, leftOut, measuredPair(data, pair));
  const open = gate.every((check) => check.passed);
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
      ? compared(data, generated, human, {
          seed: `${data.study.seed} ${one?.publicId ?? ''} ${other?.publicId ?? ''}`,
          mixedModels: options.mixedModels,
        })
      : notCompared(gate)),
    texts: pairTexts(data, pair),
  };
}
