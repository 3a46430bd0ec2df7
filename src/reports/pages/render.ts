import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as format from '#web/format.js';
import { projectFolder } from '#web/folders.js';
import { renderTemplate } from '#web/render.js';
import { fewestForSpread } from '#statistics/pooled.js';
import type { Config } from '../../config.js';
import { skipReasons } from '#assignment/return.js';
import { lines } from '../asked/lines.js';
import { checkWords } from '../model/comparison/checkSentences.js';
import { saidAgainst } from '../model/comparison/sentences.js';
import { obstaclesOf } from '../model/gate.js';
import { mostPairsOneByOne } from '../model/pairsTogether.js';
import { stampOf } from '../model/provisional.js';
import * as words from '../model/words.js';
import type { DatasetSection, PairSection, ReportModel } from '../model/schema/report.js';
import { differencePlot } from '../plots/differencePlot.js';
import type { ReportPlot } from '../plots/plot.js';
import { plotsOf } from '../plots/plots.js';
import * as cells from './cells.js';
import type { Outline, Part } from '../thread/tasks.js';

/** Where the links of a report lead: to pages of their own, or to anchors in the same file. */
export interface Links {
  readonly dataset: (id: string) => string;
  readonly pair: (generated: string) => string;
  /** The example as it stands in the platform; null in a file, which may be read elsewhere. */
  readonly example: ((dataset: string, line: number) => string) | null;
  /** Where it is said what the tables of a dataset mean. */
  readonly reading: string;
  /** A plot's files, without their ending; null where there are none. */
  readonly plot: (id: string) => string | null;
}

/** Links between the pages of a report. */
export const pageLinks = (base: string): Links => ({
  dataset: (id) => `${base}/datasets/${id}`,
  pair: (generated) => `${base}/pairs/${generated}`,
  example: (dataset, line) => `/datasets/${dataset}/examples/${line}`,
  reading: `${base}#reading`,
  plot: (id) => `${base}/plots/${id}`,
});

const fileLinks: Links = {
  dataset: (id) => `#dataset-${id}`,
  pair: (generated) => `#pair-${generated}`,
  example: null,
  reading: '#reading',
  plot: () => null,
};

const common = (model: ReportModel, links: Links) => ({
  model,
  links,
  format,
  words,
  cells,
  obstaclesOf,
});

/** A plot as a figure shows it. */
interface DrawnPlot {
  readonly title: string;
  readonly svg: string;
  readonly href: string | null;
}

/**
 * Draws plots of a report by their ids, or another drawing of one `instead`; null where there is
 * nothing to draw.
 */
function drawing(
  model: ReportModel,
  links: Links,
): (id: string, instead?: Pick<ReportPlot, 'title' | 'draw'>) => DrawnPlot | null {
  const plots = new Map(plotsOf(model).map((plot) => [plot.id, plot]));
  return (id, instead) => {
    const plot = instead ?? plots.get(id);
    const svg = plot?.draw() ?? null;
    return plot === undefined || svg === null
      ? null
      : { title: plot.title, svg, href: links.plot(id) };
  };
}

function renderOverview(config: Config, model: ReportModel, links: Links): string {
  const drawn = drawing(model, links);
  const oneByOne = model.pairs.length <= mostPairsOneByOne;
  const plots = {
    agreement: model.suite === null ? drawn('agreement-plot') : null,
    relevance: drawn('relevance-plot'),
    scatter: drawn('scatter-plot'),
    differences: (oneByOne ? model.pairs : []).map((pair) =>
      drawn(`differences-${pair.generated}`, {
        title: `Differences in brief, ${pair.behaviour}`,
        draw: () => differencePlot(pair, `brief-differences-${pair.generated}`),
      }),
    ),
    raters: drawn('rater-agreement-plot'),
    caterpillar: drawn('suite-caterpillar'),
    heat: drawn('suite-heat'),
    unclear: drawn('suite-ambiguity'),
    forests: (['label-votes', 'relevance', 'unclear'] as const).map((measure) =>
      drawn(`suite-forest-${measure}`),
    ),
  };
  return renderTemplate({ config }, 'reports/overview', {
    ...common(model, links),
    comparison: { saidAgainst },
    oneByOne,
    fewestForSpread,
    plots,
    askedLines: lines,
  });
}

