import { undefinedBecause } from '#statistics/estimate.js';
import { proportion } from '#statistics/proportions.js';
import { median } from '#statistics/summary.js';
import type { StudyData } from '../input/data.js';
import { figure } from '#figure.js';
import type { RaterSection } from './schema/report.js';
import { grouped } from '#statistics/groupedBy.js';

/** Votes of each item's counted judgments by choice. */
function votesByItem(data: StudyData): Map<number, Map<number, number>> {
  const votes = new Map<number, Map<number, number>>();
  for (const judgment of data.judgments) {
    if (judgment.standing !== 'counted' || judgment.label === null) continue;
    const ofItem = votes.get(judgment.item) ?? new Map<number, number>();
    ofItem.set(judgment.label, (ofItem.get(judgment.label) ?? 0) + 1);
    votes.set(judgment.item, ofItem);
  }
  return votes;
}

/**
 * The choice of more than half of the raters of an item without one of them who chose `own`, or of
 * all where the judgment is not among the votes (`own` is null); null where there is none.
 */
function majorityOfOthers(
  votes: ReadonlyMap<number, number> | undefined,
  own: number | null,
): number | null {
  let all = own === null ? 0 : -1;
  let [leading, most] = [-1, 0];
  for (const [choice, count] of votes ?? []) {
    all += count;
    const others = choice === own ? count - 1 : count;
    if (others > most) [leading, most] = [choice, others];
  }
  return most > 0 && most * 2 > all ? leading : null;
}

/**
 * Everybody who sent something: how much, how fast, how often with the majority of the others whose
 * judgments count, and their own differences between the sources. Judgments of an excluded rater do
 * not count, and are compared all the same: rules of exclusion are about them.
 */
export function raterSections(
  data: StudyData,
  leanings: ReadonlyMap<number, RaterSection['leanings']>,
): RaterSection[] {
  const votes = votesByItem(data);
  const sent = grouped(data.judgments, (judgment) => judgment.rater);
  return data.raters.flatMap((rater, index) => {
    const own = sent.get(index) ?? [];
    if (own.length === 0) return [];
    let withMajority = 0;
    let comparable = 0;
    for (const judgment of own) {
      const counts = judgment.standing === 'counted';
      if ((!counts && judgment.standing !== 'excluded') || judgment.label === null) continue;
      const leading = majorityOfOthers(votes.get(judgment.item), counts ? judgment.label : null);
      if (leading === null) continue;
      comparable += 1;
      if (leading === judgment.label) withMajority += 1;
    }
    const seconds = own.flatMap((judgment) =>
      judgment.activeMs === null ? [] : [judgment.activeMs / 1000],
    );
    const standing = (name: string): number =>
      own.filter((judgment) => judgment.standing === name).length;
    return [
      {
        pseudonym: rater.pseudonym,
        origin: rater.origin,
        counted: standing('counted'),
        surplus: standing('surplus'),
        excluded: standing('excluded'),
        medianSeconds: median(seconds),
        withOthers: figure(
          comparable === 0
            ? undefinedBecause('no-majority-of-others')
            : proportion(withMajority, comparable),
        ),
        leanings: leanings.get(index) ?? [],
      },
    ];
  });
}
