import type { Generated } from 'kysely';
import type { Id } from './columns.js';

export interface BehaviourTable {
  id: Id;
  public_id: string;
  name: string;
  created_at: number;
  project_id: Generated<number>;
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
export type DatasetPart = 'kept' | 'dropped';
export interface DatasetTable {
  id: Id;
  public_id: string;
  behaviour_id: number;
  name: string;
  version: number;
  source: Source;
  role: DatasetRole;
  /** Which half of a generation it is; null where it is neither. */
  part: DatasetPart | null;
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
  /** Version of the rules that looked for findings. */
  detector: Generated<number>;
  import_file_id: number | null;
  created_at: number;
  created_by: number | null;
  alive_at: number | null;
  visible_at: number | null;
  project_id: Generated<number>;
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
