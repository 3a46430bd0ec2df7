import { sourceWords } from '#datasets/dataset.js';
import { count, plural, time } from '#web/format.js';
import type { Question } from '#studies/form.js';
import type { AgreementSection, DatasetSection, ReportModel } from '../model/schema/report.js';
import type { Difference } from '../model/schema/comparison.js';
import { pValue } from '../model/words.js';
import { descriptionsRead } from './datasetFacts.js';
import { figureInWords } from './decimals.js';
import { escapeMarkdown } from './markdown.js';

/** What a sheet says where the platform does not know; a person fills it in. */
export const notRecorded = 'Not recorded by the platform.';

/**
 * One question of the datasheet with its answer: paragraphs of plain text, several of which make a
 * list.
 */
export interface SheetAnswer {
  readonly number: string;
  readonly asks: string;
  readonly answer: readonly string[];
}

export interface SheetSection {
  readonly title: string;
  readonly answers: readonly SheetAnswer[];
}

const ask = (number: string, asks: string, ...answer: readonly string[]): SheetAnswer => ({
  number,
  asks,
  answer: answer.length === 0 ? [notRecorded] : answer,
});

const titleOf = (dataset: DatasetSection): string =>
  `${dataset.behaviour}, ${sourceWords[dataset.source]}`;
const perDataset = (
  model: ReportModel,
  say: (dataset: DatasetSection) => string | null,
): string[] =>
  model.datasets.flatMap((dataset) => {
    const said = say(dataset);
    return said === null ? [] : [`${titleOf(dataset)}: ${said}`];
  });

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
        ...perDataset(model, ({ texts }) =>
          texts === null
            ? null
            : `measured by themselves, its texts show: ${texts.verdict.join(' ')}`,
        ),
      ),
      ask(
        '2.3',
        'Task',
        'Other: writing examples that test a language model for a behaviour. How the examples were made is not recorded by the platform.',
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
          `${count(sampling.sampled)} of ${count(sampling.eligible)} eligible examples, of ${plural(sampling.examples, 'example')} in the set${sampling.leftOut.length === 0 ? '' : `; not eligible: ${sampling.leftOut.map((entry) => `${entry.finding} (${count(entry.count)})`).join(', ')}`}`,
      ),
    ),
    ask('3.1.3.1', 'Power analysis: method'),
    ask('3.1.3.2', 'Power analysis: power of the sample'),
    ask('3.1.3.3', 'Power analysis: code'),
  ];
}

