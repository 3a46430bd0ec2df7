import { requireStudy } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import type { CommandContext } from '../command.js';
import { datasetsOfStudy, readCorpus } from './corpus.js';
import { embeddingsServer } from './embeddings.js';
import type { TextCorpus } from './measures.js';
import { measureStudy, type VectorSource } from './measureStudy.js';

/**
 * Measures texts of a study for a command, with its progress: those not measured yet, or all of
 * them `again`. Vectors come from the source, by default from the server of EMBEDDINGS_URL where
 * one is set. Gives how many datasets and pairs were measured.
 */
export async function measureTexts(
  context: CommandContext,
  study: string,
  options: { source?: VectorSource; again: boolean },
): Promise<number> {
  const { db, now, config } = context.application;
  const source =
    options.source ?? (config.embeddings === null ? null : embeddingsServer(config.embeddings));
  return measureStudy(db, study, {
    source,
    again: options.again,
    now,
    signal: context.signal,
    report: ({ done, of }) => context.progress(`Measuring texts: ${done} of ${of}`),
  });
}

/**
 * Measures those texts of a study that are not measured yet, so that what is written about it is
 * complete.
 */
export const measureMissing = (context: CommandContext, study: string): Promise<number> =>
  measureTexts(context, study, { again: false });

/**
 * The texts of a study's datasets that are measured, and its title. Throws where it has no datasets.
 */
export async function corporaOf(
  context: CommandContext,
  publicId: string,
): Promise<{ title: string; corpora: TextCorpus[] }> {
  const { db } = context.application;
  const study = await requireStudy(db, publicId);
  const corpora: TextCorpus[] = [];
  for (const dataset of await datasetsOfStudy(db, study.id))
    corpora.push(await readCorpus(db, dataset));
  if (corpora.length === 0)
    throw new Problem(
      409,
      'no_datasets',
      'No dataset is chosen in this study, so it has no texts.',
      'Choose some first.',
    );
  return { title: study.title, corpora };
}
