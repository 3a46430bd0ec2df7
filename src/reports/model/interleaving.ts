/**
 * How much earlier, over all raters, one source may stand than the other: 0.5 is all of one before
 * all of the other.
 */
const driftTolerance = 0.25;
/** How far apart the sources may lie within the walks of raters, whichever comes first. */
const apartTolerance = 0.35;

/**
 * The items of both sources that one rater judged, in their order: true for one source, false for
 * the other.
 */
export type Walk = readonly boolean[];

/**
 * The mean position of one source minus that of the other, positions running from 0 to 1: between
 * -0.5 and 0.5. Both must occur.
 */
function distanceOf(walk: Walk): number {
  const meanPosition = (source: boolean): number => {
    const positions = walk.flatMap((own, position) =>
      own === source ? [(position + 0.5) / walk.length] : [],
    );
    return positions.reduce((sum, position) => sum + position, 0) / positions.length;
  };
  return meanPosition(true) - meanPosition(false);
}

/**
 * Whether raters met two sources mixed. Two things are asked of the distances between the mean
 * positions of the sources, one a rater, weighted by the items of each:
 *
 * - drift, the size of their mean with its sign, at most 0.25: practice and tiredness fall on the
 *   source that raters met later, and what one rater met earlier and another one later cancels out;
 * - apartness, the mean of their sizes, at most 0.35: blocks of one source are no mixture, also
 *   where raters take turns in which block comes first.
 *
 * Sources are drawn by a coin, never more than three apart for a rater. A rater's distance then has
 * mean 0 and a deviation of 0.18 with ten items, 0.10 with twenty, 0.05 with forty: a limit of 0.2
 * on the mean of sizes alone would refuse 15 % of sound studies of 5 raters with ten items each.
 * `test/reports/interleaving.test.ts` simulates it. Of sound studies with 5 to 20 raters and 10 to
 * 40 items each at most 0.2 % are refused (with 3 raters of 10 items 1.6 %). All studies are
 * refused in which all raters, or four in five, met all of one source first, and all in which half
 * of them met one first and half the other.
 */
export function isInterleaved(walks: readonly Walk[]): boolean {
  let [items, drift, apart] = [0, 0, 0];
  for (const walk of walks) {
    const distance = distanceOf(walk);
    items += walk.length;
    drift += distance * walk.length;
    apart += Math.abs(distance) * walk.length;
  }
  return items > 0 && Math.abs(drift) / items <= driftTolerance && apart / items <= apartTolerance;
}
