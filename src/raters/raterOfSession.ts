import type { Request } from 'express';
import type { Application } from '#web/application.js';
import type { RaterIdentity } from '#web/identity.js';

const known = new WeakMap<object, Map<number, RaterIdentity>>();
const mostKnown = 10_000;

/** The rater of this browser's session. The one place that finds out which rater is calling. */
export async function raterOfSession(request: Request, application: Application): Promise<RaterIdentity | undefined> {
  const id = request.session.raterId;
  if (id === undefined) return undefined;
  let raters = known.get(application.database);
  if (raters === undefined) known.set(application.database, (raters = new Map()));
  const before = raters.get(id);
  if (before !== undefined) return before;
  const rater = await application.db.selectFrom('rater').select(['id', 'study_id']).where('id', '=', id).executeTakeFirst();
  if (rater === undefined) return undefined;
  // A rater is never deleted and never changes studies.
  const identity = { raterId: rater.id, studyId: rater.study_id };
  if (raters.size >= mostKnown) raters.clear();
  raters.set(id, identity);
  return identity;
}
