/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { buildRatings, type Ratings } from '../ratings.js';

/**
 * The items whose votes tell something of how reliable their raters are: 1 for these, 0 for the
 * others.
 *
 * One vote on an item tells nothing of its rater: whatever they are taken to be, an answer can be
 * found that fits. Two raters who share items show how often they agree, which is one number for
 * the two of them: any error of the one can be put down to the other. In general the agreement of
 * two raters is the product of what each knows (Dawid and Skene with one number per rater), so that
 * a chain of pairs, or two camps of which nobody shares an item with their own camp, leaves the
 * products open. They come apart as soon as the raters who share items, taken as the edges of a
 * graph, form an odd cycle; three raters of one item are one.
 */
function comparedItems({ itemCount, raterCount, itemStart, raters }: Ratings): Uint8Array {
  // Every rater stands for two nodes, and sharing an item joins the one of this rater with the
  // other of that rater: both nodes of a rater are joined just where they lie on an odd cycle.
  const parent = Int32Array.from({ length: 2 * raterCount }, (_, node) => node);
  const rootOf = (node: number): number => {
    let root = node;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  const join = (one: number, other: number): void => {
    if (one === other) return;
    parent[rootOf(2 * one)] = rootOf(2 * other + 1);
    parent[rootOf(2 * one + 1)] = rootOf(2 * other);
  };
  for (let item = 0; item < itemCount; item++) {
    const [from, to] = [itemStart[item]!, itemStart[item + 1]!];
    for (let row = from + 1; row < to; row++) {
      join(raters[from]!, raters[row]!);
      join(raters[row - 1]!, raters[row]!);
    }
  }
  return Uint8Array.from({ length: itemCount }, (_, item) => {
    const [from, to] = [itemStart[item]!, itemStart[item + 1]!];
    const first = raters[from]!;
    const shared = raters.subarray(from, to).some((rater) => rater !== first);
    return shared && rootOf(2 * first) === rootOf(2 * first + 1) ? 1 : 0;
  });
}

/**
 * The ratings that a model of raters can learn from, those of all other items left out: items keep
 * their indexes and have no ratings then. Models fitted to votes that tell nothing of raters still
 * give confident answers, since the frequencies of the answers and the raters' errors can be traded
 * for each other; `docs/researchers/consensus.md` has counts.
 * @returns `no-data` without ratings, `no-pairs` where no item has two, `inseparable-raters` where
 *   raters cannot be told apart
 */
export function comparedRatings(ratings: Ratings): Ratings | Undefined {
  if (ratings.items.length === 0) return undefinedBecause('no-data');
  const compared = comparedItems(ratings);
  if (!compared.includes(1))
    return undefinedBecause(sharesItem(ratings) ? 'inseparable-raters' : 'no-pairs');
  if (ratings.items.every((item) => compared[item] === 1)) return ratings;
  const rows = [...ratings.items.keys()].filter((row) => compared[ratings.items[row]!] === 1);
  const pick = (values: Int32Array): Int32Array => Int32Array.from(rows, (row) => values[row]!);
  return buildRatings(
    {
      ...ratings,
      items: pick(ratings.items),
      raters: pick(ratings.raters),
      values: pick(ratings.values),
    },
    'all',
  );
}

const sharesItem = ({ items, raters }: Ratings): boolean =>
  items.some((item, row) => row > 0 && items[row - 1] === item && raters[row - 1] !== raters[row]);

/** Why no model of raters can be fitted to these ratings at all; null where one can. */
export function withoutComparison(ratings: Ratings): Undefined | null {
  const compared = comparedRatings(ratings);
  return 'kind' in compared ? compared : null;
}
