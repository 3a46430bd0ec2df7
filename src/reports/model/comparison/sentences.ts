import { count, percent } from '#web/format.js';
import type { Figure } from '#figure.js';
import { besideMarks, marginMarks, printedBeside } from '../digits.js';
import { plainPoints, pValue } from '../words.js';
import { turned } from './measures.js';
import type { Check, Difference, PairAnswer, Resolution } from '../schema/comparison.js';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

type Unit = Difference['unit'];

/** "7.1 points", "0.21", from the number in digits. */
const amount = (size: string, unit: Unit): string => `${size}${unit === 'points' ? ' points' : ''}`;

/** "5 points", "0.3". */
export const marginWords = (margin: number, unit: Unit): string =>
  unit === 'points' ? plainPoints(margin) : String(margin);

/** "worse by more than 5 points"; with a margin of 0 "worse". */
const worse = ({ margin, unit }: Pick<Difference, 'margin' | 'unit'>): string =>
  margin === 0 ? 'worse' : `worse by more than ${marginWords(margin, unit)}`;

/** "7.1 points worse to 2.3 points better", from limits turned so that higher is better. */
export function span(
  { lower, upper }: { readonly lower: number; readonly upper: number },
  said: Pick<Difference, 'unit' | 'margin'>,
): string {
  const { unit, margin } = said;
  const [from = '', to = ''] = printedBeside(
    [Math.abs(lower), Math.abs(upper)],
    unit,
    marginMarks(margin),
  );
  if (lower >= 0) return `${from} to ${amount(to, unit)} better`;
  if (upper <= 0) return `${from} to ${amount(to, unit)} worse`;
  return `${amount(from, unit)} worse to ${amount(to, unit)} better`;
}

type Said = Omit<Difference, 'sentence'>;

/**
 * What would narrow the interval, and how many of each would decide, if the difference stays as
 * seen.
 */
function whatWouldDecide({ doubled, halfWidth, needed }: Resolution): string {
  const ways = [
    needed?.examples === null || needed === null
      ? ''
      : `${count(needed.examples)} examples of each kind`,
    needed?.overlap === null || needed === null
      ? ''
      : `${count(needed.overlap)} judgments for each example`,
    needed?.raters === null || needed === null ? '' : `${count(needed.raters)} raters`,
  ].filter((way) => way !== '');
  const decides =
    ways.length === 0
      ? 'If the difference is as seen, no reasonable number of examples, judgments or raters decides it by itself.'
      : `If the difference is as seen, a study of about ${ways.join(', or ')}${ways.length > 1 ? ', each alone,' : ''} has an even chance to decide it.`;
  const narrower = (reach: number): number => Math.max(0, 1 - reach / halfWidth);
  const levers = [
    { words: 'examples', by: narrower(doubled.examples) },
    ...(doubled.overlap === null
      ? []
      : [{ words: 'judgments for each example', by: narrower(doubled.overlap) }]),
    { words: 'raters', by: narrower(doubled.raters) },
  ].toSorted((left, right) => right.by - left.by);
  const [best, ...rest] = levers;
  if (best === undefined) return decides;
  const alike = rest.filter(({ by }) => percent(by, 0) === percent(best.by, 0));
  const less = rest.filter((lever) => !alike.includes(lever));
  const most = `Twice as many ${new Intl.ListFormat('en-GB', { type: 'disjunction' }).format([best, ...alike].map(({ words }) => words))} would narrow the interval${less.length > 0 && alike.length === 0 ? ' most,' : ''} by ${percent(best.by, 0)}`;
  return `${decides} ${most}${less.length === 0 ? '' : `; ${list.format(less.map(({ words, by }) => `twice as many ${words} by ${percent(by, 0)}`))}`}.`;
}

/** What is said of the generated set where the margin stands beside it. */
export const verdictWords: Record<Difference['verdict'], string> = {
  better: 'better',
  'not-worse': 'not worse by more than the margin',
  equivalent: 'equivalent within the margin',
  worse: 'worse by more than the margin',
  undecided: 'open',
  'no-interval': 'no interval',
};

/** The same with the margin in it: "not worse by more than 5 points". */
export function verdictAgainst({
  verdict,
  margin,
  unit,
}: Pick<Difference, 'verdict' | 'margin' | 'unit'>): string {
  if (margin === 0 && verdict === 'worse') return 'worse';
  return verdict === 'undecided'
    ? `open at a margin of ${marginWords(margin, unit)}`
    : verdictWords[verdict].replace('the margin', marginWords(margin, unit));
}

/** What is left to say where there is no interval over raters. */
function withoutInterval(said: Said, byMajority: Figure | null): string {
  const { subject, unit, difference, higherIsBetter } = said;
  if (difference.value === null)
    return `Nothing can be said about the difference in ${subject}: ${difference.because ?? 'there is no interval'}.`;
  const why = difference.because ?? 'there is no interval';
  const limits = byMajority === null ? null : turned(byMajority, higherIsBetter);
  const alone =
    limits === null
      ? ''
      : ` By majority, raters taken as they are, the judgments fit anything from ${span(limits, said)} (95 % interval).`;
  return `Nothing can be said about the difference in ${subject} beyond these raters: ${why}. The difference seen is ${amount(besideMarks(difference.value, unit, marginMarks(said.margin)), unit)}.${alone}`;
}