function evaluatorAnswers({ totals }: ReportModel): SheetAnswer[] {
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
    ask('3.2.2.2', 'Payment'),
    ask('3.2.2.3', 'Known to the authors before'),
    ask('3.2.2.4', 'Researchers among the participants'),
    ask('3.2.3', 'Recruitment'),
    ask('3.2.4', 'Training and practice'),
    ask('3.2.5', 'Other characteristics'),
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
  const excluded =
    totals.excludedRaters === 0
      ? ['No rater was excluded. Other methods are not recorded in the report.']
      : [
          `Evaluators are excluded if they fail quality checks: ${plural(totals.excludedRaters, 'rater')} with ${plural(totals.excluded, 'judgment')}. Other methods are not recorded in the report.`,
        ];
  const rules =
    registration === null || registration.exclusionRules === ''
      ? [notRecorded]
      : [`Rules of exclusion as registered: ${registration.exclusionRules}`];
  return [
    ask('3.3.1', 'Preregistration', ...registered),
    ask('3.3.2', 'Medium', `Web pages of ${software.name} ${software.version}.`),
    ask('3.3.3.1', 'Quality assurance: types', ...excluded),
    ask('3.3.3.2', 'Quality assurance: methods', ...rules),
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
      `None of the constraints listed: raters came and went as they liked; an example was held for ${plural(settings.leaseMinutes, 'minute')} after the last activity${settings.raterLimit === null ? '' : `, and one rater judged ${count(settings.raterLimit)} examples at most`}.`,
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

interface Criterion {
  readonly name: string;
  readonly quality: string;
  readonly aspect: string;
  readonly frame: string;
  readonly size: string;
  readonly values: string;
  readonly shown: string;
  readonly task: string;
  readonly elicitation: string;
  readonly aggregation: readonly string[];
  readonly agreement: (dataset: DatasetSection) => readonly AgreementSection[];
  readonly effects: readonly string[];
}

/** The consensus beside the majority, where there is one. */
function checkedByConsensus(model: ReportModel): string[] {
  const found = perDataset(model, ({ consensus }) =>
    consensus.kind === 'consensus' && consensus.labels !== null
      ? `labels upheld ${figureInWords(consensus.labels.consensus, 'percent')}`
      : null,
  );
  return found.length === 0
    ? []
    : [
        'As a check, labels upheld by a consensus that weighs raters by how reliable they look (mean of Dawid-Skene, a sceptical variant of it and MACE):',
        ...found,
      ];
}

const choice = '1. Multiple-choice options.';
const majority =
  'Share of complete examples on which more than half of the raters said so, with a Wilson score interval.';
const byVote =
  'Mean over examples of the mean over their judgments, with a two-way cluster-robust interval over examples and raters.';
const classified = '7. Output classification or labelling.';

function criterionOf(question: Question, model: ReportModel): Criterion {
  const other = (dataset: DatasetSection): readonly AgreementSection[] =>
    dataset.others.flatMap(({ id, agreement }) =>
      id === question.id && agreement !== null ? [agreement] : [],
    );
  const differences = (wanted: Difference['measure']): string[] =>
    model.pairs.flatMap((pair) =>
      pair.differences
        .filter(({ measure }) => measure === wanted)
        .flatMap(({ title, difference, unit, sentence, tests }) => [
          `${pair.behaviour}, ${title}, generated minus human-written: ${figureInWords(difference, unit)}. ${sentence}${tests.different.p === null ? '' : ` p of no difference ${pValue(tests.different.p)} (adjusted by Holm over the measures of the pair ${pValue(tests.different.adjusted)}), not worse by more than the margin ${pValue(tests.notWorse.p)} (${pValue(tests.notWorse.adjusted)}), equivalent ${pValue(tests.equivalent.p)} (${pValue(tests.equivalent.adjusted)}).`}`,
          ...pair.checks
            .filter(({ measure, estimate }) => measure === wanted && estimate.value !== null)
            .map(
              ({ method, estimate, quantity, p }) =>
                `${pair.behaviour}, ${title}, ${method}: ${figureInWords(estimate, quantity === 'points' || quantity === 'scale' ? quantity : 'coefficient')}${p === null ? '' : `, p ${pValue(p)}`}.`,
            ),
        ]),
    );
  const base = {
    aspect: '2. Content of output',
    frame: '3. Relative to a frame of reference outside the system: the behaviour’s description',
    shown: choice,
    task: 'N/A',
    agreement: other,
    effects: [] as readonly string[],
  };
  switch (question.type) {
    case 'label':
      return {
        ...base,
        name: 'Label agreement',
        quality: '1. Correctness',
        size: 'The number of answers of the example.',
        values: 'The example’s own answers; yes and no for most.',
        elicitation: classified,
        aggregation: [
          'Labels upheld: share of complete examples whose own label more than half of the raters chose, with a Wilson score interval; ties and mere pluralities are not upheld and counted apart.',
          byVote,
          ...perDataset(model, ({ label }) =>
            label === null
              ? null
              : `labels upheld ${figureInWords(label.upheld, 'percent')}; by vote ${figureInWords(label.byVote, 'percent')}`,
          ),
          ...checkedByConsensus(model),
        ],
        agreement: (dataset) => dataset.labelAgreement.map(({ agreement }) => agreement),
        effects: differences('label-votes'),
      };
    case 'ambiguous':
      return {
        ...base,
        name: 'Ambiguity',
        quality: '3. Feature',
        size: '2',
        values: 'unclear, not unclear',
        shown: '2. Check-boxes (one, unticked at first).',
        elicitation: classified,
        aggregation: [
          byVote,
          ...perDataset(model, ({ ambiguity }) =>
            ambiguity === null ? null : figureInWords(ambiguity.byVote, 'percent'),
          ),
        ],
        agreement: () => [],
        effects: differences('unclear'),
      };
    case 'relevance':
      return {
        ...base,
        name: 'Relevance',
        quality: '2. Goodness',
        size: '5',
        values: `1 (${question.lowest}) to 5 (${question.highest})`,
        elicitation: '2. Direct quality estimation.',
        aggregation: [
          byVote,
          'Share of complete examples with a median of 4 or more, with a Wilson score interval.',
          ...perDataset(model, ({ relevance }) =>
            relevance === null
              ? null
              : `mean ${figureInWords(relevance.mean, 'scale')}; median of 4 or more ${figureInWords(relevance.medianFour, 'percent')}`,
          ),
        ],
        agreement: (dataset) =>
          dataset.relevanceAgreement === null ? [] : [dataset.relevanceAgreement],
        effects: differences('relevance'),
      };
    case 'yes-no':
      return {
        ...base,
        name: question.id,
        quality: '1. Correctness',
        size: '2',
        values: 'yes, no',
        elicitation: classified,
        aggregation: [majority],
      };
    case 'choice':
      return {
        ...base,
        name: question.id,
        quality: '3. Feature',
        size: String(question.options.length),
        values: question.options.join('; '),
        elicitation: classified,
        aggregation: ['Answers are counted.'],
      };
    case 'scale':
      return {
        ...base,
        name: question.id,
        quality: '2. Goodness',
        size: String(question.to - question.from + 1),
        values: `${question.from} (${question.lowest}) to ${question.to} (${question.highest})`,
        elicitation: '2. Direct quality estimation.',
        aggregation: [byVote],
      };
    case 'text':
      return {
        ...base,
        name: question.id,
        quality: '3. Feature',
        size: 'N/A',
        values: 'N/A',
        shown: '4. N/A (there is no rating instrument).',
        task: 'Raters write a text.',
        elicitation: '5. Qualitative feedback.',
        aggregation: ['Results were not processed or aggregated before being reported.'],
      };
  }
}

const scores = ({ observed, fleiss, alpha, gwet, alphaMetric }: AgreementSection): string =>
  `observed agreement ${figureInWords(observed, 'percent')}; Fleiss’ kappa ${figureInWords(fleiss, 'coefficient')}; Krippendorff’s alpha (${alphaMetric}) ${figureInWords(alpha, 'coefficient')}; Gwet’s AC1 ${figureInWords(gwet, 'coefficient')}`;

const suggested = (text: string): string => `Suggested, to be checked: ${text}.`;

function criterionSection(question: Question, model: ReportModel): SheetSection {
  const criterion = criterionOf(question, model);
  const ambiguity =
    question.type === 'ambiguous'
      ? perDataset(model, (dataset) =>
          dataset.ambiguity === null
            ? null
            : `Gwet’s AC1 ${figureInWords(dataset.ambiguity.gwet, 'coefficient')}`,
        )
      : [];
  const reached = [
    ...ambiguity,
    ...model.datasets.flatMap((dataset) =>
      criterion.agreement(dataset).map((agreement) => `${titleOf(dataset)}: ${scores(agreement)}`),
    ),
  ];
  return {
    title: `4 Quality criterion: ${criterion.name}`,
    answers: [
      ask('4.1.1', 'Type of quality', suggested(criterion.quality)),
      ask('4.1.2', 'Aspect of the output', suggested(criterion.aspect)),
      ask('4.1.3', 'In its own right or against a frame of reference', suggested(criterion.frame)),
      ask('4.2.1', 'Objective or subjective', suggested('2. Subjective')),
      ask('4.2.2', 'Absolute or relative', '1. Absolute: one example at a time.'),
      ask('4.2.3', 'Intrinsic or extrinsic', suggested('1. Intrinsic')),
      ask(
        '4.3.1.1',
        'Name given to evaluators',
        'No name given; the question of 4.3.7 stands alone.',
      ),
      ask('4.3.1.2', 'Standardised name'),
      ask(
        '4.3.2',
        'Definition given to evaluators',
        question.hint === ''
          ? 'No definition beside the question; guidelines are not part of the report.'
          : question.hint,
      ),
      ask('4.3.3', 'Size of the scale', criterion.size),
      ask('4.3.4', 'Values of the scale', criterion.values),
      ask('4.3.5', 'How the scale is presented', criterion.shown),
      ask('4.3.6', 'Task without rating instrument', criterion.task),
      ask('4.3.7', 'Verbatim question', `“${question.wording}”`),
      ask('4.3.8', 'Form of response elicitation', criterion.elicitation),
      ask('4.3.9', 'Aggregation', ...criterion.aggregation),
      ask(
        '4.3.10',
        'Effect size and significance',
        ...(criterion.effects.length === 0 ? ['None.'] : criterion.effects),
      ),
      ask(
        '4.3.11.1',
        'Inter-annotator agreement: method',
        reached.length === 0
          ? 'InterAA not assessed.'
          : 'Coefficients over the chosen answers; standard errors and bootstrap over examples, as the methods of the report say.',
      ),
      ask(
        '4.3.11.2',
        'Inter-annotator agreement: score',
        ...(reached.length === 0 ? ['InterAA not assessed.'] : reached),
      ),
      ask(
        '4.3.12.1',
        'Intra-annotator agreement: method',
        'IntraAA not assessed: no rater judges an example twice.',
      ),
      ask('4.3.12.2', 'Intra-annotator agreement: score', 'IntraAA not assessed.'),
    ],
  };
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
        ask('5.1', 'Research ethics committee'),
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
