import type { Asking, OpenModel } from '#models/asking.js';
import type { Database } from '#storage/database.js';
import type { FlowCandidate } from './candidates.js';
import type { Generation, Stage, StageResult } from './generation.js';
import type { StageKind, StageOf } from './pipeline.js';

/** What the work of a stage is given. */
export interface StageContext<K extends StageKind> {
  readonly database: Database;
  readonly generation: Generation;
  readonly stage: Stage;
  readonly settings: StageOf<K>;
  /** The candidates that come in, in the order in which they were made. */
  readonly candidates: readonly FlowCandidate[];
  /** The model that a name of the pipeline stands for, open. */
  readonly model: (name: string) => OpenModel;
  readonly asking: Asking;
  /** What is drawn at random is drawn from this: another number where it is done again on purpose. */
  readonly seed: number;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Says how far it is, for people who wait. */
  readonly report: (done: number, of: number) => void;
}

/**
 * The work of one kind of stage. It stores candidates, decisions and scores under its stage, and is
 * begun anew after a death, so it must do no harm twice: the same answers give the same rows.
 */
export type StageWork<K extends StageKind> = (
  context: StageContext<K>,
) => Promise<Pick<StageResult, 'made' | 'kept'>>;
