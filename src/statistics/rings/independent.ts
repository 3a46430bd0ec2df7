/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import type { Random } from '../random.js';
import { type BlockAnswers, jointAnswers } from './blockAnswers.js';

/** Raters who answer each on their own, with the leanings they have. */
export interface Independent {
  readonly raterCount: number;
  readonly itemCount: number;
  readonly cellCount: number;
  readonly levelCount: number;
  /** chances[(rater * itemCount + item) * cellCount + cell] */
  readonly chances: Float64Array;
  /** usual[item * cellCount + cell]: the mean of the raters' chances. */
  readonly usual: Float64Array;
  /** By item, the label that most raters gave. */
  readonly majority: Int32Array;
}

/**
 * Answers by which each cell of an item is drawn towards that of all items, a rater's use of labels
 * and levels towards no leaning, and their agreement with the majority towards that of all. Chosen
 * so that studies drawn from the fit have the best scores of the studies that were fitted.
 */
const priors = { item: 1, rater: 4, along: 0.5 };
const cycles = 10;

/**
 * How likely each joint answer is from each rater on each item if nobody copies:
 * P(label, level) ∝ item(label, level) · rater(label) · rater(level) · rater(with the majority), a
 * quasi-independence model fitted by iterative scaling with gamma priors. So a rater
 * keeps a preference for a label, a use of the scale, and being careless or reversed; what raters
 * have in common with others beyond that is not explained by it.
 * @param apart by item: 1 where it tells nothing of how often raters are with the majority
 */
export function fitIndependent(
  answers: BlockAnswers,
  joint: Int32Array = jointAnswers(answers),
  apart?: Uint8Array,
): Independent {
  const { raterCount, itemCount, labelCount, levelCount } = answers;
  const cellCount = labelCount * levelCount;
  const observed = new Float64Array(itemCount * cellCount);
  const pooled = new Float64Array(cellCount).fill(0.5);
  for (let at = 0; at < joint.length; at++) {
    if (joint[at]! < 0) continue;
    observed[(at % itemCount) * cellCount + joint[at]!]!++;
    pooled[joint[at]!]!++;
  }
  const all = pooled.reduce((sum, count) => sum + count, 0);
  for (let cell = 0; cell < cellCount; cell++) pooled[cell]! /= all;
  const majority = majorities(observed, itemCount, labelCount, levelCount);
  const item = observed.map((_, at) => pooled[at % cellCount]!);
  const label = new Float64Array(raterCount * labelCount).fill(1);
  const level = new Float64Array(raterCount * levelCount).fill(1);
  const along = new Float64Array(raterCount).fill(1);
  const own = ownCounts(answers, joint, majority, apart);
  const chances = new Float64Array(raterCount * itemCount * cellCount);
  const expectedItem = new Float64Array(observed.length);
  const expectedLabel = new Float64Array(labelCount);
  const expectedLevel = new Float64Array(levelCount);
  const compute = (rater: number, place: number): void => {
    const offset = (rater * itemCount + place) * cellCount;
    let sum = 0;
    for (let l = 0, cell = 0; l < labelCount; l++) {
      const factor = label[rater * labelCount + l]! * (majority[place] === l ? along[rater]! : 1);
      for (let v = 0; v < levelCount; v++, cell++) {
        const value = item[place * cellCount + cell]! * factor * level[rater * levelCount + v]!;
        chances[offset + cell] = value;
        sum += value;
      }
    }
    for (let cell = 0; cell < cellCount; cell++) chances[offset + cell]! /= sum;
  };
  for (let cycle = 0; cycle < cycles; cycle++) {
    expectedItem.fill(0);
    for (let rater = 0; rater < raterCount; rater++) {
      expectedLabel.fill(0);
      expectedLevel.fill(0);
      let expectedAlong = 0;
      for (let place = 0; place < itemCount; place++) {
        if (joint[rater * itemCount + place]! < 0) continue;
        compute(rater, place);
        const offset = (rater * itemCount + place) * cellCount;
        for (let l = 0, cell = 0; l < labelCount; l++)
          for (let v = 0; v < levelCount; v++, cell++) {
            const chance = chances[offset + cell]!;
            expectedItem[place * cellCount + cell]! += chance;
            expectedLabel[l]! += chance;
            expectedLevel[v]! += chance;
            if (majority[place] === l && apart?.[place] !== 1) expectedAlong += chance;
          }
      }
      for (let l = 0; l < labelCount; l++)
        shrink(
          label,
          rater * labelCount + l,
          own.label[rater * labelCount + l]!,
          expectedLabel[l]!,
          priors.rater,
        );
      for (let v = 0; v < levelCount; v++)
        shrink(
          level,
          rater * levelCount + v,
          own.level[rater * levelCount + v]!,
          expectedLevel[v]!,
          priors.rater,
        );
      const against = own.told[rater]! - expectedAlong;
      along[rater]! *=
        ((own.along[rater]! + priors.along) * (against + priors.along)) /
        ((expectedAlong + priors.along) * (own.told[rater]! - own.along[rater]! + priors.along));
    }
    for (let at = 0; at < item.length; at++) {
      const cell = at % cellCount;
      const h = item[at]! / pooled[cell]!;
      item[at] =
        (pooled[cell]! * (observed[at]! + priors.item)) / (expectedItem[at]! / h + priors.item);
    }
  }
  const usual = new Float64Array(observed.length);
  const present = own.all.reduce((count, answered) => count + (answered > 0 ? 1 : 0), 0);
  for (let rater = 0; rater < raterCount; rater++)
    for (let place = 0; place < itemCount; place++) {
      compute(rater, place);
      if (own.all[rater] === 0) continue;
      const offset = (rater * itemCount + place) * cellCount;
      for (let cell = 0; cell < cellCount; cell++)
        usual[place * cellCount + cell]! += chances[offset + cell]! / present;
    }
  return { raterCount, itemCount, cellCount, levelCount, chances, usual, majority };
}

