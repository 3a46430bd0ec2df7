import { count, isoTime, time } from '#web/format.js';
import type { Figure } from '#figure.js';
import type { DatasetSection, ReportModel } from '../model/schema/report.js';
import { readByRaters } from '../model/words.js';
import { crowdFields, type DatasetFile, simulatedField } from './datasetFile.js';
import {
  knownProblems,
  originSentences,
  sectionOf,
  validatedTitle,
  validationSentences,
} from './datasetFacts.js';
import { lines } from '../asked/lines.js';
import { answersTo, isOpen } from './askedAnswers.js';
import { levelInWords, printed, type Unit } from './decimals.js';
import { escapeMarkdown, markdownRow } from './markdown.js';
import { oneLine } from './plainText.js';

/** A text as a YAML scalar in double quotes, whose escapes are those of JSON. */
const yamlText = (text: string): string => JSON.stringify(oneLine(text));

const sizes = [
  [1000, 'n<1K'],
  [10_000, '1K<n<10K'],
  [100_000, '10K<n<100K'],
  [1_000_000, '100K<n<1M'],
] as const;
const sizeCategory = (examples: number): string =>
  sizes.find(([below]) => examples < below)?.[1] ?? 'n>1M';

/**
 * Metadata that the Hugging Face hub reads (keys of its dataset card template); what nobody knows
 * is left to fill in.
 */
function frontMatter(
  model: ReportModel,
  dataset: DatasetSection,
  file: DatasetFile | undefined,
): string {
  const { simulated, counted } = model.totals;
  const annotators = [
    ...(simulated < counted || counted === 0 ? ['crowdsourced'] : []),
    ...(simulated > 0 ? ['machine-generated'] : []),
  ];
  return [
    '---',
    `pretty_name: ${yamlText(validatedTitle(model, dataset))}`,
    'license: unknown # fill in',
    '# language: fill in, such as [en]',
    `annotations_creators: [${annotators.join(', ')}]`,
    `language_creators: [${dataset.source === 'generated' ? 'machine-generated' : 'other'}]`,
    'task_categories: [multiple-choice]',
    `size_categories: ["${sizeCategory(dataset.items)}"]`,
    'tags: [model-written-evaluations, human-validation, assay]',
    ...(file === undefined
      ? []
      : ['configs:', '  - config_name: default', `    data_files: ${yamlText(file.name)}`]),
    '---',
    '',
    '',
  ].join('\n');
}

function numberRows(dataset: DatasetSection): string {
  const row = (measure: string, figure: Figure | null | undefined, unit: Unit): string => {
    if (figure === null || figure === undefined) return '';
    const { value, lower, upper, n } = printed(figure, unit);
    const minus = (text: string): string => text.replace('-', '−');
    const interval =
      lower === null || upper === null
        ? escapeMarkdown(`none: ${figure.because ?? 'none is defined'}`)
        : `${minus(lower)} to ${minus(upper)} (${levelInWords(figure)})`;
    return markdownRow([
      measure,
      value === null ? '–' : `${minus(value)}${unit === 'percent' ? ' %' : ''}`,
      interval,
      count(n),
    ]);
  };
  const [group, ...others] = dataset.labelAgreement;
  const agreement = group?.agreement;
  const over = others.length === 0 ? '' : `, examples with ${group?.choices} choices`;
  const { consensus, confidence } = dataset;
  return [
    row('Labels upheld by majority', dataset.label?.upheld, 'percent'),
    row(
      'Labels upheld by consensus of models',
      consensus.kind === 'consensus' ? consensus.labels?.consensus : null,
      'percent',
    ),
    row(
      'Labels upheld in the whole set, prediction-powered',
      confidence.kind !== 'missing' && confidence.wholeSet.kind === 'whole-set'
        ? confidence.wholeSet.powered
        : null,
      'percent',
    ),
    row('Votes for the label', dataset.label?.byVote, 'percent'),
    row('Relevance, 1 to 5, mean', dataset.relevance?.mean, 'scale'),
    row('Relevance, median of 4 or more', dataset.relevance?.medianFour, 'percent'),
    row('Called unclear', dataset.ambiguity?.byVote, 'percent'),
    row(`Observed agreement${over}`, agreement?.observed, 'percent'),
    row(`Fleiss’ kappa${over}`, agreement?.fleiss, 'coefficient'),
    row(`Krippendorff’s alpha${over}`, agreement?.alpha, 'coefficient'),
    row(`Gwet’s AC1${over}`, agreement?.gwet, 'coefficient'),
    row(
      'Calibration error of the discriminator',
      confidence.kind === 'confidence' ? confidence.calibrationError : null,
      'coefficient',
    ),
    row('Repeated texts in the whole set', dataset.texts?.measure.duplicates.repeated, 'percent'),
    row(
      'Labels guessed from the answers alone',
      dataset.texts?.measure.guesses.fromAnswers.accuracy,
      'percent',
    ),
    row(
      'Distinct pairs of words (distinct-2)',
      dataset.texts?.measure.diversity.distinct2,
      'coefficient',
    ),
    row('Self-BLEU', dataset.texts?.measure.diversity.selfBleu, 'coefficient'),
  ].join('');
}

