import { grouped } from '#statistics/groupedBy.js';
import type { ItemFacts, JudgmentFacts, StudyData } from '../input/data.js';
import type { ItemAnalysis } from '../model/labelAnalysis.js';

/** Judgments of each item that count, by index of the item. */
export const countedByItem = (data: StudyData): Map<number, JudgmentFacts[]> =>
  grouped(
    data.judgments.filter((judgment) => judgment.standing === 'counted'),
    (judgment) => judgment.item,
  );

/** What the crowd said of one item, as the report computes it. */
export function crowdOf(item: ItemFacts, counted: readonly JudgmentFacts[]) {
  const votes = item.choices.map(
    (_, choice) => counted.filter((judgment) => judgment.label === choice).length,
  );
  const cast = votes.reduce((sum, count) => sum + count, 0);
  const majority = votes.findIndex((count) => count * 2 > cast);
  const relevance = counted.flatMap((judgment) =>
    judgment.relevance === null ? [] : [judgment.relevance],
  );
  return {
    judgments: counted.length,
    complete: counted.length >= item.overlap,
    votes: Object.fromEntries(item.choices.map((choice, index) => [choice.key, votes[index] ?? 0])),
    majority: majority === -1 ? null : (item.choices[majority]?.key ?? null),
    upheld: cast === 0 || item.label === null ? null : majority === item.label,
    unclear: counted.filter((judgment) => judgment.ambiguous === true).length,
    relevance:
      relevance.length === 0
        ? null
        : relevance.reduce((sum, rating) => sum + rating, 0) / relevance.length,
  };
}

/**
 * What models and measures make of the label votes about one item; null where they make nothing of
 * them (`ItemAnalysis`).
 */
export function qualityOf(item: ItemFacts, analysis: ItemAnalysis | undefined) {
  const byKey = (shares: readonly number[] | null | undefined): Record<string, number> | null =>
    shares === null || shares === undefined
      ? null
      : Object.fromEntries(item.choices.map((choice, index) => [choice.key, shares[index] ?? 0]));
  const consensus = analysis?.consensus ?? null;
  return {
    consensus: consensus === null ? null : (item.choices[consensus]?.key ?? null),
    posterior: byKey(analysis?.posterior),
    vote_shares: byKey(analysis?.voteShares),
    soft_label: byKey(analysis?.softLabel),
    entropy: analysis?.entropy ?? null,
    difficulty: analysis?.difficulty ?? null,
    label_wrong: analysis?.labelWrong ?? null,
  };
}
