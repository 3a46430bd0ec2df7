import { createHash } from 'node:crypto';
import type { StudyData } from '../input/data.js';
import { opposedTo } from './textPolarity.js';
import { partsOf } from './votes.js';
import type { Half } from './weightedConfidence.js';

/** A hash of what a generation dropped, where the section of what it kept rests on it. */
export const digestOfHalf = ({ arm, dataset }: Half): string =>
  createHash('sha256')
    .update(JSON.stringify([dataset, arm.items, arm.judgments]))
    .digest('hex');

/**
 * For each dataset a hash of everything that its section, or the section of its pair, is computed
 * from.
 */
export function digestsOf(data: StudyData): string[] {
  const { seed, rule, settings, state } = data.study;
  const common = JSON.stringify([seed, rule, settings, state, data.forms]);
  const parts = partsOf(data);
  return data.datasets.map((dataset, index) => {
    const { items = [], judgments = [], unanswered = [] } = parts[index] ?? {};
    const pairs = data.texts.pairs.filter(
      ({ generated, human }) => generated === index || human === index,
    );
    return createHash('sha256')
      .update(common)
      .update(
        JSON.stringify([
          dataset,
          items.map(({ item }) => item),
          judgments,
          unanswered,
          data.texts.datasets[index],
          pairs,
          parts[opposedTo(data, index) ?? -1]?.judgments,
        ]),
      )
      .digest('hex');
  });
}
