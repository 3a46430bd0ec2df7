/**
 * What an answer that did not come means for those that follow:
 * `stop`: the next would fail too, so the run stops;
 * `again`: the same request may succeed later;
 * `no-figures`: the server answers without the figures that this kind of score needs;
 * `not-askable`: this one request cannot be asked, others can.
 */
export type FailureKind = 'stop' | 'again' | 'no-figures' | 'not-askable';

/** A request to a model that has no usable answer. The message is a sentence for people. */
export class ModelFailure extends Error {
  readonly kind: FailureKind;
  /** Milliseconds that the server asks to wait; null where it asks for nothing. */
  readonly wait: number | null;
  /** An answer may have been made and lost, so that it has to count as paid. */
  readonly mayBePaid: boolean;

  constructor(
    kind: FailureKind,
    message: string,
    options: { wait?: number | null; mayBePaid?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.wait = options.wait ?? null;
    this.mayBePaid = options.mayBePaid ?? false;
  }
}
