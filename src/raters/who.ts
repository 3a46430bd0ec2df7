import type { Request } from 'express';
import { getStudy, settingsOf } from '#studies/study.js';
import { requireRater } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { getRater } from './rater.js';
import { beginJoining, joiningOf } from './visit.js';
import { wording } from './wording.js';

/** Only a person who opened this study in this session as nobody known there may join it. */
function joiningHere(request: Request): ReturnType<typeof joiningOf> {
  const joining = joiningOf(request);
  return joining?.studyId === requireRater(request).studyId ? joining : undefined;
}

/**
 * `/who`: the open link was followed in the browser of a rater of this study, who may be somebody
 * else.
 */
export const askWho: Handler = async (request, response, application) => {
  if (joiningHere(request) === undefined) {
    response.redirect(303, '/rate');
    return;
  }
  const rater = await getRater(application.db, requireRater(request).raterId);
  const { raterTitle: title } = settingsOf(await getStudy(application.db, rater.study_id));
  renderPage(request, response, application, {
    view: 'raters/who',
    shell: { layout: 'rater', title, styles: ['css/rating.css'], wayOut: wording.leaving.link },
    page: {
      wording: wording.who,
      title,
      pseudonym: rater.pseudonym,
      since: rater.consented_at ?? rater.created_at,
    },
  });
};

/**
 * `POST /who`: somebody else sits here. The rater's session ends, and a new person reads the
 * consent.
 */
export const createNewcomer: Handler = async (request, response) => {
  const joining = joiningHere(request);
  if (joining === undefined) {
    response.redirect(303, '/rate');
    return;
  }
  await beginJoining(request, joining);
  response.redirect(303, '/consent');
};
