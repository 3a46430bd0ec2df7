import type { FieldFault } from '#web/problem.js';
import { type GivenPower, type PowerField, type PowerFieldName, powerFields } from './fields.js';
import type { PowerQuestion } from './question.js';

/** What the page's fields hold: text, by the name of the field. */
export type EnteredPower = Readonly<Record<string, string>>;

const written = (value: number, scale: number): string =>
  String(Number((value * scale).toFixed(4)));

/** Fields that mean something for the question, with those of machines left out. */
export const fieldsFor = ({ asks, pair }: PowerQuestion): (typeof powerFields)[number][] => {
  const means: Readonly<Record<PowerField['about'], boolean>> = {
    any: true,
    labels: asks.labels,
    relevance: asks.relevance,
    'pair-labels': pair && asks.labels,
    'pair-relevance': pair && asks.relevance,
    pair,
  };
  return powerFields.filter((field) => field.label !== null && means[field.about]);
};

const standing: Readonly<Record<PowerFieldName, (question: PowerQuestion) => number | null>> = {
  half_width: ({ halfWidth }) => halfWidth,
  relevance_half_width: ({ relevanceHalfWidth }) => relevanceHalfWidth,
  margin: ({ margin }) => margin,
  difference: ({ difference }) => difference,
  relevance_margin: ({ relevanceMargin }) => relevanceMargin,
  power: ({ power }) => power,
  overlap: ({ overlap }) => overlap,
  raters: ({ raters }) => raters,
  busiest: ({ busiest }) => busiest,
  rate: ({ rate }) => rate,
  leaning: ({ leaning }) => leaning,
  examples: ({ examples }) => examples,
  runs: ({ runs }) => runs,
};

/** The page's fields as they were sent; those that were not sent as the study has them. */
export function enteredFrom(
  query: Readonly<Record<string, unknown>>,
  question: PowerQuestion,
): EnteredPower {
  const sent = (name: string): string | undefined =>
    typeof query[name] === 'string' ? query[name].trim() : undefined;
  const entered = fieldsFor(question).map(({ name, scale }): [string, string] => {
    const value = standing[name](question);
    return [name, sent(name) ?? (value === null ? '' : written(value, scale))];
  });
  return { ...Object.fromEntries(entered), pilot: sent('pilot') ?? '' };
}

/**
 * What was entered in the units of machines, or what does not fit, by field. An empty field is as
 * the study has it.
 */
export function readEntered(
  entered: EnteredPower,
  question: PowerQuestion,
): { given: GivenPower } | { faults: FieldFault[] } {
  const faults: FieldFault[] = [];
  const given: Partial<Record<PowerFieldName, number>> = {};
  for (const { name, label, least, most, whole, scale } of fieldsFor(question)) {
    const text = entered[name] ?? '';
    if (text === '') continue;
    const value = Number(text.replace(',', '.'));
    if (
      Number.isFinite(value) &&
      value >= least * scale &&
      value <= most * scale &&
      (!whole || Number.isInteger(value))
    )
      given[name] = value / scale;
    else
      faults.push({
        field: name,
        message: `“${label ?? name}” must be a ${whole ? 'whole ' : ''}number from ${written(least, scale)} to ${written(most, scale)}.`,
      });
  }
  return faults.length > 0 ? { faults } : { given: { ...given, pilot: entered['pilot'] } };
}
