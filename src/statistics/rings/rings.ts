/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { createRandom, type Seed } from '../random.js';
import { quantileOfSorted } from '../summary.js';
import { type BlockAnswers, jointAnswers } from './blockAnswers.js';
import { drawIndependent, fitIndependent, type Independent } from './independent.js';
import { assumedCopied, bestGroup, costOfMember, type Group, logRatio } from './search.js';

/** A group of raters who answer too much alike to have answered each on their own. */
export interface Ring extends Group {
  /** How likely each answer is copied from a common source, with profile-likelihood limits. */
  readonly copied: { readonly value: number; readonly lower: number; readonly upper: number };
  /** What each member adds to the log-likelihood ratio of the others, in the order of members. */
  readonly support: readonly number[];
}

/** A rater set apart before groups are sought. */
export interface SetApart {
  readonly rater: number;
  /** Of a straight-liner the share of the one answer; of a model-like rater the log-likelihood ratio. */
  readonly evidence: number;
}

export interface Rings {
  readonly kind: 'rings';
  readonly rings: readonly Ring[];
  readonly straightLiners: readonly SetApart[];
  readonly modelLike: readonly SetApart[];
  /** The score that a ring-free study exceeds with the chance of false alarms. */
  readonly threshold: number;
  readonly falseAlarms: number;
  /** The highest score, found or not; null with fewer than two eligible raters. */
  readonly highest: number | null;
  /** How many independent raters those of the block are worth, copying that was found considered. */
  readonly effectiveRaters: {
    readonly value: number;
    readonly lower: number;
    readonly upper: number;
  };
  readonly replicates: number;
  readonly seed: Seed;
}

/** Why rings cannot be sought. */
export const noRingReasons = {
  'labels-alone':
    'the form asks for labels alone: honest raters agree on those, so that a ring could not have been found',
  'too-few-items': 'the block has fewer than 5 items: a ring could not have been found',
  'too-few-raters': 'fewer than 5 raters answered the block: a ring could not have been found',
} as const;
export interface NoRings {
  readonly kind: 'not-possible';
  readonly reason: keyof typeof noRingReasons;
  readonly because: string;
}

export interface RingOptions {
  readonly seed: Seed;
  /** The chance of naming any group in a study without copying; .05 unless given. */
  readonly falseAlarms?: number;
  /** Studies without copying that are simulated. */
  readonly replicates?: number;
  /**
   * By rater: 1 for those of whom it is known that they answer carelessly, who are left out: as they
   * do not look at the items, others seem to agree too well beside them.
   */
  readonly leftOut?: Uint8Array;
  /** What a model answers about the block; levels of -1 where it was asked for labels alone. */
  readonly model?: { readonly labels: Int32Array; readonly levels: Int32Array };
}

const fewest = 5;

/** Studies drawn from the fit score a little lower than the study: simulated, 3 % hold 5 %. */
const caution = 0.6;

/**
 * Groups of raters by their joint answers (label and relevance) on the calibration block. The
 * threshold is a quantile of the best score in studies drawn from `fitIndependent`, in which every
 * rater keeps their leanings and nobody copies; each is fitted and searched as the study is. So
 * false alarms are bounded per study, over all pairs and groups. Raters who give one answer nearly
 * always, and those whose answers follow a model's, are set apart before. Further groups are sought
 * among the rest.
 */
export function findRings(answers: BlockAnswers, options: RingOptions): Rings | NoRings {
  const { seed, falseAlarms = 0.05, replicates = 400 } = options;
  const reason = whyNot(answers);
  if (reason !== null) return { kind: 'not-possible', reason, because: noRingReasons[reason] };
  const { searched, straightLiners, modelLike } = prepared(answers, options);
  const threshold = thresholdOf(answers, searched, { seed, falseAlarms, replicates });
  const open = searched.eligible.slice();
  const rings: Ring[] = [];
  let highest: number | null = null;
  for (;;) {
    const group = bestGroup(searched.fitted, searched.joint, open);
    highest ??= group?.score ?? null;
    if (group === null || group.score <= threshold) break;
    rings.push(described(searched.fitted, searched.joint, group));
    for (const rater of group.members) open[rater] = 0;
  }
  return {
    kind: 'rings',
    rings,
    straightLiners,
    modelLike,
    threshold,
    falseAlarms,
    highest,
    effectiveRaters: effectiveRaters(ratersWhoAnswered(answers), rings),
    replicates,
    seed,
  };
}

