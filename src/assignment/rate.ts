import type { Request, Response } from 'express';
import { onwardOf } from '#raters/arrival.js';
import { aiUses, hasSaid } from '#raters/aiUse.js';
import type { Db } from '#storage/database.js';
import { earnedBy } from '#raters/earned.js';
import { type Gate, gateOf } from '#raters/gate.js';
import { isProven, unprovenGate } from '#raters/proof.js';
import { getRater, preferencesOf, type Rater } from '#raters/rater.js';
import { wording } from '#raters/wording.js';
import type { Application } from '#web/application.js';
import { requireRater } from '#web/identity.js';
import { Problem } from '#web/problem.js';
import { renderFragment, renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { type ItemPage } from './itemPage.js';
import { ownProgress } from './progressOfRater.js';
import { shownItem } from './shownItem.js';
import { type StudyForRating, studyForRating } from './studyForRating.js';
import { standingJudgment } from './submit.js';
import { type Assignment, notYours } from './transitions.js';
import type { AtWork } from './atWork.js';
import { isNothing, type NothingNow } from './nothing.js';
import { currentItem, itemAhead, renewLease } from './slots.js';

export const atWork = (request: Request, application: Application): AtWork => ({
  database: application.database,
  raterId: requireRater(request).raterId,
  now: application.now(),
});

/** The study of the rater who calls. */
export const ratingOf = (request: Request, application: Application): Promise<StudyForRating> =>
  studyForRating(application.db, requireRater(request).studyId, application.database);

/**
 * The rater who calls, their study, and what they may do there now; what writes asks again under
 * the rater's lock.
 */
export async function gateNow(
  request: Request,
  application: Application,
): Promise<{ rating: StudyForRating; rater: Rater; gate: Gate }> {
  const rating = await ratingOf(request, application);
  const rater = await getRater(application.db, requireRater(request).raterId);
  const gate = gateOf(rater, rating.study, application.now());
  const proven = await isProven(request, application, rater.id);
  return { rating, rater, gate: proven ? gate : unprovenGate(gate) };
}

const shellOf = (rating: StudyForRating, scripts: readonly string[]) => ({
  layout: 'rater' as const,
  title: rating.settings.raterTitle,
  styles: ['css/rating.css'],
  scripts,
});

/** Shows one item with its form. */
export async function showItem(
  request: Request,
  response: Response,
  application: Application,
  options: { rating: StudyForRating; item: ItemPage; status?: number; saved?: string },
): Promise<void> {
  const { rating, item } = options;
  const rater = await getRater(application.db, requireRater(request).raterId);
  const progress = await ownProgress(application.db, {
    rating,
    rater,
    now: application.now(),
    owner: application.database,
  });
  renderPage(request, response, application, {
    view: 'assignment/rate',
    shell: { ...shellOf(rating, ['js/rate.js']), wayOut: wording.leaving.link },
    ...(options.status === undefined ? {} : { status: options.status }),
    page: {
      wording,
      item,
      progress,
      letterKeys: preferencesOf(rater).letterKeys,
      saved: options.saved ?? '',
      title: rating.settings.raterTitle,
      previous: (await isProven(request, application, rater.id))
        ? await previousOf(application, rater.id, item.mode === 'change' ? item.assignment : null)
        : null,
      preview: null,
      guidelines: '/guidelines',
      end: '/rate',
    },
  });
}

/** Items that this rater has skipped and could take up again: those that need no place always. */
const skippedOf = (application: Application, raterId: number) =>
  application.db
    .selectFrom('assignment')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select(['assignment.public_id', 'example.text'])
    .where('assignment.rater_id', '=', raterId)
    .where('assignment.state', '=', 'returned')
    .where((eb) =>
      eb.or([eb('item.free_places', '<>', eb.lit(0)), eb('item.role', '<>', 'validation')]),
    )
    .limit(20)
    .execute();

const timeWords = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
  timeZoneName: 'short',
});

const dayWords = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
  timeZoneName: 'short',
});

/** Whether a rater who is done is still to be asked about their use of AI. */
const asksAboutAi = async (
  db: Db,
  { rating, rater, reason }: { rating: StudyForRating; rater: Rater; reason: string },
): Promise<boolean> =>
  rating.settings.aiRule !== '' &&
  ['all-done', 'limit', 'stopped', 'closed'].includes(reason) &&
  rater.consented_at !== null &&
  !(await hasSaid(db, rater.id));

/** Says in words why there is nothing now, what became of the answers, and whom to ask. */
export async function showNothing(
  request: Request,
  response: Response,
  application: Application,
  options: { nothing: NothingNow | { reason: 'left' } },
): Promise<void> {
  const { nothing } = options;
  const { rating, rater, gate } = await gateNow(request, application);
  const raterId = rater.id;
  const [heading, text] = wording.nothing[nothing.reason];
  const until =
    nothing.reason === 'held-by-others'
      ? timeWords.format(nothing.until)
      : nothing.reason === 'day-done'
        ? dayWords.format(nothing.until)
        : '';
  const progress = await ownProgress(application.db, {
    rating,
    rater,
    now: application.now(),
    owner: application.database,
  });
  // After leaving there is no session with which anything could be taken up or looked at.
  const hasLeft = nothing.reason === 'left';
  const mayTakeUp = !hasLeft && gate.refusal('takeUpAgain') === undefined;
  const mayLook = !hasLeft && gate.refusal('lookAtSent') === undefined;
  const skipped = mayTakeUp ? await skippedOf(application, raterId) : [];
  renderPage(request, response, application, {
    view: 'assignment/nothing',
    shell: {
      ...shellOf(rating, ['js/rate_nothing.js']),
      wayOut:
        hasLeft || ![undefined, 'unproven'].includes(gate.refusal('withdraw'))
          ? ''
          : wording.leaving.link,
    },
    page: {
      wording,
      reason: nothing.reason,
      heading,
      text: text.replace('{until}', until),
      title: rating.settings.raterTitle,
      contact: rating.settings.contact,
      done: progress.done,
      aiUse: (await asksAboutAi(application.db, { rating, rater, reason: nothing.reason }))
        ? aiUses
        : null,
      earned:
        gate.refusal('withdraw') === 'unproven'
          ? null
          : await earnedBy(application.db, rater, application.now()),
      mayReturn: ['paused', 'held-by-others', 'day-done', 'all-done', 'limit'].includes(
        nothing.reason,
      ),
      onward: await onwardOf({
        rater,
        reason: nothing.reason,
        ticket: request.session?.arrivalTicket,
        application,
      }),
      previous: mayLook ? await previousOf(application, raterId, null) : null,
      skipped: skipped.map((row) => ({ assignment: row.public_id, text: row.text.slice(0, 120) })),
    },
  });
}

