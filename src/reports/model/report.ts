import { count, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { datasetSection } from './datasetSection.js';
import { deviationsOf } from './deviations.js';
import { digestsOf } from './digest.js';
import { methodsNote } from './methods.js';
import { pairsOf } from '#studies/pairs.js';
import { pairSection } from './pairSection.js';
import { raterAgreement } from './raterAgreement.js';
import { raterSections } from './raters.js';
import type { DatasetSection, PairSection, ReportModel } from './schema/report.js';
import { suiteSection } from './suite.js';
import { textPolarity } from './textPolarity.js';
import { plainPercent } from './words.js';

function totalsOf(data: StudyData, datasets: readonly DatasetSection[]): ReportModel['totals'] {
  const standing = (name: string): number =>
    data.judgments.filter((judgment) => judgment.standing === name).length;
  const counted = data.judgments.filter((judgment) => judgment.standing === 'counted');
  return {
    items: data.items.length,
    complete: datasets.reduce((sum, dataset) => sum + dataset.complete, 0),
    wanted: data.items.reduce((sum, item) => sum + item.overlap, 0),
    counted: counted.length,
    surplus: standing('surplus'),
    excluded: standing('excluded'),
    blanked: standing('blanked'),
    raters: new Set(counted.map((judgment) => judgment.rater)).size,
    excludedRaters: data.raters.filter((rater) => rater.excluded).length,
    simulated: counted.filter((judgment) => data.raters[judgment.rater]?.origin === 'simulated')
      .length,
  };
}

/**
 * How many sets reach the threshold, fall short of it, or leave it open; `noun` is "dataset", or
 * "other dataset" where some are left out.
 */
function thresholdSentence(
  noun: string,
  all: number,
  reach: number,
  short: number,
  threshold: number,
): string {
  const bar = `the threshold of ${plainPercent(threshold)} labels upheld`;
  const every = (one: string, many: string): string =>
    all === 1
      ? `The ${noun} with labels ${one} ${bar}.`
      : `All ${plural(all, noun)} with labels ${many} ${bar}.`;
  if (reach === all) return every('reaches', 'reach');
  if (short === all) return every('falls short of', 'fall short of');
  const open = all - reach - short;
  const parts = [
    reach > 0 ? `${count(reach)} ${reach === 1 ? 'reaches' : 'reach'} ${bar}` : '',
    short > 0
      ? `${count(short)} ${short === 1 ? 'falls' : 'fall'} short of ${reach > 0 ? 'it' : bar}`
      : '',
    open > 0
      ? `for ${count(open)} it is open${reach + short === 0 ? ` whether ${open === 1 ? 'it reaches' : 'they reach'} ${bar}` : ''}`
      : '',
  ].filter((part) => part !== '');
  return `Of ${plural(all, noun)} with labels, ${new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(parts)}.`;
}

/** The sentences at the top: what the study shows, no more than its intervals allow. */
function verdictOf(
  datasets: readonly DatasetSection[],
  pairs: readonly PairSection[],
  threshold: number,
): string[] {
  if (datasets.every((dataset) => dataset.judgments.counted === 0))
    return ['Nothing has been judged yet.'];
  const [first] = datasets;
  if (datasets.length === 1 && first !== undefined) return first.verdict;
  const [pair] = pairs;
  if (pairs.length === 1 && pair !== undefined && datasets.length === 2)
    return [
      pair.answer.sentence,
      ...datasets.map(
        (dataset) =>
          `${dataset.source === 'generated' ? 'Generated' : 'Human-written'}: ${dataset.verdict.join(' ')}`,
      ),
    ];
  const opposed = pairs.filter((candidate) =>
    candidate.gate.some((check) => check.name === textPolarity && !check.passed),
  );
  const doubtful = new Set([
    ...datasets.filter((dataset) => dataset.turnedRound).map(({ id }) => id),
    ...opposed.flatMap(({ generated, human }) => [generated, human]),
  ]);
  const labelled = datasets.filter(
    (dataset) =>
      dataset.label !== null && dataset.label.upheld.lower !== null && !doubtful.has(dataset.id),
  );
  const sentences: string[] = [];
  for (const dataset of datasets.filter((candidate) => candidate.turnedRound))
    sentences.push(`The labels of ${dataset.title} look reversed.`);
  for (const pair of opposed)
    sentences.push(
      `${pair.behaviour}: by their texts, the labels of one of the two sets look reversed.`,
    );
  if (labelled.length > 0) {
    const reach = labelled.filter(
      (dataset) => (dataset.label?.upheld.lower ?? 0) >= threshold,
    ).length;
    const short = labelled.filter(
      (dataset) => (dataset.label?.upheld.upper ?? 1) < threshold,
    ).length;
    sentences.push(
      thresholdSentence(
        doubtful.size > 0 ? 'other dataset' : 'dataset',
        labelled.length,
        reach,
        short,
        threshold,
      ),
    );
  }
  const closed = pairs.filter((candidate) => !candidate.comparable).length;
  if (pairs.length > 0)
    sentences.push(
      closed === 0
        ? `${pairs.length === 1 ? 'The pair' : pairs.length === 2 ? 'Both pairs' : `All ${plural(pairs.length, 'pair')}`} could be compared.`
        : `${count(pairs.length - closed)} of ${plural(pairs.length, 'pair')} could be compared.`,
    );
  const compared = pairs.filter((known) => known.comparable);
  if (compared.length > mostPairsOneByOne) sentences.push(answersSentence(compared));
  else
    for (const candidate of compared)
      sentences.push(`${candidate.behaviour}: ${candidate.answer.sentence}`);
  return sentences;
}

/**
 * With more pairs than this the first sentences count answers instead of telling them one by one.
 */
const mostPairsOneByOne = 4;

/** How many comparisons came out how, no pair's answer being corrected for the others. */
function answersSentence(compared: readonly PairSection[]): string {
  const number = (...kinds: PairSection['answer']['kind'][]): number =>
    compared.filter((pair) => kinds.includes(pair.answer.kind)).length;
  const parts = [
    `better in ${count(number('better'))}`,
    `not worse by more than the margins in ${count(number('not-worse', 'equivalent'))}`,
    `worse in ${count(number('worse'))}`,
  ];
  return `Each pair by itself, the generated set is shown to be ${new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(parts)}; ${count(number('open'))} ${number('open') === 1 ? 'is' : 'are'} open.`;
}

/** Sections that were computed before, by what they rest on. */
export interface Sections {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
}

/**
 * With more pairs than this a report has no mixed models, unless they are asked for: fitting them
 * takes most of a second a pair.
 */
const mostPairsWithModels = 4;

/** How a report is computed. */
export interface ReportOptions {
  readonly fingerprint: string;
  readonly computedAt: number;
  readonly version: string;
  /** Those whose data did not change since last time are taken from here. */
  readonly sections?: Sections;
  /** Whether mixed models are fitted to every pair; by default where there are at most four. */
  readonly mixedModels?: boolean;
}

/**
 * Computes all numbers of a report. The same data, options and version give the same report;
 * nothing is read or written here.
 */
export function computeReport(data: StudyData, options: ReportOptions): ReportModel {
  const remembered = <T>(key: string, compute: () => T): T => {
    const known = options.sections?.get(key);
    if (known !== undefined) return known as T;
    const computed = compute();
    options.sections?.put(key, computed);
    return computed;
  };
  const digests = options.sections === undefined ? [] : digestsOf(data);
  const datasets = data.datasets.map((_, index) =>
    remembered(`dataset ${digests[index]}`, () => datasetSection(data, index)),
  );
  const paired = pairsOf(data.datasets);
  const mixedModels = options.mixedModels ?? paired.length <= mostPairsWithModels;
  const pairs = paired.map((pair) =>
    remembered(`pair ${digests[pair.generated]} ${digests[pair.human]} ${mixedModels}`, () =>
      pairSection(data, pair, { mixedModels }),
    ),
  );
  const totals = totalsOf(data, datasets);
  const counted = data.judgments.filter((judgment) => judgment.standing === 'counted');
  const { study } = data;
  return {
    format: 'assay-report-3',
    software: { name: 'Assay', version: options.version },
    fingerprint: options.fingerprint,
    computedAt: options.computedAt,
    study: {
      id: study.publicId,
      title: study.title,
      state: study.state,
      interim: study.state !== 'closed',
      openedAt: study.openedAt,
      closedAt: study.closedAt,
      firstJudgmentAt: study.firstJudgmentAt,
      lastJudgmentAt: counted.reduce<number | null>(
        (latest, judgment) => Math.max(latest ?? 0, judgment.submittedAt),
        null,
      ),
      seed: study.seed,
      settings: study.settings,
      rule: study.rule,
      registration:
        study.registration === null
          ? null
          : {
              id: study.registration.id,
              registeredAt: study.registration.registeredAt,
              sha256: study.registration.sha256,
              questions: study.registration.plan.questions,
              exclusionRules: study.registration.plan.exclusionRules,
              comparisons: study.registration.plan.comparisons,
            },
      deviations: deviationsOf(data),
      forms: data.forms.map(({ version, form }) => ({
        version,
        form,
        judgments: counted.filter((judgment) => judgment.formVersion === version).length,
      })),
      guidelinesVersions: data.guidelines.map(({ version }) => ({
        version,
        judgments: counted.filter((judgment) => judgment.guidelinesVersion === version).length,
      })),
    },
    totals,
    verdict: verdictOf(datasets, pairs, study.rule.threshold),
    suite: suiteSection(datasets, pairs, { threshold: study.rule.threshold, seed: study.seed }),
    pairs,
    datasets,
    raters: raterSections(data),
    raterAgreement: raterAgreement(data),
    methods: methodsNote(data, totals, datasets, pairs),
  };
}
