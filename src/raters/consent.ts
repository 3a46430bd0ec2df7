import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Request, Response } from 'express';
import { inTransaction } from '#storage/transaction.js';
import { currentText, getStudy, lockStudy, settingsOf, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { requireRater } from '#web/identity.js';
import { markdown } from '#web/markdown.js';
import { parse } from '#web/parse.js';
import { Problem } from '#web/problem.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { arrivalOf, onwardOfVisitor, openLink, type Onward, type Visitor } from './arrival.js';
import { recordConsent, shownVersions } from './consentEvents.js';
import { gateOf } from './gate.js';
import { requireRoomAtOpenLink } from './openLinkCap.js';
import { acceptConsent, getRater, joinStudy, recordRaterEvent } from './rater.js';
import { formKey } from './formKey.js';
import { raterOfSession } from './raterOfSession.js';
import { beginFirstVisit, beginVisit, endVisit, joiningOf } from './visit.js';
import { wording } from './wording.js';

const noStudy = new Problem(
  403,
  'no_study',
  'This page belongs to a study.',
  'Open the link that you were given.',
);

async function visitorOf(request: Request, application: Application): Promise<Visitor> {
  const known = await raterOfSession(request, application);
  if (known !== undefined) {
    return {
      study: await getStudy(application.db, known.studyId),
      rater: await getRater(application.db, known.raterId),
    };
  }
  const joining = joiningOf(request);
  if (joining === undefined) throw noStudy;
  return { study: await getStudy(application.db, joining.studyId), rater: undefined };
}

/** Says why somebody does not take part, and how they go on. */
function showEnd(
  request: Request,
  response: Response,
  application: Application,
  end: { study: Study; heading: string; text: string; onward: Onward | null },
): void {
  const { raterTitle: title, contact } = settingsOf(end.study);
  renderPage(request, response, application, {
    view: 'raters/end',
    shell: { layout: 'rater', title, styles: ['css/rating.css'] },
    page: { wording, title, contact, heading: end.heading, text: end.text, onward: end.onward },
  });
}

async function showForm(
  request: Request,
  response: Response,
  application: Application,
  { study }: Visitor,
  fault: string | null,
): Promise<void> {
  const settings = settingsOf(study);
  if (study.state !== 'open') {
    const joining = joiningOf(request);
    showEnd(request, response, application, {
      study,
      heading: study.state === 'paused' ? wording.pausedTitle : wording.closedTitle,
      text: study.state === 'paused' ? wording.paused : wording.closed,
      onward:
        joining === undefined || study.state === 'paused'
          ? null
          : await onwardOfVisitor({ ...joining, because: 'closed', application }),
    });
    return;
  }
  const consent = await currentText(application.db, study.id, 'consent');
  const warning = await currentText(application.db, study.id, 'warning');
  renderPage(request, response, application, {
    view: 'raters/consent',
    shell: { layout: 'rater', title: settings.raterTitle, styles: ['css/rating.css'] },
    status: fault === null ? 200 : 422,
    page: {
      wording,
      key: randomUUID(),
      title: settings.raterTitle,
      contact: settings.contact,
      consent: markdown(consent?.content ?? ''),
      warning: markdown(warning?.content ?? ''),
      pledge: settings.aiRule,
      fault,
    },
  });
}

export const showConsent: Handler = async (request, response, application) => {
  const visitor = await visitorOf(request, application);
  if (visitor.rater !== undefined && visitor.rater.state !== 'invited') {
    response.redirect(303, '/rate');
    return;
  }
  await showForm(request, response, application, visitor, null);
};

const Body = z.object({
  agree: z.string().optional(),
  pledge: z.string().optional(),
  key: formKey,
});

/**
 * Consent makes a rater of a visitor, one for each key of a form, and lets an invited one begin;
 * the versions that were read are stored.
 */
export const createConsent: Handler = async (request, response, application) => {
  const visitor = await visitorOf(request, application);
  if (visitor.study.state !== 'open')
    return showForm(request, response, application, visitor, null);
  const { agree, pledge, key } = parse(Body, request.body);
  const pledged = pledge !== undefined || settingsOf(visitor.study).aiRule === '';
  if (agree === undefined || !pledged)
    return showForm(
      request,
      response,
      application,
      visitor,
      agree === undefined ? wording.tickToAgree : wording.tickPledge,
    );
  const now = application.now();
  const repeatable = { repeatable: true };
  const { study } = visitor;
  const versions = await shownVersions(application.db, study.id);
  const { rater: invited } = visitor;
  if (invited !== undefined) {
    await inTransaction(
      application.db,
      (trx) => acceptConsent(trx, { raterId: invited.id, ...versions, now }),
      repeatable,
    );
    response.redirect(303, '/guidelines');
    return;
  }
  const joining = joiningOf(request);
  if (joining === undefined) throw noStudy;
  const { ticket } = joining;
  const arrival = arrivalOf(joining.arrival);
  const joined = await inTransaction(
    application.db,
    async (trx) => {
      await lockStudy(trx, study.id);
      const same = await arrival.knownAs?.(trx, ticket);
      if (same !== undefined && same.join_key !== key) return { rater: same, token: null };
      if (same === undefined && (await arrival.isOver?.(trx, ticket)) === true) return null;
      if (arrival.name === openLink.name) {
        const cap = application.config.openLinkCap;
        await requireRoomAtOpenLink(trx, { studyId: study.id, key, cap, now });
      }
      const made = await joinStudy(trx, { ...joining, key, ...versions, origin: 'rater', now });
      await arrival.joined?.(trx, { ticket, rater: made.rater });
      return made;
    },
    repeatable,
  );
  // They said no in another window.
  if (joined === null)
    return showDeclined(request, response, application, { study, joining, ends: false });
  const { rater, token } = joined;
  if (token === null) {
    await beginVisit(request, rater, { ticket, unproven: true });
    response.redirect(303, '/rate');
    return;
  }
  await beginFirstVisit(request, rater);
  // The personal link is shown in the answer to this one request: it is stored nowhere.
  const settings = settingsOf(study);
  renderPage(request, response, application, {
    view: 'raters/welcome',
    shell: {
      layout: 'rater',
      title: settings.raterTitle,
      styles: ['css/rating.css'],
      wayOut: wording.leaving.link,
      scripts: ['js/copy_to_clipboard.js'],
    },
    page: { wording, title: settings.raterTitle, link: `${application.config.baseUrl}/r/${token}` },
  });
};

/** Tells somebody who does not take part how they go back. */
async function showDeclined(
  request: Request,
  response: Response,
  application: Application,
  given: { study: Study; joining: ReturnType<typeof joiningOf>; ends: boolean },
): Promise<void> {
  const { study, joining, ends } = given;
  const onward =
    joining === undefined
      ? null
      : await onwardOfVisitor({ ...joining, because: 'declined', application });
  if (ends) await endVisit(request, response, application);
  const { declinedTitle: heading, declined: text } = wording;
  showEnd(request, response, application, { study, heading, text, onward });
}

/**
 * `POST /consent/decline`: somebody does not take part. That somebody declined is noted, with the
 * texts that they read; their visit ends. Who agreed in another window stays a rater, who can stop
 * and withdraw.
 */
export const createRefusal: Handler = async (request, response, application) => {
  const visitor = await visitorOf(request, application);
  const { study, rater } = visitor;
  if (rater !== undefined && rater.state !== 'invited') {
    response.redirect(303, '/rate');
    return;
  }
  const joining = rater === undefined ? joiningOf(request) : undefined;
  const same = await inTransaction(application.db, async (trx) => {
    await lockStudy(trx, study.id);
    const arrival = joining === undefined ? undefined : arrivalOf(joining.arrival);
    const known = await arrival?.knownAs?.(trx, joining?.ticket);
    if (known !== undefined) return known;
    const consentEventId = await recordConsent(trx, {
      studyId: study.id,
      raterId: rater?.id ?? null,
      kind: 'declined',
      ...(await shownVersions(trx, study.id)),
      at: application.now(),
    });
    await arrival?.declined?.(trx, { ticket: joining?.ticket, consentEventId });
    return undefined;
  });
  if (same !== undefined) {
    await beginVisit(request, same, { ticket: joining?.ticket, unproven: true });
    response.redirect(303, '/rate');
    return;
  }
  await showDeclined(request, response, application, { study, joining, ends: true });
};

export const showGuidelines: Handler = async (request, response, application) => {
  const rater = await getRater(application.db, requireRater(request).raterId);
  const study = await getStudy(application.db, rater.study_id);
  if (rater.state === 'invited') {
    response.redirect(303, '/consent');
    return;
  }
  const settings = settingsOf(study);
  const text = await currentText(application.db, study.id, 'guidelines');
  const begun = rater.guidelines_read_at !== null;
  const now = application.now();
  if (!begun && gateOf(rater, study, now).refusal('readGuidelines') === undefined) {
    await application.db
      .updateTable('rater')
      .set({ guidelines_read_at: now })
      .where('id', '=', rater.id)
      .execute();
    await recordRaterEvent(application.db, {
      raterId: rater.id,
      at: now,
      accountId: null,
      action: 'guidelines',
      reason: null,
    });
  }
  renderPage(request, response, application, {
    view: 'raters/guidelines',
    shell: {
      layout: 'rater',
      title: settings.raterTitle,
      styles: ['css/rating.css'],
      wayOut: wording.leaving.link,
    },
    page: {
      wording,
      title: settings.raterTitle,
      contact: settings.contact,
      text: markdown(text?.content ?? ''),
      begun,
      resume: '/rate',
      preview: null,
    },
  });
};
