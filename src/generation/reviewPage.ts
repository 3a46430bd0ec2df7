import type { Request, Response } from 'express';
import { z } from 'zod';
import { visible } from '#datasets/browse.js';
import type { Db } from '#storage/database.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { parse } from '#web/parse.js';
import type { FieldFault } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import type { Candidate, Fields } from './candidates.js';
import { seenCandidates } from './candidateSearch.js';
import { labelOf, scoreInWords, shownText } from './candidatesPage.js';
import { exampleOf } from './example.js';
import { type Generation, requireGeneration } from './generation.js';
import type { Pipeline } from './pipeline.js';
import { type NextForReview, nextForReview } from './nextForReview.js';
import {
  decisiveActions,
  findReview,
  lastSkipOf,
  reviewProgress,
  type ShownForReview,
  shownToday,
} from './review.js';
import { lastOf, reopen, storeReview } from './storeReview.js';
import { fieldsOf } from './template.js';
import { workTime } from './words.js';

const actionWords: Readonly<Record<string, string>> = {
  accepted: 'accepted',
  edited: 'edited',
  rejected: 'rejected',
  skipped: 'skipped',
  reopened: 'opened again',
};

/** The fields that a reviewer can edit: those that raters would read, all where none makes a text yet. */
export function editableFields(
  pipeline: Pipeline,
  candidate: Pick<Candidate, 'fields' | 'label'>,
): string[] {
  const own = Object.keys(candidate.fields);
  if (exampleOf(pipeline, candidate) === null) return own;
  const { text, choices, label } = pipeline.example;
  const shown = new Set([text, ...choices, ...(label === null ? [] : [label])].flatMap(fieldsOf));
  const editable = own.filter((name) => shown.has(name));
  return editable.length === 0 ? own : editable;
}

const nameOfAccount = async (db: Db, id: number | null): Promise<string> => {
  if (id === null) return 'Somebody';
  const row = await db.selectFrom('account').select('name').where('id', '=', id).executeTakeFirst();
  return row?.name ?? 'Somebody';
};

/** What a reviewer sees of one candidate. */
async function candidatePage(
  db: Db,
  generation: Generation,
  given: { shown: ShownForReview; entered: Fields; accountId: number },
): Promise<object> {
  const { candidate, newest } = given.shown;
  const [seen] = await seenCandidates(db, generation, [candidate]);
  const decided = newest !== null && newest.action !== 'reopened' ? newest : null;
  return {
    id: candidate.public_id,
    number: `${candidate.slot + 1}.${candidate.place + 1}`,
    seen: newest?.id ?? 0,
    reading: 'open',
    ...shownText(generation, { candidate }),
    label: labelOf(generation, candidate.label),
    scores: (seen?.scores ?? []).filter(({ current }) => current).map(scoreInWords),
    editable: editableFields(generation.pipeline, candidate).map((name) => ({
      name,
      value: given.entered[name] ?? candidate.fields[name] ?? '',
    })),
    editing: Object.keys(given.entered).length > 0,
    decided:
      decided === null
        ? null
        : {
            row: decided.id,
            words: actionWords[decided.action] ?? decided.action,
            by:
              decided.account_id === given.accountId
                ? 'You'
                : await nameOfAccount(db, decided.account_id),
            at: decided.at,
          },
  };
}

