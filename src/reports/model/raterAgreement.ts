import { raterMatrix } from '#statistics/agreement/raterMatrix.js';
import { orderRaters } from '#statistics/agreement/raterOrder.js';
import { valueOf } from '#statistics/estimate.js';
import { wilsonInterval } from '#statistics/proportions.js';
import { buildRatings } from '#statistics/ratings.js';
import { median } from '#statistics/summary.js';
import { count, percent, plural } from '#web/format.js';
import type { StudyData } from '../input/data.js';
import { grouped } from '#statistics/groupedBy.js';
import { Missing, missing } from './schema/missing.js';
import type { RaterAgreement } from './schema/raterAgreement.js';

/** More raters than this make no readable map: those with most judgments are shown. */
export const mostRatersShown = 40;
/** Pairs with fewer shared examples are left blank: their share would be noise. */
export const fewestShared = 5;

/** The pairs of raters of a study over their label votes; the codes are the original choices. */
export function raterAgreement(data: StudyData): RaterAgreement | Missing {
  const votes = data.judgments.flatMap(({ item, rater, label, standing }) =>
    standing === 'counted' && label !== null ? [{ item, rater, label }] : [],
  );
  if (votes.length === 0) return missing('nobody has judged a label');
  const given = [...grouped(votes, (vote) => vote.rater)].map(([rater, own]) => ({
    rater,
    judgments: own.length,
    pseudonym: data.raters[rater]?.pseudonym ?? '',
  }));
  if (given.length < 2) return missing('one rater alone agrees with nobody');
  const shown = given
    .toSorted(
      (left, right) =>
        right.judgments - left.judgments || left.pseudonym.localeCompare(right.pseudonym),
    )
    .slice(0, mostRatersShown)
    .toSorted((left, right) => left.pseudonym.localeCompare(right.pseudonym));
  const indexOf = new Map(shown.map(({ rater }, index) => [rater, index]));
  const kept = votes.filter((vote) => indexOf.has(vote.rater));
  const ratings = buildRatings({
    items: Int32Array.from(kept, (vote) => vote.item),
    raters: Int32Array.from(kept, (vote) => indexOf.get(vote.rater) ?? 0),
    values: Int32Array.from(kept, (vote) => vote.label),
    itemCount: data.items.length,
    raterCount: shown.length,
    categoryCount: kept.reduce((most, vote) => Math.max(most, vote.label + 1), 2),
  });
  const pairs = raterMatrix(ratings).map(({ first, second, commonItems, agreement }) => {
    const agreed = Math.round((valueOf(agreement) ?? 0) * commonItems);
    const { lower, upper } = wilsonInterval(agreed, commonItems);
    return { first, second, items: commonItems, agreed, lower, upper };
  });
  if (pairs.length === 0) return missing('no two raters judged the same example');
  const order = orderRaters(shown.length, pairs);
  const positionOf = new Map(order.map((rater, position) => [rater, position]));
  const position = (rater: number): number => positionOf.get(rater) ?? 0;
  const raters = order.map((rater) => {
    const own = pairs.filter((pair) => pair.first === rater || pair.second === rater);
    return {
      pseudonym: shown[rater]?.pseudonym ?? '',
      judgments: shown[rater]?.judgments ?? 0,
      shared: own.reduce((sum, pair) => sum + pair.items, 0),
      agreed: own.reduce((sum, pair) => sum + pair.agreed, 0),
    };
  });
  return {
    kind: 'rater-agreement',
    sentence: sentenceOf(raters, pairs),
    all: given.length,
    fewestShared,
    raters,
    pairs: pairs
      .map((pair) => ({
        ...pair,
        first: Math.min(position(pair.first), position(pair.second)),
        second: Math.max(position(pair.first), position(pair.second)),
      }))
      .toSorted((left, right) => left.first - right.first || left.second - right.second),
  };
}

function sentenceOf(
  raters: RaterAgreement['raters'],
  pairs: readonly { items: number; agreed: number }[],
): string {
  const enough = pairs.filter((pair) => pair.items >= fewestShared);
  const middle = median(enough.map((pair) => pair.agreed / pair.items));
  if (middle === null)
    return `No two raters share ${count(fewestShared)} examples yet, so no pair is shown.`;
  const lowest = raters
    .filter((rater) => rater.shared >= fewestShared)
    .toSorted(
      (left, right) =>
        left.agreed / left.shared - right.agreed / right.shared ||
        left.pseudonym.localeCompare(right.pseudonym),
    )[0];
  const least =
    lowest === undefined
      ? ''
      : `; ${lowest.pseudonym} is least with the others (${percent(lowest.agreed / lowest.shared, 0)} of ${plural(lowest.shared, 'comparison')})`;
  return `Two raters who share ${count(fewestShared)} examples or more gave the same answer on ${percent(middle, 0)} of them, half of the ${plural(enough.length, 'pair')} on more and half on less${least}.`;
}
