import { createRandom, randomInteger, shuffle } from '#statistics/random.js';
import type { ItemFacts, JudgmentFacts, StudyData } from '#reports/input/data.js';
import { builtData } from './publication/models.js';

/**
 * A study over one dataset whose truth is known: who is right how often, which labels are wrong,
 * how confident the discriminator is.
 */
export interface Planted {
  readonly examples?: number;
  readonly overlap?: number;
  /** How often each rater is right. */
  readonly accuracy?: readonly number[];
  /** Examples (from 0) whose label is not the true answer. */
  readonly wrong?: ReadonlySet<number>;
  readonly confidence?: (example: number) => number | null;
  readonly choices?: (example: number) => number;
  readonly labelled?: boolean;
  readonly undrawn?: StudyData['datasets'][number]['undrawn'];
  readonly seed?: string;
}

/** Answers at random as planted; raters take turns so that each judges about equally many. */
export function plantedData({
  examples = 100,
  overlap = 3,
  accuracy = Array.from({ length: 8 }, () => 0.92),
  wrong = new Set(),
  confidence = () => 0.8,
  choices = () => 2,
  labelled = true,
  undrawn = null,
  seed = 'planted',
}: Planted = {}): StudyData {
  const random = createRandom(seed);
  const base = builtData({ examples: 1, raters: 1 });
  const [item, judgment, dataset] = [base.items[0], base.judgments[0], base.datasets[0]];
  if (item === undefined || judgment === undefined || dataset === undefined)
    throw new Error('There is nothing to plant in.');
  const items: ItemFacts[] = [];
  const judgments: JudgmentFacts[] = [];
  for (let example = 0; example < examples; example += 1) {
    const size = choices(example);
    const truth = example % size;
    const label = wrong.has(example) ? (truth + 1) % size : truth;
    items.push({
      ...item,
      name: `set-${example + 1}`,
      line: example + 1,
      position: example,
      text: `Example ${example + 1}`,
      choices: Array.from({ length: size }, (_, choice) => ({
        key: `(${String.fromCharCode(65 + choice)})`,
        text: `Choice ${choice}`,
      })),
      label: labelled ? label : null,
      confidence: confidence(example),
      overlap,
    });
    for (const rater of shuffle([...accuracy.keys()], random).slice(0, overlap)) {
      const right = random() < (accuracy[rater] ?? 0);
      judgments.push({
        ...judgment,
        item: example,
        rater,
        label: right ? truth : (truth + 1 + randomInteger(size - 1, random)) % size,
        relevance: 3 + randomInteger(3, random),
        ambiguous: false,
      });
    }
  }
  return {
    ...base,
    study: { ...base.study, settings: { ...base.study.settings, overlap } },
    datasets: [{ ...dataset, undrawn }],
    items,
    raters: accuracy.map((_, rater) => ({
      pseudonym: `R${rater + 1}`,
      origin: 'rater' as const,
      excluded: false,
    })),
    judgments,
  };
}

/** The same study with items, raters and judgments stored in another order. */
export function reordered(data: StudyData, seed: string): StudyData {
  const random = createRandom(seed);
  const [itemOrder, raterOrder] = [
    shuffle([...data.items.keys()], random),
    shuffle([...data.raters.keys()], random),
  ];
  const indexesOf = (order: readonly number[]): Map<number, number> =>
    new Map(order.map((old, index) => [old, index]));
  const [itemIndexes, raterIndexes] = [indexesOf(itemOrder), indexesOf(raterOrder)];
  return {
    ...data,
    items: itemOrder.flatMap((old) => data.items[old] ?? []),
    raters: raterOrder.flatMap((old) => data.raters[old] ?? []),
    judgments: shuffle(
      data.judgments.map((judgment) => ({
        ...judgment,
        item: itemIndexes.get(judgment.item) ?? 0,
        rater: raterIndexes.get(judgment.rater) ?? 0,
      })),
      random,
    ),
  };
}

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
