/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { type Random, randomInteger, randomNormal, shuffle } from '#statistics/random.js';
import type { Judged } from '#statistics/raterQuality/judged.js';

/** What a simulated rater does. */
export const carelessWays = [
  'random',
  'first',
  'reversed',
  'right 60',
  'right 72',
  'straight',
] as const;
export type Kind = 'honest' | 'ring' | 'model' | (typeof carelessWays)[number];

export interface CrowdPlan {
  readonly honest: number;
  /** Raters of each careless way. */
  readonly eachCareless: number;
  readonly ring: number;
  /** How often a member of the ring gives the shared answer instead of an own one. */
  readonly copied: number;
  readonly model: number;
  readonly block: number;
  readonly gold: number;
  readonly judgments: number;
  /** Block items on which the model is wrong, which count against nobody. */
  readonly exempt?: number;
  /** The share of labels that are true. */
  readonly upheld?: number;
  /** Honest skill, from and to. */
  readonly skill?: readonly [number, number];
}

export const usualCrowd: CrowdPlan = {
  honest: 29,
  eachCareless: 2,
  ring: 5,
  copied: 1,
  model: 4,
  block: 16,
  gold: 4,
  judgments: 40,
};

export interface PlantedCrowd {
  readonly judged: Required<Omit<Judged, 'exempt'>> & { readonly exempt: Uint8Array };
  readonly kinds: readonly Kind[];
  /** By item: the true label, the dataset's, what the model says, and its relevance. */
  readonly truth: Int32Array;
  readonly labels: Int32Array;
  readonly modelLabels: Int32Array;
  readonly modelRelevance: Int32Array;
  readonly blockItems: Int32Array;
}

const cuts = [-2.9, -2.2, -1.3, 0];
const levelOf = (latent: number): number => cuts.filter((cut) => latent > cut).length;

/** The mean of honest raters' relevance from 1 to 5 over infinitely many items and raters. */
export function honestRelevance(normalCdf: (x: number) => number): number {
  const spread = Math.hypot(0.8, 0.7, 1);
  return 1 + cuts.reduce((sum, cut) => sum + 1 - normalCdf(cut / spread), 0);
}