/** A factor with a gamma prior of mean 1, from what was observed and what it makes expected. */
function shrink(
  factors: Float64Array,
  at: number,
  observed: number,
  expected: number,
  prior: number,
): void {
  factors[at] = (observed + prior) / (expected / factors[at]! + prior);
}

function majorities(
  observed: Float64Array,
  itemCount: number,
  labelCount: number,
  levelCount: number,
): Int32Array {
  return Int32Array.from({ length: itemCount }, (_, place) => {
    let [best, most] = [0, -1];
    for (let l = 0; l < labelCount; l++) {
      let count = 0;
      for (let v = 0; v < levelCount; v++)
        count += observed[(place * labelCount + l) * levelCount + v]!;
      if (count > most) [best, most] = [l, count];
    }
    return best;
  });
}

function ownCounts(
  { raterCount, itemCount, labelCount, levelCount }: BlockAnswers,
  joint: Int32Array,
  majority: Int32Array,
  apart?: Uint8Array,
): Record<'label' | 'level' | 'along' | 'told' | 'all', Float64Array> {
  const label = new Float64Array(raterCount * labelCount);
  const level = new Float64Array(raterCount * levelCount);
  const [along, told, all] = [0, 0, 0].map(() => new Float64Array(raterCount)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let at = 0; at < joint.length; at++) {
    if (joint[at]! < 0) continue;
    const rater = Math.floor(at / itemCount);
    const l = Math.floor(joint[at]! / levelCount);
    label[rater * labelCount + l]!++;
    level[rater * levelCount + (joint[at]! % levelCount)]!++;
    all[rater]!++;
    if (apart?.[at % itemCount] === 1) continue;
    told[rater]!++;
    if (majority[at % itemCount] === l) along[rater]!++;
  }
  return { label, level, along, told, all };
}

/** One draw of everybody's joint answers; -1 stays where nothing was answered. */
export function drawIndependent(
  { chances, cellCount }: Independent,
  joint: Int32Array,
  random: Random,
): Int32Array {
  return joint.map((cell, at) =>
    cell < 0 ? -1 : drawCell(chances, at * cellCount, cellCount, random),
  );
}

/** A cell by its chances, which stand from `offset` on. */
export function drawCell(
  chances: Float64Array,
  offset: number,
  cellCount: number,
  random: Random,
): number {
  let left = random();
  for (let cell = 0; cell < cellCount - 1; cell++) {
    left -= chances[offset + cell]!;
    if (left < 0) return cell;
  }
  return cellCount - 1;
}
