import { z } from 'zod';
import { count as formatCount } from '#web/format.js';

const count = z.int().min(0);

/**
 * The health check of one dataset version, counted when it was imported and again when a
 * counterpart arrives.
 */
export const Health = z.strictObject({
  /** Examples without any finding. */
  clean: count,
  /** Examples with a finding that leaves them out of studies by default. */
  doubtful: count,
  /** Examples per finding, by the finding's name; findings that stand nowhere are absent. */
  findings: z.record(z.string(), count),
  /**
   * Labels by the key of the file (`A`, `Yes`): how often each is the dataset's own answer. Empty
   * where the set has none.
   */
  labels: z.array(z.strictObject({ key: z.string(), count })),
  /** Examples without a label of the dataset's own. */
  unlabelled: count,
  /** Examples by their number of choices. */
  choiceCounts: z.array(z.strictObject({ choices: count, count })),
  /** What is doubtful about the dataset as a whole (`datasetFindings`). */
  dataset: z.array(z.strictObject({ name: z.string(), detail: z.string() })),
});
export type Health = z.output<typeof Health>;

export const emptyHealth: Health = {
  clean: 0,
  doubtful: 0,
  findings: {},
  labels: [],
  unlabelled: 0,
  choiceCounts: [],
  dataset: [],
};

/** Such as “4 of 12 have no label”; null where all have one, or none has. */
export const missingLabels = (unlabelled: number, examples: number): string | null =>
  unlabelled === 0 || unlabelled >= examples
    ? null
    : `${formatCount(unlabelled)} of ${formatCount(examples)} ${unlabelled === 1 ? 'has' : 'have'} no label`;
