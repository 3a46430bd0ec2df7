import type { ModelsConfig } from '../config.js';
import type { ModelAnswer, ModelRequest, ScoreKind } from './request.js';
import type { ModelSettings, ProviderName } from './settings.js';

/** An open way to one model. Closing it lets go of connections and processes. */
export interface Asker {
  /**
   * Asks once, without trying again; only a field that the server refuses, which costs nothing, is
   * asked with another value. Throws a `ModelFailure`; where the signal is aborted, its reason.
   */
  ask(request: ModelRequest, signal: AbortSignal): Promise<ModelAnswer>;
  close(): Promise<void>;
  /** What was found out about the server while it was asked; null where it was not asked for it. */
  readonly learned?: { readonly maxTokensZero: boolean | null };
}

/** One way to ask models: a vendor's protocol, or a file. */
export interface Provider {
  readonly name: ProviderName;
  readonly sentence: string;
  /** The kinds of score that it can give with these settings, the best first. */
  kinds(settings: ModelSettings): readonly ScoreKind[];
  /** Opens a way to the model. Throws a `ModelFailure` of kind `stop` that says what to do. */
  open(settings: ModelSettings, models: ModelsConfig): Promise<Asker>;
}