/**
 * What the intervals allow to say of one measure, in plain words.
 * @param byMajority the same difference by majority, for where there is no interval over raters;
 *   null where there is none
 */
export function differenceSentence(said: Said, byMajority: Figure | null): string {
  const { subject, unit, verdict, difference, equivalence, higherIsBetter, margin, resolution } =
    said;
  const limits = turned(difference, higherIsBetter);
  if (verdict === 'no-interval' || limits === null) return withoutInterval(said, byMajority);
  const interval = `(95 % interval: ${span(limits, said)})`;
  const lower = limits.upper < 0;
  const behind = lower ? ' It is lower, but by less than that.' : '';
  switch (verdict) {
    case 'better':
      return `In ${subject} the generated set is better ${interval}.`;
    case 'worse':
      return `In ${subject} the generated set is ${worse(said)} ${interval}.`;
    case 'equivalent': {
      const narrower = turned(equivalence, higherIsBetter) ?? limits;
      return `In ${subject} the two sets are equivalent: they differ by less than ${marginWords(margin, unit)} either way (90 % interval, as the test of equivalence asks: ${span(narrower, said)}).${behind}`;
    }
    case 'not-worse':
      return `In ${subject} the generated set is shown to be not ${worse(said)} ${interval}.${behind}`;
    case 'undecided': {
      const open = lower
        ? `In ${subject} the generated set is worse; whether by more than ${marginWords(margin, unit)} is open ${interval}.`
        : `Whether the generated set is ${worse(said)} in ${subject} is open: the judgments fit anything from ${span(limits, said)} (95 % interval).`;
      return resolution === null ? open : `${open} ${whatWouldDecide(resolution)}`;
    }
  }
}

const subjectsOf = (found: readonly Difference[]): string =>
  list.format(found.map(({ subject }) => subject));

const withMargin = ({ subject, margin, unit }: Difference): string =>
  `${subject} (${marginWords(margin, unit)}${unit === 'scale' ? ' on the scale' : ''})`;

/** The tests behind a verdict that finds something: all of them must show it. */
const testsOf: Partial<
  Record<
    Difference['verdict'],
    { readonly tests: readonly (keyof Difference['tests'])[]; readonly words: string }
  >
> = {
  better: { tests: ['different'], words: 'better' },
  worse: { tests: ['worse'], words: 'worse' },
  equivalent: { tests: ['equivalent', 'notWorse'], words: 'equivalent' },
  'not-worse': { tests: ['notWorse'], words: 'not worse' },
};

/**
 * The first test behind a finding that no longer shows it after Holm's correction; undefined where
 * all do, or there is no finding.
 */
const lostTest = ({ verdict, tests }: Difference): keyof Difference['tests'] | undefined =>
  testsOf[verdict]?.tests.find((name) => (tests[name].adjusted ?? 0) > tests[name].level);

const stands = (difference: Difference): boolean => lostTest(difference) === undefined;

/**
 * The answer to whether the generated set is worse, over all measures; claims of every measure at
 * once need no correction.
 */
export function pairAnswer(differences: readonly Difference[], postHoc: boolean): PairAnswer {
  const named = (...kinds: readonly Difference['verdict'][]): Difference[] =>
    differences.filter(({ verdict }) => kinds.includes(verdict));
  const inWords = (found: readonly Difference[]): string => list.format(found.map(withMargin));
  const late = postHoc
    ? ' Post hoc: the threshold or a margin was changed after the first judgment, so that this was not fixed beforehand.'
    : '';
  const [worse, better, equal, atLeast, open] = [
    named('worse'),
    named('better'),
    named('equivalent'),
    named('better', 'equivalent', 'not-worse'),
    named('undecided', 'no-interval'),
  ];
  const answer = (kind: PairAnswer['kind'], sentence: string): PairAnswer => ({
    kind,
    sentence: `${sentence}${late}`,
  });
  const corrected = (deciding: readonly Difference[]): string =>
    deciding.some(stands)
      ? ''
      : ' Corrected for the number of measures (Holm), this does not stand by itself.';
  const notWorse = atLeast.filter((difference) => !equal.includes(difference));
  const rest = `${equal.length === 0 ? '' : ` In ${inWords(equal)} the two sets are equivalent.`}${notWorse.length === 0 ? '' : ` In ${inWords(notWorse)} it is shown to be not worse by more than the margin.`}`;
  if (differences.length === 0)
    return answer('open', 'Raters were asked nothing of both sets that could be compared.');
  if (worse.length > 0)
    return answer(
      'worse',
      `Worse: in ${inWords(worse)} the generated set is worse than the human-written one by more than the margin.${corrected(worse)}${rest}${open.length === 0 ? '' : ` Open: ${inWords(open)}.`}`,
    );
  if (open.length > 0)
    return answer(
      'open',
      `Open: this study cannot say whether the generated set is worse than the human-written one by more than the margin in ${inWords(open)}.${rest}`,
    );
  if (equal.length === differences.length)
    return answer(
      'equivalent',
      `Equivalent: in ${inWords(equal)} the generated and the human-written set differ by less than the margin, either way.`,
    );
  if (better.length === differences.length)
    return answer(
      'better',
      `Better: in ${subjectsOf(better)} the generated set is better than the human-written one.${corrected(better)}`,
    );
  if (better.length > 0)
    return answer(
      'better',
      `Better: the generated set is better than the human-written one in ${subjectsOf(better)}, and shown to be not worse by more than the margin in ${inWords(atLeast.filter((difference) => !better.includes(difference)))}.${corrected(better)}`,
    );
  return answer(
    'not-worse',
    `Not worse: in ${inWords(atLeast)} the generated set is shown to be worse than the human-written one by less than the margin, if at all.`,
  );
}

