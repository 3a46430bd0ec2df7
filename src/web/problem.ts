/** One field of a form or body that does not fit. */
export interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/**
 * An expected refusal, shown to the person as it is: what happened, what was kept, what to do.
 * Anything else that is thrown becomes "something went wrong" with the request id and nothing more.
 */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** A stable name for machines, such as `study_not_draft`. */
    readonly code: string,
    /** One sentence that says what happened. */
    readonly title: string,
    /** What was kept and what to do next. */
    readonly advice: string = '',
    readonly faults: readonly FieldFault[] = [],
  ) {
    super(title);
  }
}

/** Nothing here, or nothing that this person may see: the same answer for both. */
export const notFound = (what: string): Problem =>
  new Problem(
    404,
    'not_found',
    `There is no such ${what}.`,
    'It may have been deleted, or the link is incomplete.',
  );
