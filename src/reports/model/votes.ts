import { buildRatings, type Ratings } from '#statistics/ratings.js';
import type { Votes } from '#statistics/votes.js';
import type { ItemFacts, JudgmentFacts, StudyData, UnansweredFacts } from '../input/data.js';

/**
 * One dataset of a study with the judgments that count for it. Item indexes run within the dataset.
 */
export interface Arm {
  readonly dataset: number;
  readonly items: readonly ItemFacts[];
  readonly judgments: readonly ArmJudgment[];
  /** Counted judgments of each item. */
  readonly ofItem: readonly (readonly ArmJudgment[])[];
  readonly raterCount: number;
}

/** A counted judgment; `armItem` is the index of its item within the arm. */
export interface ArmJudgment extends JudgmentFacts {
  readonly armItem: number;
}

/**
 * What a study holds of one dataset: its items with their indexes in the study, and all judgments
 * of them.
 */
export interface Part {
  readonly items: readonly { readonly index: number; readonly item: ItemFacts }[];
  readonly judgments: readonly JudgmentFacts[];
  readonly unanswered: readonly UnansweredFacts[];
}

const parts = new WeakMap<StudyData, readonly Part[]>();

/** The data of a study by dataset; taken apart once, since a suite has many sets. */
export function partsOf(data: StudyData): readonly Part[] {
  const known = parts.get(data);
  if (known !== undefined) return known;
  const found = data.datasets.map(
    (): {
      items: { index: number; item: ItemFacts }[];
      judgments: JudgmentFacts[];
      unanswered: UnansweredFacts[];
    } => ({ items: [], judgments: [], unanswered: [] }),
  );
  for (const [index, item] of data.items.entries())
    found[item.dataset]?.items.push({ index, item });
  for (const judgment of data.judgments)
    found[data.items[judgment.item]?.dataset ?? -1]?.judgments.push(judgment);
  for (const one of data.unanswered ?? [])
    found[data.items[one.item]?.dataset ?? -1]?.unanswered.push(one);
  parts.set(data, found);
  return found;
}

/**
 * The items of one dataset (those that `keep` lets through) and the judgments that count, or those
 * of the standings that are named.
 */
export function armOf(
  data: StudyData,
  dataset: number,
  keep: (item: ItemFacts) => boolean = () => true,
  standings: readonly JudgmentFacts['standing'][] = ['counted'],
): Arm {
  const part = partsOf(data)[dataset];
  const armItems = new Map<number, number>();
  const items: ItemFacts[] = [];
  for (const { index, item } of part?.items ?? []) {
    if (!keep(item)) continue;
    armItems.set(index, items.length);
    items.push(item);
  }
  const judgments = (part?.judgments ?? []).flatMap((judgment): ArmJudgment[] => {
    const armItem = standings.includes(judgment.standing) ? armItems.get(judgment.item) : undefined;
    return armItem === undefined ? [] : [{ ...judgment, armItem }];
  });
  const ofItem: ArmJudgment[][] = items.map(() => []);
  for (const judgment of judgments) ofItem[judgment.armItem]?.push(judgment);
  return { dataset, items, judgments, ofItem, raterCount: data.raters.length };
}

/** True where an item has all the judgments that the study wants of it. */
export const isComplete = (arm: Arm, index: number): boolean => {
  const item = arm.items[index];
  return item !== undefined && (arm.ofItem[index]?.length ?? 0) >= item.overlap && item.overlap > 0;
};

/** Votes about something that each judgment says as a number, or does not say (null). */
export function votesOf(
  arm: Arm,
  value: (judgment: ArmJudgment, item: ItemFacts) => number | null,
): Votes {
  const rows = arm.judgments.flatMap((judgment) => {
    const item = arm.items[judgment.armItem];
    const said = item === undefined ? null : value(judgment, item);
    return said === null ? [] : [{ item: judgment.armItem, rater: judgment.rater, said }];
  });
  return {
    items: Int32Array.from(rows, (row) => row.item),
    raters: Int32Array.from(rows, (row) => row.rater),
    values: Float64Array.from(rows, (row) => row.said),
  };
}

/**
 * Ratings in categories 0 … categoryCount − 1; a judgment that says nothing (null) is no rating.
 */
export function ratingsOfArm(
  arm: Arm,
  categoryCount: number,
  value: (judgment: ArmJudgment, item: ItemFacts) => number | null,
): Ratings {
  const { items, raters, values } = votesOf(arm, value);
  return buildRatings({
    items,
    raters,
    values: Int32Array.from(values),
    itemCount: arm.items.length,
    raterCount: arm.raterCount,
    categoryCount,
  });
}

/**
 * 1 where a judgment chose the dataset's own label, 0 where not, null where there is no label or no
 * choice.
 */
export const choseLabel = (judgment: ArmJudgment, item: ItemFacts): number | null =>
  item.label === null || judgment.label === null ? null : Number(judgment.label === item.label);
/** The lowest and highest rating of relevance. */
export const relevanceScale = { lower: 1, upper: 5 };
export const relevanceOf = (judgment: ArmJudgment): number | null => judgment.relevance;
export const unclearOf = (judgment: ArmJudgment): number | null =>
  judgment.ambiguous === null ? null : Number(judgment.ambiguous);
