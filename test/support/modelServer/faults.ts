/** What goes wrong with one request. */
export type Fault =
  /** A refusal with a sentence, and with `Retry-After` in seconds or as a date. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly sentence?: string;
      readonly retryAfter?: { readonly seconds: number } | { readonly dateInSeconds: number };
    }
  /** Nothing is answered, and the connection stays open. */
  | { readonly kind: 'silent' }
  /** The head and half of the body come, then nothing. */
  | { readonly kind: 'stalled' }
  /** The head and half of the body come, then the connection ends. */
  | { readonly kind: 'cut' }
  /** The connection ends before anything was answered. */
  | { readonly kind: 'hung-up' }
  /** A page with status 200. */
  | { readonly kind: 'html' }
  /** 307 to the same server under another name, which counts as another host. */
  | { readonly kind: 'redirect'; readonly query?: string }
  /** JSON of another protocol. */
  | { readonly kind: 'other-shape' }
  | { readonly kind: 'no-log-probabilities' }
  /** `echo` is taken and changes nothing. */
  | { readonly kind: 'no-echo' }
  /** Every echoed token has the log-probability 0. */
  | { readonly kind: 'zero-log-probabilities' }
  /** Tokens have the same log-probabilities whatever stands before them. */
  | { readonly kind: 'deaf' }
  /** The last token of this text is one with the token before it. */
  | { readonly kind: 'spanning-token'; readonly token: string };

/** A fault and the requests that have it: those that fulfil all of its conditions. */
export interface PlannedFault {
  readonly fault: Fault;
  /** The end of the path, such as `/completions`. */
  readonly path?: string;
  /** The body holds this text. */
  readonly prompt?: string;
  /** The first so many of the requests that fulfil the conditions above. */
  readonly first?: number;
  /** Each second, third, … of them. */
  readonly every?: number;
}

/** Tells which requests go wrong, counting for each planned fault the requests it is meant for. */
export class FaultPlan {
  readonly #planned: readonly { plan: PlannedFault; seen: { count: number } }[];

  constructor(planned: readonly PlannedFault[]) {
    this.#planned = planned.map((plan) => ({ plan, seen: { count: 0 } }));
  }

  /** The first planned fault that this request has. */
  due(request: { path: string; body: string }): Fault | null {
    let due: Fault | null = null;
    for (const { plan, seen } of this.#planned) {
      if (plan.path !== undefined && !request.path.endsWith(plan.path)) continue;
      // A body is JSON, in which a quotation mark of a prompt is escaped.
      if (
        plan.prompt !== undefined &&
        !request.body.includes(JSON.stringify(plan.prompt).slice(1, -1))
      )
        continue;
      seen.count += 1;
      if (plan.first !== undefined && seen.count > plan.first) continue;
      if (plan.every !== undefined && seen.count % plan.every !== 0) continue;
      due ??= plan.fault;
    }
    return due;
  }
}
