import type { Request, Response } from 'express';
import { recordAudit } from '#accounts/audit.js';
import { visible } from '#datasets/browse.js';
import { getRun } from '#models/run.js';
import { inTransaction } from '#storage/transaction.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import type { Fields } from './candidates.js';
import type { SeenCandidate } from './candidateSearch.js';
import { fateOf, labelOf, scoreInWords, shownText, stageKey } from './candidatesPage.js';
import { type Generation, requireGeneration } from './generation.js';
import { sentenceOfReason } from './generationView.js';
import { callOf, parentsOf, publishedAs, requireCandidate, reviewsOf } from './provenance.js';
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
  shown: { generation: Generation; seen: SeenCandidate; opened: boolean },
): Promise<void> {
  const { db } = application;
  const { generation, opened } = shown;
  const seen: SeenCandidate = opened ? { ...shown.seen, reading: 'open' } : shown.seen;
  const { candidate, made, reading } = seen;
  const open = reading === 'open';
  const run = await getRun(db, generation.run_id);
  const call = await callOf(db, generation, candidate);
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
      one: { reading, ...shownText(generation, seen) },
      fate: fateOf(seen, run.state === 'done'),
      label: labelOf(generation, candidate.label),
      prompt: candidate.prompt === null ? null : candidate.prompt + 1,
      edited: seen.edited,
      made: {
        key: stageKey(made),
        title: `stage ${made.position + 1}, ${stageWord(made.kind).toLowerCase()}, attempt ${made.attempt}`,
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
              cost: money(call.cost),
              prompt: open ? visible(call.prompt) : null,
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
  await renderCandidate(request, response, application, { generation, seen, opened: false });
};

/**
 * POST /generations/:generation/candidates/:candidate/text: shows once what screening dropped, with
 * a line in the audit log.
 */
export const showWithheld: Handler = async (request, response, application) => {
  const { db, now } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  const seen = await requireCandidate(db, generation, String(request.params['candidate']));
  if (seen.reading === 'unscreened')
    throw new Problem(
      403,
      'not_screened',
      'This candidate was not screened, so nobody is shown its text.',
      'Add a screening stage to the pipeline, behind the stage that made it.',
    );
  if (seen.reading === 'withheld')
    await inTransaction(db, (trx) =>
      recordAudit(trx, {
        at: now(),
        staff: requireStaff(request),
        action: 'generation.show-withheld',
        subject: `generation ${generation.public_id}`,
        detail: { candidate: seen.candidate.public_id },
      }),
    );
  await renderCandidate(request, response, application, {
    generation,
    seen,
    opened: seen.reading === 'withheld',
  });
};
