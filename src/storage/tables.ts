import type { Generated } from 'kysely';
import type { Id, ItemRole } from './columns.js';
import type {
  BehaviourDescriptionTable,
  BehaviourTable,
  DatasetTable,
  ExampleFindingTable,
  ExampleTable,
  ImportFileTable,
  ImportTable,
  RejectedRowTable,
} from './datasetTables.js';
import type {
  CandidateDecisionTable,
  CandidateOpeningTable,
  CandidateReviewTable,
  CandidateScoreTable,
  CandidateTable,
  GenerationStageTable,
  GenerationTable,
  PublicationRowTable,
  PublicationTable,
} from './generationTables.js';
import type {
  ModelCallTable,
  ModelProbeTable,
  ModelRunCallTable,
  ModelRunTable,
  ModelTable,
} from './modelTables.js';
import type {
  ConsentEventTable,
  LedgerEntryTable,
  PaymentFileEntryTable,
  PaymentFileTable,
  PayRuleTable,
  PlatformAccountTable,
  PlatformActionTable,
  PlatformEventTable,
  PlatformListedTable,
  PlatformStudyTable,
  PlatformSubmissionTable,
  ProjectTable,
} from './crowdTables.js';
import type {
  RaterAiUseTable,
  AssignmentEventTable,
  AssignmentReturnTable,
  AssignmentTable,
  FlagTable,
  JudgmentTable,
  RaterCursorTable,
  RaterEventTable,
  RaterTable,
  TrainingAnswerTable,
} from './raterTables.js';

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
  project_id: Generated<number>;
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
/** The answer of an example that is known before people judge it. */
export interface KnownAnswerTable {
  study_id: number;
  example_id: number;
  /** Index of the answer among the choices. */
  choice: number;
  explanation: string;
  purpose: 'gold' | 'training';
  created_at: number;
  created_by: number | null;
}
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
/** What staff wrote on a line of “What a reviewer asks”; the newest version stands. */
export interface ReviewerAnswerTable {
  study_id: number;
  line: string;
  version: number;
  answer: string;
  at: number;
  account_id: number | null;
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
  known_answer: KnownAnswerTable;
  training_answer: TrainingAnswerTable;
  item: ItemTable;
  rater: RaterTable;
  rater_event: RaterEventTable;
  rater_ai_use: RaterAiUseTable;
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
  reviewer_answer: ReviewerAnswerTable;
  text_measure: TextMeasureTable;
  model: ModelTable;
  model_probe: ModelProbeTable;
  model_run: ModelRunTable;
  model_call: ModelCallTable;
  model_run_call: ModelRunCallTable;
  generation: GenerationTable;
  generation_stage: GenerationStageTable;
  candidate: CandidateTable;
  candidate_decision: CandidateDecisionTable;
  candidate_score: CandidateScoreTable;
  candidate_opening: CandidateOpeningTable;
  candidate_review: CandidateReviewTable;
  publication: PublicationTable;
  publication_row: PublicationRowTable;
  project: ProjectTable;
  platform_account: PlatformAccountTable;
  platform_study: PlatformStudyTable;
  platform_listed: PlatformListedTable;
  platform_submission: PlatformSubmissionTable;
  platform_event: PlatformEventTable;
  platform_action: PlatformActionTable;
  consent_event: ConsentEventTable;
  pay_rule: PayRuleTable;
  ledger_entry: LedgerEntryTable;
  payment_file: PaymentFileTable;
  payment_file_entry: PaymentFileEntryTable;
}
