/**
 * The states of a submission, one session of one person at a platform. Platforms have words of
 * their own, which their records map to these; a word that no record knows is kept and shown as
 * `unknown`.
 */
export const submissionStates = {
  arrived: 'Came here by the link; the platform said nothing yet.',
  reserved: 'Has taken a Prolific place and not begun.',
  active: 'Is at work.',
  'timed-out': 'Took longer than the platform allows; may still be completed for a while.',
  awaiting: 'Is done and waits for approval.',
  approved: 'Is approved and paid by the platform.',
  'partly-approved': 'Is approved in part.',
  rejected: 'Is rejected.',
  returned: 'Was given back by the person.',
  'screened-out': 'Was screened out.',
  unknown: 'The platform says a word that Assay does not know.',
} as const;
export type SubmissionState = keyof typeof submissionStates;

/** Behind these nothing comes that Assay knows. */
const final: ReadonlySet<SubmissionState> = new Set<SubmissionState>([
  'approved',
  'partly-approved',
  'rejected',
  'returned',
  'screened-out',
]);
const order = Object.keys(submissionStates);

/** One thing that was heard of a submission. */
export interface Heard {
  readonly state: SubmissionState;
  /** The platform’s own word. */
  readonly reported: string;
  /** When it became so, by the clock of who said it, UTC ms. */
  readonly occurredAt: number;
}

export const isFinal = (state: SubmissionState): boolean => final.has(state);

/** A state that is final, or an unknown word, which may be one, comes before one that is not. */
const weight = ({ state }: Heard): number => Number(final.has(state) || state === 'unknown');

/** Positive where `one` decides over `other`. */
const compare = (one: Heard, other: Heard): number =>
  weight(one) - weight(other) ||
  one.occurredAt - other.occurredAt ||
  order.indexOf(one.state) - order.indexOf(other.state) ||
  (one.reported < other.reported ? -1 : Number(one.reported > other.reported));

/**
 * What holds of a submission after all that was heard of it, whatever the order and however often:
 * a final state stays, whatever else is heard, until the platform says a later final state or a
 * word that is unknown; among others the later one holds, and of two at the same moment the one
 * further on. Undefined where nothing was heard.
 */
export const decidedBy = (heard: Iterable<Heard>): Heard | undefined => {
  let decides: Heard | undefined;
  for (const one of heard) if (decides === undefined || compare(one, decides) > 0) decides = one;
  return decides;
};