function renderDataset(
  config: Config,
  model: ReportModel,
  dataset: DatasetSection,
  links: Links,
): string {
  const drawn = drawing(model, links);
  const plots = {
    confidence: drawn(`confidence-${dataset.id}`),
    roc: drawn(`roc-${dataset.id}`),
    upheld: drawn(`filter-upheld-${dataset.id}`),
    relevance: drawn(`filter-relevance-${dataset.id}`),
  };
  return renderTemplate({ config }, 'reports/dataset', { ...common(model, links), dataset, plots });
}

const pairPlots = ({ generated }: PairSection, drawn: ReturnType<typeof drawing>) => ({
  differences: drawn(`differences-${generated}`),
  source: drawn(`map-source-${generated}`),
  agreement: drawn(`map-agreement-${generated}`),
});

const renderPair = (config: Config, model: ReportModel, pair: PairSection, links: Links): string =>
  renderTemplate({ config }, 'reports/pair', {
    ...common(model, links),
    comparison: { saidAgainst, checkWords },
    skipReasons,
    pair,
    plots: pairPlots(pair, drawing(model, links)),
  });

/**
 * One page of a report as HTML without its frame; null where the report has no such dataset or
 * pair.
 */
export function renderPart(
  config: Config,
  model: ReportModel,
  part: Part,
  links: Links,
): string | null {
  if (part.kind === 'overview') return renderOverview(config, model, links);
  const stamps = renderTemplate({ config }, 'reports/stamps', common(model, links));
  if (part.kind === 'dataset') {
    const dataset = model.datasets.find((known) => known.id === part.id);
    return dataset === undefined
      ? null
      : `<article class="report">${stamps}${renderDataset(config, model, dataset, links)}</article>`;
  }
  const pair = model.pairs.find((known) => known.generated === part.id);
  return pair === undefined
    ? null
    : `<article class="report">${stamps}${renderPair(config, model, pair, links)}</article>`;
}

const styles = ['css/tokens.css', 'css/base.css', 'css/report.css'];

/**
 * The whole report as one file that needs nothing else: style inside, no script, no request.
 * `withheld` says that its single judgments are left out, since a rater withdrew.
 */
export function renderReportFile(
  config: Config,
  model: ReportModel,
  { withheld }: { readonly withheld: boolean } = { withheld: false },
): string {
  const style = styles
    .map((path) => readFileSync(join(projectFolder, 'public', path), 'utf8'))
    .join('\n');
  const parts = [
    ...model.pairs.map((pair) => renderPair(config, model, pair, fileLinks)),
    ...model.datasets.map((dataset) => renderDataset(config, model, dataset, fileLinks)),
  ];
  const body = `${renderOverview(config, model, fileLinks)}\n<article class="report">${parts.join('\n')}</article>`;
  return renderTemplate({ config }, 'reports/file', { model, body, style, format, withheld });
}

/** What the frame around the pages has to know. */
export const outlineOf = (model: ReportModel): Outline => ({
  fingerprint: model.fingerprint,
  title: model.study.title,
  computedAt: model.computedAt,
  interim: model.study.interim,
  stamp: stampOf(model, model),
  verdict: model.verdict,
  totals: model.totals,
  asked: model.asked,
  datasets: model.datasets.map(({ id, name, title, behaviour, source }) => ({
    id,
    name,
    title,
    behaviour,
    source,
  })),
  pairs: model.pairs.map(({ generated, behaviour }) => ({ id: generated, behaviour })),
});
