/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Independent } from './independent.js';

/** The share copied that the search assumes; what is found is estimated afterwards. */
export const assumedCopied = 0.8;
/** Pairs from which groups are grown. */
const seeds = 12;
/** Groups do not grow beyond this. */
const largest = 20;

/** Raters whose joint answers are too alike for raters who answer on their own. */
export interface Group {
  /** Rising rater indexes. */
  readonly members: readonly number[];
  /** The log-likelihood ratio of copying against answering alone, less what members cost. */
  readonly score: number;
}

/**
 * What each member beyond the first must gain: that a rater who answers alone gains as much has a
 * chance of 1 in 20 over all raters (Markov's inequality for likelihood ratios).
 */
export const costOfMember = (raterCount: number): number => Math.log(20 * raterCount);

/**
 * The group with the highest score. Members of a group take each answer with probability c from a
 * common source and else answer on their own:
 * LR = Π over items Σ over answers z of usual(z) Π over members (1 − c + c [answer = z] / P(answer)).
 * The best pairs of raters are grown by one member at a time, as long as one gains more than it costs.
 * @param eligible 1 for raters who may be members
 */
export function bestGroup(
  fitted: Independent,
  joint: Int32Array,
  eligible: Uint8Array,
): Group | null {
  const { raterCount, itemCount, cellCount, chances, usual } = fitted;
  const kept = 1 - assumedCopied;
  const cost = costOfMember(raterCount);
  // What a match of a rater's answer with the source weighs, and how likely the source gives it.
  const match = new Float64Array(joint.length);
  const source = new Float64Array(joint.length);
  for (let at = 0; at < joint.length; at++) {
    if (joint[at]! < 0) continue;
    match[at] = assumedCopied / chances[at * cellCount + joint[at]!]!;
    source[at] = usual[(at % itemCount) * cellCount + joint[at]!]!;
  }
  const best: { score: number; one: number; other: number }[] = [];
  for (let one = 0; one < raterCount; one++) {
    if (eligible[one] === 0) continue;
    for (let other = one + 1; other < raterCount; other++) {
      if (eligible[other] === 0) continue;
      let log = 0;
      let product = 1;
      for (let place = 0; place < itemCount; place++) {
        const [first, second] = [one * itemCount + place, other * itemCount + place];
        if (joint[first]! < 0 || joint[second]! < 0) continue;
        const both =
          joint[first] === joint[second] ? source[first]! * match[first]! * match[second]! : 0;
        product *=
          kept * kept +
          kept * (source[first]! * match[first]! + source[second]! * match[second]!) +
          both;
        if (place % 8 === 7) {
          log += Math.log(product);
          product = 1;
        }
      }
      const score = log + Math.log(product) - cost;
      if (best.length === seeds && score <= best[seeds - 1]!.score) continue;
      if (best.length === seeds) best.pop();
      const after = best.findIndex((each) => each.score < score);
      best.splice(after < 0 ? best.length : after, 0, { score, one, other });
    }
  }
  let found: Group | null = null;
  const seen = new Set<string>();
  for (const { score, one, other } of best) {
    const grown = grow({ one, other, score });
    const name = grown.members.join(' ');
    if (seen.has(name)) continue;
    seen.add(name);
    if (found === null || grown.score > found.score) found = grown;
  }
  return found;

  function grow(pair: { one: number; other: number; score: number }): Group {
    const members: number[] = [];
    // products[item, z] and their sum weighed by the source, over the members so far.
    const products = usual.slice();
    const sums = new Float64Array(itemCount).fill(1);
    const add = (rater: number): void => {
      members.push(rater);
      for (let place = 0; place < itemCount; place++) {
        const at = rater * itemCount + place;
        if (joint[at]! < 0) continue;
        const cell = place * cellCount + joint[at]!;
        const gained = products[cell]! * match[at]!;
        for (let z = place * cellCount; z < (place + 1) * cellCount; z++) products[z]! *= kept;
        products[cell]! += gained;
        sums[place] = kept * sums[place]! + gained;
      }
    };
    add(pair.one);
    add(pair.other);
    let score = pair.score;
    while (members.length < largest) {
      let [next, most] = [-1, cost];
      for (let rater = 0; rater < raterCount; rater++) {
        if (eligible[rater] === 0 || members.includes(rater)) continue;
        const gain = gainOf(rater, products, sums);
        if (gain > most) [next, most] = [rater, gain];
      }
      if (next < 0) break;
      add(next);
      score += most - cost;
    }
    return { members: members.toSorted((one, other) => one - other), score };
  }

  function gainOf(rater: number, products: Float64Array, sums: Float64Array): number {
    let log = 0;
    let product = 1;
    for (let place = 0; place < itemCount; place++) {
      const at = rater * itemCount + place;
      if (joint[at]! < 0) continue;
      product *= kept + (products[place * cellCount + joint[at]!]! * match[at]!) / sums[place]!;
      if (place % 8 === 7) {
        log += Math.log(product);
        product = 1;
      }
    }
    return log + Math.log(product);
  }
}

/** The log-likelihood ratio of one group at a given share copied, without costs. */
export function logRatio(
  { itemCount, cellCount, chances, usual }: Independent,
  joint: Int32Array,
  members: readonly number[],
  copied: number,
): number {
  let log = 0;
  for (let place = 0; place < itemCount; place++) {
    const products = usual.slice(place * cellCount, (place + 1) * cellCount);
    for (const rater of members) {
      const at = rater * itemCount + place;
      const cell = joint[at]!;
      if (cell < 0) continue;
      const gained = (products[cell]! * copied) / chances[at * cellCount + cell]!;
      for (let z = 0; z < cellCount; z++) products[z]! *= 1 - copied;
      products[cell]! += gained;
    }
    log += Math.log(products.reduce((sum, each) => sum + each, 0));
  }
  return log;
}
