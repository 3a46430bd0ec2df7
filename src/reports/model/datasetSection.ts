import { sourceWords } from '#datasets/dataset.js';
import { wilsonInterval } from '#statistics/proportions.js';
import { asks } from '#studies/form.js';
import { count, fixed, percent, plural } from '#web/format.js';
import type { DatasetFacts, StudyData } from '../input/data.js';
import { confidenceSection } from './confidence.js';
import { effortOf } from './effort.js';
import { consensusSection } from './consensus.js';
import { contestedItems } from './contested.js';
import { analyseLabels } from './labelAnalysis.js';
import { completeItems, isOverruled, labelAgreement, labelSection } from './labels.js';
import { measuredItems } from './measuredItems.js';
import { everyItem } from './everyItem.js';
import { otherQuestions } from './otherQuestions.js';
import { ambiguitySection, relevanceAgreement, relevanceSection } from './ratings.js';
import { provisionalDataset } from './provisional.js';
import type { AgreementSection, DatasetSection } from './schema/report.js';
import type { LabelSection } from './schema/labels.js';
import { opposedTo } from './textPolarity.js';
import { datasetTexts } from './texts.js';
import { tippingOf } from './tipping.js';
import { armOf, partsOf } from './votes.js';
import { plainPercent, scaleInterval, shareInterval } from './words.js';
import type { Half } from './weightedConfidence.js';
import { workOf, workWarning } from './work.js';

/**
 * Examples, all judged, at which the interval would leave the threshold if the share stays as seen;
 * null where that takes more than twenty times as many.
 */
function examplesToDecide(label: LabelSection, threshold: number): number | null {
  const share = label.upheldCount / label.items;
  for (let items = label.items + 1; items <= 20 * label.items; items = Math.ceil(items * 1.02)) {
    const { lower, upper } = wilsonInterval(share * items, items);
    if (lower >= threshold || upper < threshold) return Number(items.toPrecision(2));
  }
  return null;
}

/** Under so much more than what is judged already, no number of examples is named. */
const hardlyMore = 1.1;

/** What judged examples would decide a question that is open; begins with a blank, or empty. */
function wouldTell(label: LabelSection, threshold: number, eligible: number): string {
  const wanted = examplesToDecide(label, threshold);
  if (wanted === null) return '';
  const has = `${count(eligible)} of the set are eligible`;
  if (wanted > eligible)
    return ` At the share seen that would take about ${count(wanted)} judged examples, and only ${has}.`;
  return wanted < hardlyMore * label.items
    ? ' At the share seen a few more judged examples would tell.'
    : ` At the share seen, about ${count(wanted)} judged examples would tell.`;
}

/**
 * What speaks against the labels whatever their share: raters overrule most, or the texts of the
 * pair say that the labels of one set are reversed, and raters have not said which.
 */
type Doubt = 'overruled' | 'opposed';

/** What the labels of a set are judged by, beside what raters said of them. */
interface Judged {
  readonly threshold: number;
  readonly doubt: Doubt | null;
  /** Examples of the set that can be judged. */
  readonly eligible: number;
}

/** Whether the set can be used as far as its labels go, and what that rests on. */
function labelVerdict(label: LabelSection, { threshold, doubt, eligible }: Judged): string[] {
  if (label.items === 0 || label.upheld.value === null)
    return ['No example has all its judgments yet.'];
  const upheld = `Raters upheld ${count(label.upheldCount)} of ${plural(label.items, 'label')} (${percent(label.upheld.value)}, ${shareInterval(label.upheld, threshold)}).`;
  const { lower, upper } = label.upheld;
  const bar = plainPercent(threshold);
  if (doubt === 'overruled')
    return [
      `Not as it is: the labels look reversed, since raters overruled ${count(label.overruled)} of the ${plural(label.upheldCount + label.overruled, 'label')} on which they had a majority. Check the file before anything else.`,
      upheld,
    ];
  if (doubt === 'opposed')
    return [
      'Read ten examples before you use the labels: by their texts, those of this set or of its counterpart look reversed.',
      upheld,
    ];
  if (lower === null || upper === null) return [upheld];
  if (lower >= threshold)
    return [`The labels can be used: they reach the threshold of ${bar}.`, upheld];
  if (upper < threshold)
    return [
      `The labels should not be used as they are: they fall short of the threshold of ${bar}.`,
      upheld,
    ];
  return [
    `Whether the labels reach the threshold of ${bar} is open: the interval holds values on both sides of it.${wouldTell(label, threshold, eligible)}`,
    upheld,
  ];
}

/** Said beside the mean where raters do not agree on relevance beyond chance. */
function relevanceCaution(agreement: AgreementSection | null): string {
  const { value, lower, upper } = agreement?.alpha ?? { value: null, lower: null, upper: null };
  if (value === null || lower === null || upper === null || lower > 0) return '';
  return ` Raters are not shown to agree on it beyond chance (alpha ${fixed(value)}, ${fixed(lower)} to ${fixed(upper)}), so do not rely on it to tell one example from another.`;
}

