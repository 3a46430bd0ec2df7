/**
 * Pairs of a generated and a human-written dataset of one behaviour, as indexes into the datasets;
 * of several human-written ones the first counts.
 */
export function pairsOf(
  datasets: readonly {
    readonly source: 'generated' | 'human';
    readonly behaviour: { id: number };
  }[],
): { generated: number; human: number }[] {
  return datasets.flatMap((dataset, index) => {
    if (dataset.source !== 'generated') return [];
    const human = datasets.findIndex(
      (other) => other.source === 'human' && other.behaviour.id === dataset.behaviour.id,
    );
    return human === -1 ? [] : [{ generated: index, human }];
  });
}