/** The public id of the answer before this one (or the last one): what Back reopens. */
export async function previousOf(
  application: Application,
  raterId: number,
  before: string | null,
): Promise<string | null> {
  const from =
    before === null
      ? undefined
      : await application.db
          .selectFrom('assignment')
          .select(['submitted_at', 'id'])
          .where('public_id', '=', before)
          .where('rater_id', '=', raterId)
          .executeTakeFirst();
  const row = await application.db
    .selectFrom('assignment')
    .select('public_id')
    .where('rater_id', '=', raterId)
    .where('submitted_at', 'is not', null)
    .$if(from?.submitted_at != null, (query) =>
      query.where('submitted_at', '<', from?.submitted_at ?? 0),
    )
    .orderBy('submitted_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.public_id ?? null;
}

/** `/rate`: the item on the screen, or why there is none. */
export const showRating: Handler = async (request, response, application) => {
  const current = await currentItem(atWork(request, application));
  if (isNothing(current)) {
    if (current.reason === 'invited') return response.redirect(303, '/consent');
    if (current.reason === 'training') return response.redirect(303, '/training');
    return showNothing(request, response, application, { nothing: current });
  }
  const rating = await ratingOf(request, application);
  const item = await shownItem(application.db, { rating, assignment: current, mode: 'rate' });
  return showItem(request, response, application, {
    rating,
    item,
    saved: typeof request.query['saved'] === 'string' ? wordsOfSaved(request.query['saved']) : '',
  });
};

const savedWords: Readonly<Record<string, string>> = {
  '1': 'Saved',
  late: 'Saved, but late: it may not count',
  changed: 'Change saved',
  flagged: 'Flagged',
  taken: 'Others have judged that example in the meantime',
};
const wordsOfSaved = (key: string): string =>
  Object.hasOwn(savedWords, key) ? (savedWords[key] ?? '') : '';

/** An own assignment. Somebody else's does not exist. */
export async function requireOwn(
  application: Application,
  raterId: number,
  publicId: string,
): Promise<Assignment> {
  const assignment = await application.db
    .selectFrom('assignment')
    .selectAll()
    .where('public_id', '=', publicId)
    .where('rater_id', '=', raterId)
    .executeTakeFirst();
  if (assignment === undefined) throw notYours;
  return assignment;
}

/**
 * `/rate/:assignment`: an answer that was sent, filled in and open for change while it may be
 * changed.
 */
export const showSent: Handler = async (request, response, application) => {
  const assignment = await requireOwn(
    application,
    requireRater(request).raterId,
    String(request.params['assignment']),
  );
  const { rating, gate } = await gateNow(request, application);
  const scripted = request.get('x-fragment') === '1';
  const refused = gate.refusal('lookAtSent') !== undefined;
  if (assignment.state !== 'submitted' || refused) {
    if (scripted && refused) gate.require('lookAtSent');
    if (scripted)
      throw new Problem(
        409,
        'not_sent',
        'There is no answer that you can change here.',
        'What you sent stands. Reload the page.',
      );
    response.redirect(303, '/rate');
    return;
  }
  const item = await shownItem(application.db, {
    rating,
    assignment,
    judgment: await standingJudgment(application.db, assignment.id),
    mode: 'change',
  });
  if (scripted)
    response.json({
      id: assignment.public_id,
      html: renderFragment(request, application, 'assignment/item', { item, wording }),
      previous: await previousOf(application, assignment.rater_id, assignment.public_id),
    });
  else await showItem(request, response, application, { rating, item });
};

/** One item as a fragment for the page's script. */
export async function fragmentOf(
  request: Request,
  application: Application,
  rating: StudyForRating,
  assignment: Assignment | undefined,
): Promise<{ id: string; html: string } | null> {
  if (assignment === undefined) return null;
  const item = await shownItem(application.db, { rating, assignment, mode: 'rate' });
  return {
    id: assignment.public_id,
    html: renderFragment(request, application, 'assignment/item', { item, wording }),
  };
}

/** `POST /rate/ahead`: fetches the next item while one is on the screen. */
export const createAhead: Handler = async (request, response, application) => {
  const ahead = await itemAhead(atWork(request, application));
  response.json({
    ahead: await fragmentOf(request, application, await ratingOf(request, application), ahead),
  });
};

/** `POST /rate/:assignment/activity`: somebody is still at work here. */
export const createActivity: Handler = async (request, response, application) => {
  response.json({
    held: await renewLease(atWork(request, application), String(request.params['assignment'])),
  });
};
