/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Estimate, undefinedBecause } from '../estimate.js';
import { proportion } from '../proportions.js';
import { forEachItem, type Ratings } from '../ratings.js';

/** How an item's votes came out. */
export const outcomes = {
  none: 'nobody voted',
  majority: 'one answer has more than half of the votes',
  plurality: 'one answer has the most votes, but not more than half',
  tie: 'several answers share the most votes',
} as const;
export type Outcome = keyof typeof outcomes;

/** The vote about every item. Arrays run over item indexes. */
export interface Vote {
  /** The answer with the most votes; -1 where there is a tie or no vote. */
  readonly label: Int32Array;
  readonly outcome: readonly Outcome[];
  /** Votes for the leading answer or answers. */
  readonly topVotes: Int32Array;
  readonly votes: Int32Array;
}

/** Counts the votes about every item. Ties are never broken. */
export function majorityVote(ratings: Ratings): Vote {
  const label = new Int32Array(ratings.itemCount).fill(-1);
  const topVotes = new Int32Array(ratings.itemCount);
  const votes = new Int32Array(ratings.itemCount);
  const outcome: Outcome[] = [];
  forEachItem(ratings, (counts, total, item) => {
    let best = 0;
    let leaders = 0;
    let leader = -1;
    for (let category = 0; category < counts.length; category++) {
      const count = counts[category]!;
      if (count === 0 || count < best) continue;
      leaders = count === best ? leaders + 1 : 1;
      best = count;
      leader = category;
    }
    topVotes[item] = best;
    votes[item] = total;
    if (leaders === 1) label[item] = leader;
    outcome.push(
      total === 0 ? 'none' : leaders > 1 ? 'tie' : 2 * best > total ? 'majority' : 'plurality',
    );
  });
  return { label, outcome, topVotes, votes };
}

/**
 * All answers that share the most votes about an item, in category order; one where there is no
 * tie, none without votes.
 */
export function leadingLabels(ratings: Ratings, item: number): number[] {
  const counts = ratings.counts.subarray(
    item * ratings.categoryCount,
    (item + 1) * ratings.categoryCount,
  );
  const best = Math.max(0, ...counts);
  return best === 0 ? [] : [...counts.keys()].filter((category) => counts[category] === best);
}

/** What a strict majority says about the dataset's own labels. */
export interface LabelsUpheld {
  /**
   * Share of items whose label a strict majority chose; ties and mere pluralities count as not
   * upheld. Wilson interval.
   */
  readonly share: Estimate;
  readonly upheld: number;
  /** Items in which a strict majority chose another answer. */
  readonly overruled: number;
  /** Items without a strict majority: ties, and pluralities of half or less. */
  readonly undecided: number;
  /** Of the undecided ones, the ties. */
  readonly ties: number;
  readonly items: number;
}

/**
 * Compares the strict majority of every item that has votes with the dataset's label.
 * The caller chooses which items count (those with k counted judgments).
 * @param labels the dataset's label as a category index per item; -1 where it has none, which
 *   leaves the item out
 */
export function labelsUpheld(vote: Vote, labels: Int32Array, level = 0.95): LabelsUpheld {
  let upheld = 0;
  let overruled = 0;
  let undecided = 0;
  let ties = 0;
  for (const [item, outcome] of vote.outcome.entries()) {
    if (outcome === 'none' || labels[item]! < 0) continue;
    if (outcome !== 'majority') {
      undecided++;
      if (outcome === 'tie') ties++;
    } else if (vote.label[item] === labels[item]) upheld++;
    else overruled++;
  }
  const items = upheld + overruled + undecided;
  return {
    share: items === 0 ? undefinedBecause('no-data') : proportion(upheld, items, level),
    upheld,
    overruled,
    undecided,
    ties,
    items,
  };
}
