import type { DatasetSection, PairSection } from './schema/report.js';
import { textPolarity } from './textPolarity.js';

/** Sets whose labels look reversed, which stand in no figure of labels over several sets. */
export interface Doubtful {
  /** Pairs whose texts say that the labels of one set are reversed. */
  readonly opposed: readonly PairSection[];
  /** By what raters said; or, of a pair of which they overruled neither set, both. */
  readonly sets: ReadonlySet<string>;
}

/** Which sets these are, from what a report says of them. */
export function doubtfulOf(
  datasets: readonly DatasetSection[],
  pairs: readonly PairSection[],
): Doubtful {
  const opposed = pairs.filter((candidate) =>
    candidate.gate.some((check) => check.name === textPolarity && check.state === 'failed'),
  );
  const overruled = datasets.filter((dataset) => dataset.turnedRound).map(({ id }) => id);
  const open = opposed
    .map(({ generated, human }) => [generated, human])
    .filter((pair) => !pair.some((id) => overruled.includes(id)));
  return { opposed, sets: new Set([...overruled, ...open.flat()]) };
}
