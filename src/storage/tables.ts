import type { Generated } from 'kysely';

/**
 * Column types as both engines give them back: integers and times (UTC milliseconds) as numbers,
 * JSON as text.
 */
type Id = Generated<number>;

export interface AccountTable {
  id: Id;
  public_id: string;
  email: string;
  name: string;
  role: 'admin' | 'researcher';
  state: 'invited' | 'active' | 'disabled';
  password_hash: string | null;
  session_epoch: Generated<number>;
  created_at: number;
  last_sign_in_at: number | null;
}
export interface AccountLinkTable {
  id: Id;
  token_hash: string;
  purpose: 'set-up' | 'invitation' | 'password-reset';
  account_id: number | null;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}
export interface ApiTokenTable {
  id: Id;
  public_id: string;
  account_id: number;
  name: string;
  token_hash: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}
export interface SessionTable {
  id_hash: string;
  data: string;
  expires_at: number;
  touched_at: number;
}
export interface RateLimitTable {
  key: string;
  hits: number;
  resets_at: number;
}
export interface AuditEventTable {
  id: Id;
  at: number;
  account_id: number | null;
  actor: string;
  action: string;
  subject: string;
  detail: string;
}
export interface InstallationValueTable {
  name: string;
  value: string;
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
export interface JobTable {
  id: Id;
  public_id: string;
  kind: string;
  state: JobState;
  payload: string;
  progress: string | null;
  result: string | null;
  error: string | null;
  account_id: number | null;
  created_at: number;
  started_at: number | null;
  heartbeat_at: number | null;
  finished_at: number | null;
  cancel_requested_at: number | null;
  /** The lane that it runs in; a lane says how many of its jobs run at once. */
  lane: string;
  /** From 1 to the limit of its lane, while it runs. */
  lane_no: number | null;
  /** Names the hold of the process that runs it. */
  claim: string | null;
}

export interface BehaviourTable {
  id: Id;
  public_id: string;
  name: string;
  created_at: number;
}
export interface BehaviourDescriptionTable {
  id: Id;
  behaviour_id: number;
  version: number;
  short: string;
  long: string;
  created_at: number;
  created_by: number | null;
  confirmed_at: number | null;
  confirmed_by: number | null;
}
export interface ImportTable {
  id: Id;
  public_id: string;
  account_id: number | null;
  state: 'uploading' | 'reviewing' | 'running' | 'done' | 'failed' | 'cancelled';
  settings: string;
  job_id: number | null;
  created_at: number;
  finished_at: number | null;
}
export interface ImportFileTable {
  id: Id;
  public_id: string;
  import_id: number;
  path: string;
  stored_path: string | null;
  byte_count: number;
  state:
    | 'reviewing'
    | 'queued'
    | 'running'
    | 'done'
    | 'failed'
    | 'cancelled'
    | 'not-a-dataset'
    | 'left-out';
  understood: string;
  plan: string;
  dataset_id: number | null;
  message: string | null;
}
export type Source = 'generated' | 'human';
export type DatasetRole = 'evaluated' | 'few-shot';
export type Family = 'persona' | 'advanced-ai-risk' | 'sycophancy' | 'winogenerated' | 'generic';
export interface DatasetTable {
  id: Id;
  public_id: string;
  behaviour_id: number;
  name: string;
  version: number;
  source: Source;
  role: DatasetRole;
  family: Family;
  state: 'importing' | 'visible' | 'deleted';
  file_name: string;
  byte_count: number;
  sha256: string;
  format: string;
  mapping: string | null;
  provenance: string;
  example_count: Generated<number>;
  rejected_count: Generated<number>;
  dropped_duplicate_count: Generated<number>;
  health: string | null;
  import_file_id: number | null;
  created_at: number;
  created_by: number | null;
  alive_at: number | null;
  visible_at: number | null;
}
export interface ExampleTable {
  id: Id;
  dataset_id: number;
  line_number: number;
  content_hash: Uint8Array;
  text: string;
  choices: string;
  label_choice: number | null;
  label_confidence: number | null;
  fixed_order: Generated<number>;
  doubtful: Generated<number>;
  raw: Uint8Array;
}
export interface ExampleFindingTable {
  dataset_id: number;
  finding: string;
  example_id: number;
  detail: string | null;
}
export interface RejectedRowTable {
  id: Id;
  dataset_id: number;
  line_number: number;
  code: string;
  message: string;
  raw: Uint8Array;
}

export type StudyState = 'draft' | 'open' | 'paused' | 'closed';
export interface StudyTable {
  id: Id;
  public_id: string;
  title: string;
  state: StudyState;
  settings: string;
  settings_opened: string | null;
  seed: string;
  join_token: string;
  created_at: number;
  created_by: number | null;
  opened_at: number | null;
  closed_at: number | null;
  first_judgment_at: number | null;
  raters_numbered: Generated<number>;
}
export interface StudyEventTable {
  id: Id;
  study_id: number;
  at: number;
  account_id: number | null;
  action: string;
  from_state: string | null;
  to_state: string | null;
  detail: string;
}
export type StudyTextKind = 'form' | 'guidelines' | 'consent' | 'warning';
export interface StudyTextTable {
  study_id: number;
  kind: StudyTextKind;
  version: number;
  content: string;
  created_at: number;
  created_by: number | null;
}
export interface StudyDatasetTable {
  study_id: number;
  dataset_id: number;
  behaviour_id: number;
  behaviour_description_id: number | null;
  position: number;
  sampling: string | null;
}
export type ItemRole = 'validation' | 'gold' | 'training';
export interface ItemTable {
  id: Id;
  study_id: number;
  dataset_id: number;
  example_id: number;
  role: ItemRole;
  overlap: number;
  free_places: number;
  rank: number;
  position: number;
  findings: Generated<string>;
}

export type RaterState = 'invited' | 'consented' | 'finished' | 'blocked' | 'withdrawn';
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

export interface StudyRegistrationTable {
  id: Id;
  public_id: string;
  study_id: number;
  document: string;
  sha256: string;
  registered_at: number;
  registered_by: number | null;
}
export interface FrozenReportTable {
  id: Id;
  public_id: string;
  study_id: number;
  content: Uint8Array;
  sha256: string;
  frozen_at: number;
  frozen_by: number | null;
  format: string;
  software: string;
}
export interface FrozenFileTable {
  frozen_report_id: number;
  name: string;
  served: 'always' | 'before-withdrawal' | 'after-withdrawal';
  position: number;
  kind: 'page' | 'file' | 'publication' | 'plot';
  page: string | null;
  heading: string;
  title: string;
  sentence: string;
  file_name: string;
  media_type: string;
  content: Uint8Array;
}
export interface FrozenReportRaterTable {
  frozen_report_id: number;
  rater_id: number;
}
export interface TextMeasureTable {
  id: Id;
  dataset_id: number;
  counterpart_id: number | null;
  version: number;
  embedding: string;
  sampled: number;
  content: string;
  computed_at: number;
}

/** Every table of the database, as the migrations make it. */
export interface Tables {
  account: AccountTable;
  account_link: AccountLinkTable;
  api_token: ApiTokenTable;
  session: SessionTable;
  rate_limit: RateLimitTable;
  audit_event: AuditEventTable;
  installation_value: InstallationValueTable;
  job: JobTable;
  behaviour: BehaviourTable;
  behaviour_description: BehaviourDescriptionTable;
  import: ImportTable;
  import_file: ImportFileTable;
  dataset: DatasetTable;
  example: ExampleTable;
  example_finding: ExampleFindingTable;
  rejected_row: RejectedRowTable;
  study: StudyTable;
  study_event: StudyEventTable;
  study_text: StudyTextTable;
  study_dataset: StudyDatasetTable;
  item: ItemTable;
  rater: RaterTable;
  rater_event: RaterEventTable;
  assignment: AssignmentTable;
  assignment_event: AssignmentEventTable;
  judgment: JudgmentTable;
  assignment_return: AssignmentReturnTable;
  flag: FlagTable;
  rater_cursor: RaterCursorTable;
  study_registration: StudyRegistrationTable;
  frozen_report: FrozenReportTable;
  frozen_report_rater: FrozenReportRaterTable;
  frozen_file: FrozenFileTable;
  text_measure: TextMeasureTable;
}