function questionList(model: ReportModel): string {
  const questions = model.study.forms[0]?.form.questions ?? [];
  return questions
    .map((question) => `- “${escapeMarkdown(question.wording)}” (${question.type})\n`)
    .join('');
}

function columnList(model: ReportModel, file: DatasetFile | undefined): string {
  const crowd = file?.crowdColumn ?? 'crowd';
  const fields = [...crowdFields, ...(model.totals.simulated > 0 ? [simulatedField] : [])];
  const own =
    file === undefined
      ? 'The columns of the original rows stand as they came; describe them here.\n\n'
      : `${markdownRow(['Column', 'Type', 'Meaning'])}${markdownRow(['---', '---', '---'])}${file.columns.map(({ name, type }) => markdownRow([escapeMarkdown(name), type, name === crowd ? 'What raters judged, see below' : 'As it came; describe it here'])).join('')}\n`;
  return `${own}What raters judged stands in \`${crowd}\`:\n\n${markdownRow(['Field', 'Meaning'])}${markdownRow(['---', '---'])}${fields.map(({ name, sentence }) => markdownRow([`\`${name}\``, escapeMarkdown(sentence)])).join('')}`;
}

/** What a card says of raters; what nobody has written is left to fill in. */
const raterLines = (model: ReportModel): string =>
  (
    [
      'recruitment',
      'eligibility',
      'language',
      'demographics',
      'training',
      'pay',
      'ethics',
      'ai',
    ] as const
  )
    .map((line) => {
      const said = answersTo(model, line).map((sentence) => ` ${escapeMarkdown(sentence)}`);
      const fill = isOpen(model, line) ? ' *fill in*' : '';
      return `- ${lines[line].title}:${said.join('')}${fill}\n`;
    })
    .join('');

const dayOf = (moment: number): string => isoTime(moment).slice(0, 10);

/** "on 2026-11-30", or from one day to another. */
const period = (first: string, last: string): string =>
  first === last ? `on ${first}` : `from ${first} to ${last}`;

const list = (sentences: readonly string[]): string =>
  sentences.map((sentence) => `- ${escapeMarkdown(sentence)}\n`).join('');

/**
 * The card of one validated dataset as a README for a Hugging Face repository: YAML front matter,
 * then sections after the hub's template (huggingface_hub/templates/datasetcard_template.md).
 * Licence, language and provenance are left to fill in: nobody told the platform.
 */
export function datasetCard(model: ReportModel, datasetId: string, file?: DatasetFile): string {
  const dataset = sectionOf(model, datasetId);
  const problems = knownProblems(model, dataset);
  const { study, software } = model;
  const judged =
    study.firstJudgmentAt === null || study.lastJudgmentAt === null
      ? ''
      : ` Judged ${period(dayOf(study.firstJudgmentAt), dayOf(study.lastJudgmentAt))}.`;
  return `${frontMatter(model, dataset, file)}# ${escapeMarkdown(validatedTitle(model, dataset))}

${dataset.verdict.map(escapeMarkdown).join(' ')}

## What it is

Examples that test a language model for a behaviour. Raters read of it:

> ${escapeMarkdown(readByRaters(dataset)) || 'No description.'}

- Dataset: ${escapeMarkdown(dataset.name)}, version ${dataset.version}, family ${dataset.family}
- Original file: ${escapeMarkdown(dataset.file)}, SHA-256 ${dataset.sha256}
${originSentences(dataset).length === 0 ? '- How the examples were made: *fill in*\n' : list(originSentences(dataset))}
## How it was validated

${list(validationSentences(model, dataset))}- ${escapeMarkdown(`Study “${study.title}”, computed on ${time(model.computedAt)} with ${software.name} ${software.version}.${judged}`)}

### Raters

${raterLines(model)}
Questions, in this order:

${questionList(model)}
## Numbers

${markdownRow(['Measure', 'Value', 'Interval', 'n'])}${markdownRow(['---', '---:', '---', '---:'])}${numberRows(dataset)}
Methods, with their sources, stand in the report of the study.

## Known problems

${problems.length === 0 ? 'None was found by the platform.\n' : list(problems)}
## Columns

${columnList(model, file)}
## Licence and citation

*Fill in the licence of the examples and of the judgments, whom to attribute, and what to cite.*
`;
}
