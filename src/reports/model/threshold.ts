import { adjustP } from '#statistics/comparison/multiplicity.js';
import { shareAboveTest, shareBelowTest } from '#statistics/shrinkage.js';
import { count, plural } from '#web/format.js';
import type { DatasetSection } from './schema/report.js';
import type { LabelSection } from './schema/labels.js';
import type { SuiteSet } from './schema/suite.js';
import { plainPercent } from './words.js';

/** The expected share of false findings among sets, or pairs, of which something is said. */
export const falseFindings = 0.05;

/** A dataset with judged labels. */
export type Labelled = DatasetSection & { readonly label: LabelSection };

export const isLabelled = (dataset: DatasetSection): dataset is Labelled =>
  dataset.label !== null && dataset.label.items > 0;

/** Whether one set among others is shown to fall short of the threshold, or to reach it. */
export type Standing = Pick<SuiteSet, 'dataset' | 'p' | 'adjusted' | 'fallsShort'> & {
  readonly reach: NonNullable<SuiteSet['reach']>;
};

/**
 * Every labelled set against the threshold: exact one-sided tests of both directions, each direction
 * one family over the sets (Benjamini and Hochberg). Something is shown where the adjusted p-value
 * is at most .05 and the set's own interval says so too, so that a set never stands among the
 * others as what it is not by itself.
 */
export function standingsOf(datasets: readonly DatasetSection[], threshold: number): Standing[] {
  const labelled = datasets.filter(isLabelled);
  const shares = labelled.map(({ label }) => ({
    successes: label.upheldCount,
    trials: label.items,
  }));
  const below = shares.map((share) => shareBelowTest(share, threshold));
  const above = shares.map((share) => shareAboveTest(share, threshold));
  const [short, reach] = [below, above].map((p) => adjustP(p, 'benjamini-hochberg'));
  return labelled.map(({ id, label }, index) => {
    const [adjusted, adjustedReach] = [short?.[index] ?? 1, reach?.[index] ?? 1];
    const { lower, upper } = label.upheld;
    return {
      dataset: id,
      p: below[index] ?? 1,
      adjusted,
      fallsShort: adjusted <= falseFindings && upper !== null && upper < threshold,
      reach: {
        p: above[index] ?? 1,
        adjusted: adjustedReach,
        shown: adjustedReach <= falseFindings && lower !== null && lower >= threshold,
      },
    };
  });
}

/**
 * How many sets are shown to reach the threshold, to fall short of it, or neither. `noun` is
 * "dataset", or "other dataset" where some are left out.
 */
export function thresholdSentence(
  standings: readonly Standing[],
  threshold: number,
  noun: string,
): string {
  const all = standings.length;
  const reach = standings.filter((set) => set.reach.shown).length;
  const short = standings.filter((set) => set.fallsShort).length;
  const bar = `the threshold of ${plainPercent(threshold)} labels upheld`;
  const corrected = all === 1 ? '' : ', corrected for how many were tested';
  const every = (one: string, many: string): string =>
    all === 1
      ? `The ${noun} with labels ${one} ${bar}.`
      : `All ${plural(all, noun)} with labels ${many} ${bar}${corrected}.`;
  if (reach === all) return every('reaches', 'reach');
  if (short === all) return every('falls short of', 'fall short of');
  if (all === 1) return `Whether the ${noun} with labels reaches ${bar} is open.`;
  const shown = (sets: number): string =>
    sets === 0 ? 'none is shown' : `${count(sets)} ${sets === 1 ? 'is' : 'are'} shown`;
  const open = all - reach - short;
  return `Of ${plural(all, noun)} with labels, ${shown(reach)} to reach ${bar} and ${shown(short)} to fall short of it${corrected}${open === 0 || open === all ? '' : `; for ${count(open)} it is open`}.`;
}

/**
 * The sets of a study with what each says of itself; where that is not shown once it is one of
 * several sets, the first sentence of its verdict says so.
 */
export function amongOthers(
  datasets: readonly DatasetSection[],
  standings: readonly Standing[],
  threshold: number,
): DatasetSection[] {
  if (standings.length < 2) return [...datasets];
  const standingOf = new Map(standings.map((standing) => [standing.dataset, standing]));
  return datasets.map((dataset) => {
    const standing = standingOf.get(dataset.id);
    const { lower, upper } = dataset.label?.upheld ?? { lower: null, upper: null };
    if (standing === undefined) return dataset;
    const only =
      lower !== null && lower >= threshold && !standing.reach.shown
        ? 'reach'
        : upper !== null && upper < threshold && !standing.fallsShort
          ? 'fall short of'
          : null;
    if (only === null) return dataset;
    const [, ...rest] = dataset.verdict;
    const bar = `the threshold of ${plainPercent(threshold)}`;
    const tested = `corrected for the ${plural(standings.length, 'set')} that were tested`;
    const first = `By themselves the labels ${only} ${bar}; ${tested}, that is not shown.`;
    return { ...dataset, verdict: [first, ...rest] };
  });
}
