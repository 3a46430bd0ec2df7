import { grouped } from '#statistics/groupedBy.js';
import { type Pooled, pooledDifference } from '#statistics/pooled.js';
import type { VotedPair } from '#statistics/pooledPair.js';
import { joinedVotes } from '#statistics/votes.js';
import { count, plural } from '#web/format.js';
import { figure } from '#figure.js';
import type { StudyData } from '../input/data.js';
import { type Measure, measuresOf } from './comparison/measures.js';
import { besideMarks } from './digits.js';
import { comparedArms, type PairOfSets } from './pairSection.js';
import type { PairSection } from './schema/report.js';
import type { PooledMeasure } from './schema/suite.js';

const subjects = {
  'label-votes': 'label agreement by vote',
  relevance: 'mean relevance',
  unclear: 'the share of judgments that call an example unclear',
} as const satisfies Record<PooledMeasure['measure'], string>;

type Said = Omit<PooledMeasure, 'sentence'>;
type Unit = Said['unit'];

/** Shares in points; with the digits that tell a value from no difference. */
const size = (value: number, unit: Said['unit']): string => besideMarks(value, unit, [0]);
const signed = (value: number, unit: Said['unit']): string => {
  const text = size(value, unit);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
};

/** With fewer pairs than this, how much they differ is known only roughly. */
const manyPairs = 10;

/** How much pairs differ, and how well that is known. */
function spreadWords({ deviation, upper }: Said['between'], pairs: number, unit: Unit): string {
  if (upper === null) return '';
  const points = unit === 'points' ? ' points' : '';
  const most = `a standard deviation of up to ${size(upper, unit)}${points}`;
  const few = pairs < manyPairs;
  const possible = `${few ? `with only ${count(pairs)} pairs, ` : ''}${most} between them is possible`;
  if (deviation === 0) return ` The pairs differ no more than chance alone explains; ${possible}.`;
  return few ? ` How much pairs differ is uncertain: ${possible}.` : '';
}

/**
 * What all pairs together say of one measure, in words.
 * @param pairs how many were compared, before those with the same human-written set became one
 */
function pooledSentence(
  { measure, unit, difference, prediction, between }: Said,
  pairs: number,
): string {
  const { value, lower, upper, n, because } = difference;
  if (value === null) return '';
  const points = unit === 'points' ? ' points' : '';
  const seen = size(Math.abs(value), unit);
  const how =
    Number(seen) === 0
      ? 'is the same on average in generated and in human-written sets'
      : `is ${seen}${points} ${value < 0 ? 'lower' : 'higher'} on average in generated than in human-written sets`;
  const together =
    n < pairs ? ` (${count(n)} where those with the same human-written set count as one)` : '';
  const said = `Over ${plural(pairs, 'compared pair')}${together}, ${subjects[measure]} ${how}`;
  if (lower === null || upper === null)
    return `${said} (no interval: ${because ?? 'none is defined'}).`;
  const mean = `${said} (95 % interval ${signed(lower, unit)} to ${signed(upper, unit)}${points})`;
  if (prediction === null)
    return `${mean}; ${plural(n, 'pair')} are too few to say anything of a further one.`;
  const [from, to] = [signed(prediction.lower, unit), signed(prediction.upper, unit)];
  return [
    `${mean}; by these ${count(n)} pairs, the true difference of a further one would lie between `,
    `${from} and ${to}${points} with 95 % probability.${spreadWords(between, n, unit)}`,
  ].join('');
}

function measureOf(
  { measure, title, unit }: Measure,
  { difference, prediction, between, betweenInterval, heterogeneity, ...found }: Pooled,
  pairs: number,
): PooledMeasure {
  const said: Said = {
    measure,
    title,
    unit,
    difference: figure(difference),
    prediction,
    between: {
      deviation: between,
      lower: betweenInterval?.lower ?? null,
      upper: betweenInterval?.upper ?? null,
      share: heterogeneity,
    },
    raters: found.raters,
    effectiveRaters: found.effectiveRaters,
  };
  return { ...said, sentence: pooledSentence(said, pairs) };
}

interface MeasuredPair {
  readonly measure: Measure;
  /** The human-written dataset, as an index in the study. */
  readonly human: number;
}

/**
 * Generated sets that were compared with the same human-written set as one set: its examples would
 * make their differences vary together, and count several times.
 */
function withOwnHumanSet(known: readonly MeasuredPair[]): VotedPair[] {
  return Array.from(grouped(known, ({ human }) => human).values()).flatMap((sharing) => {
    const [one] = sharing;
    return one === undefined
      ? []
      : [
          {
            first: joinedVotes(sharing.map(({ measure }) => measure.generated)),
            second: one.measure.human,
          },
        ];
  });
}

/**
 * The primary measures over all pairs that were compared, each where two or more pairs have it.
 * Pairs with the same human-written set count as one.
 * @param paired the sets of each pair, in the order of `sections`
 */
export function pooledMeasures(
  data: StudyData,
  paired: readonly PairOfSets[],
  sections: readonly PairSection[],
): PooledMeasure[] {
  const { agreementMargin, relevanceMargin } = data.study.rule;
  const measured = paired.flatMap((pair, index): MeasuredPair[] => {
    if (sections[index]?.comparable !== true) return [];
    const { generated, human } = comparedArms(data, pair);
    return measuresOf(generated, human, {
      agreement: agreementMargin,
      relevance: relevanceMargin,
    }).map((measure) => ({ measure, human: pair.human }));
  });
  return Array.from(grouped(measured, ({ measure }) => measure.measure).values()).flatMap(
    (known) => {
      const [first] = known;
      if (first === undefined || known.length < 2) return [];
      const { scale } = first.measure;
      const pooled = pooledDifference(withOwnHumanSet(known), {
        scale,
      });
      return pooled === null ? [] : [measureOf(first.measure, pooled, known.length)];
    },
  );
}
