import type { Generated } from 'kysely';
import type { Id } from './columns.js';

export interface GenerationTable {
  id: Id;
  public_id: string;
  /** What it asks models, under one budget. */
  run_id: number;
  name: string;
  /** The pipeline as JSON, as it was read. */
  pipeline: string;
  /** The file as it was given. */
  source: string;
  /** Over the pipeline as JSON. */
  sha256: string;
  /** Which version of a model stands for each name of the pipeline: name → public id. */
  models: string;
  /** Which version of a few-shot dataset stands for each name of it: name → public id. */
  datasets: Generated<string>;
  /** The generation that this one is the next round of, and what was changed and why. */
  follows: number | null;
  changes: string | null;
  created_at: number;
  created_by: number | null;
}
export type GenerationStageState = 'waiting' | 'running' | 'review' | 'done' | 'stale';
export interface GenerationStageTable {
  id: Id;
  generation_id: number;
  /** From 0, as in the pipeline. */
  position: number;
  /** From 1; the newest one that is not stale counts. */
  attempt: number;
  /** How often it was done again for its own sake, so that it draws anew; its followers do not. */
  draw: Generated<number>;
  kind: string;
  state: GenerationStageState;
  /** What it came to, as JSON; null until it is done. */
  result: string | null;
  started_at: number | null;
  finished_at: number | null;
}
export interface CandidateTable {
  id: Id;
  public_id: string;
  stage_id: number;
  /** Which request of its stage it comes from, and which of the texts in the answer it is. */
  slot: number;
  place: number;
  parent_id: number | null;
  /** The index of the label that it was written for; null where the pipeline has none. */
  label: number | null;
  /** The index of the prompt that wrote it; null where no model did. */
  prompt: number | null;
  call_id: number | null;
  /** Field → text, as JSON. */
  fields: string;
  /** SHA-256 over what raters would see, without case, marks and white space. */
  text_hash: Uint8Array;
}
export interface CandidateDecisionTable {
  stage_id: number;
  candidate_id: number;
  /** 1 kept, 0 dropped. */
  kept: 0 | 1;
  /** One of `reasons`; null where it was kept. */
  reason: string | null;
  detail: string | null;
  /** From 1 among those that were kept, the best first. */
  rank: number | null;
}
export interface CandidateScoreTable {
  stage_id: number;
  candidate_id: number;
  name: string;
  model_id: number;
  value: number;
  /** The probability on all replies together; null where that is not known. */
  mass: number | null;
  kind: string;
  call_id: number | null;
}
export type ReviewAction = 'accepted' | 'edited' | 'rejected' | 'skipped' | 'reopened';
/** Append only: the newest row of a candidate counts. */
export interface CandidateReviewTable {
  id: Id;
  stage_id: number;
  candidate_id: number;
  account_id: number | null;
  action: ReviewAction;
  /** The fields before and after, as JSON. */
  before: string;
  after: string | null;
  active_ms: number;
  at: number;
}
/** Who was first shown which candidate for review, and when. */
export interface CandidateOpeningTable {
  stage_id: number;
  candidate_id: number;
  account_id: number;
  at: number;
}
export interface PublicationTable {
  id: Id;
  public_id: string;
  generation_id: number;
  /** The attempt of the last stage whose candidates are published. */
  stage_id: number;
  state: 'asked' | 'approved' | 'published' | 'refused' | 'failed';
  counts: string;
  note: string | null;
  kept_dataset_id: number | null;
  dropped_dataset_id: number | null;
  asked_at: number;
  asked_by: number | null;
  decided_at: number | null;
  decided_by: number | null;
  published_at: number | null;
  /** When the dropped texts are to be removed. */
  dropped_until: number | null;
  /** When they were. */
  dropped_removed_at: number | null;
}
export interface PublicationRowTable {
  publication_id: number;
  part: 'kept' | 'dropped';
  line_number: number;
  candidate_id: number;
}
