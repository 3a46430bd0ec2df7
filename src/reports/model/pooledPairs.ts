import { grouped } from '#statistics/groupedBy.js';
import { type Pooled, pooledDifference } from '#statistics/pooled.js';
import { decimalsApart, fixed, plural } from '#web/format.js';
import { figure } from '#figure.js';
import type { StudyData } from '../input/data.js';
import { type Measure, measuresOf } from './comparison/measures.js';
import { comparedArms, type PairOfSets } from './pairSection.js';
import type { PairSection } from './schema/report.js';
import type { PooledMeasure } from './schema/suite.js';

const subjects = {
  'label-votes': 'label agreement by vote',
  relevance: 'mean relevance',
  unclear: 'the share of judgments that call an example unclear',
} as const satisfies Record<PooledMeasure['measure'], string>;

type Said = Omit<PooledMeasure, 'sentence'>;

/** Shares in points; with the digits that tell a value from no difference. */
function size(value: number, unit: Said['unit']): string {
  const shown = unit === 'points' ? value * 100 : value;
  return fixed(shown, decimalsApart([shown], [0], unit === 'points' ? 1 : 2));
}
const signed = (value: number, unit: Said['unit']): string => {
  const text = size(value, unit);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
};

/** What all pairs together say of one measure, in words. */
export function pooledSentence({ measure, unit, difference, prediction }: Said): string {
  const { value, lower, upper, n, because } = difference;
  if (value === null) return '';
  const points = unit === 'points' ? ' points' : '';
  const seen = size(Math.abs(value), unit);
  const how =
    Number(seen) === 0
      ? 'is the same on average in generated and in human-written sets'
      : `is ${seen}${points} ${value < 0 ? 'lower' : 'higher'} on average in generated than in human-written sets`;
  const said = `Over ${plural(n, 'compared pair')}, ${subjects[measure]} ${how}`;
  if (lower === null || upper === null || prediction === null)
    return `${said} (no interval: ${because ?? 'none is defined'}).`;
  return `${said} (95 % interval ${signed(lower, unit)} to ${signed(upper, unit)}${points}); the true difference of a further pair would lie between ${signed(prediction.lower, unit)} and ${signed(prediction.upper, unit)}${points} with 95 % probability.`;
}

function measureOf(
  { measure, title, unit }: Measure,
  { difference, prediction, between, betweenInterval, heterogeneity, ...found }: Pooled,
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
  return { ...said, sentence: pooledSentence(said) };
}

/**
 * The primary measures over all pairs that were compared, each where two or more pairs have it.
 * @param paired the sets of each pair, in the order of `sections`
 */
export function pooledMeasures(
  data: StudyData,
  paired: readonly PairOfSets[],
  sections: readonly PairSection[],
): PooledMeasure[] {
  const { agreementMargin, relevanceMargin } = data.study.rule;
  const measures = paired.flatMap((pair, index) => {
    if (sections[index]?.comparable !== true) return [];
    const { generated, human } = comparedArms(data, pair);
    return measuresOf(generated, human, {
      agreement: agreementMargin,
      relevance: relevanceMargin,
    });
  });
  return Array.from(grouped(measures, ({ measure }) => measure).values()).flatMap((known) => {
    const [first] = known;
    if (first === undefined || known.length < 2) return [];
    const pooled = pooledDifference(
      known.map(({ generated, human }) => ({ first: generated, second: human })),
      {
        bounds: {
          lower: first.scale.lower - first.scale.upper,
          upper: first.scale.upper - first.scale.lower,
        },
      },
    );
    return pooled === null ? [] : [measureOf(first, pooled)];
  });
}