/**
 * Whether the findings of the single measures stand after Holm's correction; empty where there is
 * nothing to correct.
 */
export function correctionSentence(differences: readonly Difference[]): string {
  const tested = differences.filter(({ tests }) => tests.different.p !== null);
  if (tested.length < 2) return '';
  const findings = tested.flatMap((difference) => {
    const found = testsOf[difference.verdict];
    const [first] = found?.tests ?? [];
    if (found === undefined || first === undefined) return [];
    return [
      {
        words: `${difference.subject} (${found.words}, p = ${pValue(difference.tests[lostTest(difference) ?? first].adjusted)})`,
        stands: stands(difference),
      },
    ];
  });
  if (findings.length === 0) return '';
  const lost = findings.filter((finding) => !finding.stands);
  const measures = `${tested.length === 2 ? 'two' : 'three'} measures`;
  if (lost.length === 0)
    return `Corrected for looking at ${measures} (Holm), ${findings.length === 1 ? 'this finding still stands' : 'these findings still stand'}.`;
  const all = differences.every(
    ({ verdict }) => verdict === 'better' || verdict === 'equivalent' || verdict === 'not-worse',
  )
    ? ' That every measure passes at once needs no such correction.'
    : '';
  return `Corrected for looking at ${measures} (Holm), the finding about ${list.format(lost.map(({ words }) => words))} no longer stands by itself.${all}`;
}

/** What a check says of the generated set, in words. */
export function checkWords(
  { direction, margin }: Pick<Check, 'direction' | 'margin'>,
  said: Pick<Difference, 'margin' | 'unit'>,
): string {
  const way = { better: 'generated better', worse: 'generated worse', none: 'no difference shown' };
  const words = [
    ...(direction === null ? [] : [way[direction]]),
    ...(margin === null || direction === 'better'
      ? []
      : [
          margin === 'within'
            ? `not ${worse(said)}`
            : margin === 'beyond'
              ? worse(said)
              : `open whether ${worse(said)}`,
        ]),
  ];
  return words.join(', ');
}

/** In one sentence: do the other methods say what the main interval says? */
export function agreementSentence(
  differences: readonly Difference[],
  checks: readonly Check[],
): string {
  const compared = checks.filter(({ agrees }) => agrees !== null);
  if (compared.length === 0)
    return checks.length === 0
      ? ''
      : 'There is no main interval with which the other methods could be compared.';
  const others = compared.flatMap((check) => {
    const main = differences.find(({ measure }) => measure === check.measure);
    return check.agrees === true || main === undefined ? [] : [{ check, main }];
  });
  // A test of no difference knows no margin: that it finds none says nothing about equivalence.
  const tally = (known: readonly Check[]): string =>
    `${count(known.filter(({ agrees }) => agrees === true).length)} of ${count(known.length)}`;
  const [aboutMargin, aboutDifference] = [
    compared.filter(({ margin }) => margin !== null),
    compared.filter(({ margin }) => margin === null),
  ];
  const counts = list.format([
    ...(aboutMargin.length === 0
      ? []
      : [`${tally(aboutMargin)} intervals by other methods say the same against the margin`]),
    ...(aboutDifference.length === 0
      ? []
      : [
          `${tally(aboutDifference)} methods that know no margin say the same about whether there is a difference`,
        ]),
  ]);
  if (others.length === 0) return `Other methods do not say otherwise: ${counts}.`;
  const opposite = others.some(
    ({ check, main }) =>
      check.direction !== 'none' &&
      check.direction !== null &&
      main.difference.value !== null &&
      (check.direction === 'better') !== (main.difference.value > 0 === main.higherIsBetter),
  );
  const said = others.map(
    ({ check, main }) => `${main.subject}, ${check.method} (${checkWords(check, main)})`,
  );
  return `Beside the main interval, ${counts}. Otherwise: ${said.join('; ')}.${opposite ? ' Some point the opposite way, so that neither should be relied on.' : ''}`;
}
