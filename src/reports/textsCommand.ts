import { basename } from 'node:path';
import { z } from 'zod';
import { corporaOf, measureTexts } from '#texts/atTheTerminal.js';
import { vectorFile } from '#texts/vectorFile.js';
import { type Command, inputFile, parseOptions } from '../command.js';
import { requireStudy } from '#studies/study.js';
import { textsOfStudy } from './studyTexts.js';

const MeasureOptions = z.object({
  vectors: z.string().min(1).optional(),
  name: z.string().min(1).optional(),
});

/** It stands here and not beside the texts, for it says what the report makes of them. */
export const measureCommand: Command = {
  name: 'texts measure',
  sentence:
    'Measures the texts of a study’s datasets anew, of a draft too, and says what they show; the report shows what was measured last.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [
    [
      '--vectors <file>',
      'vectors of a model of your own: JSONL of dataset, line, vector, for the texts that “texts export” writes',
    ],
    ['--name <name>', 'how the report names that model (the file’s name)'],
  ],
  async run(context, [publicId = ''], given) {
    const options = parseOptions(MeasureOptions, given);
    const { db } = context.application;
    const { corpora } = await corporaOf(context, publicId);
    const file = options.vectors === undefined ? null : await inputFile(options.vectors);
    const source =
      file === null
        ? {}
        : { source: await vectorFile(file, options.name ?? basename(file), corpora) };
    const measured = await measureTexts(context, publicId, { ...source, again: true });
    const { datasets, pairs } = await textsOfStudy(db, await requireStudy(db, publicId));
    for (const { title, texts } of datasets)
      for (const sentence of texts?.verdict ?? []) context.say(`${title}: ${sentence}`);
    for (const { behaviour, texts } of pairs)
      for (const sentence of texts?.verdict ?? [])
        context.say(`${behaviour}, both sets: ${sentence}`);
    context.answer({
      study: publicId,
      measured,
      datasets: datasets.map(({ id, texts }) => ({ id, texts })),
      pairs: pairs.map(({ generated, human, polarity, texts }) => ({
        generated,
        human,
        polarity,
        texts,
      })),
    });
    return 0;
  },
};
