import { z } from 'zod';
import type { Db } from '#storage/database.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { Handler, Route } from '#web/route.js';
import { GenerationParams } from './apiParams.js';
import { type Generation, requireGeneration } from './generation.js';
import { askForPublication } from './publish/ask.js';
import { PublicationCounts, publicationsOf } from './publish/publication.js';
import { decidePublication } from './publishPage.js';

const PublicationParams = GenerationParams.extend({
  publication: z.string().describe('Public id of the publication.'),
});

export const PublicationList = z.object({
  publications: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['asked', 'approved', 'published', 'refused', 'failed']),
      counts: PublicationCounts,
      note: z.string().nullable(),
      asked_at: z.int(),
      decided_at: z.int().nullable(),
      published_at: z.int().nullable(),
      kept_dataset: z.string().nullable().describe('Public id of the dataset of what was kept.'),
      dropped_dataset: z.string().nullable(),
      dropped_until: z.int().nullable().describe('When the dropped texts are removed.'),
    }),
  ),
});

async function publicationAnswer(
  db: Db,
  generation: Generation,
): Promise<z.input<typeof PublicationList>> {
  const publications = await publicationsOf(db, generation.id);
  const ids = publications.flatMap((one) => [one.kept_dataset_id, one.dropped_dataset_id]);
  const known = ids.filter((id) => id !== null);
  const datasets =
    known.length === 0
      ? []
      : await db
          .selectFrom('dataset')
          .select(['id', 'public_id'])
          .where('id', 'in', known)
          .execute();
  const publicId = (id: number | null): string | null =>
    datasets.find((dataset) => dataset.id === id)?.public_id ?? null;
  return {
    publications: publications.map((one) => ({
      id: one.public_id,
      state: one.state,
      counts: one.counts,
      note: one.note,
      asked_at: one.asked_at,
      decided_at: one.decided_at,
      published_at: one.published_at,
      kept_dataset: publicId(one.kept_dataset_id),
      dropped_dataset: publicId(one.dropped_dataset_id),
      dropped_until: one.dropped_until,
    })),
  };
}

const publicationsByApi: Handler = async (request, response, { db }) => {
  const generation = await requireGeneration(db, String(request.params['generation']));
  response.json(await publicationAnswer(db, generation));
};

const askByApi: Handler = async (request, response, { db, now }) => {
  const generation = await requireGeneration(db, String(request.params['generation']));
  await askForPublication(db, { generation, staff: requireStaff(request), now: now() });
  response.status(201).json(await publicationAnswer(db, generation));
};

const DecisionBody = z.strictObject({
  approve: z.boolean(),
  note: z.string().max(2_000).default(''),
});

const decideByApi: Handler = async (request, response, application) => {
  const { approve, note } = parse(DecisionBody, request.body);
  const { db } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  await decidePublication(application, {
    generation,
    publication: String(request.params['publication']),
    approve,
    note,
    staff: requireStaff(request),
  });
  response.json(await publicationAnswer(db, generation));
};

const path = '/api/v1/generations/:generation/publications';

export const publicationApiRoutes: readonly Route[] = [
  {
    method: 'get',
    path: path,
    access: 'researcher',
    handler: publicationsByApi,
    operation: {
      summary: 'Publications of a generation, the newest first.',
      params: GenerationParams,
      answer: PublicationList,
    },
  },
  {
    method: 'post',
    path: path,
    access: 'admin',
    handler: askByApi,
    operation: {
      summary: 'Asks that what a generation kept is published as a dataset.',
      params: GenerationParams,
      answer: PublicationList,
      status: 201,
    },
  },
  {
    method: 'post',
    path: `${path}/:publication`,
    access: 'admin',
    handler: decideByApi,
    operation: {
      summary: 'Approves or refuses a publication.',
      params: PublicationParams,
      body: DecisionBody,
      answer: PublicationList,
    },
  },
];
