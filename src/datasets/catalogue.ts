import type { Handler } from '#web/route.js';
import { renderPage } from '#web/render.js';
import { findStaff } from '#web/identity.js';
import { type ListedDataset, healthOf, listDatasets, remarkOn, sourceWords } from './dataset.js';
import { listImports } from './imports/import.js';

/** One row of the list, as its template shows it. */
interface CatalogueRow {
  readonly href: string;
  readonly name: string;
  readonly version: number;
  readonly source: ListedDataset['source'];
  readonly sourceWord: string;
  readonly remark: string | null;
  readonly examples: number;
  readonly doubtful: number;
  readonly withFinding: number;
  readonly studies: number;
}

interface CatalogueGroup {
  readonly behaviour: string;
  readonly href: string;
  readonly confirmed: boolean;
  readonly rows: readonly CatalogueRow[];
}

function rowOf(dataset: ListedDataset): CatalogueRow {
  const health = healthOf(dataset);
  return {
    href: `/datasets/${dataset.public_id}`,
    name: dataset.name,
    version: dataset.version,
    source: dataset.source,
    sourceWord: sourceWords[dataset.source],
    remark: remarkOn(dataset),
    examples: dataset.example_count,
    doubtful: health.doubtful,
    withFinding: dataset.example_count - health.clean,
    studies: dataset.study_count,
  };
}

function grouped(datasets: readonly ListedDataset[]): CatalogueGroup[] {
  const groups = new Map<string, ListedDataset[]>();
  for (const dataset of datasets)
    groups.set(dataset.behaviour_public_id, [
      ...(groups.get(dataset.behaviour_public_id) ?? []),
      dataset,
    ]);
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    return [
      {
        behaviour: first.behaviour_name,
        href: `/datasets/behaviours/${first.behaviour_public_id}`,
        confirmed: first.confirmed_version !== null,
        rows: members.map(rowOf),
      },
    ];
  });
}

/**
 * GET /datasets: every dataset by behaviour, imports that need somebody, and the way to a new one.
 */
export const showCatalogue: Handler = async (request, response, application) => {
  const datasets = await listDatasets(application.db);
  const groups = grouped(datasets);
  const unfinished = (await listImports(application.db, 20)).filter(
    (entry) => entry.state === 'reviewing' || entry.state === 'running',
  );
  renderPage(request, response, application, {
    view: 'datasets/catalogue',
    shell: {
      layout: 'staff',
      title: 'Datasets',
      section: 'datasets',
      styles: ['css/datasets.css'],
      scripts: ['js/sort_tables.js'],
    },
    page: {
      groups,
      total: datasets.length,
      examples: datasets.reduce((sum, dataset) => sum + dataset.example_count, 0),
      unconfirmed: groups.filter((group) => !group.confirmed),
      mayWrite: findStaff(request)?.role === 'admin',
      unfinished: unfinished.map((entry) => ({
        href: `/imports/${entry.public_id}`,
        state: entry.state,
        files: entry.file_count,
        at: entry.created_at,
      })),
    },
  });
};
