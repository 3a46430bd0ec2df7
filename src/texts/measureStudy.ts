import { setImmediate } from 'node:timers/promises';
import type { Db } from '#storage/database.js';
import { requireStudy } from '#studies/study.js';
import { pairsOf } from '#studies/pairs.js';
import { datasetsOfStudy, type MeasuredDataset, readCorpus } from './corpus.js';
import { measureDataset, measurePair, type OtherVectors } from './measure.js';
import type { TextCorpus } from './measures.js';
import { keptMeasures, type MeasuredKey, sameKey, storeMeasure } from './store.js';

/** Where vectors come from that are not those of latent semantic analysis. */
export interface VectorSource {
  /** Name of the model, as the report says it. */
  readonly name: string;
  /**
   * One vector for each text of the corpora, in their order. Throws with a sentence that says what
   * to do.
   */
  vectorsOf(
    corpora: readonly TextCorpus[],
    signal?: AbortSignal,
  ): Promise<readonly ArrayLike<number>[]>;
}

/** How far the measuring is, in datasets and pairs. */
export interface TextsProgress {
  readonly done: number;
  readonly of: number;
}

interface Unit {
  readonly key: MeasuredKey;
  readonly datasets: readonly MeasuredDataset[];
}

function unitsOf(datasets: readonly MeasuredDataset[]): Unit[] {
  const pairs = pairsOf(datasets).flatMap((pair): Unit[] => {
    const [generated, human] = [datasets[pair.generated], datasets[pair.human]];
    return generated === undefined || human === undefined
      ? []
      : [
          {
            key: { datasetId: generated.id, counterpartId: human.id },
            datasets: [generated, human],
          },
        ];
  });
  return [
    ...datasets.map((dataset): Unit => ({
      key: { datasetId: dataset.id, counterpartId: null },
      datasets: [dataset],
    })),
    ...pairs,
  ];
}

/** How many datasets and pairs of a study have no measure of their texts yet. */
export async function missingTexts(db: Db, studyId: number): Promise<number> {
  const datasets = await datasetsOfStudy(db, studyId);
  const kept = await keptMeasures(
    db,
    datasets.map(({ id }) => id),
  );
  return unitsOf(datasets).filter(({ key }) => !kept.some((known) => sameKey(known, key))).length;
}

const lsa = 'latent semantic analysis';

/**
 * Measures the texts of a study: every dataset and every pair that has no measure yet, or all of
 * them anew (`again`). Each is kept as soon as it is there, so that work that was stopped goes on
 * where it was. Gives how many were measured.
 */
export async function measureStudy(
  db: Db,
  study: string,
  options: {
    source: VectorSource | null;
    again?: boolean;
    now: () => number;
    report?: (progress: TextsProgress) => void;
    signal?: AbortSignal;
  },
): Promise<number> {
  const { source, signal } = options;
  const datasets = await datasetsOfStudy(db, (await requireStudy(db, study)).id);
  const kept =
    options.again === true
      ? []
      : await keptMeasures(
          db,
          datasets.map(({ id }) => id),
        );
  const units = unitsOf(datasets).filter(({ key }) => !kept.some((known) => sameKey(known, key)));
  for (const [done, unit] of units.entries()) {
    options.report?.({ done, of: units.length });
    // A cancel arrives as a message, which waits for a turn of the event loop.
    await setImmediate();
    signal?.throwIfAborted();
    const corpora: TextCorpus[] = [];
    for (const dataset of unit.datasets) corpora.push(await readCorpus(db, dataset));
    const other =
      source === null
        ? undefined
        : { name: source.name, vectors: await source.vectorsOf(corpora, signal) };
    await storeMeasure(db, unit.key, {
      measure: measured(corpora, other),
      embedding: source?.name ?? lsa,
      sampled: corpora.reduce((sum, corpus) => sum + corpus.texts.length, 0),
      now: options.now(),
    });
  }
  return units.length;
}

function measured(
  corpora: readonly TextCorpus[],
  other: OtherVectors | undefined,
): ReturnType<typeof measureDataset | typeof measurePair> {
  const [first, second] = corpora;
  if (first === undefined) throw new Error('there is nothing to measure');
  return second === undefined ? measureDataset(first, other) : measurePair(first, second, other);
}
