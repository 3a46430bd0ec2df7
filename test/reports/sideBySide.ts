import type { StudyData } from '#reports/input/data.js';

/** Studies put side by side into one, each with behaviours of its own. */
export function sideBySide(planted: readonly StudyData[]): StudyData {
  const [first] = planted;
  if (first === undefined) throw new Error('There is no set.');
  const before = (index: number, count: (data: StudyData) => number): number =>
    planted.slice(0, index).reduce((sum, data) => sum + count(data), 0);
  return {
    ...first,
    datasets: planted.flatMap((data, index) =>
      data.datasets.map((dataset, at) => ({
        ...dataset,
        id: 10 * index + at + 1,
        publicId: `set-${index}${at === 0 ? '' : `-${at}`}`,
        name: `set ${index}`,
        behaviour: { ...dataset.behaviour, id: index + 1, name: `behaviour ${index}` },
      })),
    ),
    items: planted.flatMap((data, index) =>
      data.items.map((item) => ({
        ...item,
        dataset: before(index, (one) => one.datasets.length) + item.dataset,
        name: `set-${index}-${item.dataset}-${item.line}`,
      })),
    ),
    judgments: planted.flatMap((data, index) =>
      data.judgments.map((judgment) => ({
        ...judgment,
        item: judgment.item + before(index, (one) => one.items.length),
      })),
    ),
    texts: {
      datasets: planted.flatMap((data) => data.texts.datasets),
      pairs: planted.flatMap((data) => data.texts.pairs),
    },
  };
}
