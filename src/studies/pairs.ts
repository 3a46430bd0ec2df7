import type { DatasetPart, DatasetRole } from '#storage/datasetTables.js';

/** What a generation dropped is judged to learn of the discriminator, and stands in no comparison. */
const isCompared = ({ part }: { readonly part: DatasetPart | null }): boolean => part !== 'dropped';

/**
 * Pairs of a generated and a human-written dataset of one behaviour, as indexes into the datasets;
 * of several human-written ones the first counts. What a generation dropped is in no pair.
 */
export function pairsOf(
  datasets: readonly {
    readonly source: 'generated' | 'human';
    readonly part: DatasetPart | null;
    readonly behaviour: { id: number };
  }[],
): { generated: number; human: number }[] {
  return datasets.flatMap((dataset, index) => {
    if (dataset.source !== 'generated' || !isCompared(dataset)) return [];
    const human = datasets.findIndex(
      (other) =>
        other.source === 'human' &&
        isCompared(other) &&
        other.behaviour.id === dataset.behaviour.id,
    );
    return human === -1 ? [] : [{ generated: index, human }];
  });
}

/** Whether a dataset of the other source and the same behaviour is among the datasets of a study. */
export function isPaired<
  D extends {
    readonly source: 'generated' | 'human';
    readonly part: DatasetPart | null;
    readonly role: DatasetRole;
    readonly behaviour_id: number;
  },
>(dataset: D, all: readonly D[]): boolean {
  return (
    isCompared(dataset) &&
    all.some(
      (other) =>
        isCompared(other) &&
        other.behaviour_id === dataset.behaviour_id &&
        other.source !== dataset.source &&
        other.role === 'evaluated',
    )
  );
}
