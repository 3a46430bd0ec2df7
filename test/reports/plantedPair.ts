import { createRandom, randomNormal, shuffle } from '#statistics/random.js';
import type { JudgmentFacts, StudyData } from '#reports/input/data.js';
import { builtData } from './publication/models.js';

/**
 * How raters take one set: the chance of a wrong label, of "unclear", and the mean of relevance.
 */
export interface PlantedSet {
  readonly wrong: number;
  readonly unclear: number;
  readonly relevance: number;
}

export const usual: PlantedSet = { wrong: 0.05, unclear: 0.05, relevance: 4.2 };

export interface PlantedPair {
  readonly examples?: number;
  readonly raters?: number;
  readonly overlap?: number;
  readonly generated?: Partial<PlantedSet>;
  readonly human?: Partial<PlantedSet>;
  readonly seed?: string;
  readonly change?: (judgment: JudgmentFacts) => JudgmentFacts;
}

/**
 * A pair of sets with known differences, judged by the same raters, alternating; raters differ in
 * severity, examples in quality.
 */
export function plantedPair({
  examples = 100,
  raters = 8,
  overlap = 3,
  generated = {},
  human = {},
  seed = 'pair',
  change = (judgment) => judgment,
}: PlantedPair = {}): StudyData {
  const random = createRandom(seed);
  const sets = [generated, human].map((set): PlantedSet => ({ ...usual, ...set }));
  const base = builtData({ pair: true, examples, raters });
  const severity = Array.from({ length: raters }, () => 0.3 * randomNormal(random));
  const judges = base.items.map(
    () => new Set(shuffle([...severity.keys()], random).slice(0, overlap)),
  );
  const quality = base.items.map(() => 0.4 * randomNormal(random));
  const judgments = base.judgments.flatMap((judgment) => {
    const item = base.items[judgment.item];
    const set = sets[item?.dataset ?? 0] ?? usual;
    if (item === undefined || judges[judgment.item]?.has(judgment.rater) !== true) return [];
    const relevance = Math.round(
      set.relevance +
        (severity[judgment.rater] ?? 0) +
        (quality[judgment.item] ?? 0) +
        0.6 * randomNormal(random),
    );
    const right = item.label ?? 0;
    return [
      change({
        ...judgment,
        label: random() < set.wrong ? 1 - right : right,
        ambiguous: random() < set.unclear,
        relevance: Math.min(5, Math.max(1, relevance)),
      }),
    ];
  });
  return { ...base, items: base.items.map((item) => ({ ...item, overlap })), judgments };
}