/** A study: every rater judges the block, and ordinary items with three raters each. */
export function plantedCrowd(plan: CrowdPlan, random: Random): PlantedCrowd {
  const kinds: Kind[] = [
    ...Array.from({ length: plan.honest }, (): Kind => 'honest'),
    ...carelessWays.flatMap((way) => Array.from({ length: plan.eachCareless }, (): Kind => way)),
    ...Array.from({ length: plan.ring }, (): Kind => 'ring'),
    ...Array.from({ length: plan.model }, (): Kind => 'model'),
  ];
  const each = plan.judgments - plan.block;
  const ordinary = Math.ceil((each * kinds.length) / 3);
  const itemCount = plan.block + ordinary;
  const draw = (chance: number): boolean => random() < chance;
  const ints = (of: (item: number) => number): Int32Array =>
    Int32Array.from({ length: itemCount }, (_, item) => of(item));
  const truth = ints(() => randomInteger(2, random));
  const exempt = Uint8Array.from({ length: itemCount }, (_, item) =>
    item >= plan.block - (plan.exempt ?? 0) && item < plan.block ? 1 : 0,
  );
  const labels = ints((item) => (draw(plan.upheld ?? 0.93) ? truth[item]! : 1 - truth[item]!));
  const modelLabels = ints((item) =>
    exempt[item] === 1 || draw(0.07) ? 1 - truth[item]! : truth[item]!,
  );
  const quality = Float64Array.from({ length: itemCount }, () => 0.8 * randomNormal(random));
  const itemTime = Float64Array.from({ length: itemCount }, () => 0.35 * randomNormal(random));
  const modelRelevance = ints((item) => levelOf(quality[item]! + 0.5 + 0.5 * randomNormal(random)));
  const ringLabels = ints((item) => (draw(0.95) ? truth[item]! : 1 - truth[item]!));
  const ringRelevance = ints((item) => levelOf(quality[item]! + randomNormal(random)));
  const slots = sharedOut(kinds.length, each, ordinary, random);
  const rows: number[][] = [];
  const [from, to] = plan.skill ?? [0.9, 0.98];
  for (const [rater, kind] of kinds.entries()) {
    const skill = from + (to - from) * random();
    const leaning = 0.7 * randomNormal(random);
    const speed = 0.35 * randomNormal(random);
    const fixed = randomInteger(5, random);
    const order = shuffle(
      [
        ...Array.from({ length: plan.block }, (_, item) => item),
        ...slots[rater]!.map((item) => plan.block + item),
      ],
      random,
    );
    for (const [at, item] of order.entries()) {
      const shownFirst = randomInteger(2, random);
      const right = (chance: number): number => (draw(chance) ? truth[item]! : 1 - truth[item]!);
      const honestLevel = levelOf(quality[item]! + leaning + randomNormal(random));
      const inRing = kind === 'ring' && item < plan.block;
      const copies = inRing && draw(plan.copied);
      const known = inRing && item < plan.gold;
      const choice =
        kind === 'random'
          ? randomInteger(2, random)
          : kind === 'first'
            ? shownFirst
            : kind === 'reversed'
              ? 1 - right(skill)
              : kind === 'right 60'
                ? right(0.6)
                : kind === 'right 72'
                  ? right(0.72)
                  : kind === 'straight'
                    ? 0
                    : kind === 'model'
                      ? draw(0.95)
                        ? modelLabels[item]!
                        : right(skill)
                      : known
                        ? truth[item]!
                        : copies
                          ? ringLabels[item]!
                          : right(skill);
      const relevance =
        kind === 'random' || kind === 'first'
          ? randomInteger(5, random)
          : kind === 'straight'
            ? fixed
            : kind === 'model'
              ? draw(0.85)
                ? modelRelevance[item]!
                : honestLevel
              : copies
                ? ringRelevance[item]!
                : honestLevel;
      const fast =
        kind === 'straight'
          ? Math.log(0.15)
          : kind === 'random' || kind === 'first'
            ? Math.log(0.5)
            : 0;
      const time = 20_000 * Math.exp(itemTime[item]! + speed + fast + 0.5 * randomNormal(random));
      rows.push([rater, item, choice, relevance, choice === shownFirst ? 0 : 1, time, at]);
    }
  }
  const column = (at: number): Int32Array => Int32Array.from(rows, (row) => row[at]!);
  return {
    judged: {
      raters: column(0),
      items: column(1),
      choices: column(2),
      relevance: column(3),
      positions: column(4),
      milliseconds: Float64Array.from(rows, (row) => row[5]!),
      at: Float64Array.from(rows, (row) => row[6]!),
      raterCount: kinds.length,
      itemCount,
      choiceCount: 2,
      relevanceCount: 5,
      gold: ints((item) => (item < plan.gold ? truth[item]! : -1)),
      block: Uint8Array.from({ length: itemCount }, (_, item) => (item < plan.block ? 1 : 0)),
      exempt,
    },
    kinds,
    truth,
    labels,
    modelLabels,
    modelRelevance,
    blockItems: Int32Array.from({ length: plan.block }, (_, item) => item),
  };
}

/** Which ordinary items each rater judges: every item by three raters, nobody twice by one. */
function sharedOut(raters: number, each: number, items: number, random: Random): number[][] {
  const slots = shuffle(
    Array.from({ length: raters * each }, (_, slot) => slot % items),
    random,
  );
  const own = Array.from({ length: raters }, (_, rater) =>
    slots.slice(rater * each, (rater + 1) * each),
  );
  for (let rater = 0; rater < raters; rater++)
    for (let place = 0; place < each; place++)
      while (own[rater]!.indexOf(own[rater]![place]!) !== place) {
        const other = randomInteger(raters, random);
        const there = randomInteger(each, random);
        const [mine, theirs] = [own[rater]![place]!, own[other]![there]!];
        if (own[other]!.includes(mine) || own[rater]!.includes(theirs)) continue;
        own[rater]![place] = theirs;
        own[other]![there] = mine;
      }
  return own;
}
