import type { Selectable } from 'kysely';
import type { StudyState } from '#storage/tables.js';
import type { RaterTable } from '#storage/raterTables.js';
import type { Study } from '#studies/study.js';
import { Problem } from '#web/problem.js';
import { wording } from './wording.js';

/** What the gate asks of a rater. */
type RaterAtGate = Pick<
  Selectable<RaterTable>,
  'state' | 'excluded_at' | 'stopped_at' | 'training'
>;

/**
 * How a person stands to a study. `training`: it comes before any work; `unqualified`: they got too
 * little of it right, and their attempts are used up. `stopped`: of their own accord. `ended`:
 * blocked, or their judgments are excluded; they are not told which.
 */
export type Standing =
  | 'visitor'
  | 'invited'
  | 'training'
  | 'unqualified'
  | 'working'
  | 'stopped'
  | 'ended'
  | 'withdrawn';

/** Where a study is. `over`: it was closed more than a day ago. */
export type Phase = StudyState | 'over';

/** Late answers are taken for this long after a study was closed, as surplus. */
const takenAfterClose = 24 * 3_600_000;

const atWork: readonly Phase[] = ['open', 'paused'];
const whileAnswersAreTaken: readonly Phase[] = ['open', 'paused', 'closed'];
const always: readonly Phase[] = ['open', 'paused', 'closed', 'over'];
const unchanged = 'Nothing was changed.';

/**
 * Everything that a person does in a study: who may do it, in which phases (always also while it is
 * open), and what is added where it is refused.
 */
export const gatedVerbs = {
  consent: { may: { visitor: ['open'], invited: ['open'] }, refused: 'Nothing was stored.' },
  readGuidelines: { may: { training: atWork, working: atWork }, refused: unchanged },
  train: { may: { training: ['open'] }, refused: 'This answer was not stored.' },
  lease: { may: { working: ['open'] }, refused: unchanged },
  keepLease: { may: { working: atWork }, refused: unchanged },
  submit: {
    may: {
      working: whileAnswersAreTaken,
      stopped: whileAnswersAreTaken,
      ended: whileAnswersAreTaken,
    },
    refused: 'This answer was not stored.',
  },
  change: {
    may: { working: atWork },
    refused: 'Your change was not stored. What you sent before stands.',
  },
  repeat: {
    may: { working: always, stopped: always, ended: always },
    refused: 'Nothing was stored.',
  },
  lookAtSent: { may: { working: atWork }, refused: 'What you sent stands. Reload the page.' },
  skip: { may: { working: atWork }, refused: unchanged },
  takeUpAgain: { may: { working: ['open'] }, refused: unchanged },
  leave: {
    may: { training: atWork, unqualified: atWork, working: atWork },
    refused: unchanged,
  },
  flag: { may: { working: atWork }, refused: 'Your flag was not stored.' },
  setPreferences: { may: { working: atWork }, refused: unchanged },
  stop: {
    may: { training: always, unqualified: always, working: always },
    refused: unchanged,
  },
  withdraw: {
    may: {
      training: always,
      unqualified: always,
      working: always,
      stopped: always,
      ended: always,
    },
    refused: unchanged,
  },
} as const satisfies Record<
  string,
  { may: Partial<Record<Standing, readonly Phase[]>>; refused: string }
>;
export type GatedVerb = keyof typeof gatedVerbs;

/** Why something is refused; the pages put it into words. */
export type Refusal = Exclude<Standing, 'ended'> | 'blocked' | 'unproven' | Exclude<Phase, 'open'>;

/** How this rater stands to their study; without one it is a visitor of its open link. */
export function standingOf(rater: RaterAtGate | undefined): Standing {
  if (rater === undefined) return 'visitor';
  if (rater.state === 'withdrawn') return 'withdrawn';
  if (rater.state === 'blocked' || rater.excluded_at !== null) return 'ended';
  if (rater.stopped_at !== null) return 'stopped';
  if (rater.state === 'invited') return 'invited';
  if (rater.training === 'open') return 'training';
  return rater.training === 'failed' ? 'unqualified' : 'working';
}

/** Where a study is at this time. */
export const phaseOf = (study: Pick<Study, 'state' | 'closed_at'>, now: number): Phase =>
  study.state === 'closed' && now - (study.closed_at ?? 0) > takenAfterClose ? 'over' : study.state;

/**
 * What one person may do in their study now. Read under the rater's lock it holds until the
 * transaction ends.
 */
export interface Gate {
  /** Why they may not do this; undefined where they may. */
  refusal(verb: GatedVerb): Refusal | undefined;
  /** Throws a `Problem` that says why, where they may not do this. */
  require(verb: GatedVerb): void;
}

/** Decides what a person may do in a study, for every verb of theirs. */
export function gateOf(
  rater: RaterAtGate | undefined,
  study: Pick<Study, 'state' | 'closed_at'>,
  now: number,
): Gate {
  const standing = standingOf(rater);
  const phase = phaseOf(study, now);
  const refusal = (verb: GatedVerb): Refusal | undefined => {
    const may: Partial<Record<Standing, readonly Phase[]>> = gatedVerbs[verb].may;
    const phases = may[standing];
    if (phases === undefined) return standing === 'ended' ? 'blocked' : standing;
    return phase === 'open' || phases.includes(phase) ? undefined : phase;
  };
  return {
    refusal,
    require(verb) {
      const reason = refusal(verb);
      if (reason === undefined) return;
      const advice = reason === 'withdrawn' ? wording.removed : gatedVerbs[verb].refused;
      throw new Problem(409, 'not_taken', `${wording.refused[reason]}.`, advice);
    },
  };
}
