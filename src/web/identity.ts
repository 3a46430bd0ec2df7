import type { Request } from 'express';

/** The member of staff who makes a request, by session or by API token. */
export interface Staff {
  readonly accountId: number;
  readonly publicId: string;
  readonly email: string;
  readonly name: string;
  readonly role: 'admin' | 'researcher';
}

/** The rater who makes a request. */
export interface RaterIdentity {
  readonly raterId: number;
  readonly studyId: number;
  /**
   * Names the rater on their own pages: what such a page sends later is never taken for another
   * rater's. Opaque.
   */
  readonly mark: string;
}

const staffByRequest = new WeakMap<Request, Staff>();
const raterByRequest = new WeakMap<Request, RaterIdentity>();

export const setStaff = (request: Request, staff: Staff): void =>
  void staffByRequest.set(request, staff);
export const setRater = (request: Request, rater: RaterIdentity): void =>
  void raterByRequest.set(request, rater);

/** The signed-in member of staff, if there is one. */
export const findStaff = (request: Request): Staff | undefined => staffByRequest.get(request);

/** The signed-in member of staff. Throws where the route did not ask for one. */
export function requireStaff(request: Request): Staff {
  const staff = staffByRequest.get(request);
  if (staff === undefined)
    throw new Error('This route needs access "researcher" or "admin" in its table.');
  return staff;
}

/** The rater of this request, if there is one. */
export const findRater = (request: Request): RaterIdentity | undefined =>
  raterByRequest.get(request);

/** The rater of this request. Throws where the route did not ask for one. */
export function requireRater(request: Request): RaterIdentity {
  const rater = raterByRequest.get(request);
  if (rater === undefined) throw new Error('This route needs access "rater" in its table.');
  return rater;
}
