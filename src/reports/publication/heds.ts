import { count, plural, time } from '#web/format.js';
import type { ReportModel } from '../model/schema/report.js';
import { stampOf } from '../model/provisional.js';
import { textProblems } from '../model/texts.js';
import { findingCounts } from '../model/words.js';
import { answersTo } from './askedAnswers.js';
import { descriptionsRead, originSentences } from './datasetFacts.js';
import { criterionSection } from './hedsCriteria.js';
import {
  ask,
  notRecorded,
  perDataset,
  type SheetAnswer,
  type SheetSection,
  suggested,
} from './hedsSheet.js';
import { escapeMarkdown } from './markdown.js';

function referenceSection(model: ReportModel): SheetSection {
  const { study, software } = model;
  return {
    title: '1 Main reference and supplementary resources',
    answers: [
      ask('1.1.1', 'Main reference'),
      ask(
        '1.1.2',
        'Which experiment this sheet describes',
        `The study “${study.title}” (${study.id}), ${plural(model.datasets.length, 'dataset')}, ${study.state}, report computed on ${time(model.computedAt)} with ${software.name} ${software.version}, fingerprint ${model.fingerprint}.`,
        ...(stampOf(model, model) === '' ? [] : [stampOf(model, model)]),
      ),
      ask(
        '1.2',
        'Where the resources can be found',
        'The report, every judgment, the items and the validated datasets are downloads of the study; their public address is to be filled in.',
      ),
      ask('1.3.1.1', 'Person completing this sheet: name'),
      ask('1.3.1.2', 'Person completing this sheet: affiliation'),
      ask('1.3.1.3', 'Person completing this sheet: email'),
      ask('1.3.2.1', 'Contact author: name'),
      ask('1.3.2.2', 'Contact author: affiliation'),
      ask('1.3.2.3', 'Contact author: email'),
    ],
  };
}

/** What was found in the texts of the sets that somebody must know. */
function textsShow(model: ReportModel): string[] {
  const measured = model.datasets.filter(({ texts }) => texts !== null).length;
  if (measured === 0) return [];
  const found = perDataset(model, ({ texts }) => {
    const problems = texts === null ? [] : textProblems(texts);
    return problems.length === 0 ? null : problems.join(' ');
  });
  return [
    `The texts of ${plural(measured, 'dataset')} were measured by themselves: repeats, answers that give the label away to a classifier that does not see the question, labels that lean to a place or a length, or are shared out unevenly over clusters of texts (of the clusters about one in twenty by chance). ${found.length === 0 ? 'Nothing of this kind was found.' : `What was found in ${plural(found.length, 'dataset')}:`}`,
    ...found,
  ];
}

function systemSection(model: ReportModel): SheetSection {
  return {
    title: '2 Evaluated systems',
    answers: [
      ask('2.1', 'Type of input'),
      ask(
        '2.2',
        'Type of output',
        'Text: examples, each with the answers among which raters chose, and with the label that its dataset gives it.',
        ...perDataset(
          model,
          (dataset) =>
            `file ${dataset.file}, version ${dataset.version}, SHA-256 ${dataset.sha256}`,
        ),
        ...textsShow(model),
      ),
      ask(
        '2.3',
        'Task',
        `Other: writing examples that test a language model for a behaviour.${model.datasets.every(({ origin }) => origin === null) ? ' How the examples were made is not recorded by the platform.' : ''}`,
        ...perDataset(model, (dataset) => {
          const sentences = originSentences(dataset);
          return sentences.length === 0 ? null : sentences.join(' ');
        }),
      ),
      ask('2.4', 'Languages of the input'),
      ask('2.5', 'Languages of the output'),
    ],
  };
}

function sampleAnswers(model: ReportModel): SheetAnswer[] {
  const { study } = model;
  return [
    ask(
      '3.1.1',
      'Evaluation items per system',
      ...perDataset(
        model,
        (dataset) =>
          `${plural(dataset.items, 'example')}, ${count(dataset.complete)} with all ${count(study.settings.overlap)} judgments`,
      ),
    ),
    ask(
      '3.1.2',
      'How items were selected',
      `By an automatic random process with stratified sampling: without replacement, stratified by the dataset’s own label in proportion to the eligible examples, seed ${study.seed}.`,
      ...perDataset(
        model,
        ({ sampling }) =>
          `${count(sampling.sampled)} of ${count(sampling.eligible)} eligible examples, of ${plural(sampling.examples, 'example')} in the set${sampling.leftOut.length === 0 ? '' : `; not eligible ${findingCounts(sampling)}`}`,
      ),
    ),
    ask('3.1.3.1', 'Power analysis: method'),
    ask('3.1.3.2', 'Power analysis: power of the sample'),
    ask('3.1.3.3', 'Power analysis: code'),
  ];
}

function evaluatorAnswers(model: ReportModel): SheetAnswer[] {
  const { totals } = model;
  const simulated =
    totals.simulated === 0
      ? []
      : [
          `${plural(totals.simulated, 'counted judgment')} of ${count(totals.counted)} came from simulated raters, not from people.`,
        ];
  return [
    ask(
      '3.2.1',
      'Number of evaluators',
      `${count(totals.raters)}; excluded ones are not among them.`,
      ...simulated,
    ),
    ask('3.2.2.1', 'Domain experts'),
    ask('3.2.2.2', 'Payment', ...answersTo(model, 'pay')),
    ask('3.2.2.3', 'Known to the authors before'),
    ask('3.2.2.4', 'Researchers among the participants'),
    ask(
      '3.2.3',
      'Recruitment',
      ...answersTo(model, 'recruitment'),
      ...answersTo(model, 'eligibility'),
    ),
    ask('3.2.4', 'Training and practice', ...answersTo(model, 'training')),
    ask(
      '3.2.5',
      'Other characteristics',
      ...answersTo(model, 'language'),
      ...answersTo(model, 'demographics'),
    ),
  ];
}

