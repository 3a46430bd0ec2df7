/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { normalQuantile } from '../distributions.js';
import { wilsonLimits } from '../proportions.js';
import { createRandom, randomBinomial, type Seed } from '../random.js';
import { steady, type TippingPoint } from './tippingShare.js';

/** Votes on labels, by item. */
export interface LabelVotes {
  readonly votes: Int32Array;
  /** How many of them uphold the label. */
  readonly upholding: Int32Array;
}

export interface MajorityVerdict {
  readonly threshold: number;
  readonly verdict: 'above' | 'below';
  /** How often the model upholds a label. */
  readonly upheld: number;
  readonly seed: Seed;
  readonly replicates?: number;
  readonly level?: number;
}

/** The share of labels that people would uphold by strict majority, with its limits. */
export interface PeoplesMajority {
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** Steps in which the share of a model's judgments is tried. */
const step = 0.01;

/**
 * The share of a model's votes at which a verdict about labels upheld by strict majority changes. The
 * share of majorities is no mean of votes, so votes are resampled: `peoplesMajority` at steps of .01,
 * of which the first that no longer holds is sought by halving, since a larger share takes more away.
 */
export function tippingMajority(votes: LabelVotes, verdict: MajorityVerdict): TippingPoint {
  /** Null where such a share cannot have given these votes. */
  const holdsAt = (at: number): boolean | null => {
    const people = peoplesMajority(votes, at * step, verdict);
    if (people === null) return null;
    return verdict.verdict === 'above'
      ? people.lower > verdict.threshold
      : people.upper < verdict.threshold;
  };
  if (holdsAt(0) !== true) return steady('no-verdict');
  let [holds, beyond] = [0, Math.round(1 / step)];
  while (beyond - holds > 1) {
    const middle = Math.floor((holds + beyond) / 2);
    if (holdsAt(middle) === true) holds = middle;
    else beyond = middle;
  }
  return beyond >= Math.round(1 / step) || holdsAt(beyond) === null
    ? steady('never')
    : { kind: 'tips', share: beyond * step };
}

/**
 * Labels upheld by people's majority where a share c of the votes is a model's: each vote is the
 * model's with the chance that c, u and the votes give it (an upholding one with c u/A); votes that
 * are taken away are drawn again from the item's other votes and a beta distribution of people's
 * rates over items, whose mean is (A − c u)/(1 − c) and whose variance is that of the votes within
 * items over (1 − c)². Limits are Wilson's with the variance of resampling added, reaching
 * 1/(1 − c) times as far. Null where c and u cannot have given these votes.
 */
export function peoplesMajority(
  { votes, upholding }: LabelVotes,
  share: number,
  { upheld, seed, replicates = 100, level = 0.95 }: Omit<MajorityVerdict, 'threshold' | 'verdict'>,
): PeoplesMajority | null {
  const rated = [...votes.keys()].filter((item) => votes[item]! > 0);
  const all = rated.reduce((sum, item) => sum + votes[item]!, 0);
  const seen = rated.reduce((sum, item) => sum + upholding[item]!, 0) / all;
  const rate = (seen - share * upheld) / (1 - share);
  if (rated.length === 0 || rate < 0 || rate > 1) return null;
  const prior = priorOf({ votes, upholding }, { rated, seen, rate, share });
  const taken = {
    upholding: seen > 0 ? Math.min(1, (share * upheld) / seen) : 0,
    against: seen < 1 ? Math.min(1, (share * (1 - upheld)) / (1 - seen)) : 0,
  };
  const random = createRandom(seed);
  let [sum, squares] = [0, 0];
  const rounds = share === 0 ? 1 : replicates;
  for (let round = 0; round < rounds; round++) {
    let majorities = 0;
    for (const item of rated) {
      const [n, x] = [votes[item]!, upholding[item]!];
      let up = x - randomBinomial(x, taken.upholding, random);
      let down = n - x - randomBinomial(n - x, taken.against, random);
      while (up + down < n)
        if (random() * (prior.up + prior.down + up + down) < prior.up + up) up++;
        else down++;
      if (up > down) majorities++;
    }
    sum += majorities / rated.length;
    squares += (majorities / rated.length) ** 2;
  }
  const value = sum / rounds;
  const resampled = Math.max(0, squares / rounds - value * value);
  const binomial = (value * (1 - value)) / rated.length;
  const trials = binomial > 0 ? (rated.length * binomial) / (binomial + resampled) : rated.length;
  const z = normalQuantile(1 - (1 - level) / 2);
  const limits = wilsonLimits(value, trials, z * z);
  return {
    value,
    lower: Math.max(0, value - (value - limits.lower) / (1 - share)),
    upper: Math.min(1, value + (limits.upper - value) / (1 - share)),
  };
}

/** The beta distribution of people's rates over items, as votes it is worth. */
function priorOf(
  { votes, upholding }: LabelVotes,
  of: { rated: readonly number[]; seen: number; rate: number; share: number },
): { readonly up: number; readonly down: number } {
  let [pairs, both] = [0, 0];
  for (const item of of.rated) {
    pairs += votes[item]! * (votes[item]! - 1);
    both += upholding[item]! * (upholding[item]! - 1);
  }
  const within = pairs === 0 ? 0 : both / pairs - of.seen ** 2;
  const whole = of.rate * (1 - of.rate);
  const between = Math.min(0.95 * whole, Math.max(1e-4 * whole, within / (1 - of.share) ** 2));
  const worth = whole === 0 ? 1e4 : whole / between - 1;
  return { up: of.rate * worth, down: (1 - of.rate) * worth };
}
