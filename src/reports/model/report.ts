import { count, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { withoutDropped } from '../input/validated.js';
import { askedSection } from './asked.js';
import { datasetSection } from './datasetSection.js';
import { droppedBeside } from './weightedConfidence.js';
import { deviationsOf } from './deviations.js';
import { digestOfHalf, digestsOf } from './digest.js';
import { methodsNote } from './methods.js';
import { pairsOf } from '#studies/pairs.js';
import { pairFound, pairSections } from './pairSection.js';
import { mostPairsOneByOne, pairsSentences } from './pairsTogether.js';
import { type Doubtful, doubtfulOf } from './reversedLabels.js';
import { raterAgreement } from './raterAgreement.js';
import { leaningsOfRaters } from './raterLeanings.js';
import { raterSections } from './raters.js';
import { pooledMeasures } from './pooledPairs.js';
import { provisionalPairs } from './provisional.js';
import type { DatasetSection, PairSection, ReportModel } from './schema/report.js';
import type { SuiteSection } from './schema/suite.js';
import { suiteSection } from './suite.js';
import { amongOthers, standingsOf, thresholdSentence } from './threshold.js';

/** Examples that a generation dropped, and their judgments; null where there are none. */
function droppedOf(whole: StudyData): ReportModel['totals']['dropped'] {
  const isDropped = ({ dataset }: { readonly dataset: number }): boolean =>
    whole.datasets[dataset]?.part === 'dropped';
  const items = whole.items.filter(isDropped).length;
  if (items === 0) return null;
  const own = whole.judgments.filter(({ item }) => isDropped(whole.items[item] ?? { dataset: -1 }));
  const counted = own.filter(({ standing }) => standing === 'counted');
  return {
    items,
    counted: counted.length,
    excluded: own.filter(({ standing }) => standing === 'excluded').length,
    simulated: counted.filter(({ rater }) => whole.raters[rater]?.origin === 'simulated').length,
  };
}

function totalsOf(
  data: StudyData,
  datasets: readonly DatasetSection[],
): Omit<ReportModel['totals'], 'dropped'> {
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

/** Two sets, one pair: its answer comes first, and nothing is counted. */
const isOnePair = (datasets: readonly unknown[], pairs: readonly unknown[]): boolean =>
  datasets.length === 2 && pairs.length === 1;

/** How many pairs could be compared; where something is still to come, so far. */
function comparedSentence(pairs: readonly PairSection[]): string {
  const all = pairs.length;
  const compared = pairs.filter(({ comparable }) => comparable).length;
  const waiting = pairs.filter(({ answer }) => answer.kind === 'waits').length;
  const soFar = pairs.some(({ provisional }) => provisional !== null) ? ' so far' : '';
  const wait = waiting === 1 ? '1 waits' : `${count(waiting)} wait`;
  const rest = waiting === 0 ? '' : `; ${wait} for judgments`;
  if (compared < all)
    return `${count(compared)} of ${plural(all, 'pair')} could be compared${soFar}${rest}.`;
  const every = all === 1 ? 'The pair' : all === 2 ? 'Both pairs' : `All ${plural(all, 'pair')}`;
  return `${every} could be compared${soFar}.`;
}

/** The sentences at the top: what the study shows, no more than its intervals allow. */
function verdictOf(
  datasets: readonly DatasetSection[],
  pairs: readonly PairSection[],
  {
    standing,
    suite,
    doubtful,
  }: { standing: string; suite: SuiteSection | null; doubtful: Doubtful },
): string[] {
  if (datasets.every((dataset) => dataset.judgments.counted === 0))
    return ['Nothing has been judged yet.'];
  const [first] = datasets;
  if (datasets.length === 1 && first !== undefined) return first.verdict;
  const [pair] = pairs;
  if (isOnePair(datasets, pairs) && pair !== undefined)
    return [
      pair.answer.sentence,
      ...datasets.map(
        (dataset) =>
          `${dataset.source === 'generated' ? 'Generated' : 'Human-written'}: ${dataset.verdict.join(' ')}`,
      ),
    ];
  const sentences: string[] = [];
  const overruled = datasets.filter((candidate) => candidate.turnedRound);
  const isIn = ({ id }: DatasetSection, { generated, human }: PairSection): boolean =>
    id === generated || id === human;
  const both =
    ': raters overruled most of them, and by their texts the labels of the two sets of this behaviour point opposite ways';
  for (const dataset of overruled) {
    const byTexts = doubtful.opposed.some((pair) => isIn(dataset, pair));
    sentences.push(`The labels of ${dataset.title} look reversed${byTexts ? both : ''}.`);
  }
  for (const pair of doubtful.opposed)
    if (!overruled.some((dataset) => isIn(dataset, pair)))
      sentences.push(
        `${pair.behaviour}: by their texts, the labels of one of the two sets look reversed.`,
      );
  if (standing !== '') sentences.push(standing);
  if (pairs.length > 0) sentences.push(comparedSentence(pairs));
  for (const { sentence } of suite?.pooled ?? []) sentences.push(sentence);
  const compared = pairs.filter((known) => known.comparable);
  if (compared.length > mostPairsOneByOne && suite !== null)
    sentences.push(...pairsSentences(suite, compared));
  else
    for (const candidate of compared)
      sentences.push(`${candidate.behaviour}: ${candidate.answer.sentence}`);
  return sentences;
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
export function computeReport(whole: StudyData, options: ReportOptions): ReportModel {
  const data = withoutDropped(whole);
  const remembered = <T>(key: string, compute: () => T): T => {
    const known = options.sections?.get(key);
    if (known !== undefined) return known as T;
    const computed = compute();
    options.sections?.put(key, computed);
    return computed;
  };
  const digests = options.sections === undefined ? [] : digestsOf(data);
  const alone = data.datasets.map((dataset, index) => {
    const dropped = droppedBeside(whole, dataset);
    const key = dropped === null ? '' : ` ${digestOfHalf(dropped)}`;
    return remembered(`dataset ${digests[index]}${key}`, () =>
      datasetSection(data, index, dropped),
    );
  });
  const paired = pairsOf(data.datasets);
  const few = paired.length <= mostPairsWithModels;
  const mixedModels = options.mixedModels ?? few;
  const pairs = pairSections(
    paired.map((pair) =>
      remembered(
        `pair ${digests[pair.generated]} ${digests[pair.human]} ${few} ${mixedModels}`,
        () => pairFound(data, pair, { mixedModels, sensitivity: few }),
      ),
    ),
  );
  const { threshold } = data.study.rule;
  const doubtful = doubtfulOf(alone, pairs);
  const sure = alone.filter(({ id }) => !doubtful.sets.has(id));
  const standings = isOnePair(alone, pairs) ? [] : standingsOf(sure, threshold);
  const datasets = amongOthers(alone, standings, threshold);
  const totals = { ...totalsOf(data, datasets), dropped: droppedOf(whole) };
  const noun = doubtful.sets.size > 0 ? 'other dataset' : 'dataset';
  const standing = standings.length === 0 ? '' : thresholdSentence(standings, threshold, noun);
  const suite = suiteSection(datasets, {
    compared: pairs,
    pooled: pooledMeasures(data, paired, pairs),
    standings,
    standingSentence: standing,
    reversed: doubtful.sets,
    threshold,
    seed: data.study.seed,
  });
  const counted = data.judgments.filter((judgment) => judgment.standing === 'counted');
  const { study } = data;
  const deviations = deviationsOf(whole);
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
      deviations,
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
    verdict: verdictOf(datasets, pairs, { standing, suite, doubtful }),
    provisional: provisionalPairs(data, paired),
    suite,
    pairs,
    datasets,
    raters: raterSections(data, leaningsOfRaters(data, paired, pairs)),
    raterAgreement: raterAgreement(data),
    methods: methodsNote(data, totals, {
      datasets,
      pairs,
      standings,
      pooled: suite?.pooled ?? [],
      version: options.version,
    }),
    asked: askedSection(whole, deviations),
  };
}
