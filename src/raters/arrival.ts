import type { Request } from 'express';
import { getStudy, type Study } from '#studies/study.js';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import type { Handler } from '#web/route.js';
import type { Db, Trx } from '#storage/database.js';
import { findRaterByToken, type Rater } from './rater.js';
import { raterOfSession } from './raterOfSession.js';
import { beginJoining, beginVisit } from './visit.js';
import type { wording } from './wording.js';

/** A person at the door of a study. */
export interface Visitor {
  readonly study: Study;
  /** Undefined for somebody who becomes a rater by consenting. */
  readonly rater: Rater | undefined;
}

/** How somebody goes on for whom there is nothing more here. */
export interface Onward {
  readonly label: string;
  /** By https: or on this site, on this machine also by http:; null where no page is known. */
  readonly href: URL | null;
  /** A code to enter there. */
  readonly code?: string;
  /** The number under which they can ask for a code that could not be given. */
  readonly claim?: string;
  /** What the page says beside it. */
  readonly sentence?: string;
}

/** A rater who gets nothing more, and why not. */
interface Done {
  readonly rater: Rater;
  readonly reason: keyof typeof wording.nothing;
  /** What the arrival by which they came last knows them by. */
  readonly ticket: string | undefined;
  readonly application: Application;
}

/** A visitor who does not become a rater. */
interface TurnedAway {
  readonly ticket: string | undefined;
  readonly because: 'closed' | 'declined';
  readonly application: Application;
}

/** A way in which people come to a study. */
export interface Arrival {
  /** Stored with every rater who came like this. */
  readonly name: string;
  /** How a rater goes on who is done; null where nothing is known. */
  readonly onward: (done: Done) => Promise<Onward | null>;
  /** The same for somebody who does not become a rater. */
  readonly turnedAway?: (visitor: TurnedAway) => Promise<Onward | null>;
  /** The rater whom a visitor is already; asked while the study is locked. */
  readonly knownAs?: (trx: Trx, ticket: string | undefined) => Promise<Rater | undefined>;
  /** Whether what a visitor came with shows that they are this rater, beside what it says. */
  readonly proves?: (
    db: Db,
    visit: { readonly ticket: string | undefined; readonly rater: Rater },
  ) => Promise<boolean>;
  /** Whether this visit is over, so that nobody joins by it; asked while the study is locked. */
  readonly isOver?: (trx: Trx, ticket: string | undefined) => Promise<boolean>;
  /** Runs in the transaction in which a visitor consents. */
  readonly joined?: (trx: Trx, joined: Joined) => Promise<void>;
  /** Runs in the transaction in which a visitor declines. */
  readonly declined?: (
    trx: Trx,
    declined: { readonly ticket: string | undefined; readonly consentEventId: number },
  ) => Promise<void>;
}

interface Joined {
  readonly ticket: string | undefined;
  readonly rater: Rater;
}

/** An arrival with a link of its own. */
export interface LinkArrival extends Arrival {
  /** Finds out who sends a request; undefined where it opens no study. */
  readonly admit: (request: Request, application: Application) => Promise<Visitor | undefined>;
}

const nowhere = (): Promise<null> => Promise.resolve(null);

/** `/join/:token`: a study's open link. */
export const openLink: LinkArrival = {
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

/** `/r/:token`: a rater's personal link, also for somebody who came in another way before. */
export const personalLink: LinkArrival = {
  name: 'personal-link',
  async admit(request, { db }) {
    const rater = await findRaterByToken(db, String(request.params['token']));
    return rater === undefined ? undefined : { study: await getStudy(db, rater.study_id), rater };
  },
  onward: nowhere,
};

/** Simulated raters come by a personal link as well. */
const simulated: Arrival = { ...personalLink, name: 'simulated' };

const arrivals = new Map<string, Arrival>(
  [openLink, personalLink, simulated].map((known) => [known.name, known]),
);

/**
 * Adds an arrival, once for a process, and gives the function that removes it. Throws where the name
 * is taken.
 */
export function registerArrival(arrival: Arrival): () => void {
  if (arrivals.has(arrival.name))
    throw new Error(`An arrival named “${arrival.name}” is registered already.`);
  arrivals.set(arrival.name, arrival);
  return () => void arrivals.delete(arrival.name);
}

/** The arrival of this name; that of a personal link where it is no longer registered. */
export const arrivalOf = (name: string): Arrival => arrivals.get(name) ?? personalLink;

const local = new Set(['localhost', '127.0.0.1', '[::1]']);
const mayLeadTo = ({ protocol, hostname, origin }: URL, { config }: Application): boolean =>
  protocol === 'https:' ||
  (protocol === 'http:' && (local.has(hostname) || origin === new URL(config.baseUrl).origin));

/**
 * What an arrival says of how somebody goes on. A fault of the arrival, an address that may not be
 * linked included, is logged and counts as nothing.
 */
async function checked(
  name: string,
  application: Application,
  make: () => Promise<Onward | null>,
): Promise<Onward | null> {
  const { log } = application;
  try {
    const onward = await make();
    if (onward === null || onward.href === null || mayLeadTo(onward.href, application))
      return onward;
    const { protocol } = onward.href;
    log.error({ arrival: name, protocol }, 'a link for raters is not by https');
  } catch (error) {
    log.error({ err: error, arrival: name }, 'a link for raters could not be made');
  }
  return null;
}

/** How a rater goes on who is done; null where their arrival knows nothing. */
export function onwardOf(done: Done): Promise<Onward | null> {
  const arrival = arrivalOf(done.rater.arrival);
  return checked(arrival.name, done.application, () => arrival.onward(done));
}

/** How a visitor goes on who does not become a rater; null where their arrival knows nothing. */
export function onwardOfVisitor(
  visitor: TurnedAway & { readonly arrival: string },
): Promise<Onward | null> {
  const arrival = arrivalOf(visitor.arrival);
  return checked(
    arrival.name,
    visitor.application,
    async () => (await arrival.turnedAway?.(visitor)) ?? null,
  );
}

export const wrongLink = new Problem(
  404,
  'unknown_link',
  'This link does not open a study.',
  'It may be incomplete. Ask the person who gave it to you for the whole link.',
);

/**
 * The handler of an address by which people come: who it is goes into the session, so that no
 * secret stays in an address.
 */
export const enteringBy =
  (arrival: LinkArrival): Handler =>
  async (request, response, application) => {
    const visitor = await arrival.admit(request, application);
    if (visitor === undefined) throw wrongLink;
    const { study, rater } = visitor;
    const known = await raterOfSession(request, application);
    if (rater !== undefined) {
      // In their own session nothing changes, so that pages in other tabs go on.
      if (known?.raterId === rater.id) delete request.session.raterUnproven;
      else await beginVisit(request, rater);
      response.redirect(303, rater.state === 'invited' ? '/consent' : '/rate');
      return;
    }
    // This may be the rater whom the browser knows, or another person.
    if (known?.studyId === study.id) {
      request.session.joiningStudyId = study.id;
      request.session.joiningArrival = arrival.name;
      response.redirect(303, '/who');
      return;
    }
    await beginJoining(request, { studyId: study.id, arrival: arrival.name, ticket: undefined });
    response.redirect(303, '/consent');
  };
