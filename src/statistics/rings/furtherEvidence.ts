/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { createRandom, sampleWithoutReplacement, type Seed } from '../random.js';
import { pearsonCoefficient } from '../summary.js';

/** One figure about a group, beside what groups of the same size drawn from all raters show. */
export interface GroupFigure {
  readonly value: number;
  /** The share of random groups of this size that show as much (Davison and Hinkley 1997, (k + 1)/(R + 1)). */
  readonly p: number;
}

export interface FurtherEvidence {
  /** Mean correlation of the members' paces over the block (log time over the item's typical time). */
  readonly pace: GroupFigure | null;
  /** Time between the first and the last arrival, in the unit given. */
  readonly arrival: GroupFigure | null;
  /** How many members share a device with another member. */
  readonly device: GroupFigure | null;
}

export interface EvidenceInput {
  readonly raterCount: number;
  readonly itemCount: number;
  /** paces[rater * itemCount + item], NaN where unknown. */
  readonly paces?: Float64Array;
  /** By rater; NaN where unknown. */
  readonly arrivals?: Float64Array;
  /** By rater, an index for each device; -1 where unknown. */
  readonly devices?: Int32Array;
}

/**
 * Pace, arrival and device of a group found by its answers, for the reader to weigh: none of them
 * is needed to find a group, and each has innocent readings (one classroom, one household).
 */
export function furtherEvidence(
  members: readonly number[],
  input: EvidenceInput,
  options: { readonly seed: Seed; readonly replicates?: number },
): FurtherEvidence {
  const { replicates = 999 } = options;
  const { paces, arrivals, devices, raterCount, itemCount } = input;
  const all = Array.from({ length: raterCount }, (_, rater) => rater);
  const figure = (
    of: (group: readonly number[]) => number | null,
    side: 'high' | 'low',
  ): GroupFigure | null => {
    const value = of(members);
    if (value === null) return null;
    const random = createRandom(options.seed);
    let [as, defined] = [1, 1];
    for (let replicate = 0; replicate < replicates; replicate++) {
      const other = of(sampleWithoutReplacement(all, members.length, random));
      if (other === null) continue;
      defined++;
      if (side === 'high' ? other >= value : other <= value) as++;
    }
    return { value, p: as / defined };
  };
  return {
    pace:
      paces === undefined
        ? null
        : figure((group) => meanCorrelation(group, paces, itemCount), 'high'),
    arrival: arrivals === undefined ? null : figure((group) => span(group, arrivals), 'low'),
    device: devices === undefined ? null : figure((group) => sharing(group, devices), 'high'),
  };
}

function meanCorrelation(
  group: readonly number[],
  paces: Float64Array,
  itemCount: number,
): number | null {
  let [sum, pairs] = [0, 0];
  for (const [index, one] of group.entries())
    for (const other of group.slice(index + 1)) {
      const [x, y]: [number[], number[]] = [[], []];
      for (let item = 0; item < itemCount; item++) {
        const [first, second] = [paces[one * itemCount + item]!, paces[other * itemCount + item]!];
        if (Number.isNaN(first) || Number.isNaN(second)) continue;
        x.push(first);
        y.push(second);
      }
      const correlation = x.length < 5 ? null : pearsonCoefficient(x, y);
      if (correlation === null) continue;
      sum += correlation;
      pairs++;
    }
  return pairs === 0 ? null : sum / pairs;
}

function span(group: readonly number[], arrivals: Float64Array): number | null {
  const times = group.map((rater) => arrivals[rater]!).filter((time) => !Number.isNaN(time));
  return times.length < 2
    ? null
    : times.reduce((most, time) => Math.max(most, time), -Infinity) -
        times.reduce((least, time) => Math.min(least, time), Infinity);
}

function sharing(group: readonly number[], devices: Int32Array): number | null {
  const known = group.map((rater) => devices[rater]!).filter((device) => device >= 0);
  if (known.length < 2) return null;
  return known.filter((device) => known.indexOf(device) !== known.lastIndexOf(device)).length;
}
