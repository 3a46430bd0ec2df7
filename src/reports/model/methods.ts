import { count, plural, time } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { checkMethods } from './comparison/checks.js';
import { testable } from './measuredItems.js';
import type { DatasetSection, PairSection, ReportModel } from './schema/report.js';
import type { PooledMeasure } from './schema/suite.js';
import type { Standing } from './threshold.js';
import { textsNote } from './textsMethods.js';
import { ofExcluded, plainPercent, plainPoints } from './words.js';

/** The parts of a report whose making is described. */
export interface DescribedParts {
  readonly datasets: readonly DatasetSection[];
  readonly pairs: readonly PairSection[];
  /** Of the sets that were counted against the threshold. */
  readonly standings: readonly Standing[];
  readonly pooled: readonly PooledMeasure[];
  /** Of Assay, which fits the models. */
  readonly version: string;
}

/** How the study was done and how its numbers were made, from what was actually done. */
export function methodsNote(
  data: StudyData,
  totals: ReportModel['totals'],
  { datasets, pairs, standings, pooled, version }: DescribedParts,
): string[] {
  const { settings, rule, seed } = data.study;
  const form = data.forms[0]?.form;
  const note: string[] = [];
  note.push(
    `From each of ${plural(datasets.length, 'dataset')} up to ${count(settings.sampleSize)} examples were drawn at random without replacement, stratified by the dataset’s own label in proportion to the eligible examples (seed ${seed}); examples with findings that the study leaves out were not eligible. ${plural(totals.items, 'example')} were drawn, and ${count(settings.overlap)} judgments wanted for each.`,
  );
  if (form !== undefined)
    note.push(
      `Raters were asked, in this order: ${form.questions.map((question) => `“${question.wording}” (${question.type})`).join('; ')}. They saw the behaviour’s description and the example, never the dataset’s own label, its source, its confidence or another rater’s answer.`,
    );
  note.push(
    `Choices were ${settings.shuffleChoices ? 'shuffled for each rater and example with a stored seed; yes/no choices, scales and choices that lean on each other kept one fixed order' : 'shown in one fixed order'}. A rater stayed with one behaviour for ${plural(settings.blockLength, 'example')}, in an order of their own; where a behaviour has sets of both sources, a seeded coin drew the source of each example, never more than three apart for a rater while both had examples.`,
  );
  note.push(
    `${plural(totals.counted, 'judgment')} by ${plural(totals.raters, 'rater')} count${data.study.firstJudgmentAt === null ? '' : `, the first of ${time(data.study.firstJudgmentAt)}`}. Not counted: ${count(totals.surplus)} surplus, ${count(totals.excluded)} ${ofExcluded(totals.excludedRaters)}, ${count(totals.blanked)} withdrawn. An edited judgment counts as it was last sent.`,
  );
  note.push(
    'Labels upheld: the share of examples with all their judgments whose own label more than half of the raters chose; ties and mere pluralities are not upheld and counted apart; Wilson score interval, examples as units. By vote, relevance and unclear: mean over examples of the mean over their judgments, with a two-way interval over examples and raters: the cluster-robust variance of Cameron, Gelbach and Miller (2011), corrected for unequal work and never below the larger of its two parts, gives the number of independent judgments that these are worth; the limits are Wilson’s for so many, reaching as much further as t does, with degrees of freedom by Satterthwaite from effective raters − 1 and examples − 1. Under four raters no interval is given.',
  );
  note.push(
    'Agreement among raters is computed over the chosen original choices, apart for each number of choices: mean observed agreement, Fleiss’ kappa, Gwet’s AC1 and Krippendorff’s alpha (nominal for labels, ordinal for relevance). Intervals are over examples and raters: the linearised coefficient’s variance over examples, plus what raters add to it (each pair of judgments projected onto its raters, with the jackknife factor of Arvesen 1969), with Wilson limits inside the possible range and t, with effective raters − 1 degrees of freedom for the variance over examples and half as many for what raters add, neither fewer than 2. Beside them, and alone under four raters, stand those over examples, for these raters only: linearised standard errors (Gwet 2014), and for alpha a percentile bootstrap, 1,000 replicates, whose seeds are in the report as JSON.',
  );
  note.push(...comparisonMethods(pairs, rule), ...suiteMethods(standings, pooled, version));
  if (datasets.some(({ label }) => typeof label?.betweenLabels?.difference.lower === 'number'))
    note.push(
      'The share upheld under one label minus that under the other has Newcombe’s interval (method 10).',
    );
  note.push(
    ...furtherAgreement(datasets),
    ...consensusMethods(datasets, testable(data)),
    ...confidenceMethods(datasets),
  );
  note.push(
    `Threshold for labels upheld: ${plainPercent(rule.threshold)}, ${rule.setAt === null ? 'set before opening' : `set ${time(rule.setAt)}`}${rule.postHoc ? `, after the first judgment (post hoc; when opened: threshold ${plainPercent(rule.opened.threshold)}, margins ${plainPoints(rule.opened.agreementMargin)} and ${rule.opened.relevanceMargin})` : ''}.`,
  );
  note.push(...textsNote(datasets, pairs));
  note.push(
    'The approach follows Perez et al. 2022, “Discovering Language Model Behaviors with Model-Written Evaluations”, arXiv 2212.09251.',
  );
  return note;
}