const originOf = ({ generated }: DatasetFacts): DatasetSection['origin'] => {
  if (generated === null) return null;
  const { generation, publication, purpose, responsible } = generated;
  return { generation, publication, purpose, responsible };
};

/**
 * Everything that the report says of one dataset.
 * @param dropped what its generation dropped, where the study has it: for the discriminator alone
 */
export function datasetSection(
  data: StudyData,
  index: number,
  dropped: Half | null = null,
): DatasetSection {
  const dataset = data.datasets[index];
  if (dataset === undefined) throw new RangeError(`There is no dataset ${index}.`);
  const arm = armOf(data, index);
  const seed = `${data.study.seed} ${dataset.publicId}`;
  const forms = data.forms.map(({ form }) => form);
  const label = labelSection(arm);
  const analysis = analyseLabels(arm);
  const relevance = relevanceSection(arm);
  const turnedRound = isOverruled(arm);
  const asked =
    forms.slice(0, 1).some((form) => asks(form, 'label')) ||
    arm.judgments.some((judgment) => judgment.label !== null);
  const withoutLabel =
    label !== null
      ? ''
      : arm.items.some((item) => item.label !== null)
        ? 'The form does not ask which answer fits, so nothing is said about the labels.'
        : 'The set carries no labels, so there is no label agreement.';
  const own = partsOf(data)[index]?.judgments ?? [];
  const standing = (name: string): number =>
    own.filter((judgment) => judgment.standing === name).length;
  const agreedRelevance = relevanceAgreement(arm, seed);
  const counterpart = opposedTo(data, index);
  const theirs = !turnedRound && counterpart !== null && isOverruled(armOf(data, counterpart));
  const verdict =
    label === null
      ? [withoutLabel]
      : labelVerdict(label, {
          threshold: data.study.rule.threshold,
          doubt: turnedRound ? 'overruled' : counterpart !== null && !theirs ? 'opposed' : null,
          eligible: dataset.sampling.eligible,
        });
  const unlabelled = arm.items.filter((item) => item.label === null).length;
  if (label !== null && unlabelled > 0)
    verdict.push(
      `${count(unlabelled)} of ${count(arm.items.length)} ${unlabelled === 1 ? 'has' : 'have'} no label: the figures about labels leave them out.`,
    );
  if (theirs)
    verdict.push(
      'By their texts, the labels of this set and of its counterpart point opposite ways; raters overruled those of the counterpart.',
    );
  if (relevance !== null && relevance.mean.value !== null)
    verdict.push(
      `Relevance is ${fixed(relevance.mean.value)} of 5 on average (${scaleInterval(relevance.mean)}).${relevanceCaution(agreedRelevance)}`,
    );
  const work = workOf(arm);
  const raters = new Set(arm.judgments.map((judgment) => judgment.rater)).size;
  const warning = workWarning(work, raters);
  if (warning !== '') verdict.push(warning);
  return {
    id: dataset.publicId,
    name: dataset.name,
    title: `${dataset.behaviour.name}, ${sourceWords[dataset.source]}`,
    behaviour: dataset.behaviour.name,
    behaviourText: {
      version: dataset.behaviour.version,
      short: dataset.behaviour.short,
      long: dataset.behaviour.long,
    },
    source: dataset.source,
    origin: originOf(dataset),
    version: dataset.version,
    family: dataset.family,
    file: dataset.fileName,
    sha256: dataset.sha256,
    sampling: {
      ...dataset.sampling,
      excludedFindings: [...dataset.sampling.excludedFindings],
      leftOut: dataset.sampling.leftOut.map((entry) => ({ ...entry })),
    },
    items: arm.items.length,
    complete: completeItems(arm).length,
    judgments: {
      counted: standing('counted'),
      surplus: standing('surplus'),
      excluded: standing('excluded'),
      blanked: standing('blanked'),
    },
    raters,
    work,
    verdict,
    provisional: provisionalDataset(data, index),
    turnedRound,
    label,
    tipping:
      label === null || turnedRound
        ? null
        : tippingOf(arm, { threshold: data.study.rule.threshold, seed }),
    withoutLabel,
    relevance,
    ambiguity: ambiguitySection(arm),
    labelAgreement: asked ? labelAgreement(arm, seed) : [],
    relevanceAgreement: agreedRelevance,
    others: otherQuestions(arm, data.forms, seed),
    consensus: consensusSection(data, arm, analysis),
    measured: measuredItems(arm, analysis),
    confidence: confidenceSection(arm, dataset, { seed, dropped }),
    effort: effortOf(arm, dataset, label),
    contested: contestedItems(arm),
    every: everyItem(arm),
    texts: datasetTexts(data, index),
  };
}
