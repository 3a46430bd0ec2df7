import 'express-session';

declare module 'express-session' {
  interface SessionData {
    /**
     * The signed-in account and the epoch that it had then: a raised epoch ends every session of
     * the account.
     */
    accountId: number;
    accountEpoch: number;
    signedInAt: number;
    /** The secret of the one-time link that this visitor opened. */
    linkSecret: string;
    /**
     * The study that this visitor opened without being known there: they have not consented yet,
     * or one of its raters uses the same browser.
     */
    joiningStudyId: number;
    /** The name of the arrival by which they came there. */
    joiningArrival: string;
    /** What their arrival knows them by there: the name of a row, and nothing of the person. */
    arrivalTicket: string;
    /** The rater whose link this browser followed, or who consented in it. */
    raterId: number;
    /** The epoch that the rater had then: a raised one ends every session of the rater. */
    raterEpoch: number;
    /**
     * True where a link said who they are and nothing has shown yet that they are: see
     * `raters/proof.ts`.
     */
    raterUnproven: boolean;
  }
}