/**
 * How pairs were compared: the gate, the main method and its verdicts, and the other methods, as
 * far as any pair was compared by them.
 */
function comparisonMethods(
  pairs: readonly PairSection[],
  rule: StudyData['study']['rule'],
): string[] {
  if (pairs.length === 0) return [];
  const gate =
    'Generated and human-written sets are compared only where the same raters judged both, interleaved and unmarked, under the same form, and the labels of neither set appear to be reversed.';
  const compared = pairs.filter(({ differences }) => differences.length > 0);
  if (compared.length === 0) return [`${gate} No pair was compared.`];
  const differences = compared.flatMap((pair) => pair.differences);
  const methods = new Set(
    compared.flatMap(({ checks }) =>
      checks.flatMap(({ method, estimate }) => (estimate.value === null ? [] : [method])),
    ),
  );
  const margins = [
    differences.some(({ unit }) => unit === 'points')
      ? `${plainPoints(rule.agreementMargin)} of label agreement and of clarity`
      : '',
    differences.some(({ unit }) => unit === 'scale') ? `${rule.relevanceMargin} of relevance` : '',
  ].filter((margin) => margin !== '');
  const overPairs =
    compared.length > 1
      ? `, and these once more over the ${count(compared.length)} compared pairs (Benjamini and Hochberg 1995)`
      : '';
  const corrected = compared.some((pair) => pair.differences.length > 1)
    ? ` The p-values of each kind of test are also given adjusted over the measures of a pair by Holm (1979)${overPairs}; what an adjusted p-value no longer shows is said of a measure by itself. That all measures hold at once needs no correction for their number.`
    : '';
  const others = checkMethods.flatMap(({ method, said }) => (methods.has(method) ? [said] : []));
  return [
    `${gate} Differences are generated minus human-written, by vote, with the score interval (after Miettinen and Nurminen 1985) at the effective number of votes of each set and with the correlation of the two through their raters. Margins: ${margins.join(', ')}${rule.postHoc ? ' (post hoc: the threshold or a margin was changed after the first judgment)' : ''}.`,
    `The generated set is called better where the 95 % interval lies above no difference, worse where it lies below the negative margin, not worse where it lies above it (non-inferiority at a one-sided level of .025), and equivalent where moreover two one-sided tests (Schuirmann 1987) at .05 put it within the margin on both sides; otherwise the question is open.${corrected} The p-values are the levels at which the interval reaches the value tested. The smallest detectable difference is the smallest true one whose interval would leave out no difference with a chance of 80 %, were the uncertainty of the judgments as it is here.`,
    ...(compared.some(({ leanings }) => leanings.some(({ deviation }) => deviation.lower !== null))
      ? [
          'How much raters differ in their leaning to one set is the standard deviation over raters of their own difference beyond what their examples explain: by moments, two raters’ differences going together by the examples that both judged, with a Q profile interval (Viechtbauer 2007). Under five raters who judged enough of both sets no interval is given.',
        ]
      : []),
    ...(compared.some(({ completeness }) => completeness !== null)
      ? [
          'Whether skips depend on the source is judged by the two-way interval of the share skipped, over examples and raters, of the examples that raters skipped or answered; whether missing judgments do, by a permutation test that exchanges the sources of examples, raters taken as they are. Raters who were excluded or withdrew are left out of the skips; their judgments count as missing.',
        ]
      : []),
    ...(others.length === 0
      ? []
      : [`The same measures were compared by other methods, as a check: ${others.join('; ')}.`]),
  ];
}

