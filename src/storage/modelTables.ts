import type { Generated } from 'kysely';
import type { Id } from './columns.js';

export interface ModelTable {
  id: Id;
  public_id: string;
  name: string;
  version: number;
  provider: string;
  settings: string;
  state: 'active' | 'retired';
  created_at: number;
  created_by: number | null;
  retired_at: number | null;
}
export interface ModelProbeTable {
  id: Id;
  model_id: number;
  content: string;
  probed_at: number;
  probed_by: number | null;
}
export type ModelRunState =
  | 'waiting'
  | 'running'
  | 'paused'
  | 'review'
  | 'out-of-budget'
  | 'done'
  | 'failed'
  | 'cancelled';
/** Money is in millionths of a currency. */
export interface ModelRunTable {
  id: Id;
  public_id: string;
  kind: string;
  state: ModelRunState;
  settings: string;
  budget: number;
  /** What the calls under way may cost at most. */
  reserved: Generated<number>;
  spent: Generated<number>;
  /** How many calls it will need, where that is known. */
  planned: number | null;
  /** How often it was begun: what an earlier process still writes is known by it. */
  epoch: Generated<number>;
  /** The last sign of life of the process that holds it, by the clock of the database. */
  alive_at: number | null;
  /** Why it stopped. */
  reason: string | null;
  account_id: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
}
export interface ModelCallTable {
  id: Id;
  key: Uint8Array;
  model_id: number;
  /** The run that asked last, and when it was begun. */
  run_id: number;
  epoch: number;
  state: 'sent' | 'answered' | 'refused' | 'lost';
  request: string;
  answer: string | null;
  input_tokens: Generated<number>;
  output_tokens: Generated<number>;
  /** What the attempt that was sent last may cost at most. */
  worst: number;
  attempts: number;
  /** Attempts whose answer may have been made and never came: they count as paid. */
  lost: Generated<number>;
  sent_at: number;
  ended_at: number | null;
  error: string | null;
  /** Why a refused call has no answer; the last two would be so again. */
  refusal: 'given-up' | 'no-figures' | 'not-askable' | null;
  /** What of the request cannot be asked. */
  reason: string | null;
}
export interface ModelRunCallTable {
  run_id: number;
  call_id: number;
  cost: Generated<number>;
  /** The stage of a generation that asked it first; null where the run is no generation. */
  stage_id: Generated<number | null>;
}
