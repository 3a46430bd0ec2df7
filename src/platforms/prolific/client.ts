import { z } from 'zod';
import { ModelFailure } from '#models/failure.js';
import { answered, transport } from '#models/transport.js';

/**
 * What a request that failed means for what it asked for. `refused`: it was not done, and asking
 * again would be refused too. `not-sent`: it was not done and can be asked later. `unknown`: it may
 * have been done.
 */
export type Meaning = 'refused' | 'not-sent' | 'unknown';

/** A request to Prolific without a usable answer; the message is a sentence for people. */
export class ProlificFailure extends Error {
  constructor(
    readonly meaning: Meaning,
    message: string,
    /** Milliseconds that Prolific asks to wait; null where it asks for nothing. */
    readonly wait: number | null,
  ) {
    super(message);
  }
}

function meaningOf({ status, mayBePaid, kind }: ModelFailure): Meaning {
  if (status === null) return mayBePaid ? 'unknown' : kind === 'stop' ? 'refused' : 'not-sent';
  if (status === 429) return 'not-sent';
  return status < 500 && status !== 408 ? 'refused' : 'unknown';
}

const User = z.object({
  email: z.string().default(''),
  first_name: z.string().default(''),
  last_name: z.string().default(''),
});
const Balance = z.object({ currency_code: z.string(), available_balance: z.number() });
const Id = z.string().regex(/^[\w-]{1,64}$/);

export const StudyAtProlific = z.object({
  id: Id,
  name: z.string(),
  status: z.string(),
  total_available_places: z.int(),
  places_taken: z.int().default(0),
  /** In the smallest coin of the currency. */
  reward: z.number(),
  presentment_currency_code: z.string().default('GBP'),
  estimated_completion_time: z.number().nullish(),
});
export type StudyAtProlific = z.output<typeof StudyAtProlific>;

/** A submission; listed ones name the person `participant_id`, single ones `participant` too. */
export const SubmissionAtProlific = z
  .object({
    id: Id,
    status: z.string(),
    participant_id: Id.optional(),
    participant: Id.optional(),
    study_id: Id.optional(),
    started_at: z.string().nullish(),
    completed_at: z.string().nullish(),
    study_code: z.string().nullish(),
    return_requested: z.string().nullish(),
    bonus_payments: z.array(z.number()).nullish(),
  })
  .transform(({ participant, ...rest }) => ({
    ...rest,
    participant_id: rest.participant_id ?? participant ?? null,
  }));
export type SubmissionAtProlific = z.output<typeof SubmissionAtProlific>;

const SubmissionPage = z.object({
  results: z.array(SubmissionAtProlific),
  meta: z.object({ count: z.int() }).optional(),
});
const Bonuses = z.object({
  id: Id,
  amount: z.number().optional(),
  total_amount: z.number().optional(),
});
const Anything = z.unknown();

/** What a study at Prolific is made with. */
export interface NewStudyAtProlific {
  readonly name: string;
  readonly internalName: string;
  readonly description: string;
  readonly link: string;
  readonly places: number;
  readonly minutes: number;
  readonly rewardMinor: number;
  readonly codes: readonly {
    readonly code: string;
    readonly type: string;
    readonly actor: 'participant' | 'researcher';
    readonly action: string;
  }[];
  readonly invited: readonly string[];
  readonly excluded: readonly string[];
}

export const rejectionCategories = {
  TOO_QUICKLY: 'Exceptionally fast: more than three standard deviations below the mean.',
  FAILED_CHECK: 'Failed attention checks: one in under five minutes, several in a longer study.',
  FAILED_INSTRUCTIONS: 'Did not follow the instructions.',
  LOW_EFFORT: 'Low effort.',
  NO_DATA: 'No data.',
  BAD_CODE: 'A wrong completion code.',
  NO_CODE: 'No completion code.',
  OTHER: 'Something else, said in the message.',
} as const;
export type RejectionCategory = keyof typeof rejectionCategories;

const pageSize = 100;
/** More pages than this are no study of ours. */
const mostPages = 1000;