/** Sets raters apart who are no members of rings, and fits the others. */
export function prepared(
  answers: BlockAnswers,
  { leftOut, model }: Pick<RingOptions, 'leftOut' | 'model'>,
): { searched: Searched; straightLiners: SetApart[]; modelLike: SetApart[] } {
  const joint = jointAnswers(answers);
  const eligible = new Uint8Array(answers.raterCount).fill(1);
  const setApart = (rater: number): void => {
    eligible[rater] = 0;
    joint.fill(-1, rater * answers.itemCount, (rater + 1) * answers.itemCount);
  };
  const straightLiners = straightLinersOf(fitIndependent(answers, joint), joint);
  for (const { rater } of straightLiners) setApart(rater);
  for (let rater = 0; rater < answers.raterCount; rater++)
    if (leftOut?.[rater] === 1) setApart(rater);
  let fitted = fitIndependent(answers, joint);
  const modelLike = model === undefined ? [] : modelLikeRaters(answers, fitted, joint, model);
  for (const { rater } of modelLike) setApart(rater);
  if (modelLike.length > 0) fitted = fitIndependent(answers, joint);
  return { searched: { fitted, joint, eligible }, straightLiners, modelLike };
}

/** Why a block cannot show a ring, or null. */
export function whyNot(answers: BlockAnswers): keyof typeof noRingReasons | null {
  if (answers.levelCount < 2) return 'labels-alone';
  if (answers.itemCount < fewest) return 'too-few-items';
  return ratersWhoAnswered(answers) < fewest ? 'too-few-raters' : null;
}

function ratersWhoAnswered({ raterCount, itemCount, labels }: BlockAnswers): number {
  let count = 0;
  for (let rater = 0; rater < raterCount; rater++)
    if (labels.subarray(rater * itemCount, (rater + 1) * itemCount).some((label) => label >= 0))
      count++;
  return count;
}

/** What the search runs on. */
export interface Searched {
  readonly fitted: Independent;
  readonly joint: Int32Array;
  readonly eligible: Uint8Array;
}

/** The score that the best group of a study without copying exceeds with the given chance. */
export function thresholdOf(
  answers: BlockAnswers,
  { fitted, joint, eligible }: Searched,
  { seed, falseAlarms, replicates }: Required<Omit<RingOptions, 'model' | 'leftOut'>>,
): number {
  const random = createRandom(seed);
  const scores = Float64Array.from({ length: replicates }, () => {
    const drawn = drawIndependent(fitted, joint, random);
    return bestGroup(fitIndependent(answers, drawn), drawn, eligible)?.score ?? -Infinity;
  }).sort();
  return quantileOfSorted(scores, 1 - caution * falseAlarms);
}

/** A rater gives one joint answer this often, and others usually give it less often than that. */
const [straightShare, usualShare] = [0.8, 0.6];

/** Raters who give one joint answer to nearly all of the block where others do not. */
export function straightLinersOf(fitted: Independent, joint: Int32Array): SetApart[] {
  const { raterCount, itemCount, cellCount, usual } = fitted;
  return Array.from({ length: raterCount }, (_, rater) => {
    const own = joint.subarray(rater * itemCount, (rater + 1) * itemCount);
    const counts = new Int32Array(cellCount);
    for (const cell of own) if (cell >= 0) counts[cell]!++;
    const most = counts.reduce((top, count) => Math.max(top, count), 0);
    const cell = counts.indexOf(most);
    const answered = counts.reduce((sum, count) => sum + count, 0);
    let expected = 0;
    for (let place = 0; place < itemCount; place++)
      if (own[place]! >= 0) expected += usual[place * cellCount + cell]! / answered;
    return { rater, evidence: answered === 0 ? 0 : most / answered, answered, expected };
  })
    .filter(
      ({ evidence, answered, expected }) =>
        answered >= fewest && evidence >= straightShare && expected <= usualShare,
    )
    .map(({ rater, evidence }) => ({ rater, evidence }));
}

