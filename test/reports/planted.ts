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
