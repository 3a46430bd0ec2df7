import { createRandom, type Seed, shuffle } from '../random.js';

/** How many parts cross-validation cuts the texts into. */
export const foldCount = 5;

/**
 * The part of each unit in a cross-validation: strata shared out evenly, and the members of one
 * group never apart, so that no copy of a text that is tried was trained on. Units in the same
 * order and equal seeds give the same parts.
 * @param groups equal keys stay together
 * @param strata of a group, that of its first member
 */
export function assignFolds(
  groups: readonly (string | number)[],
  strata: readonly (string | number)[],
  seed: Seed,
): Int32Array {
  const members = new Map<string | number, number[]>();
  groups.forEach((group, index) => {
    const known = members.get(group);
    if (known === undefined) members.set(group, [index]);
    else known.push(index);
  });
  const taken = new Map<string | number, Int32Array>();
  const whole = new Int32Array(foldCount);
  const folds = new Int32Array(groups.length);
  for (const group of shuffle([...members.values()], createRandom(seed))) {
    const stratum = strata[group[0] ?? 0] ?? '';
    let counts = taken.get(stratum);
    if (counts === undefined) taken.set(stratum, (counts = new Int32Array(foldCount)));
    let fold = 0;
    for (let other = 1; other < foldCount; other++) {
      const difference = (counts[other] ?? 0) - (counts[fold] ?? 0);
      if (difference < 0 || (difference === 0 && (whole[other] ?? 0) < (whole[fold] ?? 0)))
        fold = other;
    }
    counts[fold] = (counts[fold] ?? 0) + group.length;
    whole[fold] = (whole[fold] ?? 0) + group.length;
    for (const index of group) folds[index] = fold;
  }
  return folds;
}