/**
 * Raters whose answers follow the model's: the likelihood ratio of taking each answer from the model
 * with probability .8 against answering alone is at least 20 times the number of raters, which in a
 * study without such raters happens with a chance of at most .05 (Markov's inequality). How often a
 * rater is with the majority is taken from the items on which the model is with it too.
 */
export function modelLikeRaters(
  answers: BlockAnswers,
  { majority }: Independent,
  joint: Int32Array,
  model: NonNullable<RingOptions['model']>,
): SetApart[] {
  const { raterCount, itemCount, levelCount } = answers;
  const differs = Uint8Array.from(majority, (label, place) =>
    model.labels[place]! >= 0 && model.labels[place] !== label ? 1 : 0,
  );
  const { chances, cellCount } = fitIndependent(answers, joint, differs);
  const found: SetApart[] = [];
  for (let rater = 0; rater < raterCount; rater++) {
    let log = 0;
    for (let place = 0; place < itemCount; place++) {
      const at = rater * itemCount + place;
      const [cell, label, level] = [joint[at]!, model.labels[place]!, model.levels[place]!];
      if (cell < 0 || label < 0) continue;
      let [same, chance] = [cell === label * levelCount + level, chances[at * cellCount + cell]!];
      if (level < 0) {
        const own = Math.floor(cell / levelCount);
        same = own === label;
        chance = 0;
        for (let v = 0; v < levelCount; v++)
          chance += chances[at * cellCount + own * levelCount + v]!;
      }
      log += Math.log(1 - assumedCopied + (same ? assumedCopied / chance : 0));
    }
    if (log >= costOfMember(raterCount)) found.push({ rater, evidence: log });
  }
  return found;
}

/** Half of the .95 quantile of chi-square with one degree of freedom. */
const reach = 1.9207;

function described(fitted: Independent, joint: Int32Array, group: Group): Ring {
  const { members } = group;
  const steps = Array.from({ length: 200 }, (_, step) => (step + 1) / 201);
  const logs = steps.map((copied) => logRatio(fitted, joint, members, copied));
  const top = logs.reduce((most, log) => Math.max(most, log), -Infinity);
  const inside = steps.filter((_, step) => logs[step]! >= top - reach);
  const whole = logRatio(fitted, joint, members, assumedCopied);
  return {
    ...group,
    copied: {
      value: steps[logs.indexOf(top)]!,
      lower: inside[0]!,
      upper: inside.at(-1) === steps.at(-1) ? 1 : inside.at(-1)!,
    },
    support: members.map(
      (rater) =>
        whole -
        logRatio(
          fitted,
          joint,
          members.filter((each) => each !== rater),
          assumedCopied,
        ),
    ),
  };
}

/**
 * A group of g raters who copy the share c of their answers from one source agree, beyond what
 * they would alone, with correlation c², so that it is worth g / (1 + (g − 1) c²) raters (Kish's
 * design effect); all others count whole. The limits are those of c in the groups found.
 */
export function effectiveRaters(
  raters: number,
  rings: readonly Pick<Ring, 'members' | 'copied'>[],
): { readonly value: number; readonly lower: number; readonly upper: number } {
  const at = (limit: 'value' | 'lower' | 'upper'): number =>
    rings.reduce((sum, { members: { length: size }, copied }) => {
      return sum - size + size / (1 + (size - 1) * copied[limit] ** 2);
    }, raters);
  return { value: at('value'), lower: at('upper'), upper: at('lower') };
}
