import type { StudyData } from './data.js';

/**
 * The data without what a generation dropped: it was judged to learn of the discriminator, and is
 * in no average, no comparison and no text about a validated set. The same object where nothing was
 * dropped.
 */
export function withoutDropped(data: StudyData): StudyData {
  if (!data.datasets.some(({ part }) => part === 'dropped')) return data;
  const places = new Map<number, number>();
  for (const [index, { part }] of data.datasets.entries())
    if (part !== 'dropped') places.set(index, places.size);
  const items = new Map<number, number>();
  for (const [index, { dataset }] of data.items.entries())
    if (places.has(dataset)) items.set(index, items.size);
  const ofItems = <T extends { readonly item: number }>(rows: readonly T[]): T[] =>
    rows.flatMap((row) => {
      const item = items.get(row.item);
      return item === undefined ? [] : [{ ...row, item }];
    });
  return {
    ...data,
    datasets: data.datasets.filter((_, index) => places.has(index)),
    items: data.items.flatMap((item) => {
      const dataset = places.get(item.dataset);
      return dataset === undefined ? [] : [{ ...item, dataset }];
    }),
    judgments: ofItems(data.judgments),
    unanswered: data.unanswered === null ? null : ofItems(data.unanswered),
    texts: {
      datasets: data.texts.datasets.filter((_, index) => places.has(index)),
      pairs: data.texts.pairs.flatMap((pair) => {
        const [generated, human] = [places.get(pair.generated), places.get(pair.human)];
        return generated === undefined || human === undefined
          ? []
          : [{ ...pair, generated, human }];
      }),
    },
  };
}
