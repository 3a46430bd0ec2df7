import { copyFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { requireStudy } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import { type Command, parseOptions } from '../command.js';
import { downloadOf, reportFileOf, type WrittenFile } from './thread/reporting.js';
import { fileNameOf } from '#web/fileName.js';
import { bundleFormats } from './files/bundleFormats.js';
import { splitPlotName } from './plots/plot.js';
import { publications } from './publication/publications.js';
import { measureMissing } from '#texts/atTheTerminal.js';
import { measureCommand } from './textsCommand.js';
import { verifyCommand } from './verifyCommand.js';

const ReportOptions = z.object({
  out: z.string().min(1).optional(),
  format: z.enum(['html', 'json']).optional(),
});

const reportCommand: Command = {
  name: 'report',
  sentence: 'Computes the report of a study and writes it as one HTML file or as JSON.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [
    ['--out <file>', 'where to write it; its ending (.html, .json) says the format'],
    ['--format <format>', 'html (the default) or json'],
  ],
  async run(context, [publicId = ''], given) {
    const options = parseOptions(ReportOptions, given, 'Nothing was written.');
    const study = await requireStudy(context.application.db, publicId);
    const format = options.format ?? (options.out?.endsWith('.json') === true ? 'json' : 'html');
    const path = resolve(options.out ?? fileNameOf(study.title, `report.${format}`));
    await measureMissing(context, study.public_id);
    const file = await reportFileOf(context.application, study.public_id, format);
    try {
      copyFileSync(file.path, path);
    } finally {
      await file.remove();
    }
    const { outline } = file;
    if (outline.stamp !== '') context.say(outline.stamp);
    for (const sentence of outline.verdict) context.say(sentence);
    context.say(`Written to ${path}`);
    context.answer({
      study: publicId,
      file: path,
      interim: outline.interim,
      provisional: outline.stamp === '' ? null : outline.stamp,
      verdict: outline.verdict,
      totals: outline.totals,
    });
    return 0;
  },
};

const ExportOptions = z.object({
  out: z.string().min(1).optional(),
  format: z.enum(bundleFormats).default('csv'),
  dataset: z.string().min(1).optional(),
  publication: z.enum(publications.map((publication) => publication.name)).optional(),
  plot: z.string().min(1).optional(),
});

/** What an export is of: a plot, a text for a paper, one dataset, or else the tables. */
async function exported(
  application: Application,
  study: string,
  { plot, publication, dataset, format }: z.output<typeof ExportOptions>,
): Promise<{ file: WrittenFile; ending: string }> {
  if (plot !== undefined) {
    const name = splitPlotName(plot);
    if (name === null)
      throw new Problem(
        422,
        'unknown_format',
        `The name ${plot} ends neither in .svg nor in .png.`,
        'A plot is named by its id and one of these, such as agreement-plot.svg.',
      );
    return {
      file: await downloadOf(application, study, {
        kind: 'plot',
        plot: name.id,
        format: name.format,
        theme: 'light',
      }),
      ending: plot,
    };
  }
  const text = publications.find((known) => known.name === publication);
  if (text !== undefined)
    return {
      file: await downloadOf(application, study, {
        kind: 'publication',
        publication: text.name,
        dataset: dataset ?? null,
      }),
      ending: text.ending,
    };
  if (dataset !== undefined)
    return {
      file: await downloadOf(application, study, { kind: 'dataset', dataset }),
      ending: 'validated.jsonl',
    };
  return {
    file: await downloadOf(application, study, { kind: 'bundle', format }),
    ending: `tables-${format}.zip`,
  };
}

const exportCommand: Command = {
  name: 'export',
  sentence:
    'Writes the judgments and items of a study as a zip with its manifest, or one validated dataset, text or plot.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [
    ['--out <file>', 'where to write it'],
    ['--format <format>', 'csv (the default) or parquet'],
    [
      '--publication <name>',
      `a text for a paper instead: ${publications.map((publication) => publication.name).join(', ')}`,
    ],
    [
      '--plot <name>',
      'a plot of the report instead: its id with .svg or .png, such as agreement-plot.svg',
    ],
    [
      '--dataset <dataset>',
      'public id of a dataset: writes its sampled examples in their original shape with crowd fields',
    ],
  ],
  async run(context, [publicId = ''], given) {
    const options = parseOptions(ExportOptions, given, 'Nothing was written.');
    const { application } = context;
    const study = await requireStudy(application.db, publicId);
    if (options.dataset !== undefined) {
      const known = await application.db
        .selectFrom('study_dataset')
        .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
        .select('dataset.id')
        .where('study_dataset.study_id', '=', study.id)
        .where('dataset.public_id', '=', options.dataset)
        .where('dataset.part', 'is distinct from', 'dropped')
        .executeTakeFirst();
      if (known === undefined)
        throw new Problem(
          404,
          'not_found',
          `The study has no validated dataset ${options.dataset}.`,
          '“assay report STUDY --format json” names its datasets.',
        );
    }
    const publication = publications.find((known) => known.name === options.publication);
    if (
      publication !== undefined &&
      (publication.scope === 'dataset') !== (options.dataset !== undefined)
    )
      throw new Problem(
        422,
        'wrong_scope',
        publication.scope === 'dataset'
          ? `The text ${publication.name} is about one dataset.`
          : `The text ${publication.name} is about the whole study.`,
        publication.scope === 'dataset' ? 'Name it with --dataset.' : 'Leave --dataset out.',
      );
    if (options.dataset === undefined || publication !== undefined)
      await measureMissing(context, study.public_id);
    const { file, ending } = await exported(application, study.public_id, options);
    try {
      const path = resolve(options.out ?? fileNameOf(study.title, ending));
      copyFileSync(file.path, path);
      context.say(`Written to ${path}`);
      context.answer({ study: publicId, file: path });
    } finally {
      await file.remove();
    }
    return 0;
  },
};

export const commands: readonly Command[] = [
  reportCommand,
  verifyCommand,
  exportCommand,
  measureCommand,
];
