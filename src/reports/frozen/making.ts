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
import { themes } from '../plots/plot.js';
import { standaloneSvg } from '../plots/standalone.js';
import { type Contents, writeDownload } from '../thread/writing.js';
import type { ReadReport } from './formats/formats.js';
import { plotName, type StoredFile } from './stored.js';
import { withoutAnswers, withoutJudgments } from './withheld.js';

/** A file of a report before its bytes are there. */
type Unwritten = Omit<StoredFile, 'served' | 'content'>;

/** A file that is made of a report, and once more of what a withdrawal leaves of it. */
interface Planned extends Unwritten {
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

/** One file where both are the same; where they are not, a variant for each; null: there is none. */
function variants(file: Unwritten, before: Buffer | null, after: Buffer | null): StoredFile[] {
  const stored = (served: StoredFile['served'], bytes: Buffer | null): StoredFile[] =>
    bytes === null ? [] : [{ ...file, served, content: gzipSync(bytes) }];
  return before !== null && after !== null && before.equals(after)
    ? stored('always', before)
    : [...stored('before-withdrawal', before), ...stored('after-withdrawal', after)];
}

function plotFiles(model: ReportModel, withheld: ReportModel): StoredFile[] {
  const drawnWithout = new Map(plotsOf(withheld).map(({ id, draw }) => [id, draw()]));
  return plotsOf(model).flatMap(({ id, title, draw }) => {
    const [before, after] = [draw(), drawnWithout.get(id) ?? null];
    return themes.flatMap((theme) => {
      const bytes = (drawn: string | null): Buffer | null =>
        drawn === null ? null : Buffer.from(standaloneSvg(drawn, theme));
      const file = {
        kind: 'plot' as const,
        name: plotName(id, theme),
        page: null,
        heading: '',
        title,
        sentence: '',
        file_name: fileNameOf(model.study.title, `${id}.svg`),
        media_type: 'image/svg+xml',
      };
      return variants(file, bytes(before), bytes(after));
    });
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
  const reduced = { model: withoutJudgments({ model, data }), data: withoutAnswers(data) };
  const [whole, withheld] = [contentsOf({ model, data }, false), contentsOf(reduced, true)];
  const folder = join(config.dataFolder, 'downloads');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, newPublicId());
  const files: StoredFile[] = [];
  try {
    for (const { bytes, ...file } of plannedFiles(model, base, path))
      files.push(...variants(file, await bytes(whole), await bytes(withheld)));
  } finally {
    await rm(path, { force: true });
  }
  return [...files, ...plotFiles(model, reduced.model)];
}
