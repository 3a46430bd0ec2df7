import { permutationTest } from '#statistics/comparison/permutation.js';
import { verdict } from '#statistics/comparison/verdict.js';
import type { Estimate } from '#statistics/estimate.js';
import { twoWayDifference } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';
import { type SkipReason, skipReasons } from '#assignment/return.js';
import { figure } from '#figure.js';
import { count, percent } from '#web/format.js';
import type { UnansweredFacts } from '../../input/data.js';
import { rangeBeside } from '../digits.js';
import { pValue } from '../words.js';
import type { Completeness } from '../schema/comparison.js';
import type { Arm } from '../votes.js';

type Asked = Completeness['generated'];

/** One set of a pair with what raters who count did not answer; item indexes run within the set. */
export interface AskedArm {
  readonly arm: Arm;
  readonly unanswered: readonly UnansweredFacts[];
  /** Judgments that were sent by raters who count, surplus too. */
  readonly answered: readonly { readonly item: number; readonly rater: number }[];
}

function askedOf({ arm, unanswered, answered }: AskedArm): Asked {
  const wanted = arm.items.reduce((sum, item) => sum + item.overlap, 0);
  const skipped = unanswered.filter(({ how }) => how === 'skipped');
  const reasons = (Object.keys(skipReasons) as SkipReason[]).map((reason) => ({
    reason,
    count: skipped.filter((skip) => skip.reason === reason).length,
  }));
  return {
    examples: arm.items.length,
    wanted,
    counted: arm.judgments.length,
    missing: Math.max(0, wanted - arm.judgments.length),
    answered: answered.length,
    skipped: skipped.length,
    reasons: reasons.filter((known) => known.count > 0),
    expired: unanswered.length - skipped.length,
  };
}

/** One vote for each example that a rater skipped (1) or answered (0). */
function skipVotes({ unanswered, answered }: AskedArm): Votes {
  const rows = [
    ...unanswered.flatMap(({ item, rater, how }) =>
      how === 'skipped' ? [{ item, rater, value: 1 }] : [],
    ),
    ...answered.map(({ item, rater }) => ({ item, rater, value: 0 })),
  ];
  return {
    items: Int32Array.from(rows, ({ item }) => item),
    raters: Int32Array.from(rows, ({ rater }) => rater),
    values: Float64Array.from(rows, ({ value }) => value),
  };
}

/** The share of an example's wanted judgments that are missing, for each example. */
export const missingShares = ({ items, ofItem }: Arm): number[] =>
  items.map(({ overlap }, index) =>
    overlap === 0 ? 0 : Math.max(0, overlap - (ofItem[index]?.length ?? 0)) / overlap,
  );

/** The two-way difference of skips, and its p-value; null where there is none. */
export function skipsDifference(
  generated: Votes,
  human: Votes,
): { readonly estimate: Estimate; readonly p: number | null } {
  const estimate = twoWayDifference(generated, human);
  const limitsAt = estimate.kind === 'undefined' ? null : estimate.limitsAt;
  return { estimate, p: verdict(limitsAt, { margin: 0 }).difference };
}

/** Whether missing judgments differ between the sets: a permutation of the sources over examples. */
export function missingTest(
  generated: readonly number[],
  human: readonly number[],
  seed: string,
): number | null {
  const found = permutationTest(generated, human, {
    seed,
    replicates: 1999,
    mostCounted: 20_000,
  });
  return found.kind === 'undefined' ? null : found.p;
}

/**
 * What was wanted of each set of a pair and what came of it, and whether skips and missing judgments
 * depend on the source, which would bias the comparison. Raters judged both sets, so skips are
 * compared over examples and raters, as votes are. Nobody can be named for a missing judgment:
 * their shares are compared by exchanging the sources of examples, which holds however the raters
 * were spread over them, for these raters.
 */
export function completenessOf(generated: AskedArm, human: AskedArm, seed: string): Completeness {
  const [one, other] = [askedOf(generated), askedOf(human)];
  const skips =
    one.skipped + other.skipped === 0
      ? null
      : skipsDifference(skipVotes(generated), skipVotes(human));
  const missing =
    one.missing + other.missing === 0
      ? null
      : missingTest(missingShares(generated.arm), missingShares(human.arm), `${seed} missing`);
  const known = {
    generated: one,
    human: other,
    skips: skips === null ? null : { difference: figure(skips.estimate), p: skips.p },
    missing: missing === null ? null : { p: missing },
  };
  return { ...known, sentences: sentencesOf(known) };
}

const most = 0.05;

const shareOf = (part: number, whole: number): string =>
  `${count(part)} of ${count(whole)}${whole === 0 ? '' : ` (${percent(part / whole)})`}`;

function sentencesOf({
  generated,
  human,
  skips,
  missing,
}: Omit<Completeness, 'sentences'>): string[] {
  const sides = (words: (side: Asked) => string): string =>
    `${words(generated)} in the generated and ${words(human)} in the human-written set`;
  const shown = (skips?.p ?? 1) <= most;
  const lost = (missing?.p ?? 1) <= most;
  const sentences = [
    generated.skipped + human.skipped === 0
      ? 'No rater skipped an example of either set.'
      : `Of the examples that raters answered or skipped, they skipped ${sides((side) => shareOf(side.skipped, side.skipped + side.answered))}${skipsWords(skips)}: ${shown ? 'skips depend on the source' : 'no difference is shown'}.`,
    generated.missing + human.missing === 0
      ? 'No judgment is missing.'
      : `Of the judgments that were wanted, ${sides((side) => shareOf(side.missing, side.wanted))} are missing${missing === null ? '' : ` (permutation test over examples, these raters taken as they are: p = ${pValue(missing.p)})`}: ${lost ? 'what is missing depends on the source' : 'no difference is shown'}.`,
  ];
  if (shown || lost)
    sentences.push(
      'What is left unanswered may differ from what was judged, so the comparison can be biased by it.',
    );
  return sentences;
}

function skipsWords(skips: Completeness['skips']): string {
  if (skips === null) return '';
  const { lower, because } = skips.difference;
  return lower === null
    ? ` (no interval: ${because ?? 'none is defined'})`
    : ` (95 % interval of the difference over examples and raters ${rangeBeside(skips.difference, 'points', [0])} points, p = ${pValue(skips.p)})`;
}
