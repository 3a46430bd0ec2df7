import { chanceCorrected } from '#statistics/agreement/chanceCorrected.js';
import { overRaters } from '#statistics/agreement/overRaters.js';
import { median, standardDeviation } from '#statistics/summary.js';
import { twoWayMean } from '#statistics/twoWay.js';
import { agreementSection } from './agreement.js';
import { figure } from '#figure.js';
import { answeredItems, completeItems, shareOfComplete } from './labels.js';
import type { AgreementSection, AmbiguitySection, RelevanceSection } from './schema/report.js';
import {
  type Arm,
  ratingsOfArm,
  relevanceOf,
  relevanceScale,
  unclearOf,
  votesOf,
} from './votes.js';

const numbers = (values: readonly (number | null)[]): number[] =>
  values.filter((value) => value !== null);

/**
 * How relevant the examples are: the distribution first, then mean, spread and the share of items
 * rated 4 or better.
 */
export function relevanceSection(arm: Arm): RelevanceSection | null {
  const given = numbers(arm.judgments.map(relevanceOf));
  if (given.length === 0) return null;
  const rated = answeredItems(arm, (judgment) => judgment.relevance !== null);
  const high = rated.filter(
    (index) => (median(numbers((arm.ofItem[index] ?? []).map(relevanceOf))) ?? 0) >= 4,
  ).length;
  return {
    counts: [1, 2, 3, 4, 5].map((point) => given.filter((rating) => rating === point).length),
    mean: figure(twoWayMean(votesOf(arm, relevanceOf), { scale: relevanceScale })),
    standardDeviation: standardDeviation(given),
    medianFour: shareOfComplete(high, rated.length),
  };
}

/** Ordinal agreement on relevance; null where nobody rated it. */
export function relevanceAgreement(arm: Arm, seed: string): AgreementSection | null {
  if (arm.judgments.every((judgment) => judgment.relevance === null)) return null;
  const ratings = ratingsOfArm(arm, 5, (judgment) =>
    judgment.relevance === null ? null : judgment.relevance - 1,
  );
  return agreementSection(ratings, {
    categories: ['1', '2', '3', '4', '5'],
    metric: 'ordinal',
    seed: `${seed} relevance`,
  });
}

/**
 * How often examples were called unclear: complete items of which every rater was asked, by the
 * number of raters who did.
 */
export function ambiguitySection(arm: Arm): AmbiguitySection | null {
  if (arm.judgments.every((judgment) => judgment.ambiguous === null)) return null;
  const complete = completeItems(arm).filter((index) =>
    arm.ofItem[index]?.every((judgment) => judgment.ambiguous !== null),
  );
  const most = complete.reduce(
    (largest, index) => Math.max(largest, arm.items[index]?.overlap ?? 0),
    0,
  );
  const unclear = complete.map(
    (index) => (arm.ofItem[index] ?? []).filter((judgment) => judgment.ambiguous === true).length,
  );
  const ratings = ratingsOfArm(arm, 2, unclearOf);
  const gwet = chanceCorrected(ratings, 'gwet');
  return {
    byVotes: Array.from({ length: most + 1 }, (_, votes) => {
      const count = unclear.filter((value) => value === votes).length;
      return { count, share: shareOfComplete(count, complete.length) };
    }),
    byVote: figure(twoWayMean(votesOf(arm, unclearOf))),
    gwet: figure(overRaters(ratings, { kind: 'coefficient', coefficient: 'gwet' }, gwet)),
    gwetOverItems: figure(gwet),
  };
}
