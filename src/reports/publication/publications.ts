import type { ReportModel } from '../model/schema/report.js';
import { askedMarkdown } from './askedAnswers.js';
import { croissant } from './croissant.js';
import { datasetCard } from './datasetCard.js';
import type { DatasetFile } from './datasetFile.js';
import { hedsJson, hedsMarkdown } from './heds.js';
import { methodsLatex, references } from './methodsLatex.js';
import { datasetTable, datasetTables, pairTable, pairTables } from './tables.js';
import { tableCsv, tableLatex, tableMarkdown } from './tableWriting.js';

interface PublicationFacts {
  /** Name in an address and on the command line. */
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
  /** End of the file's name, behind the name of the study or the dataset. */
  readonly ending: string;
  readonly mediaType: string;
}

/** A text for a paper or a repository about a whole study. */
export interface StudyPublication extends PublicationFacts {
  readonly scope: 'study';
  readonly render: (model: ReportModel) => string;
}

/**
 * A text about one dataset of a study, by its public id; what is known of its written JSONL makes
 * it fuller.
 */
export interface DatasetPublication extends PublicationFacts {
  readonly scope: 'dataset';
  readonly render: (model: ReportModel, dataset: string, file?: DatasetFile) => string;
}

export type Publication = StudyPublication | DatasetPublication;

const latex = 'application/x-tex; charset=utf-8';
const markdown = 'text/markdown; charset=utf-8';
const csv = 'text/csv; charset=utf-8';

/**
 * Every text that a paper or a data repository wants of a report; pages, API and command line offer
 * them all.
 */
export const publications: readonly Publication[] = [
  {
    name: 'methods-latex',
    title: 'Methods, LaTeX',
    sentence: 'How the study was done, as a paragraph with citations.',
    ending: 'methods.tex',
    mediaType: latex,
    scope: 'study',
    render: methodsLatex,
  },
  {
    name: 'references',
    title: 'References, BibTeX',
    sentence: 'The works that the methods cite.',
    ending: 'references.bib',
    mediaType: 'application/x-bibtex; charset=utf-8',
    scope: 'study',
    render: references,
  },
  {
    name: 'datasets-latex',
    title: 'Table of datasets, LaTeX',
    sentence: 'Figures of every dataset with intervals and n.',
    ending: 'datasets.tex',
    mediaType: latex,
    scope: 'study',
    render: (model) => datasetTables(model).map(tableLatex).join('\n'),
  },
  {
    name: 'datasets-markdown',
    title: 'Table of datasets, Markdown',
    sentence: 'Figures of every dataset with intervals and n.',
    ending: 'datasets.md',
    mediaType: markdown,
    scope: 'study',
    render: (model) => datasetTables(model).map(tableMarkdown).join('\n'),
  },
  {
    name: 'datasets-csv',
    title: 'Table of datasets, CSV',
    sentence: 'Figures of every dataset, limits and n in columns of their own.',
    ending: 'datasets.csv',
    mediaType: csv,
    scope: 'study',
    render: (model) => tableCsv(datasetTable(model)),
  },
  {
    name: 'pairs-latex',
    title: 'Table of pairs, LaTeX',
    sentence: 'Generated minus human-written: intervals and margins, tests, other methods.',
    ending: 'pairs.tex',
    mediaType: latex,
    scope: 'study',
    render: (model) => pairTables(model).map(tableLatex).join('\n'),
  },
  {
    name: 'pairs-markdown',
    title: 'Table of pairs, Markdown',
    sentence: 'Generated minus human-written: intervals and margins, tests, other methods.',
    ending: 'pairs.md',
    mediaType: markdown,
    scope: 'study',
    render: (model) => pairTables(model).map(tableMarkdown).join('\n'),
  },
  {
    name: 'pairs-csv',
    title: 'Table of pairs, CSV',
    sentence: 'Generated minus human-written, limits, n and p-values in columns of their own.',
    ending: 'pairs.csv',
    mediaType: csv,
    scope: 'study',
    render: (model) => tableCsv(pairTable(model)),
  },
  {
    name: 'heds',
    title: 'Human evaluation datasheet, Markdown',
    sentence: 'HEDS 3.0, filled in as far as the platform knows.',
    ending: 'heds.md',
    mediaType: markdown,
    scope: 'study',
    render: hedsMarkdown,
  },
  {
    name: 'heds-json',
    title: 'Human evaluation datasheet, JSON',
    sentence: 'The same, question by question.',
    ending: 'heds.json',
    mediaType: 'application/json; charset=utf-8',
    scope: 'study',
    render: hedsJson,
  },
  {
    name: 'asked',
    title: 'What a reviewer asks, Markdown',
    sentence: 'Recruitment, training, pay, ethics and eight more, filled or marked open.',
    ending: 'asked.md',
    mediaType: markdown,
    scope: 'study',
    render: askedMarkdown,
  },
  {
    name: 'card',
    title: 'Dataset card',
    sentence: 'README with front matter for the validated dataset, as Hugging Face reads it.',
    ending: 'card.md',
    mediaType: markdown,
    scope: 'dataset',
    render: datasetCard,
  },
  {
    name: 'croissant',
    title: 'Croissant metadata',
    sentence: 'JSON-LD with the responsible-AI fields for the validated dataset.',
    ending: 'croissant.json',
    mediaType: 'application/ld+json; charset=utf-8',
    scope: 'dataset',
    render: croissant,
  },
];
