import { ownColumnOf, type Question, typeOf } from '#studies/questions/types.js';
import type { OwnName } from '#studies/questions/questionType.js';
import type { Difference } from '../model/schema/comparison.js';
import type { AgreementSection, DatasetSection, ReportModel } from '../model/schema/report.js';
import { agreementOver, pValue } from '../model/words.js';
import { differenceMarks } from '../model/digits.js';
import { figureInWords } from './decimals.js';
import { ask, perDataset, type SheetSection, suggested, titleOf } from './hedsSheet.js';

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
        'As a check, labels upheld by a consensus (a weighted mean of models of raters, with weights from how probable each makes the votes on an example given the other examples):',
        ...found,
      ];
}

function scores(section: AgreementSection): string {
  const { observed, fleiss, alpha, gwet, alphaMetric } = section;
  const over = agreementOver([section]);
  return `observed agreement ${figureInWords(observed, 'percent')}; Fleiss’ kappa ${figureInWords(fleiss, 'coefficient')}; Krippendorff’s alpha (${alphaMetric}) ${figureInWords(alpha, 'coefficient')}; Gwet’s AC1 ${figureInWords(gwet, 'coefficient')}${over === '' ? '' : `; ${over}`}`;
}

/** What a report has measured of a criterion. */
interface Measures {
  /** What follows upon the description of the aggregation. */
  figures(model: ReportModel): readonly string[];
  /** Agreement that was reached on a dataset, each beginning after the dataset's name. */
  reached(dataset: DatasetSection): readonly string[];
  /** The measure of comparisons; null where sets are not compared by it. */
  readonly compared: Difference['measure'] | null;
}

const ownMeasures: Readonly<Record<OwnName, Measures>> = {
  label: {
    figures: (model) => [
      ...perDataset(model, ({ label }) =>
        label === null
          ? null
          : `labels upheld ${figureInWords(label.upheld, 'percent', [model.study.rule.threshold])}; by vote ${figureInWords(label.byVote, 'percent')}`,
      ),
      ...checkedByConsensus(model),
    ],
    reached: ({ labelAgreement }) =>
      labelAgreement.map(({ agreement }) => `: ${scores(agreement)}`),
    compared: 'label-votes',
  },
  ambiguous: {
    figures: (model) =>
      perDataset(model, ({ ambiguity }) =>
        ambiguity === null ? null : figureInWords(ambiguity.byVote, 'percent'),
      ),
    reached: ({ ambiguity }) =>
      ambiguity === null ? [] : [`: Gwet’s AC1 ${figureInWords(ambiguity.gwet, 'coefficient')}`],
    compared: 'unclear',
  },
  relevance: {
    figures: (model) =>
      perDataset(model, ({ relevance }) =>
        relevance === null
          ? null
          : `mean ${figureInWords(relevance.mean, 'scale')}; median of 4 or more ${figureInWords(relevance.medianFour, 'percent')}`,
      ),
    reached: ({ relevanceAgreement }) =>
      relevanceAgreement === null ? [] : [`: ${scores(relevanceAgreement)}`],
    compared: 'relevance',
  },
};

const furtherMeasures = ({ id }: Question): Measures => ({
  figures: () => [],
  reached: ({ others }) =>
    others
      .filter((other) => other.id === id)
      .flatMap(({ agreement, options = [] }) => [
        ...(agreement === null ? [] : [`: ${scores(agreement)}`]),
        ...options.map((option) => `, “${option.answer}”: ${scores(option.agreement)}`),
      ]),
  compared: null,
});

/** What comparisons of pairs say of a measure, with every check beside the main interval. */
const differences = (model: ReportModel, wanted: Difference['measure']): string[] =>
  model.pairs.flatMap((pair) =>
    pair.differences
      .filter(({ measure }) => measure === wanted)
      .flatMap(({ title, difference, unit, margin, sentence, tests }) => [
        `${pair.behaviour}, ${title}, generated minus human-written${pair.provisional === null ? '' : ' (provisional)'}: ${figureInWords(difference, unit, differenceMarks(unit, margin))}. ${sentence}${tests.different.p === null ? '' : ` p of no difference ${pValue(tests.different.p)} (adjusted by Holm over the measures of the pair ${pValue(tests.different.adjusted)}), not worse by more than the margin ${pValue(tests.notWorse.p)} (${pValue(tests.notWorse.adjusted)}), equivalent ${pValue(tests.equivalent.p)} (${pValue(tests.equivalent.adjusted)}).`}`,
        ...pair.checks
          .filter(({ measure, estimate }) => measure === wanted && estimate.value !== null)
          .map(
            ({ method, estimate, quantity, p }) =>
              `${pair.behaviour}, ${title}, ${method}: ${figureInWords(estimate, quantity === 'points' || quantity === 'scale' ? quantity : 'coefficient', differenceMarks(quantity, quantity === unit ? margin : 0))}${p === null ? '' : `, p ${pValue(p)}`}.`,
          ),
      ]),
  );

/** Section 4 of the sheet for one question of the form. */
export function criterionSection(question: Question, model: ReportModel): SheetSection {
  const criterion = typeOf(question).criterion(question);
  const own = ownColumnOf(question.type);
  const measured = own === null ? furtherMeasures(question) : ownMeasures[own.name];
  const reached = model.datasets.flatMap((dataset) =>
    measured.reached(dataset).map((scored) => `${titleOf(dataset)}${scored}`),
  );
  const effects = measured.compared === null ? [] : differences(model, measured.compared);
  return {
    title: `4 Quality criterion: ${criterion.name}`,
    answers: [
      ask('4.1.1', 'Type of quality', suggested(criterion.quality)),
      ask('4.1.2', 'Aspect of the output', suggested('2. Content of output')),
      ask(
        '4.1.3',
        'In its own right or against a frame of reference',
        suggested(
          '3. Relative to a frame of reference outside the system: the behaviour’s description',
        ),
      ),
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
      ask('4.3.9', 'Aggregation', ...criterion.aggregation, ...measured.figures(model)),
      ask(
        '4.3.10',
        'Effect size and significance',
        ...(effects.length === 0 ? ['None.'] : effects),
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
