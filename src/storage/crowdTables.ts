import type { Id } from './columns.js';

export interface ProjectTable {
  id: Id;
  public_id: string;
  name: string;
  created_at: number;
  archived_at: number | null;
}
export interface PlatformAccountTable {
  id: Id;
  public_id: string;
  project_id: number;
  platform: string;
  label: string;
  /** Encrypted; what it holds depends on the platform. */
  secret: Uint8Array | null;
  settings: string;
  created_at: number;
  created_by: number | null;
  checked_at: number | null;
  check_message: string | null;
  retired_at: number | null;
}
export interface PlatformStudyTable {
  id: Id;
  public_id: string;
  study_id: number;
  platform: string;
  platform_account_id: number | null;
  /** The id of the study at the platform; null until it is known. */
  external_id: string | null;
  /** In the address by which people arrive. */
  link_token: string;
  settings: string;
  created_at: number;
  created_by: number | null;
  retired_at: number | null;
}
/** People who alone may take part, or who may not, by fingerprint. */
export interface PlatformListedTable {
  platform_study_id: number;
  fingerprint: string;
  list: 'allow' | 'block';
  added_at: number;
}
export interface PlatformSubmissionTable {
  id: Id;
  public_id: string;
  platform_study_id: number;
  /** The id of the submission or session at the platform. */
  external_id: string;
  /** The id of the person at the platform, encrypted; null once it was erased. */
  external_person: Uint8Array | null;
  fingerprint: string | null;
  rater_id: number | null;
  state: string;
  /** The word of the platform that decided the state. */
  reported: string | null;
  reported_at: number;
  first_seen_at: number;
  outcome: string | null;
  code: string | null;
  code_given_at: number | null;
  settled_at: number | null;
  settled_by: number | null;
  settled_reason: string | null;
}
export type HeardFrom = 'arrival' | 'webhook' | 'poll' | 'admin' | 'own';
export interface PlatformEventTable {
  id: Id;
  platform_study_id: number | null;
  platform_submission_id: number | null;
  /** The id of a delivery that comes at least once. */
  delivery_id: string | null;
  source: HeardFrom;
  /** What it says of the submission, as the platform says it; null where it says nothing of it. */
  state: string | null;
  received_at: number;
  occurred_at: number;
  payload: string;
}
export type ActionState = 'wanted' | 'sent' | 'done' | 'refused' | 'unknown';
export interface PlatformActionTable {
  id: Id;
  public_id: string;
  platform_study_id: number;
  platform_submission_id: number | null;
  kind: string;
  amount_minor: number | null;
  currency: string | null;
  request: string;
  request_key: string;
  state: ActionState;
  created_at: number;
  created_by: number | null;
  sent_at: number | null;
  ended_at: number | null;
  answer: string | null;
}
export type ConsentKind = 'given' | 'declined' | 'withdrawn';
export interface ConsentEventTable {
  id: Id;
  study_id: number;
  rater_id: number | null;
  platform_submission_id: number | null;
  kind: ConsentKind;
  consent_version: number;
  warning_version: number;
  at: number;
}

export interface PayRuleTable {
  study_id: number;
  version: number;
  rule: string;
  currency: string;
  created_at: number;
  created_by: number | null;
}
export type LedgerKind =
  | 'work'
  | 'time'
  | 'floor'
  | 'bonus'
  | 'screen-out'
  | 'correction'
  | 'reward';
export interface LedgerEntryTable {
  id: Id;
  public_id: string;
  study_id: number;
  rater_id: number;
  platform_submission_id: number | null;
  kind: LedgerKind;
  /**
   * In the smallest coin of the currency; a correction may be negative, and a reward that the
   * platform pays by itself is.
   */
  amount_minor: number;
  currency: string;
  reason: string;
  basis: string;
  request_key: string;
  at: number;
  made_by: number | null;
}
export interface PaymentFileTable {
  id: Id;
  public_id: string;
  study_id: number;
  platform: string;
  format: string;
  sha256: string;
  made_at: number;
  made_by: number | null;
  total_minor: number;
  currency: string;
  entries: number;
  platform_study_id: number;
  /** The call that pays it; null where somebody uploads it. */
  platform_action_id: number | null;
  /** When its entries were released, since the platform refused to pay them. */
  released_at: number | null;
}
export interface PaymentFileEntryTable {
  ledger_entry_id: number;
  payment_file_id: number;
}