/** Amounts as the vendor’s CSV has them: 12.34 for 1234. */
const amountText = (minor: number): string =>
  `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;

/**
 * Prolific’s API (docs.prolific.com, read in November 2026). Requests go to `url` alone and follow
 * no redirect. Every function throws `ProlificFailure` where no usable answer came.
 */
export function prolificClient(options: { url: string; token: string; patienceMs?: number }) {
  const { url, token, patienceMs = 30_000 } = options;
  const send = transport({
    credentials: { authorization: `Token ${token}` },
    key: token,
    patienceMs,
    mayBeEmpty: true,
  });
  async function ask<S extends z.ZodType>(
    schema: S,
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    body?: unknown,
  ): Promise<z.output<S>> {
    try {
      return await answered(schema, new AbortController().signal, async (signal) => {
        const response = await send(`${url}/api/v1/${path}`, {
          method,
          signal,
          headers: { accept: 'application/json', 'content-type': 'application/json' },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return response.json();
      });
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      throw new ProlificFailure(meaningOf(error), error.message, error.wait);
    }
  }
  const transition = (submission: string, body: object): Promise<SubmissionAtProlific> =>
    ask(SubmissionAtProlific, 'POST', `submissions/${submission}/transition/`, body);
  return {
    user: () => ask(User, 'GET', 'users/me/'),
    balance: (workspace: string) => ask(Balance, 'GET', `workspaces/${workspace}/balance/`),
    study: (id: string) => ask(StudyAtProlific, 'GET', `studies/${id}/`),
    createStudy: (made: NewStudyAtProlific) =>
      ask(StudyAtProlific, 'POST', 'studies/', {
        name: made.name,
        internal_name: made.internalName,
        description: made.description,
        external_study_url: made.link,
        prolific_id_option: 'url_parameters',
        completion_codes: made.codes.map(({ code, type, actor, action }) => ({
          code,
          code_type: type,
          actor,
          actions: [{ action }],
        })),
        total_available_places: made.places,
        estimated_completion_time: made.minutes,
        reward: made.rewardMinor,
        filters: [
          ...made.invited.map((group) => ['participant_group_allowlist', group]),
          ...made.excluded.map((group) => ['participant_group_blocklist', group]),
        ].map(([filter, group]) => ({ filter_id: filter, selected_values: [group] })),
      }),
    moveStudy: (id: string, action: 'PUBLISH' | 'PAUSE' | 'START' | 'STOP') =>
      ask(StudyAtProlific, 'POST', `studies/${id}/transition/`, { action }),
    setPlaces: (id: string, places: number) =>
      ask(StudyAtProlific, 'PATCH', `studies/${id}/`, { total_available_places: places }),
    submission: (id: string) => ask(SubmissionAtProlific, 'GET', `submissions/${id}/`),
    /** All submissions of a study, page by page. */
    async submissions(study: string): Promise<SubmissionAtProlific[]> {
      const all: SubmissionAtProlific[] = [];
      for (let page = 1; page <= mostPages; page += 1) {
        const { results, meta } = await ask(
          SubmissionPage,
          'GET',
          `submissions/?study=${study}&page=${page}&page_size=${pageSize}`,
        );
        all.push(...results);
        if (results.length === 0 || all.length >= (meta?.count ?? 0)) break;
      }
      return all;
    },
    approve: (submission: string) => transition(submission, { action: 'APPROVE' }),
    reject: (submission: string, why: { message: string; category: RejectionCategory }) =>
      transition(submission, {
        action: 'REJECT',
        message: why.message,
        rejection_category: why.category,
      }),
    complete: (submission: string, code: string) =>
      transition(submission, { action: 'COMPLETE', completion_code: code }),
    requestReturn: (submission: string, reason: string) =>
      ask(Anything, 'POST', `submissions/${submission}/request-return/`, {
        request_return_reasons: [reason],
      }),
    /** Prepares bonuses; nothing is paid yet. At most 200 people. */
    prepareBonuses: (study: string, rows: readonly { person: string; minor: number }[]) =>
      ask(Bonuses, 'POST', 'submissions/bonus-payments/', {
        study_id: study,
        csv_bonuses: rows.map(({ person, minor }) => `${person},${amountText(minor)}`).join('\n'),
      }),
    /** Pays what was prepared. Each call pays again. */
    payBonuses: (id: string) => ask(Anything, 'POST', `bulk-bonus-payments/${id}/pay/`),
    message: (study: string, person: string, body: string) =>
      ask(Anything, 'POST', 'messages/', { recipient_id: person, study_id: study, body }),
    addToGroup: (group: string, people: readonly string[]) =>
      ask(Anything, 'POST', `participant-groups/${group}/participants/`, {
        participant_ids: people,
      }),
  };
}
export type ProlificClient = ReturnType<typeof prolificClient>;
