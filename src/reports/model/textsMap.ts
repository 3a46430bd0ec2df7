import type { StudyData } from '../input/data.js';
import type { MapPoints, PairTexts } from '#texts/measures.js';
import { labelVote } from './labels.js';
import type { Marks, Standing, TextsMap } from './schema/texts.js';
import { armOf } from './votes.js';

/** Marks of one source that can still be told apart. */
const mostMarks = 400;

/** What raters said of the labels of a dataset's judged examples, by line. */
function standingsOf(data: StudyData, dataset: number): Map<number, Standing> {
  const arm = armOf(data, dataset);
  const { vote, labels } = labelVote(arm);
  return new Map(
    arm.items.flatMap(({ line }, index): [number, Standing][] => {
      const label = labels[index] ?? -1;
      if (label === -1 || vote.outcome[index] === 'none') return [];
      return [
        [
          line,
          vote.outcome[index] !== 'majority'
            ? 'undecided'
            : vote.label[index] === label
              ? 'upheld'
              : 'overruled',
        ],
      ];
    }),
  );
}

/** So many of the indexes, evenly spread over them. */
const spread = (indexes: readonly number[], most: number): number[] =>
  indexes.length <= most
    ? [...indexes]
    : Array.from(
        { length: most },
        (_, index) => indexes[Math.floor((index * indexes.length) / most)] ?? 0,
      );

/** Judged texts first, then others, as many as can be read. */
function marksOf(points: MapPoints, standings: ReadonlyMap<number, Standing>): Marks {
  const standing = points.lines.map((line) => standings.get(line) ?? null);
  const indexes = [...points.lines.keys()];
  const judged = spread(
    indexes.filter((index) => standing[index] !== null),
    mostMarks,
  );
  const drawn = [
    ...judged,
    ...spread(
      indexes.filter((index) => standing[index] === null),
      mostMarks - judged.length,
    ),
  ].toSorted((one, other) => one - other);
  const at = <T>(values: readonly T[], otherwise: T): T[] =>
    drawn.map((index) => values[index] ?? otherwise);
  return {
    lines: at(points.lines, 0),
    x: at(points.x, 0),
    y: at(points.y, 0),
    standing: at(standing, null),
  };
}

/**
 * The map of a pair as the report draws it, with what raters said of the labels in each of its
 * clusters.
 */
export function textsMap(
  data: StudyData,
  pair: { readonly generated: number; readonly human: number },
  map: NonNullable<PairTexts['map']>,
  clusterCount: number,
): TextsMap {
  const standings = {
    generated: standingsOf(data, pair.generated),
    human: standingsOf(data, pair.human),
  };
  const clusters = Array.from({ length: clusterCount }, () => ({
    upheld: 0,
    overruled: 0,
    undecided: 0,
  }));
  for (const source of ['generated', 'human'] as const) {
    const points = map[source];
    for (const [index, line] of points.lines.entries()) {
      const standing = standings[source].get(line);
      const cluster = clusters[points.clusters[index] ?? -1];
      if (standing !== undefined && cluster !== undefined) cluster[standing] += 1;
    }
  }
  return {
    explained: map.explained,
    generated: marksOf(map.generated, standings.generated),
    human: marksOf(map.human, standings.human),
    clusters,
  };
}