async function renderReview(
  request: Request,
  response: Response,
  application: Application,
  given: {
    generation: Generation;
    next: NextForReview;
    /** What was entered and not stored. */
    entered?: Fields;
    faults?: readonly FieldFault[];
    /** What became of what was sent, where it was not stored. */
    told?: string | null;
    /** The skip after which the skipped ones are read again; null where others are read. */
    skipped?: number | null;
    status?: number;
  },
): Promise<void> {
  const { db, config, now } = application;
  const { generation, next, entered = {}, faults = [], told = null } = given;
  const { accountId } = requireStaff(request);
  const review = await findReview(db, generation);
  const href = `/generations/${generation.public_id}`;
  const shell = {
    layout: 'staff',
    title: `Review of ${generation.name}`,
    section: 'generations',
    styles: ['css/datasets.css', 'css/generation.css'],
  } as const;
  if (review === null)
    return renderPage(request, response, application, {
      view: 'generation/no_review',
      shell,
      page: { href, name: generation.name },
    });
  const progress = await reviewProgress(db, review, accountId);
  const last = await lastOf(db, review.stage, accountId);
  response.set('cache-control', 'no-store');
  renderPage(request, response, application, {
    view: 'generation/review',
    shell: { ...shell, scripts: ['js/review_candidates.js'] },
    status: given.status ?? 200,
    page: {
      href,
      path: `${href}/review`,
      name: generation.name,
      number: review.stage.position + 1,
      note: visible(review.note),
      faults,
      told,
      progress: {
        ...progress,
        unread: progress.total - progress.read,
        share: progress.total === 0 ? 1 : progress.read / progress.total,
        time: workTime(progress.activeMs),
      },
      skipped:
        given.skipped == null
          ? null
          : next.kind === 'candidate'
            ? await lastSkipOf(db, {
                stage: review.stage,
                candidateId: next.shown.candidate.id,
                accountId,
              })
            : given.skipped,
      last:
        last === null
          ? null
          : {
              row: last.id,
              candidate: last.candidate,
              number: `${last.slot + 1}.${last.place + 1}`,
              words: actionWords[last.action] ?? last.action,
            },
      cap: config.reviewDailyCap,
      shownToday: await shownToday(db, accountId, now()),
      until: next.kind === 'capped' ? next.until : null,
      one:
        next.kind === 'candidate'
          ? await candidatePage(db, generation, { shown: next.shown, entered, accountId })
          : null,
    },
  });
}

const cursor = z.coerce.number().int().min(0).nullable().catch(null).default(null);
const Shown = z.object({ candidate: z.string().max(40).catch(''), skipped: cursor });

const nextOf = (
  request: Request,
  { db, config, now }: Application,
  generation: Generation,
  wanted: string | null,
  skippedAfter: number | null = null,
): Promise<NextForReview> =>
  nextForReview(db, {
    skippedAfter,
    generation,
    accountId: requireStaff(request).accountId,
    wanted,
    cap: config.reviewDailyCap,
    now: now(),
  });

/** GET /generations/:generation/review: the next candidate, or the one that is named. */
export const showReview: Handler = async (request, response, application) => {
  const { db } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  const { candidate, skipped } = parse(Shown, request.query);
  const none: NextForReview = { kind: 'none' };
  const next =
    (await findReview(db, generation)) === null
      ? none
      : await nextOf(
          request,
          application,
          generation,
          candidate === '' ? null : candidate,
          skipped,
        );
  await renderReview(request, response, application, { generation, next, skipped });
};

const ReviewBody = z.looseObject({
  candidate: z.string().min(1).max(40),
  seen: z.coerce.number().int().min(0),
  skipped: cursor,
  action: z.enum([...decisiveActions, 'skipped']),
  active_ms: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional()
    .catch(undefined),
});

/** The fields of a candidate as a form sends them; line breaks as they were, where nothing else changed. */
function enteredFields(
  body: Readonly<Record<string, unknown>>,
  before: Fields,
  editable: readonly string[],
): Fields {
  const entered: Record<string, string> = {};
  const lines = (text: string): string => text.replace(/\r\n?/g, '\n');
  for (const name of editable) {
    const value = body[`field_${name}`];
    if (typeof value !== 'string') continue;
    const own = before[name] ?? '';
    entered[name] = lines(value) === lines(own) ? own : lines(value).toWellFormed();
  }
  return entered;
}

