import { pairsOf } from '../pairs.js';
import { healthOf, type ListedDataset, sourceWords } from '#datasets/dataset.js';

/** A dataset that may be ticked. */
export interface DatasetChoice {
  readonly id: string;
  readonly name: string;
  readonly source: ListedDataset['source'];
  readonly sourceWord: string;
  readonly dropped: boolean;
  readonly version: number;
  readonly examples: number;
  readonly doubtful: number;
  readonly chosen: boolean;
}

export interface BehaviourChoices {
  readonly behaviour: string;
  readonly href: string;
  readonly confirmed: boolean;
  /** True where both sources are there, so that they can be compared. */
  readonly pair: boolean;
  readonly datasets: readonly DatasetChoice[];
}

/**
 * The datasets that may be rated, by behaviour, pairs first; older versions only where they are
 * chosen.
 */
export function datasetChoices(
  datasets: readonly ListedDataset[],
  chosen: readonly string[],
): BehaviourChoices[] {
  const groups = new Map<number, ListedDataset[]>();
  for (const dataset of datasets) {
    if (dataset.role !== 'evaluated') continue;
    const newest = !datasets.some(
      (other) =>
        other.name === dataset.name &&
        other.source === dataset.source &&
        other.role === dataset.role &&
        other.version > dataset.version,
    );
    if (newest || chosen.includes(dataset.public_id))
      groups.set(dataset.behaviour_id, [...(groups.get(dataset.behaviour_id) ?? []), dataset]);
  }
  const choices = [...groups.values()].flatMap((members): BehaviourChoices[] => {
    const [first] = members;
    if (first === undefined) return [];
    return [
      {
        behaviour: first.behaviour_name,
        href: `/datasets/behaviours/${first.behaviour_public_id}`,
        confirmed: first.confirmed_version !== null,
        pair:
          pairsOf(
            members.map(({ source, part, behaviour_id: id }) => ({
              source,
              part,
              behaviour: { id },
            })),
          ).length > 0,
        datasets: members.map((member) => ({
          id: member.public_id,
          name: member.name,
          source: member.source,
          sourceWord: sourceWords[member.source],
          dropped: member.part === 'dropped',
          version: member.version,
          examples: member.example_count,
          doubtful: healthOf(member).doubtful,
          chosen: chosen.includes(member.public_id),
        })),
      },
    ];
  });
  return choices.toSorted((left, right) => Number(right.pair) - Number(left.pair));
}
