import type { Request } from 'express';
import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import { arrivalOf } from './arrival.js';
import type { Gate } from './gate.js';
import { getRater } from './rater.js';
import { wording } from './wording.js';

/**
 * Whether this browser has shown that it is the rater's: they agreed in it, opened their personal
 * link, or came by a link that their arrival can check. Whoever knows only what a link says of a
 * person may go on with their work, and sees and changes nothing of what was done.
 */
export async function isProven(
  { session }: Pick<Request, 'session'>,
  { db }: Pick<Application, 'db'>,
  raterId: number,
): Promise<boolean> {
  // Of who has just left there is no session any more.
  if (session?.raterUnproven !== true) return true;
  const rater = await getRater(db, raterId);
  const { arrivalTicket: ticket } = session;
  return (await arrivalOf(rater.arrival).proves?.(db, { ticket, rater })) ?? false;
}

const unproven = new Problem(409, 'unproven', `${wording.refused.unproven}.`, wording.unproven);

const needProof = new Set(['change', 'lookAtSent', 'stop', 'withdraw']);

/** What a rater may do in a browser that has not shown that it is theirs. */
export const unprovenGate = (gate: Gate): Gate => ({
  refusal: (verb) => gate.refusal(verb) ?? (needProof.has(verb) ? 'unproven' : undefined),
  require(verb) {
    gate.require(verb);
    if (needProof.has(verb)) throw unproven;
  },
});
