import { type Limits } from '#statistics/twoWay/limits.js';
import { ofExcluded } from '../words.js';
import { verdictOf } from '#statistics/comparison/verdict.js';
import { twoWayDifference, type TwoWayEstimated } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';
import { figure } from '#figure.js';
import { count, plural } from '#web/format.js';
import type { Sensitivity } from '../schema/comparison.js';
import { type Measure, turned } from './measures.js';
import { type Finding, findingAt, findingOf, type Measured } from './findings.js';
import { findingAgainst, span } from './sentences.js';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** A measure with and without the judgments of excluded raters. */
export interface WithExcluded {
  /** How many judgments of both sets come in, and of how many raters. */
  readonly judgments: number;
  readonly raters: number;
  readonly measures: readonly Measure[];
}

/**
 * How far each verdict rests on single raters, and on exclusions: the difference and the verdict
 * without each rater who judged both sets, and with the judgments of those who were excluded.
 * @param excluded null where nobody was excluded
 */
export const sensitivitiesOf = (
  measures: readonly Measure[],
  differences: readonly Measured[],
  excluded: WithExcluded | null,
): Sensitivity[] =>
  measures.flatMap((measure, index): Sensitivity[] => {
    const difference = differences[index];
    if (difference === undefined) return [];
    const withoutOne = withoutEach(measure, findingOf(difference));
    const other = excluded?.measures.find((known) => known.measure === measure.measure);
    const withExcluded =
      excluded === null || other === undefined ? null : included(other, excluded.judgments);
    return [
      {
        measure: measure.measure,
        withoutOne,
        withExcluded,
        sentences: [
          ...(withoutOne === null ? [] : [withoutSentence(difference, withoutOne)]),
          ...(withExcluded === null
            ? []
            : [excludedSentence(difference, withExcluded, excluded?.raters ?? 0)]),
        ],
      },
    ];
  });

const without = ({ items, raters, values }: Votes, rater: number): Votes => ({
  items: items.filter((_, vote) => raters[vote] !== rater),
  raters: raters.filter((own) => own !== rater),
  values: values.filter((_, vote) => raters[vote] !== rater),
});

const same = (one: Finding, other: Finding): boolean =>
  one.verdict === other.verdict && one.lower === other.lower;

/** What such an estimate would show of a measure. */
function findingFrom({ limitsAt }: TwoWayEstimated, { margin, higherIsBetter }: Measure): Finding {
  if (limitsAt === null) return findingAt('no-interval', null);
  const at = (level: number): Limits => {
    const { lower, upper } = limitsAt(level);
    return higherIsBetter ? { lower, upper } : { lower: -upper, upper: -lower };
  };
  const interval = at(0.95);
  return findingAt(verdictOf(interval, at(0.9), margin), interval.upper);
}

function withoutEach(measure: Measure, main: Finding): Sensitivity['withoutOne'] {
  const { generated, human, scale } = measure;
  const ofHuman = new Set(human.raters);
  const raters = [...new Set(generated.raters)].filter((rater) => ofHuman.has(rater));
  const found = raters.flatMap((rater) => {
    const estimate = twoWayDifference(without(generated, rater), without(human, rater), { scale });
    return estimate.kind === 'undefined'
      ? []
      : [{ value: estimate.value, finding: findingFrom(estimate, measure) }];
  });
  if (found.length < 2) return null;
  const values = found.map(({ value }) => value);
  const otherwise: NonNullable<Sensitivity['withoutOne']>['otherwise'] = [];
  for (const { finding } of found) {
    if (same(finding, main)) continue;
    const known = otherwise.find((one) => same(one, finding));
    if (known === undefined) otherwise.push({ ...finding, raters: 1 });
    else known.raters += 1;
  }
  return {
    raters: found.length,
    lowest: Math.min(...values),
    highest: Math.max(...values),
    otherwise,
  };
}

function included(measure: Measure, judgments: number): Sensitivity['withExcluded'] {
  const { generated, human, scale } = measure;
  const estimate = twoWayDifference(generated, human, { scale });
  return estimate.kind === 'undefined'
    ? null
    : { judgments, difference: figure(estimate), ...findingFrom(estimate, measure) };
}

/** "1.7 to 5.8 points worse", from differences as they were computed. */
const spanOf = (lower: number, upper: number, difference: Measured): string =>
  span(turned({ lower, upper }, difference.higherIsBetter) ?? { lower, upper }, difference);

const alone = (raters: number): string =>
  raters === 1 ? 'without one of them' : `without any one of ${count(raters)} of them`;

function withoutSentence(
  difference: Measured,
  { raters, lowest, highest, otherwise }: NonNullable<Sensitivity['withoutOne']>,
): string {
  const seen = `Whichever of ${plural(raters, 'rater')} is left out, the generated set is ${spanOf(lowest, highest, difference)} in ${difference.subject}`;
  if (otherwise.length === 0) return `${seen}, and what is said of it stays.`;
  const changed = otherwise.map(
    ({ raters: some, ...finding }) =>
      `${alone(some)} it would be “${findingAgainst(finding, difference)}”`,
  );
  return `${seen}; what is said of it rests on single raters: ${list.format(changed)}.`;
}

function excludedSentence(
  difference: Measured,
  { judgments, difference: other, ...finding }: NonNullable<Sensitivity['withExcluded']>,
  raters: number,
): string {
  const { lower, upper } = other;
  const fits =
    lower === null || upper === null
      ? 'there is no interval'
      : `the judgments fit anything from ${spanOf(lower, upper, difference)} (95 % interval)`;
  const stays = same(finding, findingOf(difference))
    ? 'what is said of it stays'
    : `it would be “${findingAgainst(finding, difference)}”`;
  return `With the ${plural(judgments, 'judgment')} ${ofExcluded(raters)} ${fits} in ${difference.subject}, and ${stays}.`;
}
