/**
 * What an answer that did not come means for those that follow:
 * `stop`: the next would fail too, so the run stops;
 * `again`: the same request may succeed later;
 * `no-figures`: the server answers without the figures that this kind of score needs;
 * `not-askable`: this one request cannot be asked, others can.
 */
export const failureKinds = ['stop', 'again', 'no-figures', 'not-askable'] as const;
export type FailureKind = (typeof failureKinds)[number];

/**
 * Why one request cannot be asked: prompt and reply are over the context; the text holds a control
 * token of the model; a token spans the end of the prompt and the beginning of the reply; two
 * choices begin with the same token, where first tokens are compared.
 */
export const notAskable = [
  'over-context',
  'control-token',
  'spanning-token',
  'same-first-token',
] as const;
export type NotAskable = (typeof notAskable)[number];

/** A request to a model that has no usable answer. The message is a sentence for people. */
export class ModelFailure extends Error {
  readonly kind: FailureKind;
  /** Milliseconds that the server asks to wait; null where it asks for nothing. */
  readonly wait: number | null;
  /** An answer may have been made and lost, so that it has to count as paid. */
  readonly mayBePaid: boolean;
  /** Why it cannot be asked, for counts by reason; null where that is not known. */
  readonly reason: NotAskable | null;
  /** The HTTP status of the refusal; null where none came. */
  readonly status: number | null;

  constructor(
    kind: FailureKind,
    message: string,
    options: {
      wait?: number | null;
      mayBePaid?: boolean;
      reason?: NotAskable | null;
      status?: number;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.wait = options.wait ?? null;
    this.mayBePaid = options.mayBePaid ?? false;
    this.reason = options.reason ?? null;
    this.status = options.status ?? null;
  }
}
