/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { createRandom, sampleWithoutReplacement } from '../random.js';
import { type BlockAnswers } from './blockAnswers.js';
import { drawCell, drawIndependent, fitIndependent } from './independent.js';
import { prepared, type RingOptions, thresholdOf, whyNot } from './rings.js';
import { bestGroup } from './search.js';

/** What a study could have found of a ring of one kind. */
export interface RingPower {
  readonly size: number;
  readonly copied: number;
  /** The share of simulated studies in which two or more of the ring are named together. */
  readonly noticed: number;
  /** The mean share of the ring that is named. */
  readonly members: number;
  readonly runs: number;
}

export interface RingPowerOptions extends RingOptions {
  /** The score above which a group is named, where `findRings` has found it already. */
  readonly threshold?: number;
  readonly size?: number;
  readonly copied?: readonly number[];
  /** Simulated studies for each share copied. */
  readonly runs?: number;
}

/**
 * What this study could have found: raters with the leanings of its raters answer its block each on
 * their own, but for a ring of random raters who take each answer with probability `copied` from one
 * more rater of the same kind. Empty where rings cannot be sought at all.
 */
export function ringPower(answers: BlockAnswers, options: RingPowerOptions): RingPower[] {
  const { seed, falseAlarms = 0.05, replicates = 400, size = 5, runs = 200 } = options;
  if (whyNot(answers) !== null) return [];
  const { searched } = prepared(answers, options);
  const { fitted, joint, eligible } = searched;
  const raters = [...eligible.keys()].filter((rater) => eligible[rater] === 1);
  if (raters.length < size) return [];
  const threshold =
    options.threshold ?? thresholdOf(answers, searched, { seed, falseAlarms, replicates });
  return (options.copied ?? [1, 0.8, 0.6]).map((copied) => {
    const random = createRandom(`${seed} ${copied}`);
    let [noticed, members] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const drawn = drawIndependent(fitted, joint, random);
      const ring = sampleWithoutReplacement(raters, size, random);
      const leader = ring[0]!;
      for (let place = 0; place < fitted.itemCount; place++) {
        const source = drawCell(
          fitted.chances,
          (leader * fitted.itemCount + place) * fitted.cellCount,
          fitted.cellCount,
          random,
        );
        for (const rater of ring) {
          const at = rater * fitted.itemCount + place;
          if (drawn[at]! >= 0 && random() < copied) drawn[at] = source;
        }
      }
      const group = bestGroup(fitIndependent(answers, drawn), drawn, eligible);
      if (group === null || group.score <= threshold) continue;
      const found = ring.filter((rater) => group.members.includes(rater)).length;
      if (found < 2) continue;
      noticed++;
      members += found / size;
    }
    return { size, copied, noticed: noticed / runs, members: members / runs, runs };
  });
}
