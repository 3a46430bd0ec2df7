import { existsSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { requireStudy } from '#studies/study.js';
import { count } from '#web/format.js';
import { Problem } from '#web/problem.js';
import type { Command, CommandContext } from '../../command.js';
import { fileNameOf } from '../files/names.js';
import { computeReport } from '../model/report.js';
import { readStudyData } from '../study/read.js';
import { datasetsOfStudy, readCorpus } from './corpus.js';
import { embeddingsServer } from './embeddings.js';
import { textsToEmbed } from './measure.js';
import type { TextCorpus } from './measures.js';
import { measureStudy, type VectorSource } from './measureStudy.js';
import { vectorFile } from './vectorFile.js';

async function measure(
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
  measure(context, study, { again: false });

async function corporaOf(
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
      'not_opened',
      'The study was not opened yet, so it has no datasets of its own.',
      'Open it first.',
    );
  return { title: study.title, corpora };
}

const MeasureOptions = z.object({
  vectors: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
});

const measureCommand: Command = {
  name: 'texts measure',
  sentence:
    'Measures the texts of a study’s datasets anew, and says what they show; the report shows what was measured last.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [
    [
      '--vectors <file>',
      'vectors of a model of your own: JSONL of dataset, line, vector, for the texts that “texts export” writes',
    ],
    ['--name <name>', 'how the report names that model (the file’s name)'],
  ],
  async run(context, [publicId = ''], given) {
    const options = MeasureOptions.parse(given);
    const { db, now } = context.application;
    const { corpora } = await corporaOf(context, publicId);
    const file = options.vectors === undefined ? null : resolve(options.vectors);
    if (file !== null && !existsSync(file))
      throw new Problem(404, 'not_found', `There is no file ${file}.`);
    const source =
      file === null
        ? {}
        : { source: await vectorFile(file, options.name ?? basename(file), corpora) };
    const measured = await measure(context, publicId, { ...source, again: true });
    const { datasets, pairs } = computeReport(await readStudyData(db, publicId), {
      fingerprint: '',
      computedAt: now(),
      version: '',
    });
    for (const { title, texts } of datasets)
      for (const sentence of texts?.verdict ?? []) context.say(`${title}: ${sentence}`);
    for (const { behaviour, texts } of pairs)
      for (const sentence of texts?.verdict ?? [])
        context.say(`${behaviour}, both sets: ${sentence}`);
    context.answer({
      study: publicId,
      measured,
      datasets: datasets.map(({ id, texts }) => ({ id, texts })),
      pairs: pairs.map(({ generated, human, texts }) => ({ generated, human, texts })),
    });
    return 0;
  },
};

const ExportOptions = z.object({ out: z.string().min(1).optional() });

const exportCommand: Command = {
  name: 'texts export',
  sentence:
    'Writes the texts of a study’s datasets that are measured, as JSONL of dataset, line, text, for a model of your own.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [['--out <file>', 'where to write it']],
  async run(context, [publicId = ''], given) {
    const options = ExportOptions.parse(given);
    const { title, corpora } = await corporaOf(context, publicId);
    const path = resolve(options.out ?? fileNameOf(title, 'texts.jsonl'));
    const lines = corpora.flatMap((corpus) =>
      textsToEmbed([corpus]).map(
        (text, index) =>
          `${JSON.stringify({ dataset: corpus.dataset, line: corpus.texts[index]?.line, text })}\n`,
      ),
    );
    writeFileSync(path, lines.join(''));
    context.say(`${count(lines.length)} texts written to ${path}`);
    context.answer({ study: publicId, file: path, texts: lines.length });
    return 0;
  },
};

export const textsCommands: readonly Command[] = [measureCommand, exportCommand];
