import type { Request } from 'express';
import { getStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import { findRaterByToken, type Rater } from './rater.js';
import { raterOfSession } from './raterOfSession.js';
import { beginJoining, beginVisit } from './visit.js';
import type { wording } from './wording.js';

/** Who comes to a study. */
export interface Comer {
  readonly study: Study;
  /** Undefined for a visitor who becomes a rater by consenting. */
  readonly rater: Rater | undefined;
}

/** Where somebody goes on who is done. */
export interface Onward {
  readonly words: string;
  readonly href: string;
}

/** A way in which people come to a study. */
export interface Arrival {
  /** Stored with every rater who came like this. */
  readonly name: string;
  /** Finds out who comes with a request; undefined where it opens no study. */
  readonly admit: (request: Request, application: Application) => Promise<Comer | undefined>;
  /** Where a rater goes on who gets nothing more, and why not; null where they need not. */
  readonly onward: (done: {
    readonly rater: Rater;
    readonly reason: keyof typeof wording.nothing;
    readonly application: Application;
  }) => Promise<Onward | null>;
}

const nowhere = (): Promise<null> => Promise.resolve(null);

/** `/join/:token`: a study's open link. */
export const openLink: Arrival = {
  name: 'open-link',
  async admit(request, { db }) {
    const study = await db
      .selectFrom('study')
      .selectAll()
      .where('join_token', '=', String(request.params['token']))
      .where('state', '<>', 'draft')
      .executeTakeFirst();
    return study === undefined ? undefined : { study, rater: undefined };
  },
  onward: nowhere,
};

/** `/r/:token`: a rater's personal link, also that of somebody who came in another way first. */
export const personalLink: Arrival = {
  name: 'personal-link',
  async admit(request, { db }) {
    const rater = await findRaterByToken(db, String(request.params['token']));
    return rater === undefined ? undefined : { study: await getStudy(db, rater.study_id), rater };
  },
  onward: nowhere,
};

/** Simulated raters come by a personal link as well. */
export const simulated: Arrival = { ...personalLink, name: 'simulated' };

const arrivals = new Map([openLink, personalLink, simulated].map((known) => [known.name, known]));

/**
 * Adds a way of coming, once for a process, and gives the function that takes it away. Throws where
 * the name is taken.
 */
export function registerArrival(arrival: Arrival): () => void {
  if (arrivals.has(arrival.name))
    throw new Error(`There is a way of coming called ${arrival.name} already.`);
  arrivals.set(arrival.name, arrival);
  return () => void arrivals.delete(arrival.name);
}

/** How a rater came; as by a personal link where that way is no longer known. */
export const arrivalOf = (rater: Pick<Rater, 'arrival'>): Arrival =>
  arrivals.get(rater.arrival) ?? personalLink;

const wrongLink = new Problem(
  404,
  'unknown_link',
  'This link does not open a study.',
  'It may be incomplete. Ask whoever gave it to you for the whole link.',
);

/**
 * The handler of an address by which people come: who it is goes into the session, so that no
 * secret stays in an address.
 */
export const enteringBy =
  (arrival: Arrival): Handler =>
  async (request, response, application) => {
    const comer = await arrival.admit(request, application);
    if (comer === undefined) throw wrongLink;
    const { study, rater } = comer;
    const known = await raterOfSession(request, application);
    if (rater !== undefined) {
      // In their own session nothing changes, so that pages in other tabs go on.
      if (known?.raterId !== rater.id) await beginVisit(request, rater);
      response.redirect(303, rater.state === 'invited' ? '/consent' : '/rate');
      return;
    }
    // This may be the rater whom the browser knows, or another person.
    if (known?.studyId === study.id) {
      request.session.joiningStudyId = study.id;
      response.redirect(303, '/who');
      return;
    }
    await beginJoining(request, study.id);
    response.redirect(303, '/consent');
  };
