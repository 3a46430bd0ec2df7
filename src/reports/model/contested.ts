import { median } from '#statistics/summary.js';
import type { ContestedItem } from './schema/report.js';
import type { Arm } from './votes.js';

const mostShown = 12;
const weights = { overruled: 4, undecided: 3, split: 2, unclear: 1, irrelevant: 1 } as const;

/**
 * The items that raters disagreed about, or on which they overruled the set's label, the most
 * contested first.
 */
export function contestedItems(arm: Arm, limit = mostShown): ContestedItem[] {
  const found: { score: number; item: ContestedItem }[] = [];
  for (const [at, item] of arm.items.entries()) {
    const judgments = arm.ofItem[at] ?? [];
    if (judgments.length < 2) continue;
    const votes = item.choices.map(
      (_, choice) => judgments.filter((judgment) => judgment.label === choice).length,
    );
    const most = Math.max(0, ...votes);
    const cast = votes.reduce((sum, count) => sum + count, 0);
    const leader = votes.indexOf(most);
    const unclear = judgments.filter((judgment) => judgment.ambiguous === true).length;
    const relevance = judgments
      .map((judgment) => judgment.relevance)
      .filter((rating) => rating !== null);
    const poor = (median(relevance) ?? 5) <= 2;
    const verdict: ContestedItem['verdict'] | null =
      cast > 0 && most * 2 <= cast
        ? 'undecided'
        : cast > 0 && item.label !== null && leader !== item.label
          ? 'overruled'
          : cast > 0 && most < cast
            ? 'split'
            : unclear * 2 > judgments.length
              ? 'unclear'
              : poor
                ? 'irrelevant'
                : null;
    if (verdict === null) continue;
    const against =
      cast === 0 ? 0 : item.label === null ? 1 - most / cast : 1 - (votes[item.label] ?? 0) / cast;
    found.push({
      score: weights[verdict] + against + unclear / judgments.length / 2,
      item: {
        item: item.name,
        line: item.line,
        text: item.text,
        choices: item.choices.map((choice, index) => ({
          key: choice.key,
          text: choice.text,
          votes: votes[index] ?? 0,
          isLabel: index === item.label,
        })),
        ambiguous: unclear,
        relevance,
        judgments: judgments.length,
        comments: judgments.flatMap(({ comment }) =>
          comment === null || comment.trim() === '' ? [] : [comment],
        ),
        verdict,
      },
    });
  }
  return found
    .toSorted((left, right) => right.score - left.score || left.item.line - right.item.line)
    .slice(0, limit)
    .map(({ item }) => item);
}
