import { verdict, verdictOf } from '#statistics/comparison/verdict.js';
import { twoWayDifference, type TwoWayEstimated } from '#statistics/twoWay.js';
import type { Votes } from '#statistics/votes.js';
import { figure } from '#figure.js';
import { count, plural } from '#web/format.js';
import type { Difference, Sensitivity } from '../schema/comparison.js';
import { type Measure, turned } from './measures.js';
import { span, verdictAgainst } from './sentences.js';

const list = new Intl.ListFormat('en-GB', { type: 'conjunction' });

/** A measure with and without the judgments of excluded raters. */
export interface WithExcluded {
  /** How many judgments of both sets come in. */
  readonly judgments: number;
  readonly measures: readonly Measure[];
}

/**
 * How far each verdict rests on single raters, and on exclusions: the difference and the verdict
 * without each rater who judged both sets, and with the judgments of those who were excluded.
 * @param excluded null where nobody was excluded
 */
export const sensitivitiesOf = (
  measures: readonly Measure[],
  differences: readonly Difference[],
  excluded: WithExcluded | null,
): Sensitivity[] =>
  measures.flatMap((measure, index): Sensitivity[] => {
    const difference = differences[index];
    if (difference === undefined) return [];
    const withoutOne = withoutEach(measure, difference.verdict);
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
          ...(withExcluded === null ? [] : [excludedSentence(difference, withExcluded)]),
        ],
      },
    ];
  });

const without = ({ items, raters, values }: Votes, rater: number): Votes => ({
  items: items.filter((_, vote) => raters[vote] !== rater),
  raters: raters.filter((own) => own !== rater),
  values: values.filter((_, vote) => raters[vote] !== rater),
});

function withoutEach(
  { generated, human, scale, margin, higherIsBetter }: Measure,
  main: Difference['verdict'],
): Sensitivity['withoutOne'] {
  const ofHuman = new Set(human.raters);
  const raters = [...new Set(generated.raters)].filter((rater) => ofHuman.has(rater));
  const kindOf = ({ limitsAt }: TwoWayEstimated): Difference['verdict'] => {
    if (limitsAt === null) return 'no-interval';
    const turned = (level: number): { lower: number; upper: number } => {
      const { lower, upper } = limitsAt(level);
      return higherIsBetter ? { lower, upper } : { lower: -upper, upper: -lower };
    };
    return verdictOf(turned(0.95), turned(0.9), margin);
  };
  const found = raters.flatMap((rater) => {
    const estimate = twoWayDifference(without(generated, rater), without(human, rater), { scale });
    return estimate.kind === 'undefined' ? [] : [{ value: estimate.value, kind: kindOf(estimate) }];
  });
  if (found.length < 2) return null;
  const values = found.map(({ value }) => value);
  const kinds = [...new Set(found.map(({ kind }) => kind))].filter((kind) => kind !== main);
  return {
    raters: found.length,
    lowest: Math.min(...values),
    highest: Math.max(...values),
    otherwise: kinds.map((kind) => ({
      verdict: kind,
      raters: found.filter((one) => one.kind === kind).length,
    })),
  };
}

function included(
  { generated, human, scale, margin, higherIsBetter }: Measure,
  judgments: number,
): Sensitivity['withExcluded'] {
  const estimate = twoWayDifference(generated, human, { scale });
  if (estimate.kind === 'undefined') return null;
  return {
    judgments,
    difference: figure(estimate),
    verdict: verdict(estimate.limitsAt, { margin, higherIsBetter }).kind,
  };
}

/** "1.7 to 5.8 points worse", from differences as they were computed. */
const spanOf = (lower: number, upper: number, difference: Difference): string =>
  span(turned({ lower, upper }, difference.higherIsBetter) ?? { lower, upper }, difference);

const alone = (raters: number): string =>
  raters === 1 ? 'without one of them' : `without any one of ${count(raters)} of them`;

function withoutSentence(
  difference: Difference,
  { raters, lowest, highest, otherwise }: NonNullable<Sensitivity['withoutOne']>,
): string {
  const seen = `Whichever of ${plural(raters, 'rater')} is left out, the generated set is ${spanOf(lowest, highest, difference)} in ${difference.subject}`;
  if (otherwise.length === 0) return `${seen}, and what is said of it stays.`;
  const changed = otherwise.map(
    ({ verdict: kind, raters: some }) =>
      `${alone(some)} it would be “${verdictAgainst({ ...difference, verdict: kind })}”`,
  );
  return `${seen}; what is said of it rests on single raters: ${list.format(changed)}.`;
}

function excludedSentence(
  difference: Difference,
  { judgments, difference: other, verdict: kind }: NonNullable<Sensitivity['withExcluded']>,
): string {
  const { lower, upper } = other;
  const fits =
    lower === null || upper === null
      ? 'there is no interval'
      : `the judgments fit anything from ${spanOf(lower, upper, difference)} (95 % interval)`;
  const stays =
    kind === difference.verdict
      ? 'what is said of it stays'
      : `it would be “${verdictAgainst({ ...difference, verdict: kind })}”`;
  return `With the ${plural(judgments, 'judgment')} of excluded raters ${fits} in ${difference.subject}, and ${stays}.`;
}
