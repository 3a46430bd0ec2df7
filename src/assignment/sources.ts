import { createHash } from 'node:crypto';
import type { Source } from '#storage/datasetTables.js';

/** What takes turns within a behaviour: its sources, and what a generation dropped. */
export type Arm = Source | 'dropped';

/** A number in [0, 1) that belongs to this text alone, from SHA-256. */
export const seededShare = (text: string): number =>
  createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;

/** How far apart the sources of a behaviour may be in what one rater has seen. */
export const furthestApart = 3;

/**
 * The order in which the sources of a behaviour are tried for one rater's next item: by a seeded
 * coin, so that one item whose source is recognised tells nothing sure of the others. Where the
 * counts are `furthestApart` the source that lags behind comes first, and `forced` says that no
 * other one may be taken while it has an item. Nothing is stored for it: seed and counts give the
 * same order again.
 */
export function sourcesInOrder(options: {
  seed: string;
  behaviourId: number;
  seen: ReadonlyMap<Arm, number>;
}): { order: Arm[]; forced: boolean } {
  const counts = [...options.seen.values()];
  const total = counts.reduce((sum, count) => sum + count, 0);
  const forced = Math.max(...counts) - Math.min(...counts) >= furthestApart;
  const drawn = [...options.seen].map(([source, count]) => ({
    source,
    count,
    share: seededShare(`${options.seed} source ${options.behaviourId} ${total} ${source}`),
  }));
  const order = drawn.toSorted(
    (left, right) => (forced ? left.count - right.count : 0) || left.share - right.share,
  );
  return { order: order.map(({ source }) => source), forced };
}