function designAnswers(model: ReportModel): SheetAnswer[] {
  const { study, totals, software } = model;
  const { registration, settings } = study;
  const registered =
    registration === null
      ? ['No plan was registered on the platform.']
      : [
          `Yes: a plan was registered on ${time(registration.registeredAt)}, before the study opened, SHA-256 ${registration.sha256}; its public address is to be filled in.`,
          ...study.deviations.map((deviation) => `Done otherwise: ${deviation}`),
        ];
  const ofDropped = totals.dropped?.excluded ?? 0;
  const raters = `${plural(totals.excludedRaters, 'rater')} with ${plural(totals.excluded, 'judgment')}${ofDropped === 0 ? '' : `, and ${plural(ofDropped, 'judgment')} of examples that a generation dropped,`}`;
  const excluded =
    totals.excludedRaters === 0
      ? ['No rater was excluded. Other methods are not recorded in the report.']
      : [
          `${raters} ${totals.excludedRaters === 1 ? 'was' : 'were'} excluded by staff; why is not part of the report.`,
          suggested('Evaluators are excluded if they fail quality checks'),
          'Other methods are not recorded in the report.',
        ];
  const rules =
    registration === null || registration.exclusionRules === ''
      ? [notRecorded]
      : [`Rules of exclusion as registered: ${registration.exclusionRules}`];
  return [
    ask('3.3.1', 'Preregistration', ...registered),
    ask('3.3.2', 'Medium', `Web pages of ${software.name} ${software.version}.`),
    ask('3.3.3.1', 'Quality assurance: types', ...excluded),
    ask('3.3.3.2', 'Quality assurance: methods', ...rules, ...answersTo(model, 'checks')),
    ask('3.3.4.1', 'Where the interface can be viewed'),
    ask(
      '3.3.4.2',
      'What evaluators are shown',
      'The behaviour’s description, one example with its answers, the questions of section 4 and the guidelines; never the dataset’s own label, its source, its confidence or another rater’s answer.',
      ...Array.from(
        descriptionsRead(model),
        ([behaviour, text]) => `Description of ${behaviour}: “${text}”`,
      ),
    ),
    ask(
      '3.3.5',
      'Freedom of when and how quickly',
      `${settings.dailyLimit === null ? 'None of the constraints listed: raters' : `One rater judged ${count(settings.dailyLimit)} examples a day at most. Otherwise raters`} came and went as they liked; an example was held for ${plural(settings.leaseMinutes, 'minute')} after the last activity${settings.raterLimit === null ? '' : `, and one rater judged ${count(settings.raterLimit)} examples at most`}.`,
    ),
    ask(
      '3.3.6',
      'Questions and feedback',
      `A comment could be written beside each judgment, and an example skipped with a reason or flagged.${settings.contact === '' ? '' : ` Whom to ask: ${settings.contact}`}`,
    ),
    ask('3.3.7', 'Conditions'),
    ask(
      '3.3.8',
      'How conditions vary',
      `Order of examples, and ${settings.shuffleChoices ? 'order of choices (shuffled with a stored seed), ' : ''}device, place and time differ between raters; device, place and time are not recorded in the report.`,
    ),
  ];
}

/**
 * The Human Evaluation Datasheet, version 3.0 (Belz and Thomson 2025,
 * aclanthology.org/2025.gem-1.6; numbers as in the form at nlp-heds.github.io), filled in as far as
 * the report knows. Questions are named in our own short words.
 */
export function hedsSections(model: ReportModel): SheetSection[] {
  const questions = model.study.forms[0]?.form.questions ?? [];
  return [
    referenceSection(model),
    systemSection(model),
    {
      title: '3 Sample, evaluators, experimental design',
      answers: [...sampleAnswers(model), ...evaluatorAnswers(model), ...designAnswers(model)],
    },
    ...questions.map((question) => criterionSection(question, model)),
    {
      title: '5 Ethics',
      answers: [
        ask('5.1', 'Research ethics committee', ...answersTo(model, 'ethics')),
        ask('5.2', 'Personal data'),
        ask('5.3', 'Special category data'),
        ask('5.4', 'Impact assessments'),
      ],
    },
  ];
}

const answerMarkdown = (answer: readonly string[]): string =>
  answer.length === 1
    ? `${answer.map(escapeMarkdown).join('')}\n`
    : answer.map((part) => `- ${escapeMarkdown(part)}\n`).join('');

/** The datasheet as Markdown. */
export function hedsMarkdown(model: ReportModel): string {
  const sections = hedsSections(model).map(
    ({ title, answers }) =>
      `## ${escapeMarkdown(title)}\n\n${answers.map(({ number, asks, answer }) => `### ${number} ${escapeMarkdown(asks)}\n\n${answerMarkdown(answer)}\n`).join('')}`,
  );
  return `# Human Evaluation Datasheet (HEDS 3.0)\n\nFilled in from the report; “${notRecorded}” and what is called suggested are for a person to fill in and to check against the form of HEDS 3.0 (Belz and Thomson 2025).\n\n${sections.join('')}`;
}

/** The datasheet as JSON: number, question in short words, answer. */
export const hedsJson = (model: ReportModel): string =>
  `${JSON.stringify({ format: 'assay-heds-1', template: 'HEDS 3.0', sections: hedsSections(model) }, null, 2)}\n`;
