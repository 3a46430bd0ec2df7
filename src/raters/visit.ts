import type { Request, Response } from 'express';
import type { SessionData } from 'express-session';
import type { Application } from '#web/application.js';
import { endSession, renewSession } from '#web/sessions.js';
import type { Rater } from './rater.js';

/**
 * What a member of staff keeps who tries a study's link in their own browser; undefined for
 * everybody else.
 */
function staffPart(request: Request): Partial<SessionData> | undefined {
  const { accountId, accountEpoch, signedInAt } = request.session;
  if (accountId === undefined || accountEpoch === undefined || signedInAt === undefined)
    return undefined;
  return { accountId, accountEpoch, signedInAt };
}

/**
 * From now on this browser is at work as this rater, in a new session.
 * @param by.ticket what the arrival by which they came now knows them by
 * @param by.unproven nothing but the link says that they are this rater: see `proof.ts`
 */
export const beginVisit = (
  request: Request,
  rater: Pick<Rater, 'id' | 'session_epoch'>,
  { ticket, unproven = false }: { ticket?: string | undefined; unproven?: boolean } = {},
): Promise<void> =>
  renewSession(request, {
    ...staffPart(request),
    ...(ticket === undefined ? {} : { arrivalTicket: ticket }),
    ...(unproven ? { raterUnproven: true } : {}),
    raterId: rater.id,
    raterEpoch: rater.session_epoch,
  });

/**
 * As `beginVisit`, for a visitor who has just joined. The session before stays: a form that is sent
 * again because its answer was lost still comes with it. All that it allows is to join. That of
 * staff allows more, and ends.
 */
export const beginFirstVisit = (
  request: Request,
  rater: Pick<Rater, 'id' | 'session_epoch'>,
): Promise<void> => {
  const staff = staffPart(request);
  const { arrivalTicket: ticket } = request.session;
  const visit = {
    ...staff,
    ...(ticket === undefined ? {} : { arrivalTicket: ticket }),
    raterId: rater.id,
    raterEpoch: rater.session_epoch,
  };
  return renewSession(request, visit, { keepOld: staff === undefined });
};

/** The study that a visitor may join, and the name of their arrival (`arrival.ts`). */
interface Joining {
  readonly studyId: number;
  readonly arrival: string;
  /** What the arrival knows this visitor by, where it knows them. */
  readonly ticket: string | undefined;
}

/** From now on this browser belongs to somebody who may join this study, in a new session. */
export const beginJoining = (
  request: Request,
  { studyId, arrival, ticket }: Joining,
): Promise<void> =>
  renewSession(request, {
    ...staffPart(request),
    ...(ticket === undefined ? {} : { arrivalTicket: ticket }),
    joiningStudyId: studyId,
    joiningArrival: arrival,
  });

/** From now on this browser belongs to somebody who may join nothing, in a new session. */
export const beginWaiting = (request: Request, ticket: string): Promise<void> =>
  renewSession(request, { ...staffPart(request), arrivalTicket: ticket });

/** What this visitor may join; undefined where they opened no study. */
export function joiningOf({ session }: Request): Joining | undefined {
  const { joiningStudyId, joiningArrival, arrivalTicket } = session;
  // A session that began before arrivals were kept in it began with the open link.
  return joiningStudyId === undefined
    ? undefined
    : {
        studyId: joiningStudyId,
        arrival: joiningArrival ?? 'open-link',
        ticket: arrivalTicket,
      };
}

/** Ends the rater's session in this browser; staff stay signed in. */
export async function endVisit(
  request: Request,
  response: Response,
  application: Application,
): Promise<void> {
  const staff = staffPart(request);
  if (staff === undefined) await endSession(request, response, application.config);
  else await renewSession(request, staff);
}
