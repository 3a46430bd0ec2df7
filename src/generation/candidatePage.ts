import type { Request, Response } from 'express';
import { recordAudit } from '#accounts/audit.js';
import { z } from 'zod';
import { visible } from '#datasets/browse.js';
import { requireDataset } from '#datasets/dataset.js';
import { getRun } from '#models/run.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { notFound, Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import type { Fields } from './candidates.js';
import type { SeenCandidate } from './candidateSearch.js';
import { fateOf, labelOf, scoreInWords, shownText, stageKey } from './candidatesPage.js';
import { type Generation, requireGeneration } from './generation.js';
import { candidateOfRow } from './publish/publication.js';
import { screenedSentence } from './screenedSentence.js';
import { sentenceOfReason } from './generationView.js';
import {
  callOf,
  isUnread,
  parentsOf,
  publishedAs,
  requireCandidate,
  reviewsOf,
} from './provenance.js';
import { money, stageWord, workTime } from './words.js';

const reviewWords: Readonly<Record<string, string>> = {
  accepted: 'accepted it',
  edited: 'edited it',
  rejected: 'rejected it',
  skipped: 'skipped it',
  reopened: 'opened it again',
};

const listed = (fields: Fields): { name: string; value: string }[] =>
  Object.entries(fields).map(([name, value]) => ({ name, value: visible(value) }));

/** The fields that an edit changed, before and after. */
const changesOf = (before: Fields, after: Fields): object[] =>
  Object.keys({ ...before, ...after })
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      name,
      before: visible(before[name] ?? ''),
      after: visible(after[name] ?? ''),
    }));

async function renderCandidate(
  request: Request,
  response: Response,
  application: Application,
  shown: { generation: Generation; seen: SeenCandidate; opened: boolean; raw: boolean },
): Promise<void> {
  const { db } = application;
  const { generation, opened } = shown;
  const seen: SeenCandidate = opened ? { ...shown.seen, reading: 'open' } : shown.seen;
  const { candidate, made, reading } = seen;
  const open = reading === 'open';
  const run = await getRun(db, generation.run_id);
  const call = await callOf(db, generation, candidate, { raw: shown.raw });
  const reviews = await reviewsOf(db, candidate);
  const href = `/generations/${generation.public_id}`;
  response.set('cache-control', 'no-store');
  renderPage(request, response, application, {
    view: 'generation/candidate',
    shell: {
      layout: 'staff',
      title: `Candidate ${candidate.slot + 1}.${candidate.place + 1} of ${generation.name}`,
      section: 'generations',
      styles: ['css/datasets.css', 'css/generation.css'],
    },
    page: {
      href,
      path: `${href}/candidates`,
      name: generation.name,
      id: candidate.public_id,
      number: `${candidate.slot + 1}.${candidate.place + 1}`,
      opened,
      mayShow: reading === 'withheld' && requireStaff(request).role === 'admin',
      mayShowAnswer:
        !shown.raw &&
        isUnread(seen) &&
        call?.state === 'answered' &&
        requireStaff(request).role === 'admin',
      raw: shown.raw && call !== null,
      unread: isUnread(seen),
      one: { reading, ...shownText(generation, seen) },
      fate: fateOf(seen, run.state === 'done'),
      label: labelOf(generation, candidate.label),
      prompt: candidate.prompt === null ? null : candidate.prompt + 1,
      edited: seen.edited,
      made: {
        key: stageKey(made),
        title: `stage ${made.position + 1}, ${stageWord(made.kind).toLowerCase()}, attempt ${made.attempt}`,
        fields: seen.edited ? 'Fields, as they were edited' : null,
        stale: made.state === 'stale',
      },
      fields: open ? listed(candidate.fields) : [],
      decisions: seen.decisions.map((decision) => ({
        number: decision.position + 1,
        attempt: decision.attempt,
        title: stageWord(decision.kind).toLowerCase(),
        current: decision.current,
        words: decision.kept ? 'kept' : sentenceOfReason(decision.reason ?? ''),
        rank: decision.rank,
        detail: open ? decision.detail : null,
      })),
      scores: seen.scores.map(scoreInWords),
      reviews: reviews.map((review) => ({
        number: review.number,
        words: `${review.by} ${reviewWords[review.action] ?? review.action}`,
        at: review.at,
        time: workTime(review.activeMs),
        changes: open && review.after !== null ? changesOf(review.before, review.after) : [],
      })),
      parents: (await parentsOf(db, generation, candidate)).map((parent) => ({
        id: parent.candidate.public_id,
        number: `${parent.candidate.slot + 1}.${parent.candidate.place + 1}`,
        title: `stage ${parent.made.position + 1}, ${stageWord(parent.made.kind).toLowerCase()}`,
        fields: parent.reading === 'open' ? listed(parent.candidate.fields) : [],
      })),
      call:
        call === null
          ? null
          : {
              ...call,
              error: call.error === null ? null : screenedSentence(call.error),
              cost: money(call.cost),
              prompt: (open || shown.raw) && call.prompt !== '' ? visible(call.prompt) : null,
              answer: call.answer === null ? null : visible(call.answer),
            },
      published: await publishedAs(db, candidate),
    },
  });
}

/** GET /generations/:generation/candidates/:candidate: where a candidate comes from. */
export const showCandidate: Handler = async (request, response, application) => {
  const { db } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  const seen = await requireCandidate(db, generation, String(request.params['candidate']));
  await renderCandidate(request, response, application, {
    generation,
    seen,
    opened: false,
    raw: false,
  });
};

/** GET /generations/:generation/rows/:dataset/:line: leads to the candidate that a row was. */
export const showRow: Handler = async (request, response, { db }) => {
  const dataset = await requireDataset(db, String(request.params['dataset']));
  const line = z.coerce.number().int().min(1).safeParse(request.params['line']);
  const found = line.success
    ? await candidateOfRow(db, { datasetId: dataset.id, line: line.data })
    : undefined;
  if (found === undefined || found.generation !== request.params['generation'])
    throw notFound('candidate');
  response.redirect(303, `/generations/${found.generation}/candidates/${found.candidate}`);
};

/**
 * POST /generations/:generation/candidates/:candidate/text: shows once what screening dropped, or the
 * answer in which nothing could be read, with a line in the audit log. The rules of screening look at
 * such an answer first; where they find something it stays closed.
 */
export const showWithheld: Handler = async (request, response, application) => {
  const { db, now } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  const seen = await requireCandidate(db, generation, String(request.params['candidate']));
  const raw = isUnread(seen);
  if (seen.reading === 'unscreened' && !raw)
    throw new Problem(
      403,
      'not_screened',
      'This candidate was not screened, so nobody is shown its text.',
      'Add a screening stage to the pipeline, behind the stage that made it.',
    );
  if (seen.reading === 'withheld' || raw)
    await inTransaction(db, (trx) =>
      recordAudit(trx, {
        at: now(),
        staff: requireStaff(request),
        action: raw ? 'generation.show-answer' : 'generation.show-withheld',
        subject: `generation ${generation.public_id}`,
        detail: { candidate: seen.candidate.public_id },
      }),
    );
  await renderCandidate(request, response, application, {
    generation,
    seen,
    opened: seen.reading === 'withheld',
    raw,
  });
};
