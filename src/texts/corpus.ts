import { choicesOf } from '#datasets/storedExample.js';
import { createRandom, sampleWithoutReplacement } from '#statistics/random.js';
import type { Db } from '#storage/database.js';
import type { DatasetPart } from '#storage/datasetTables.js';
import type { TextCorpus } from './measures.js';

/**
 * Texts of one dataset that are measured at most: intervals hardly narrow beyond, and time grows
 * faster than they do.
 */
export const mostTexts = 1000;

/** A dataset as far as its texts are measured. */
export interface MeasuredDataset {
  readonly id: number;
  readonly publicId: string;
  readonly sha256: string;
  readonly source: 'generated' | 'human';
  readonly part: DatasetPart | null;
  readonly behaviour: { readonly id: number; readonly name: string };
}

/**
 * The datasets of a study, in its order; of a draft those that are chosen now. What a generation
 * dropped is not described.
 */
export async function datasetsOfStudy(db: Db, studyId: number): Promise<MeasuredDataset[]> {
  const rows = await db
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .innerJoin('behaviour', 'behaviour.id', 'study_dataset.behaviour_id')
    .select([
      'dataset.id',
      'dataset.public_id',
      'dataset.sha256',
      'dataset.source',
      'dataset.part',
      'study_dataset.behaviour_id',
      'behaviour.name',
    ])
    .where('study_dataset.study_id', '=', studyId)
    .where('dataset.role', '=', 'evaluated')
    .where('dataset.part', 'is distinct from', 'dropped')
    .orderBy('study_dataset.position')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    publicId: row.public_id,
    sha256: row.sha256,
    source: row.source,
    part: row.part,
    behaviour: { id: row.behaviour_id, name: row.name },
  }));
}

const linesAtOnce = 50_000;

async function linesOf(db: Db, datasetId: number): Promise<number[]> {
  const lines: number[] = [];
  for (;;) {
    const rows = await db
      .selectFrom('example')
      .select('line_number')
      .where('dataset_id', '=', datasetId)
      .where('line_number', '>', lines.at(-1) ?? -1)
      .orderBy('line_number')
      .limit(linesAtOnce)
      .execute();
    for (const row of rows) lines.push(row.line_number);
    if (rows.length < linesAtOnce) return lines;
  }
}

/**
 * The texts of a dataset that are measured: all, or a random sample that is the same in every
 * study.
 */
export async function readCorpus(
  db: Db,
  dataset: Pick<MeasuredDataset, 'id' | 'publicId' | 'sha256'>,
): Promise<TextCorpus> {
  const lines = await linesOf(db, dataset.id);
  const drawn =
    lines.length <= mostTexts
      ? lines
      : sampleWithoutReplacement(lines, mostTexts, createRandom(dataset.sha256));
  const rows = await db
    .selectFrom('example')
    .select(['line_number', 'text', 'choices', 'label_choice'])
    .where('dataset_id', '=', dataset.id)
    .where('line_number', 'in', drawn)
    .orderBy('line_number')
    .execute();
  return {
    dataset: dataset.publicId,
    seed: dataset.sha256,
    examples: lines.length,
    texts: rows.map((row) => ({
      line: row.line_number,
      text: row.text,
      choices: choicesOf(row).map((choice) => choice.text),
      label: row.label_choice,
    })),
  };
}
