import { type Estimate, undefinedBecause } from '../estimate.js';
import { forEachItem, type Ratings } from '../ratings.js';

/** Share of agreeing pairs among all pairs of ratings of one item, every pair with equal weight. */
export function pooledAgreement(ratings: Ratings): Estimate {
  let agreeing = 0;
  let pairs = 0;
  let items = 0;
  forEachItem(ratings, (counts, total) => {
    if (total < 2) return;
    items++;
    pairs += total * (total - 1);
    for (const count of counts) agreeing += count * (count - 1);
  });
  return pairs === 0
    ? undefinedBecause('no-pairs')
    : { kind: 'estimate', value: agreeing / pairs, n: items };
}

/** Share of the items with two or more ratings about which everybody said the same. */
export function unanimousShare(ratings: Ratings): Estimate {
  let unanimous = 0;
  let items = 0;
  forEachItem(ratings, (counts, total) => {
    if (total < 2) return;
    items++;
    if (counts.includes(total)) unanimous++;
  });
  return items === 0
    ? undefinedBecause('no-pairs')
    : { kind: 'estimate', value: unanimous / items, n: items };
}
