import { mkdirSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { fileNameOf } from '#web/fileName.js';
import type { Config } from '../../config.js';
import type { ReportModel } from '../model/schema/report.js';
import { offersOf, pagesOf } from '../offers.js';
import { outlineOf, pageLinks, renderPart } from '../pages/render.js';
import { plotsOf } from '../plots/plots.js';
import { standaloneSvg, themes } from '../plots/standalone.js';
import { type Contents, writeDownload } from '../thread/writing.js';
import type { ReadReport } from './formats/formats.js';
import { plotName, type StoredFile } from './stored.js';
import { withoutAnswers, withoutJudgments } from './withheld.js';

/** A file that is made of a report, and once more of what a withdrawal leaves of it. */
interface Planned extends Omit<StoredFile, 'served' | 'content'> {
  readonly bytes: (contents: Contents) => Promise<Buffer>;
}

function plannedFiles(model: ReportModel, base: string, path: string): Planned[] {
  const outline = outlineOf(model);
  return [
    ...pagesOf(outline).map((page): Planned => ({
      kind: 'page',
      name: page.name,
      page: page.name,
      heading: page.heading,
      title: page.title,
      sentence: page.note,
      file_name: '',
      media_type: 'text/html; charset=utf-8',
      bytes: async (contents) => {
        const links = pageLinks(base);
        const html = renderPart(contents.config, await contents.model(), page.part, links);
        if (html === null) throw new Error(`the report has no page “${page.name}”`);
        return Buffer.from(html);
      },
    })),
    ...offersOf(outline).map((offer): Planned => ({
      kind: offer.kind,
      name: offer.name,
      page: offer.page,
      heading: '',
      title: offer.title,
      sentence: offer.sentence,
      file_name: offer.fileName,
      media_type: offer.mediaType,
      bytes: async (contents) => {
        await writeDownload(contents, offer.download, path);
        return readFile(path);
      },
    })),
  ];
}

/** Plots show no single judgment: there is one variant of each, in either theme. */
function plotFiles(model: ReportModel): StoredFile[] {
  return plotsOf(model).flatMap(({ id, title, draw }) => {
    const drawn = draw();
    if (drawn === null) return [];
    return themes.map((theme) => ({
      kind: 'plot' as const,
      name: plotName(id, theme),
      served: 'always' as const,
      page: null,
      heading: '',
      title,
      sentence: '',
      file_name: fileNameOf(model.study.title, `${id}.svg`),
      media_type: 'image/svg+xml',
      content: gzipSync(standaloneSvg(drawn, theme)),
    }));
  });
}

/**
 * Every page and file that a frozen report offers, gzipped, and where single judgments make a
 * difference, the variant without them as well. `base` is the report's address. The rows of its
 * datasets are read from the database; they never change.
 */
export async function makeFiles(
  { config, db }: { config: Config; db: Db },
  { model, data }: ReadReport,
  base: string,
): Promise<StoredFile[]> {
  const contentsOf = (report: ReadReport, withheld: boolean): Contents => ({
    config,
    db,
    withheld,
    model: () => Promise.resolve(report.model),
    data: () => Promise.resolve(report.data),
    both: () => Promise.resolve(report),
  });
  const whole = contentsOf({ model, data }, false);
  const withheld = contentsOf({ model: withoutJudgments(model), data: withoutAnswers(data) }, true);
  const folder = join(config.dataFolder, 'downloads');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, newPublicId());
  const files: StoredFile[] = [];
  try {
    for (const { bytes, ...file } of plannedFiles(model, base, path)) {
      const [before, after] = [await bytes(whole), await bytes(withheld)];
      if (before.equals(after))
        files.push({ ...file, served: 'always', content: gzipSync(before) });
      else
        files.push(
          { ...file, served: 'before-withdrawal', content: gzipSync(before) },
          { ...file, served: 'after-withdrawal', content: gzipSync(after) },
        );
    }
  } finally {
    await rm(path, { force: true });
  }
  return [...files, ...plotFiles(model)];
}
