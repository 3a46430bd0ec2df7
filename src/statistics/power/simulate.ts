/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */
import { type Undefined, undefinedBecause } from '../estimate.js';
import { createRandom, type Seed } from '../random.js';
import { fewestRaters } from '../twoWay.js';
import { type AnswerModel, meanAnswer, withMean } from './answers.js';
import { drawRaters, setDrawer } from './draw.js';
import { addItem, clearArm, emptyArm, runningDifference, runningMean } from './runningTwoWay.js';
import {
  comparisonTally,
  halfWidthTally,
  majorityTally,
  type Simulated,
  type SimulatedComparison,
  type SimulatedMajority,
  wilsonTable,
} from './tally.js';

/** A study that might be made, in every size that is asked about. */
export interface PlannedStudy {
  /**
   * How raters answer about the set; of a pair, about the set that the other one is compared with.
   */
  readonly model: AnswerModel;
  /** Any rater may judge any item; of a pair, all judge both sets. */
  readonly raters: number;
  /** The share of the judgments that the five busiest raters give; equal work unless given. */
  readonly busiest?: number | undefined;
  /** Items in each set. */
  readonly sizes: readonly number[];
  /** Judgments of each item. */
  readonly overlaps: readonly number[];
  /** For votes on labels: the share upheld that the set should be shown to reach. */
  readonly threshold?: number;
  /**
   * For a pair: how much worse would still do, and the difference that should be found; positive,
   * on the scale of the answer.
   */
  readonly comparison?: { readonly margin: number; readonly difference: number };
}

export interface SimulationOptions {
  readonly runs?: number;
  readonly seed?: Seed;
}

/** What a study of one size shows, over all simulated studies. */
export interface SimulatedDesign {
  readonly items: number;
  readonly overlap: number;
  /** Half of the width of the two-way interval of a set's mean answer. */
  readonly halfWidth: Simulated | Undefined;
  /** Null where the answers are not votes. */
  readonly upheld: SimulatedMajority | Undefined | null;
  /**
   * The pair where both sets are alike, and where the compared one is lower by the difference; null
   * where there is no pair.
   */
  readonly alike: SimulatedComparison | Undefined | null;
  readonly lower: SimulatedComparison | Undefined | null;
}

/**
 * Simulates studies and says what they would show. Each run draws the largest study, and every
 * smaller one is its beginning (its first items, their first votes): sizes and overlaps share their
 * random numbers and differ by design alone. The sets of a pair have raters in common and items of
 * the same kind; in the lower one everything behind the answers is shifted.
 * @returns one entry for each overlap and size, both ascending, sizes running faster
 * @throws RangeError for sizes, overlaps, raters or runs that are not positive whole numbers, or a
 *   margin or difference that is not positive
 */
