import type { Request, Response } from 'express';
import { z } from 'zod';
import { visible } from '#datasets/browse.js';
import { getRun } from '#models/run.js';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { requireStaff, type Staff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import { notFound } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { currentStages, type Generation, requireGeneration, resultOf } from './generation.js';
import { keptOf, reviewWords, sentenceOfReason } from './generationView.js';
import { askForPublication } from './publish/ask.js';
import { countChosen, finishedStages } from './publish/chosen.js';
import { decide, whyNotApprove } from './publish/decide.js';
import {
  type Publication,
  type PublicationCounts,
  publicationsOf,
  requirePublication,
} from './publish/publication.js';
import { publishJob } from './publish/publishJob.js';

const stateWords: Readonly<Record<Publication['state'], string>> = {
  asked: 'waits for approval',
  approved: 'is being published',
  published: 'published',
  refused: 'refused',
  failed: 'failed',
};

const sum = (rows: readonly { count: number }[]): number =>
  rows.reduce((all, { count }) => all + count, 0);

/** Counts by label and reason, as a table shows them. */
function countsShown(counts: PublicationCounts): object {
  const labels = [...new Set([...counts.kept, ...counts.dropped].map(({ label }) => label))];
  const by = (rows: readonly { label: string | null; count: number }[]): number[] =>
    labels.map((label) => sum(rows.filter((row) => row.label === label)));
  const kinds = [
    ...new Map(counts.dropped.map((row) => [`${row.reason} ${row.published}`, row])).values(),
  ];
  return {
    labels: labels.map((label) => visible(label ?? 'no label')),
    kept: { counts: by(counts.kept), all: sum(counts.kept) },
    dropped: kinds
      .map(({ reason, published }) => {
        const rows = counts.dropped.filter(
          (row) => row.reason === reason && row.published === published,
        );
        return {
          sentence: sentenceOfReason(reason),
          published,
          counts: by(rows),
          all: sum(rows),
        };
      })
      .toSorted((a, b) => b.all - a.all),
    published: counts.published,
  };
}

const nameOf = async (db: Db, id: number | null): Promise<string | null> => {
  if (id === null) return null;
  const row = await db.selectFrom('account').select('name').where('id', '=', id).executeTakeFirst();
  return row?.name ?? null;
};

const datasetOf = async (db: Db, id: number | null): Promise<object | null> => {
  if (id === null) return null;
  const row = await db
    .selectFrom('dataset')
    .select(['public_id as id', 'name', 'version', 'example_count as examples'])
    .where('id', '=', id)
    .executeTakeFirst();
  return row ?? null;
};

async function publicationShown(
  { db, config }: Application,
  publication: Publication,
  staff: Staff,
): Promise<object> {
  const waits = publication.state === 'asked' || publication.state === 'failed';
  const whyNot = waits
    ? await whyNotApprove(db, { publication, staff, approval: config.generationApproval })
    : null;
  return {
    id: publication.public_id,
    state: publication.state,
    word: stateWords[publication.state],
    askedAt: publication.asked_at,
    askedBy: (await nameOf(db, publication.asked_by)) ?? 'the command line',
    decidedAt: publication.decided_at,
    decidedBy:
      publication.decided_at === null
        ? null
        : ((await nameOf(db, publication.decided_by)) ?? 'the command line'),
    note: publication.note,
    counts: countsShown(publication.counts),
    kept: await datasetOf(db, publication.kept_dataset_id),
    dropped: await datasetOf(db, publication.dropped_dataset_id),
    droppedUntil: publication.dropped_until,
    droppedRemovedAt: publication.dropped_removed_at,
    waits: waits && staff.role === 'admin',
    mayApprove: waits && staff.role === 'admin' && whyNot === null,
    mayRefuse: waits && staff.role === 'admin',
    whyNot,
  };
}

async function renderPublications(
  request: Request,
  response: Response,
  application: Application,
  generation: Generation,
): Promise<void> {
  const { db } = application;
  const staff = requireStaff(request);
  const run = await getRun(db, generation.run_id);
  const finished = run.state === 'done' ? await finishedStages(db, generation) : undefined;
  const publications = await publicationsOf(db, generation.id);
  const current = publications.find(
    ({ stage_id: id, state }) => id === finished?.last.id && state !== 'refused',
  );
  const stages = await currentStages(db, generation.id);
  const keeping = stages.findLast(({ kind }) => kind === 'keep');
  const live = publications.some(({ state }) => state === 'approved');
  const { pipeline } = generation;
  renderPage(request, response, application, {
    view: 'generation/publish',
    shell: {
      layout: 'staff',
      title: `Publication of ${generation.name}`,
      section: 'generations',
      styles: ['css/datasets.css', 'css/generation.css'],
      refresh: live ? 3 : 0,
    },
    page: {
      href: `/generations/${generation.public_id}`,
      path: `/generations/${generation.public_id}/publish`,
      name: generation.name,
      done: finished !== undefined,
      counts:
        finished === undefined ? null : countsShown(await countChosen(db, generation, finished)),
      keep: keeping === undefined ? null : keptOf(generation, resultOf(keeping)),
      reviews: stages.flatMap((stage) => {
        const words = reviewWords(resultOf(stage)?.review ?? null);
        return words === null ? [] : [{ number: stage.position + 1, words }];
      }),
      mayAsk: finished !== undefined && current === undefined && staff.role === 'admin',
      live,
      second: application.config.generationApproval === 'second-person',
      canary: pipeline.publish.canary,
      keepDroppedDays: pipeline.publish.keepDroppedDays,
      purpose: pipeline.purpose,
      responsible: pipeline.responsible,
      publications: await Promise.all(
        publications.map((publication) => publicationShown(application, publication, staff)),
      ),
    },
  });
}

/** GET /generations/:generation/publish */
export const showPublications: Handler = async (request, response, application) => {
  const publicId = String(request.params['generation']);
  const generation = await requireGeneration(application.db, publicId);
  await renderPublications(request, response, application, generation);
};

/** POST /generations/:generation/publish: asks that what was kept is published. */
export const createPublication: Handler = async (request, response, application) => {
  const { db, now } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  await askForPublication(db, { generation, staff: requireStaff(request), now: now() });
  response.redirect(303, `/generations/${generation.public_id}/publish`);
};

const DecisionBody = z.object({
  decision: z.enum(['approve', 'refuse']),
  note: z.string().trim().max(2_000).catch(''),
});

/** Decides about a publication of this generation, and has an approved one published. */
export async function decidePublication(
  application: Application,
  given: {
    generation: Generation;
    publication: string;
    approve: boolean;
    note: string;
    staff: Staff;
  },
): Promise<Publication> {
  const { db, config, jobs, now } = application;
  const { generation, approve, note, staff } = given;
  const publication = await requirePublication(db, given.publication);
  if (publication.generation_id !== generation.id) throw notFound('publication');
  const decided = await decide(db, {
    publication,
    approve,
    note,
    staff,
    approval: config.generationApproval,
    now: now(),
  });
  if (approve) await jobs.add(publishJob.kind, { publicationId: publication.id }, staff.accountId);
  return decided;
}

/** POST /generations/:generation/publications/:publication: approves or refuses it. */
export const createDecision: Handler = async (request, response, application) => {
  const { decision, note } = parse(DecisionBody, request.body);
  const publicId = String(request.params['generation']);
  const generation = await requireGeneration(application.db, publicId);
  await decidePublication(application, {
    generation,
    publication: String(request.params['publication']),
    approve: decision === 'approve',
    note,
    staff: requireStaff(request),
  });
  response.redirect(303, `/generations/${generation.public_id}/publish`);
};
