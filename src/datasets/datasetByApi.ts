import type { z } from 'zod';
import type { Handler } from '#web/route.js';
import type { DatasetAnswer } from './api.js';
import { healthOf, type ListedDataset, listDatasets, requireListedDataset } from './dataset.js';

/** A dataset as the API shows it. */
export const datasetAnswer = (dataset: ListedDataset): z.output<typeof DatasetAnswer> => ({
  id: dataset.public_id,
  name: dataset.name,
  behaviour: dataset.behaviour_name,
  version: dataset.version,
  source: dataset.source,
  role: dataset.role,
  part: dataset.part,
  family: dataset.family,
  examples: dataset.example_count,
  rejected: dataset.rejected_count,
  dropped_duplicates: dataset.dropped_duplicate_count,
  description_confirmed: dataset.confirmed_version !== null,
  studies: dataset.study_count,
  sha256: dataset.sha256,
  detector: dataset.detector,
  health: healthOf(dataset),
});

/** GET /api/v1/datasets */
export const listDatasetsByApi: Handler = async (_request, response, application) => {
  response.json({ datasets: (await listDatasets(application.db)).map(datasetAnswer) });
};

/** GET /api/v1/datasets/:dataset */
export const showDatasetByApi: Handler = async (request, response, application) => {
  response.json(
    datasetAnswer(await requireListedDataset(application.db, String(request.params['dataset']))),
  );
};
