/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */

/** What every rater answered about the items of the calibration block. */
export interface BlockAnswers {
  readonly raterCount: number;
  readonly itemCount: number;
  readonly labelCount: number;
  /** How many levels of relevance; 1 where the form does not ask for it. */
  readonly levelCount: number;
  /** labels[rater * itemCount + item]; -1 where not answered. */
  readonly labels: Int32Array;
  /** Relevance from 0, in the same places; -1 where not answered. All 0 with one level. */
  readonly levels: Int32Array;
}

/** A rater's joint answer (label and relevance) as one index: label * levelCount + level, or -1. */
export function jointAnswers({ labels, levels, levelCount }: BlockAnswers): Int32Array {
  return labels.map((label, at) =>
    label < 0 || levels[at]! < 0 ? -1 : label * levelCount + levels[at]!,
  );
}

/**
 * The block of a study, from its judgments: the first answer of each rater about each item.
 * @param blockItems the item indexes of the block
 */
export function blockAnswers(
  judged: {
    readonly raters: Int32Array;
    readonly items: Int32Array;
    readonly choices: Int32Array;
    readonly relevance?: Int32Array;
    readonly raterCount: number;
    readonly itemCount: number;
    readonly choiceCount: number;
    readonly relevanceCount?: number;
  },
  blockItems: Int32Array,
): BlockAnswers {
  const { raters, items, choices, relevance, raterCount } = judged;
  const placeOf = new Int32Array(judged.itemCount).fill(-1);
  for (const [place, item] of blockItems.entries()) placeOf[item] = place;
  const itemCount = blockItems.length;
  const labels = new Int32Array(raterCount * itemCount).fill(-1);
  const levels = new Int32Array(raterCount * itemCount).fill(-1);
  for (let row = 0; row < raters.length; row++) {
    const place = placeOf[items[row]!]!;
    const at = raters[row]! * itemCount + place;
    if (place < 0 || choices[row]! < 0 || labels[at]! >= 0) continue;
    labels[at] = choices[row]!;
    levels[at] = relevance === undefined ? 0 : relevance[row]!;
  }
  return {
    raterCount,
    itemCount,
    labelCount: judged.choiceCount,
    levelCount: relevance === undefined ? 1 : (judged.relevanceCount ?? 1),
    labels,
    levels,
  };
}
