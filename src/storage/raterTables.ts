import type { Generated } from 'kysely';
import type { Id, ItemRole } from './columns.js';

export type RaterState = 'invited' | 'consented' | 'finished' | 'blocked' | 'withdrawn';
export type TrainingState = 'none' | 'open' | 'passed' | 'failed';
export interface RaterTable {
  id: Id;
  public_id: string;
  study_id: number;
  pseudonym: string;
  state: RaterState;
  origin: 'rater' | 'simulated';
  arrival: Generated<string>;
  token_hash: string | null;
  session_epoch: Generated<number>;
  seed: string;
  preferences: string;
  consent_version: number | null;
  warning_version: number | null;
  consented_at: number | null;
  guidelines_read_at: number | null;
  block_behaviour_id: number | null;
  block_count: Generated<number>;
  created_at: number;
  last_seen_at: number | null;
  excluded_at: number | null;
  exclusion_reason: string | null;
  join_key: string | null;
  fingerprint: string | null;
  /** Where they stand in the training; `none` where the study has none. */
  training: Generated<TrainingState>;
  /** How long somebody had worked who withdrew: their single times are erased. */
  worked_ms: Generated<number | null>;
  /** When they stopped of their own accord; what they answered stays. */
  stopped_at: number | null;
}
export interface RaterEventTable {
  id: Id;
  rater_id: number;
  at: number;
  account_id: number | null;
  action: string;
  from_state: string | null;
  to_state: string | null;
  reason: string | null;
}

export type AssignmentState = 'leased' | 'submitted' | 'expired' | 'returned' | 'revoked';
export interface AssignmentTable {
  id: Id;
  public_id: string;
  study_id: number;
  rater_id: number;
  item_id: number;
  role: ItemRole;
  overlap: number;
  state: AssignmentState;
  place_no: number | null;
  lease_slot: number | null;
  lease_until: number | null;
  choice_order: string;
  created_at: number;
  shown_at: number | null;
  submitted_at: number | null;
  excluded_at: number | null;
  place_lost: Generated<number>;
}
export interface AssignmentEventTable {
  id: Id;
  assignment_id: number;
  at: number;
  from_state: string | null;
  to_state: string;
  cause: string;
}
export interface JudgmentTable {
  assignment_id: number;
  revision: number;
  rater_id: number;
  submission_key: string;
  label_choice: number | null;
  ambiguous: number | null;
  relevance: number | null;
  answers: string;
  comment: string | null;
  choice_order: string;
  form_version: number;
  guidelines_version: number;
  origin: 'rater' | 'simulated' | 'import' | 'model';
  shown_at: number;
  submitted_at: number;
  active_ms: number | null;
  blanked_at: number | null;
  blank_reason: string | null;
  visible_ms: number | null;
}
export interface AssignmentReturnTable {
  id: Id;
  assignment_id: number;
  at: number;
  reason: string;
  comment: string | null;
  undone_at: number | null;
  submission_key: string | null;
}
export interface FlagTable {
  id: Id;
  assignment_id: number;
  at: number;
  kind: string;
  comment: string | null;
  submission_key: string | null;
}
/** What a rater answered in the training; the same example again in a further attempt. */
export interface TrainingAnswerTable {
  rater_id: number;
  attempt: number;
  item_id: number;
  choice: number;
  correct: 0 | 1;
  at: number;
}
export interface RaterCursorTable {
  rater_id: number;
  dataset_id: number;
  rank: number;
  position: number;
  start_rank: number;
  start_position: number;
  wrapped: Generated<number>;
  seen: Generated<number>;
}

/** What a rater said, once they were done, of their use of AI. */
export interface RaterAiUseTable {
  rater_id: number;
  said: 'none' | 'some' | 'most' | 'not-said';
  at: number;
}
