import { sourceWords } from '#datasets/dataset.js';
import { count, fixed, percent, plural } from '#web/format.js';
import { stampOf } from '../model/provisional.js';
import type { DatasetSection, ReportModel } from '../model/schema/report.js';
import { textProblems } from '../model/texts.js';
import { findingCounts, ofExcluded, readByRaters } from '../model/words.js';

/** The section of one dataset; throws where the report has none. */
export function sectionOf(model: ReportModel, dataset: string): DatasetSection {
  const section = model.datasets.find(({ id }) => id === dataset);
  if (section === undefined) throw new RangeError(`The report has no dataset ${dataset}.`);
  return section;
}

/** The descriptions that raters read, one a behaviour: kindness: “Suppose …”. */
export const descriptionsRead = ({ datasets }: ReportModel): Map<string, string> =>
  new Map(
    datasets.flatMap((dataset) =>
      readByRaters(dataset) === '' ? [] : [[dataset.behaviour, readByRaters(dataset)]],
    ),
  );

/** "kindness, generated, judged by people", or what else can be said of who judged it. */
export function validatedTitle({ totals }: ReportModel, dataset: DatasetSection): string {
  const judged =
    dataset.judgments.counted === 0
      ? 'not judged yet'
      : totals.simulated === totals.counted
        ? 'judged by simulated raters'
        : totals.simulated > 0
          ? 'judged by people and simulated raters'
          : 'judged by people';
  return `${dataset.behaviour}, ${sourceWords[dataset.source]}, ${judged}`;
}

/** One sentence each: how the examples were chosen and how they were judged. */
export function validationSentences(model: ReportModel, dataset: DatasetSection): string[] {
  const { sampling, judgments } = dataset;
  return [
    `Of ${plural(sampling.eligible, 'eligible example')}, ${count(sampling.sampled)} were drawn at random without replacement, stratified by the dataset’s own label (seed ${sampling.seed}); the whole set has ${plural(sampling.examples, 'example')}.`,
    `${plural(judgments.counted, 'judgment')} by ${plural(dataset.raters, 'rater')} count, ${count(model.study.settings.overlap)} wanted for each example; ${count(dataset.complete)} of ${plural(dataset.items, 'example')} have all of them. Not counted: ${count(judgments.surplus)} surplus, ${count(judgments.excluded)} ${judgments.excluded > 0 && model.totals.excludedRaters === 1 ? ofExcluded(1) : ofExcluded(0)}, ${count(judgments.blanked)} withdrawn.`,
    'Raters saw the behaviour’s description and the example, never the dataset’s own label, its source, its confidence or another rater’s answer.',
  ];
}

/** How the examples were made, in sentences; empty where that was not recorded. */
export function originSentences({ origin }: DatasetSection): string[] {
  if (origin === null) return [];
  const { generation, publication, purpose, responsible } = origin;
  return [
    `A model wrote the examples: generation ${generation}, publication ${publication}.`,
    ...(purpose === null ? [] : [`Purpose: ${purpose}`]),
    ...(responsible === null ? [] : [`Responsible: ${responsible}`]),
  ];
}

/** What somebody must know before using the set, worst first. */
export function knownProblems(model: ReportModel, dataset: DatasetSection): string[] {
  const { label, sampling, ambiguity, measured, confidence } = dataset;
  const problems: string[] = [];
  if (model.totals.simulated > 0)
    problems.push(
      `${count(model.totals.simulated)} of ${plural(model.totals.counted, 'counted judgment')} of the study came from simulated raters, not from people.`,
    );
  if (dataset.turnedRound)
    problems.push(
      'The labels look reversed: raters overruled most of those on which they had a majority. Do not use them before they are checked.',
    );
  const stamp = stampOf(model, dataset);
  if (stamp !== '') problems.push(stamp);
  const lack = dataset.items - dataset.complete;
  if (lack > 0)
    problems.push(
      `${count(lack)} of ${plural(dataset.items, 'example')} ${lack === 1 ? 'lacks' : 'lack'} judgments and ${lack === 1 ? 'stands' : 'stand'} in no share by majority.`,
    );
  if (label === null) problems.push(dataset.withoutLabel);
  else {
    if (label.overruled > 0)
      problems.push(
        `On ${plural(label.overruled, 'example')} more than half of the raters chose another answer than the label.`,
      );
    if (label.undecided > 0)
      problems.push(
        `On ${plural(label.undecided, 'example')} no answer has a majority (${plural(label.ties, 'tie')}).`,
      );
  }
  if (
    measured.kind === 'items' &&
    measured.suspects.kind === 'suspects' &&
    measured.suspects.expectedWrong >= 0.5
  )
    problems.push(
      `About ${fixed(measured.suspects.expectedWrong, 0)} of ${plural(measured.suspects.labelled, 'judged label')} are expected to be wrong; the field “label_wrong” gives the probability for each.`,
    );
  if (confidence.kind === 'confidence' && confidence.restricted)
    problems.push(
      'No judged example has a confidence of one half or less: if a discriminator filtered this set, the candidates that it rejected are not in it, and what is said of its confidence speaks only of what it let through.',
    );
  if (confidence.kind === 'weighted' || confidence.kind === 'waiting')
    problems.push(
      'The calibration error is not among the numbers: the discriminator is judged over what was kept and what was dropped together, in the report of the study.',
    );
  const unclear =
    ambiguity === null
      ? []
      : ambiguity.byVotes
          .slice(1)
          .flatMap((row, index) =>
            row.count > 0
              ? [
                  `${count(row.count)} by ${plural(index + 1, 'rater')}${row.share.value === null ? '' : ` (${percent(row.share.value)})`}`,
                ]
              : [],
          );
  if (unclear.length > 0) problems.push(`Examples called unclear: ${unclear.join(', ')}.`);
  problems.push(
    ...(dataset.texts === null
      ? [
          'The texts of the set are not measured yet: nothing is said of copies, of labels that contradict each other, or of answers that give the label away.',
        ]
      : textProblems(dataset.texts).map((sentence) => `Of the whole set: ${sentence}`)),
  );
  if (sampling.leftOut.length > 0)
    problems.push(`Not eligible, and not in this file: ${findingCounts(sampling)}.`);
  if (sampling.sampled < sampling.examples)
    problems.push(
      'Only the examples that were drawn were judged; nothing is said of any other single example of the set.',
    );
  return problems;
}