/** How sets were counted against the threshold, and pairs summed up, where there are several. */
function suiteMethods(
  standings: readonly Standing[],
  pooled: readonly PooledMeasure[],
  version: string,
): string[] {
  const note: string[] = [];
  if (standings.length > 1)
    note.push(
      'Of several sets, one is said to fall short of the threshold, or to reach it, where its own interval lies on that side and the exact binomial test does so at .05 after adjustment over the sets (Benjamini and Hochberg), each direction being one family. Sets whose labels look reversed, by what raters said or, where raters have not said it of either set of a pair, by its texts, are not among them, and stand in no average of labels.',
    );
  const further = pooled.some(({ prediction }) => prediction !== null)
    ? ' The prediction interval is that of Higgins, Thompson and Spiegelhalter (2009) with the upper end of a one-sided 80 % interval of the variance between pairs in place of its estimate; for upper limits of that variance the differences count as no closer together than the variance within pairs would make them.'
    : '';
  if (pooled.some(({ difference }) => difference.lower !== null))
    note.push(
      `Over the compared pairs, the mean difference is that of a random-effects model with pairs, raters and examples, fitted by moments (Assay ${version}), generated sets that were compared with the same human-written set being taken together as one: the variance between pairs after Hedges and Olkin (1985) with the two-way variance within pairs; the standard error of Hartung and Knapp (2001), not below the one that the variance within pairs gives (Knapp and Hartung 2003), plus the covariance of pairs through raters whom they share, and the assumption for votes that all agree, which vanishes as they differ; t with the smaller of pairs − 1 and effective raters − 1 degrees of freedom, effective raters being N² / Σn² over their judgments.${further}`,
    );
  return note;
}

function furtherAgreement(datasets: readonly DatasetSection[]): string[] {
  if (
    datasets.every(
      (dataset) => dataset.labelAgreement.length === 0 && dataset.relevanceAgreement === null,
    )
  )
    return [];
  const relevance = datasets.some((dataset) => dataset.relevanceAgreement !== null)
    ? ', for relevance also Gwet’s AC2 with ordinal weights, which counts near misses in part, and the one-way intraclass correlation of one rating (Shrout and Fleiss 1979), which takes ratings as numbers and every example as judged by raters of its own, with an F interval where all examples have equally many ratings'
    : '';
  return [
    `Also given are the Brennan-Prediger coefficient, which takes every answer as equally likely by chance, and Conger’s kappa, which takes each rater’s own shares${relevance}. In the map of raters every two are compared over the examples that both judged, ordered by average linkage.`,
  ];
}

function consensusMethods(datasets: readonly DatasetSection[], tested: boolean): string[] {
  const found = datasets.flatMap(({ consensus }) =>
    consensus.kind === 'consensus' ? [consensus] : [],
  );
  if (found.length === 0) return [];
  const ordinal = found.some((consensus) => consensus.relevance !== null)
    ? ' Relevance has a cumulative-logit model with each rater’s leniency, precision and lapses, fitted by expectation-maximisation.'
    : '';
  return [
    `As a check, a consensus is given beside the majority, fitted apart for each number of choices. It is the weighted mean of three descriptions of the raters: all are right equally often and err evenly; they differ and err evenly; each mixes up particular answers. The weights come from how probable each makes the votes on an example given the votes on the other examples, on average over five settings for the last two, and from prior weights of 1, 1 and a quarter. The first two average over what is not known of raters (collapsed variational inference, Asuncion et al. 2009); the last is the mean of Dawid-Skene drawn towards all raters together, the same drawn towards knowing nothing, and MACE (Hovy et al. 2013), without those that collapsed. A rater’s accuracy comes from the probabilities of this consensus, with the limits of its beta posterior. Where raters copy each other or an example misleads everybody, the consensus is too sure; the majority is what is reported.${ordinal}`,
    `The difficulty of an example is the share of pairs of its raters who disagree; ${tested ? 'its discrimination is the correlation of its raters’ agreement elsewhere with choosing its most frequent answer' : 'fewer than four judgments of an example give no discrimination, and no test of whether the raters who agree most elsewhere are against the rest'}. The probability that a label is wrong counts the label as one more witness, right as often as the labels of its dataset are estimated to be. A soft label is how probable each answer is of one further rater: the votes of the example, drawn towards the answers of the dataset by a Dirichlet-multinomial model with a component for each leading answer, averaged over its settings; entropy and expected information, of the answer by the votes alone, are in bits.`,
  ];
}

type Weighted = Extract<DatasetSection['confidence'], { kind: 'weighted' }>;

