/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Undefined } from '../estimate.js';
import type { Ratings } from '../ratings.js';
import { type ConfusionMatrices, dawidSkene, matricesGiven } from './dawidSkene.js';
import { alikeRaters, differingRaters } from './described.js';
import { fromOthers } from './fromOthers.js';
import { mace } from './mace.js';
import { majorityVote } from './majority.js';
import { mostProbable, type Posteriors, sharesOf } from './posteriors.js';
import { scepticalDawidSkene } from './scepticalDawidSkene.js';

/** The three models that stand for raters who each mix up particular answers. */
export const memberNames = {
  shrunk: 'Dawid-Skene drawn towards all raters',
  sceptical: 'Sceptical Dawid-Skene',
  mace: 'MACE',
} as const;
export type MemberName = keyof typeof memberNames;

export interface Member {
  readonly name: MemberName;
  readonly model: Posteriors;
  /**
   * The probability that it gives to the answer of a strict majority: the mean over the items of
   * that answer, and then over the answers, so that a rare answer counts as much as a frequent one.
   */
  readonly agreement: number;
  /** It collapsed: its agreement lies far below that of the best member. Its answers count nowhere. */
  readonly leftOut: boolean;
}

/** What the panel's descriptions of raters weigh; they sum to 1. */
export interface Weights {
  /** All raters are right equally often, and their errors are spread evenly. */
  readonly alike: number;
  /** Raters differ, and their errors, taken together, are spread evenly. */
  readonly differing: number;
  /** Raters mix up particular answers, each in their own way: the three members. */
  readonly members: number;
}

export interface Panel extends Posteriors, ConfusionMatrices {
  readonly weights: Weights;
  /** Empty where the members weigh nothing. */
  readonly members: readonly Member[];
}

/** Judgments per true answer that raters who differ may be drawn by. */
const drawings = [1, 3, 10, 30, 100] as const;
/**
 * The prior weight of the members, beside 1 for either other description: they are too sure where
 * little is known of raters.
 */
const priorOfMembers = 0.25;
/** A member collapsed whose agreement with strict majorities lies this far below the best. */
const collapse = 0.2;
/** A description that weighs less counts nothing, and is not fitted. */
const negligible = 1e-3;

/**
 * The default consensus: the mean of three descriptions of raters, from the plainest to the
 * richest, with weights from how probable each makes the votes on an item given what its raters did
 * on other items. Where the votes do not decide between the descriptions all of them have weight,
 * so that the answers are not surer than the votes allow. The richest is the mean of three models (Dawid-Skene drawn towards all raters, the
 * same drawn towards knowing nothing, MACE) without those that collapsed.
 * `docs/researchers/consensus.md` has the evidence. Nothing here is random. Confusion matrices are
 * those of the panel's own answers.
 */
export function consensus(ratings: Ratings): Panel | Undefined {
  const alike = alikeRaters(ratings);
  if (alike.kind === 'undefined') return alike;
  const { weights, drawn } = weigh(ratings, alike.posterior);
  const parts: { model: Posteriors; weight: number }[] = [{ model: alike, weight: weights.alike }];
  if (weights.differing > 0) {
    const differing = differingRaters(ratings, drawn, alike.posterior);
    if (differing.kind === 'undefined') return differing;
    parts.push({ model: differing, weight: weights.differing });
  }
  const members = weights.members > 0 ? membersOf(ratings) : [];
  if (!Array.isArray(members)) return members;
  const kept = members.filter((member) => !member.leftOut);
  for (const { model } of kept) parts.push({ model, weight: weights.members / kept.length });
  const counted = parts.filter(({ weight }) => weight > 0);
  const posterior = alike.posterior.map((_, cell) =>
    counted.reduce((sum, { model, weight }) => sum + weight * model.posterior[cell]!, 0),
  );
  return {
    kind: 'consensus',
    label: mostProbable(posterior, ratings),
    posterior,
    categoryShares: sharesOf(posterior, ratings),
    itemCount: ratings.itemCount,
    categoryCount: ratings.categoryCount,
    iterations: Math.max(...counted.map(({ model }) => model.iterations)),
    converged: counted.every(({ model }) => model.converged),
    ...matricesGiven(ratings, posterior, { accuracy: alike.accuracy, part: 1 - weights.members }),
    weights,
    members,
  };
}

/** The three models, and which of them collapsed. */
function membersOf(ratings: Ratings): Member[] | Undefined {
  const shrunk = dawidSkene(ratings);
  const sceptical = scepticalDawidSkene(ratings);
  const guessing = mace(ratings, { restarts: 0 });
  if (shrunk.kind === 'undefined') return shrunk;
  if (sceptical.kind === 'undefined') return sceptical;
  if (guessing.kind === 'undefined') return guessing;
  const agreement = agreementWith(ratings);
  const models = { shrunk, sceptical, mace: guessing };
  const members = (Object.keys(memberNames) as MemberName[]).map((name) => ({
    name,
    model: models[name],
    agreement: agreement(models[name].posterior),
  }));
  const best = Math.max(...members.map((member) => member.agreement));
  return members.map((member) => ({ ...member, leftOut: member.agreement < best - collapse }));
}

/** How much of each answer's strict majorities a posterior upholds, as a mean over the answers. */
function agreementWith(ratings: Ratings): (posterior: Float64Array) => number {
  const { label, outcome } = majorityVote(ratings);
  const size = ratings.categoryCount;
  return (posterior) => {
    const upheld = new Float64Array(size);
    const majorities = new Int32Array(size);
    for (let item = 0; item < ratings.itemCount; item++) {
      if (outcome[item] !== 'majority') continue;
      const answer = label[item]!;
      majorities[answer]!++;
      upheld[answer]! += posterior[item * size + answer]!;
    }
    const answers = [...majorities.keys()].filter((answer) => majorities[answer]! > 0);
    if (answers.length === 0) return 1;
    return (
      answers.reduce((sum, answer) => sum + upheld[answer]! / majorities[answer]!, 0) /
      answers.length
    );
  };
}

/**
 * The weights of the three descriptions. All begin with the answers of the plainest one, so that a
 * richer one gains nothing by answers that were fitted to it, and none is helped by an item's own
 * votes. Of the two richer ones the mean over `drawings` counts: the best of them would favour them
 * where the votes do not decide.
 */
function weigh(ratings: Ratings, answers: Float64Array): { weights: Weights; drawn: number } {
  const predicted = (drawn: number, errors: 'even' | 'particular'): number =>
    fromOthers(ratings, answers, { drawn, errors }).logPredictive;
  const even = drawings.map((drawn) => predicted(drawn, 'even'));
  const logs = [
    predicted(Infinity, 'even'),
    logOfMean(even),
    logOfMean(drawings.map((drawn) => predicted(drawn, 'particular'))) + Math.log(priorOfMembers),
  ];
  const highest = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - highest));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const counted = shares.map((share) => (share / total < negligible ? 0 : share));
  const sum = counted.reduce((all, share) => all + share, 0);
  const [alike = 0, differing = 0, members = 0] = counted.map((share) => share / sum);
  return {
    weights: { alike, differing, members },
    drawn: drawings[even.indexOf(Math.max(...even))] ?? drawings[0],
  };
}

/** The logarithm of the mean of the values whose logarithms these are. */
function logOfMean(logs: readonly number[]): number {
  const highest = Math.max(...logs);
  return (
    highest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - highest), 0) / logs.length)
  );
}
