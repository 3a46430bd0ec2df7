import { createHash } from 'node:crypto';
import type { StudyData } from '../study/data.js';
import { partsOf } from './votes.js';

/** For each dataset a hash of everything that its section, or the section of its pair, is computed from. */
export function digestsOf(data: StudyData): string[] {
  const { seed, rule, settings } = data.study;
  const common = JSON.stringify([seed, rule, settings, data.forms]);
  const parts = partsOf(data);
  return data.datasets.map((dataset, index) => {
    const hash = createHash('sha256').update(common).update(JSON.stringify(dataset));
    for (const { item } of parts[index]?.items ?? []) hash.update(JSON.stringify(item));
    for (const judgment of parts[index]?.judgments ?? []) hash.update(JSON.stringify(judgment));
    const pairs = data.texts.pairs.filter(({ generated, human }) => generated === index || human === index);
    return hash.update(JSON.stringify([data.texts.datasets[index], pairs])).digest('hex');
  });
}
