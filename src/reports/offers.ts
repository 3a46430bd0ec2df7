import { fileNameOf, validatedFileName } from '#web/fileName.js';
import { bundleFormats } from './files/bundleFormats.js';
import { publications } from './publication/publications.js';
import type { Download, Outline, Part } from './thread/tasks.js';

/** A page of a report; `name` is its address below that of the first page, which has none. */
export interface ReportPage {
  readonly name: string;
  readonly part: Part;
  readonly heading: string;
  /** What a link to it says. */
  readonly title: string;
  /** What stands beside the link; of the first page the stamp of the report. */
  readonly note: string;
}

/** A file that a report offers on one of its pages, or on all of them. */
export interface Offer {
  readonly kind: 'file' | 'publication';
  /** Its address below that of a frozen report; no other has the same. */
  readonly name: string;
  /** Name of the page that offers it; null: all of them. */
  readonly page: string | null;
  readonly title: string;
  readonly sentence: string;
  /** The name under which it is downloaded. */
  readonly fileName: string;
  readonly mediaType: string;
  readonly download: Download;
}

/** The pages of a report: the first one, its datasets, its comparisons. */
export const pagesOf = (outline: Outline): readonly ReportPage[] => [
  {
    name: '',
    part: { kind: 'overview' },
    heading: `Report: ${outline.title}`,
    title: 'Overview',
    note: outline.stamp,
  },
  ...outline.datasets.map(({ id, title, behaviour, source }) => ({
    name: `datasets/${id}`,
    part: { kind: 'dataset', id } as const,
    heading: title,
    title: behaviour,
    note: source === 'generated' ? 'generated' : 'human-written',
  })),
  ...outline.pairs.map(({ id, behaviour }) => ({
    name: `pairs/${id}`,
    part: { kind: 'pair', id } as const,
    heading: `${behaviour}: generated against human-written`,
    title: behaviour,
    note: 'both sets',
  })),
];

const bundleWords = { csv: 'Tables as CSV (zip)', parquet: 'Tables as Parquet (zip)' } as const;

const wholeReport = (title: string): Offer[] => [
  {
    kind: 'file',
    name: 'report.html',
    page: null,
    title: 'HTML, one file',
    sentence: '',
    fileName: fileNameOf(title, 'report.html'),
    mediaType: 'text/html; charset=utf-8',
    download: { kind: 'file', format: 'html' },
  },
  {
    kind: 'file',
    name: 'report.json',
    page: null,
    title: 'JSON, all numbers',
    sentence: '',
    fileName: fileNameOf(title, 'report.json'),
    mediaType: 'application/json; charset=utf-8',
    download: { kind: 'file', format: 'json' },
  },
  ...bundleFormats.map((format): Offer => ({
    kind: 'file',
    name: `tables-${format}.zip`,
    page: null,
    title: bundleWords[format],
    sentence: '',
    fileName: fileNameOf(title, `tables-${format}.zip`),
    mediaType: 'application/zip',
    download: { kind: 'bundle', format },
  })),
];

/** Every file that a report offers beside its plots. */
export const offersOf = ({ title, datasets }: Outline): readonly Offer[] => [
  ...wholeReport(title),
  ...publications
    .filter(({ scope }) => scope === 'study')
    .map((publication): Offer => ({
      ...publication,
      kind: 'publication',
      name: publication.ending,
      page: '',
      fileName: fileNameOf(title, publication.ending),
      download: { kind: 'publication', publication: publication.name, dataset: null },
    })),
  ...datasets.flatMap((dataset): Offer[] => [
    ...publications
      .filter(({ scope }) => scope === 'dataset')
      .map((publication): Offer => ({
        ...publication,
        kind: 'publication',
        name: `${dataset.id}-${publication.ending}`,
        page: `datasets/${dataset.id}`,
        fileName: fileNameOf(`${dataset.name} ${dataset.source}`, publication.ending),
        download: { kind: 'publication', publication: publication.name, dataset: dataset.id },
      })),
    {
      kind: 'publication',
      name: `${dataset.id}-validated.jsonl`,
      page: `datasets/${dataset.id}`,
      title: 'Validated dataset, JSONL',
      sentence: 'The sampled rows as they came, with what raters said of each.',
      fileName: validatedFileName(dataset),
      mediaType: 'application/x-ndjson',
      download: { kind: 'dataset', dataset: dataset.id },
    },
  ]),
];

/** The address at which the report of a study as it stands now gives a file out. */
export function liveAddress(study: string, download: Download): string {
  const base = `/studies/${study}`;
  switch (download.kind) {
    case 'file':
      return `${base}/report.${download.format}`;
    case 'bundle':
      return `${base}/tables?format=${download.format}`;
    case 'plot':
      return `${base}/report/plots/${download.plot}.${download.format}?theme=${download.theme}`;
    case 'dataset':
      return `${base}/datasets/${download.dataset}`;
    case 'publication':
      return download.dataset === null
        ? `${base}/publications/${download.publication}`
        : `${base}/datasets/${download.dataset}/publications/${download.publication}`;
  }
}
