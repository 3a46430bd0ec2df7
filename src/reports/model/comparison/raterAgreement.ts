import { agreementDifference } from '#statistics/agreement/difference.js';
import { type AgreementStatistic, pointOf } from '#statistics/agreement/setting.js';
import { valueOf } from '#statistics/estimate.js';
import { figure } from '#figure.js';
import { labelRatings } from '../labels.js';
import type { AgreementDifference } from '../schema/comparison.js';
import type { Arm } from '../votes.js';

const compared: readonly (readonly [AgreementDifference['coefficient'], AgreementStatistic])[] = [
  ['alpha', { kind: 'alpha', level: 'nominal' }],
  ['gwet', { kind: 'coefficient', coefficient: 'gwet' }],
];

/** The number of choices that most examples of both sets have; undefined where none is in both. */
function commonChoices(generated: Arm, human: Arm): number | undefined {
  const having = (arm: Arm, choices: number): number =>
    arm.items.filter((item) => item.choices.length === choices).length;
  const sizes = new Set(generated.items.map((item) => item.choices.length));
  return [...sizes]
    .filter((choices) => choices >= 2 && having(human, choices) > 0)
    .toSorted(
      (one, other) =>
        having(generated, other) +
          having(human, other) -
          having(generated, one) -
          having(human, one) || one - other,
    )[0];
}

/** Alpha and AC1 of the labels of both sets, and whether they differ; empty where nobody was asked. */
export function agreementDifferences(generated: Arm, human: Arm): AgreementDifference[] {
  const choices = commonChoices(generated, human);
  if (choices === undefined) return [];
  const [first, second] = [labelRatings(generated, choices), labelRatings(human, choices)];
  if (first.values.length === 0 || second.values.length === 0) return [];
  return compared.map(([coefficient, statistic]) => {
    const difference = agreementDifference(first, second, statistic);
    return {
      coefficient,
      choices,
      generated: valueOf(pointOf(first, statistic)),
      human: valueOf(pointOf(second, statistic)),
      difference: figure(difference),
      p: difference.kind === 'undefined' ? null : difference.p,
    };
  });
}
