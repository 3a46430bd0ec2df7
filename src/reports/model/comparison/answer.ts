import { pValue } from '../words.js';
import {
  type AtOnce,
  type Claim,
  claimsOf,
  type Family,
  familyWords,
  type Measured,
} from './findings.js';
import { marginWords } from './sentences.js';
import type { PairAnswer } from '../schema/comparison.js';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

const withMargin = ({ subject, margin, unit }: Measured): string =>
  `${subject} (${marginWords(margin, unit)}${unit === 'scale' ? ' on the scale' : ''})`;
const inWords = (found: readonly Measured[]): string => list.format(found.map(withMargin));

interface Claimed {
  readonly measured: Measured;
  readonly claim: Claim;
}

const everyClaim = (differences: readonly Measured[]): Claimed[] =>
  differences.flatMap((measured) => claimsOf(measured).map((claim) => ({ measured, claim })));

const kindWords = ({ measured, claim }: Claimed): string =>
  claim.kind === 'not-worse'
    ? 'not worse'
    : claim.kind !== 'lower'
      ? claim.kind
      : measured.verdict === 'undecided'
        ? 'worse, open by how much'
        : 'lower';

/** "relevance (equivalent, p = 0.062)", each claim with the p-value that it has once corrected. */
const claimList = (claims: readonly Claimed[]): string =>
  list.format(
    claims.map((one) => {
      const p = pValue(one.claim.p);
      return `${one.measured.subject} (${kindWords(one)}, p ${p.startsWith('<') ? p : `= ${p}`})`;
    }),
  );

/** What an answer has to know beside the measures. */
export interface AnswerParts {
  readonly postHoc: boolean;
  readonly family: Family;
  readonly atOnce: AtOnce;
}

/**
 * The answer to whether the generated set is worse, over all measures. A claim of every measure at
 * once needs no correction for their number; every other one is said as shown where it stands the
 * correction, and otherwise as what holds by itself.
 */
export function pairAnswer(
  differences: readonly Measured[],
  { postHoc, family, atOnce }: AnswerParts,
): PairAnswer {
  const claims = everyClaim(differences);
  const named = (kind: Claim['kind'], stands?: boolean): Measured[] =>
    claims
      .filter(({ claim }) => claim.kind === kind && (stands ?? claim.stands) === claim.stands)
      .map(({ measured }) => measured);
  const open = differences.filter(({ verdict }) => ['undecided', 'no-interval'].includes(verdict));
  const late = postHoc
    ? ' Post hoc: the threshold or a margin was changed after the first judgment, so that this was not fixed beforehand.'
    : '';
  const answer = (kind: PairAnswer['kind'], sentence: string): PairAnswer => ({
    kind,
    sentence: `${sentence}${late}`,
  });
  const head = (word: string, stands: boolean, corrected: Family = family): string =>
    stands
      ? `${word}:`
      : `${word} by itself, but not shown once corrected for ${familyWords(corrected)}:`;
  const sentenceOf = (found: readonly Measured[], words: string): string =>
    found.length === 0 ? '' : ` In ${inWords(found)} ${words}.`;
  // What the head of the answer says of `headed` is not said again; that they are lower is not in it.
  const byItself = (headed: readonly Measured[]): string => {
    const left = claims.filter(
      ({ measured, claim }) =>
        !claim.stands && (claim.kind === 'lower' || !headed.includes(measured)),
    );
    return left.length === 0
      ? ''
      : ` By itself only, and not shown once corrected for ${familyWords(family)}: ${claimList(left)}.`;
  };
  const single = (headed: readonly Measured[]): string => {
    const words = byItself(headed);
    return words === '' || family.pairs > 1
      ? words
      : `${words} That every measure passes at once needs no correction for their number.`;
  };
  const lower = named('lower', true).filter(({ verdict }) => verdict === 'undecided');
  const rest = (said: readonly Measured[] = []): string =>
    [
      sentenceOf(lower, 'the generated set is worse; by how much is open'),
      sentenceOf(named('equivalent', true), 'the two sets are equivalent'),
      sentenceOf(
        [...named('better', true), ...named('not-worse', true)],
        'it is shown to be not worse by more than the margin',
      ),
      byItself(said),
    ].join('');
  if (differences.length === 0)
    return answer('open', 'Raters were asked nothing of both sets that could be compared.');
  const worse = differences.filter(({ verdict }) => verdict === 'worse');
  if (worse.length > 0) {
    const shown = named('worse', true);
    const said = shown.length > 0 ? shown : worse;
    return answer(
      'worse',
      [
        `${head('Worse', shown.length > 0)} in ${inWords(said)} the generated set is worse than `,
        `the human-written one by more than the margin.${rest(said)}`,
        open.length === 0 ? '' : ` Open: ${inWords(open)}.`,
      ].join(''),
    );
  }
  if (open.length > 0)
    return answer(
      'open',
      [
        'Open: this study cannot say whether the generated set is worse than the human-written one ',
        `by more than the margin in ${inWords(open)}.${rest()}`,
      ].join(''),
    );
  const pairsOnly = { measures: 1, pairs: family.pairs };
  if (differences.every(({ verdict }) => verdict === 'equivalent'))
    return answer(
      'equivalent',
      [
        `${head('Equivalent', atOnce.equivalent, pairsOnly)} in ${inWords(differences)} the generated `,
        'and the human-written set differ by less than the margin, either way.',
        single(atOnce.equivalent ? [] : differences),
      ].join(''),
    );
  const shown = named('better', true);
  const better = shown.length > 0 ? shown : named('better');
  if (better.length > 0) {
    const others = differences.filter((measured) => !better.includes(measured));
    const subjects = list.format(better.map(({ subject }) => subject));
    const notWorse = `shown${atOnce.notWorse ? '' : ' by itself'} to be not worse by more than the margin`;
    return answer(
      'better',
      [
        `${head('Better', shown.length > 0)} the generated set is better than the human-written one `,
        `in ${subjects}${others.length === 0 ? '' : `, and ${notWorse} in ${inWords(others)}`}.`,
        single([...(shown.length > 0 ? [] : better), ...(atOnce.notWorse ? [] : others)]),
      ].join(''),
    );
  }
  return answer(
    'not-worse',
    [
      `${head('Not worse', atOnce.notWorse, pairsOnly)} in ${inWords(differences)} the generated set `,
      'is worse than the human-written one by less than the margin, if at all.',
      single(atOnce.notWorse ? [] : differences),
    ].join(''),
  );
}

/**
 * Which findings of the single measures are still shown once corrected, each by its name; the answer
 * names those that are not. Empty where nothing is left or there is nothing to correct for.
 */
export function correctionSentence(differences: readonly Measured[], family: Family): string {
  const over = familyWords(family, true);
  const shown = everyClaim(differences).filter(({ claim }) => claim.stands);
  return over === '' || shown.length === 0
    ? ''
    : `Corrected for ${over}, still shown: ${claimList(shown)}.`;
}