export function simulateStudies(
  planned: PlannedStudy,
  { runs = 1000, seed = 1 }: SimulationOptions = {},
): SimulatedDesign[] {
  check(planned, runs);
  const { model, raters, comparison } = planned;
  const [sizes, overlaps] = [ascending(planned.sizes), ascending(planned.overlaps)];
  const feasible = overlaps.filter((overlap) => overlap <= raters);
  const lower =
    comparison === undefined ? null : withMean(model, meanAnswer(model) - comparison.difference);
  const compared =
    comparison === undefined || lower === null ? [] : 'kind' in lower ? [model] : [model, lower];
  const counting = countingOf(planned, sizes, compared.length);
  const tables = feasible.map((overlap) => ({
    overlap,
    arms: Array.from({ length: 1 + compared.length }, () =>
      emptyArm(raters, { overlap, highest: model.cuts.length }),
    ),
    tallies: sizes.map(counting),
  }));
  const largest = {
    items: sizes.at(-1) ?? 0,
    overlap: feasible.at(-1) ?? 0,
    raters,
    busiest: planned.busiest,
  };
  const [drawBase, drawCompared] = [setDrawer(largest, [model]), setDrawer(largest, compared)];
  const random = createRandom(seed);
  for (let run = 0; run < runs; run++) {
    const effects = drawRaters(raters, model, random);
    const base = drawBase(effects, random);
    const other = compared.length === 0 ? base : drawCompared(effects, random);
    for (const { overlap, arms, tallies } of tables) {
      const first = arms[0]!;
      for (const arm of arms) clearArm(arm);
      let upheld = 0;
      let next = 0;
      for (let item = 0; item < largest.items; item++) {
        const from = item * largest.overlap;
        if (2 * addItem(first, base.answers[0]!, base.raters, from) > overlap) upheld++;
        for (let which = 0; which < compared.length; which++)
          addItem(arms[which + 1]!, other.answers[which]!, other.raters, from);
        if (item + 1 !== sizes[next]) continue;
        const tally = tallies[next++]!;
        tally.halfWidth.note(runningMean(first));
        tally.upheld?.note(upheld);
        for (let which = 0; which < compared.length; which++)
          tally.comparisons[which]!.note(runningDifference(arms[which + 1]!, first));
      }
    }
  }
  const pairOf = (
    simulated: SimulatedComparison | undefined,
  ): SimulatedComparison | Undefined | null =>
    comparison === undefined
      ? null
      : raters < fewestRaters
        ? undefinedBecause('too-few-raters')
        : (simulated ?? undefinedBecause('outside-scale'));
  return overlaps.flatMap((overlap, index) =>
    sizes.map((items, size): SimulatedDesign => {
      const tally = tables[index]?.tallies[size];
      if (tally === undefined) return infeasible(planned, items, overlap);
      const [alike, lowered] = tally.comparisons.map((counted) => counted.simulated(runs));
      const halfWidth =
        raters < fewestRaters ? undefinedBecause('too-few-raters') : tally.halfWidth.simulated();
      return {
        items,
        overlap,
        halfWidth,
        upheld: tally.upheld?.simulated(runs) ?? null,
        alike: pairOf(alike),
        lower: pairOf(lowered),
      };
    }),
  );
}

const ascending = (values: readonly number[]): number[] =>
  [...new Set(values)].toSorted((one, other) => one - other);
const asksForVotes = ({ model }: PlannedStudy): boolean => model.cuts.length === 1;

function check({ raters, sizes, overlaps, comparison }: PlannedStudy, runs: number): void {
  for (const value of [raters, runs, ...sizes, ...overlaps])
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(
        `Raters, runs, sizes and overlaps are positive whole numbers; got ${value}.`,
      );
  if (comparison !== undefined && !(comparison.margin > 0 && comparison.difference > 0))
    throw new RangeError(
      `Margin and difference are positive; got ${comparison.margin} and ${comparison.difference}.`,
    );
}

interface Tallies {
  readonly halfWidth: ReturnType<typeof halfWidthTally>;
  readonly upheld: ReturnType<typeof majorityTally> | null;
  readonly comparisons: readonly ReturnType<typeof comparisonTally>[];
}

/** Makes the tallies of one size and overlap. */
function countingOf(
  planned: PlannedStudy,
  sizes: readonly number[],
  comparisons: number,
): (items: number) => Tallies {
  const { threshold, comparison } = planned;
  const wilson = new Map(
    asksForVotes(planned) ? sizes.map((items) => [items, wilsonTable(items, threshold)]) : [],
  );
  return (items) => {
    const table = wilson.get(items);
    return {
      halfWidth: halfWidthTally(),
      upheld: table === undefined ? null : majorityTally(table),
      comparisons: Array.from({ length: comparisons }, () =>
        comparisonTally(comparison?.margin ?? 0),
      ),
    };
  };
}

function infeasible(planned: PlannedStudy, items: number, overlap: number): SimulatedDesign {
  const because = undefinedBecause('overlap-above-raters');
  const pair = planned.comparison === undefined ? null : because;
  return {
    items,
    overlap,
    halfWidth: because,
    upheld: asksForVotes(planned) ? because : null,
    alike: pair,
    lower: pair,
  };
}