/** How often was resampled, with which seeds. */
function resampled(sets: readonly Weighted[]): string {
  const seeds = new Set(sets.flatMap(({ all }) => all.plain.seed ?? []));
  const replicates = new Set(sets.flatMap(({ all }) => all.plain.replicates ?? []));
  const left = sets.reduce((sum, { oneOutcome }) => sum + oneOutcome, 0);
  return `The bootstrap has ${[...replicates].map((times) => count(times)).join(' or ')} replicates (${seeds.size === 1 ? 'seed' : 'seeds'} ${[...seeds].join('; ')})${left === 0 ? '' : `; of those of the area ${count(left)} held one outcome alone and are left out`}.`;
}

/** What is said of a set itself beside its discriminator, whatever was dropped. */
function ofTheSetItself(datasets: readonly DatasetSection[]): string {
  const known = datasets.flatMap(({ confidence }) =>
    confidence.kind === 'missing' ? [] : [confidence],
  );
  if (known.length === 0) return '';
  const powered = known.some(({ wholeSet }) => wholeSet.kind === 'whole-set')
    ? ' For the whole set the share of labels upheld is also given as a prediction-powered mean (Angelopoulos, Duchi and Zrnic 2023), from the confidence of the eligible examples that were not drawn; the weight of the confidence is tuned for each example on the others, and the interval is Wilson’s with the number of examples that would say as much, by t with examples − 1 degrees of freedom.'
    : '';
  return `Two ceilings say what a model that shows the behaviour without fail would score: by raters, if they are right about the labels, and by the discriminator, if its confidence is; the first rests on people.${powered}`;
}

/** How a discriminator was judged over what it kept and what it dropped. */
function weightedMethods(datasets: readonly DatasetSection[]): string[] {
  const sets = datasets.flatMap(({ confidence, title }) =>
    confidence.kind === 'weighted' ? [{ confidence, title }] : [],
  );
  if (sets.length === 0) return [];
  const judged = sets.map(
    ({ confidence, title }) =>
      `${title}: ${confidence.parts.map((part) => `${count(part.judged)} judged of ${count(part.eligible)} ${part.part}`).join(', ')}`,
  );
  return [
    `Where raters also judged examples that a generation had dropped, the discriminator is judged over both (${judged.join('; ')}). They stand for the eligible examples with a label and a confidence. What was kept was drawn at random by label, what was dropped by label and band of confidence (five of about equal count); every judged example of either has the weight N/n of its label and band, of which N could be drawn and n were judged. Strata with fewer than two judged examples are put together with a neighbour. Of the weighted figures, the area under the ROC curve has an interval on the logit scale with the standard error of a rescaled bootstrap within strata (Rao, Wu and Yue 1992) and t, with Satterthwaite degrees of freedom over parts and outcomes; shares have Wilson limits with the effective number of examples (Korn and Graubard 1998), the Brier score t, the calibration error percentiles of the same bootstrap. Intervals are over examples. The prediction-powered share over both is stratified, with one weight of the confidence. ${resampled(sets.map(({ confidence }) => confidence))} Under three examples of one of the two outcomes, by number or by weight, the area and its curve have no interval. Nothing else in this report uses what was dropped.`,
  ];
}

function confidenceMethods(datasets: readonly DatasetSection[]): string[] {
  const found = datasets.flatMap(({ confidence }) =>
    confidence.kind === 'confidence' ? [confidence] : [],
  );
  const itself = ofTheSetItself(datasets);
  if (found.length === 0) return [...(itself === '' ? [] : [itself]), ...weightedMethods(datasets)];
  const replicates =
    found.find((confidence) => confidence.calibrationError.replicates !== null)?.calibrationError
      .replicates ?? null;
  const error =
    replicates === null
      ? ''
      : `; the expected calibration error over bins of equal count, with a percentile bootstrap over examples, ${count(replicates)} replicates, beside what a perfectly calibrated discriminator would show (Bröcker and Smith 2007)`;
  const restricted = found.every((confidence) => confidence.restricted)
    ? ' No judged example has a confidence of one half or less: if a discriminator filtered the sets, the candidates that it rejected are not in them, and all of this speaks only of what it let through, and can look worse or flatter than the discriminator is. To include them, import the rejected candidates with the confidence of the label that was asked for as a set of their own, and draw from both in one study.'
    : '';
  return [
    `The discriminator’s confidence is set against labels upheld by majority, over complete examples: the Brier score with its parts (Brier 1950; Murphy 1973) and a t interval${error}; the area under the ROC curve with the interval of DeLong et al. (1988); and what would be left if only the most confident examples were kept. ${itself}${restricted}`,
    ...weightedMethods(datasets),
  ];
}