/** What of an edit cannot be stored. */
function faultsOf(generation: Generation, candidate: Candidate, entered: Fields): FieldFault[] {
  const faults = Object.entries(entered).flatMap(([name, value]): FieldFault[] =>
    value.trim() === ''
      ? [
          {
            field: `field_${name}`,
            message: `The field ${name} is empty. To drop the candidate, reject it.`,
          },
        ]
      : value.length > 20_000
        ? [
            {
              field: `field_${name}`,
              message: `The field ${name} has more than 20,000 characters.`,
            },
          ]
        : [],
  );
  const { pipeline } = generation;
  const edited = { ...candidate, fields: { ...candidate.fields, ...entered } };
  const [name] = Object.keys(entered);
  if (
    faults.length === 0 &&
    exampleOf(pipeline, candidate) !== null &&
    exampleOf(pipeline, edited) === null
  )
    return [{ field: `field_${name ?? ''}`, message: 'With these fields it makes no example.' }];
  return faults;
}

/** POST /generations/:generation/review: stores what a reviewer did, and leads to the next. */
export const createReview: Handler = async (request, response, application) => {
  const { db, now } = application;
  const body = parse(ReviewBody, request.body);
  const staff = requireStaff(request);
  const generation = await requireGeneration(db, String(request.params['generation']));
  const next = await nextOf(request, application, generation, body.candidate);
  if (next.kind !== 'candidate')
    return renderReview(request, response, application, {
      generation,
      next,
      told: next.kind === 'capped' ? null : 'This candidate is not part of this review any more.',
      status: 409,
    });
  const { candidate } = next.shown;
  const entered = enteredFields(
    body,
    candidate.fields,
    editableFields(generation.pipeline, candidate),
  );
  const changes = Object.fromEntries(
    Object.entries(entered).filter(([name, value]) => value !== candidate.fields[name]),
  );
  // Whoever changes a text and accepts it means the changed text.
  const edits =
    body.action === 'edited' || (body.action === 'accepted' && Object.keys(changes).length > 0);
  const faults = edits ? faultsOf(generation, candidate, changes) : [];
  if (faults.length > 0)
    return renderReview(request, response, application, {
      generation,
      next,
      entered,
      faults,
      skipped: body.skipped,
      status: 422,
    });
  const reviewed = await storeReview(db, {
    generation,
    candidate: body.candidate,
    staff,
    choice: edits ? 'edited' : body.action,
    fields: edits ? changes : {},
    seen: body.seen,
    activeMs: body.active_ms === undefined ? null : Number(body.active_ms),
    now: now(),
  });
  if (reviewed.kind === 'stored') {
    const again = body.skipped === null ? '' : `?skipped=${body.skipped}`;
    response.redirect(303, `/generations/${generation.public_id}/review${again}`);
    return;
  }
  if (reviewed.kind === 'screened')
    return renderReview(request, response, application, {
      generation,
      next,
      entered,
      skipped: body.skipped,
      faults: Object.keys(changes).map((name) => ({
        field: `field_${name}`,
        message: `Screening finds “${reviewed.rule}” in the edited text, so it was not stored.`,
      })),
      status: 422,
    });
  await renderReview(request, response, application, {
    generation,
    next: await nextOf(request, application, generation, body.candidate),
    entered: edits ? entered : {},
    told: 'Somebody has done something with this candidate since you were shown it. Nothing of yours was stored.',
    status: 409,
  });
};

const ReopenBody = z.object({ row: z.coerce.number().int().min(1) });

/** POST /generations/:generation/review/reopen: takes back what was done to a candidate. */
export const createReopening: Handler = async (request, response, application) => {
  const { db, now } = application;
  const { row } = parse(ReopenBody, request.body);
  const staff = requireStaff(request);
  const generation = await requireGeneration(db, String(request.params['generation']));
  const candidate = await reopen(db, { generation, row, staff, now: now() });
  const path = `/generations/${generation.public_id}/review`;
  response.redirect(303, candidate === null ? path : `${path}?candidate=${candidate}`);
};
