import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const newId = (): string => randomBytes(12).toString('hex');

/** A submission as the server keeps it. */
export interface TestSubmission {
  readonly id: string;
  readonly study_id: string;
  readonly participant_id: string;
  status: string;
  started_at: string;
  completed_at: string | null;
  study_code: string | null;
  return_requested: string | null;
  bonus_payments: number[];
}

const Code = z.object({
  code: z.string(),
  code_type: z.string(),
  actor: z.enum(['participant', 'researcher']).default('participant'),
  actions: z.array(z.object({ action: z.string() })).min(1),
});
const NewStudy = z.object({
  name: z.string().min(1),
  internal_name: z.string(),
  description: z.string().min(1),
  external_study_url: z.url(),
  prolific_id_option: z.literal('url_parameters'),
  completion_codes: z.array(Code).min(1),
  total_available_places: z.int().min(1),
  estimated_completion_time: z.int().min(1),
  reward: z.int().min(1),
  filters: z.array(z.looseObject({ filter_id: z.string() })).default([]),
});
export type TestStudy = z.output<typeof NewStudy> & { id: string; status: string };

/** What goes wrong with the next requests that match. */
export interface Fault {
  readonly path: RegExp;
  /** `lost`: it acts and cuts the connection; `late`: it acts and answers never. */
  readonly kind: 'status' | 'cut' | 'lost' | 'late' | 'other-shape' | 'redirect';
  readonly status?: number;
  readonly retryAfter?: string;
  /** How many requests have it; one unless told. */
  times?: number;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
  ) {
    super(title);
  }
}

const moves: Readonly<Record<string, readonly [string, string]>> = {
  PUBLISH: ['UNPUBLISHED', 'ACTIVE'],
  PAUSE: ['ACTIVE', 'PAUSED'],
  START: ['PAUSED', 'ACTIVE'],
  STOP: ['ACTIVE', 'AWAITING REVIEW'],
};

const Transition = z.discriminatedUnion('action', [
  z.object({ action: z.literal('APPROVE') }),
  z.object({
    action: z.literal('REJECT'),
    message: z.string().min(100),
    rejection_category: z.enum([
      'TOO_QUICKLY',
      'TOO_SLOWLY',
      'FAILED_INSTRUCTIONS',
      'INCOMP_LONGITUDINAL',
      'FAILED_CHECK',
      'LOW_EFFORT',
      'MALINGERING',
      'NO_CODE',
      'BAD_CODE',
      'NO_DATA',
      'UNSUPP_DEVICE',
      'OTHER',
    ]),
  }),
  z.object({ action: z.literal('COMPLETE'), completion_code: z.string() }),
]);

/**
 * A server on 127.0.0.1 that speaks the part of Prolific’s documented protocol that Assay uses. It
 * knows one account with one workspace, and ends with the test.
 */
export async function startProlific(options: { token?: string } = {}) {
  const token = options.token ?? 'prolific-token';
  const studies = new Map<string, TestStudy>();
  const submissions = new Map<string, TestSubmission>();
  const bulks = new Map<string, { study: string; rows: [string, number][]; pays: number }>();
  const groups = new Map<string, Set<string>>();
  const messages: { recipient_id: string; study_id: string; body: string }[] = [];
  const requests: { method: string; path: string; body: unknown }[] = [];
  const faults: Fault[] = [];
  const account = {
    workspace: newId(),
    balance: 100_000,
    hookSecret: newId(),
    busy: 0,
    overlap: 0,
  };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  const studyOf = (id: string): TestStudy => {
    const found = studies.get(id);
    if (found === undefined) throw new Refusal(404, 'No study with that id.');
    return found;
  };
  const submissionOf = (id: string): TestSubmission => {
    const found = submissions.get(id);
    if (found === undefined) throw new Refusal(404, 'No submission with that id.');
    return found;
  };
  const taken = (study: string): number =>
    [...submissions.values()].filter(
      (one) => one.study_id === study && !['RETURNED', 'TIMED-OUT'].includes(one.status),
    ).length;
  const spend = (minor: number): void => {
    if (minor > account.balance) throw new Refusal(400, 'The balance is too small.');
    account.balance -= minor;
  };
  const shown = (study: TestStudy): object => ({
    ...study,
    places_taken: taken(study.id),
    presentment_currency_code: 'GBP',
    workspace: account.workspace,
  });

  function changeStudy(id: string, body: unknown): object {
    const study = studyOf(id);
    const change = z.strictObject({ total_available_places: z.int() }).safeParse(body);
    if (!change.success) throw new Refusal(400, 'Only the places of a study can change.');
    const { total_available_places: places } = change.data;
    if (places < study.total_available_places) throw new Refusal(400, 'Places only grow.');
    spend((places - study.total_available_places) * study.reward);
    study.total_available_places = places;
    return shown(study);
  }

  function moveStudy(id: string, body: unknown): object {
    const study = studyOf(id);
    const { action } = z.object({ action: z.string() }).parse(body);
    const [from, to] = moves[action] ?? ['', ''];
    if (study.status === to) return shown(study);
    if (study.status !== from && !(action === 'STOP' && study.status === 'PAUSED'))
      throw new Refusal(400, `A study that is ${study.status} cannot ${action}.`);
    if (action === 'PUBLISH') spend(study.reward * study.total_available_places);
    study.status = to;
    return shown(study);
  }

  function moveSubmission(id: string, body: unknown): object {
    const submission = submissionOf(id);
    const read = Transition.safeParse(body);
    if (!read.success) throw new Refusal(400, z.prettifyError(read.error));
    const to =
      read.data.action === 'APPROVE'
        ? 'APPROVED'
        : read.data.action === 'REJECT'
          ? 'REJECTED'
          : 'AWAITING REVIEW';
    if (submission.status === to) return submission;
    const from = read.data.action === 'COMPLETE' ? ['ACTIVE', 'TIMED-OUT'] : ['AWAITING REVIEW'];
    if (!from.includes(submission.status))
      throw new Refusal(400, `A submission that is ${submission.status} cannot become ${to}.`);
    if (read.data.action === 'COMPLETE') {
      const { completion_code: code } = read.data;
      const known = studyOf(submission.study_id).completion_codes.find((one) => one.code === code);
      if (known?.actor !== 'researcher') throw new Refusal(400, 'Not a code of the researcher.');
      submission.study_code = code;
      if (known.actions.some(({ action }) => action.includes('SCREEN_OUT'))) {
        submission.status = 'SCREENED OUT';
        return submission;
      }
    }
    submission.status = to;
    return submission;
  }

  function makeBonuses(body: unknown): object {
    const { study_id: study, csv_bonuses: csv } = z
      .object({ study_id: z.string(), csv_bonuses: z.string() })
      .parse(body);
    const rows = csv
      .trim()
      .split('\n')
      .map((line): [string, number] => {
        const [person = '', amount = ''] = line.split(',');
        if (!/^\d+(\.\d{1,2})?$/.test(amount)) throw new Refusal(400, 'Not an amount.');
        return [person, Math.round(Number(amount) * 100)];
      });
    if (rows.length > 200) throw new Refusal(400, 'At most 200 people.');
    if (
      rows.some(
        ([person]) =>
          ![...submissions.values()].some(
            (one) => one.study_id === study && one.participant_id === person,
          ),
      )
    )
      throw new Refusal(400, 'Somebody has no submission in this study.');
    const id = newId();
    bulks.set(id, { study, rows, pays: 0 });
    const amount = rows.reduce((sum, [, minor]) => sum + minor, 0);
    return { id, study, amount, fees: Math.round(amount / 3), vat: 0, total_amount: amount };
  }

  function payBonuses(id: string): null {
    const bulk = bulks.get(id);
    if (bulk === undefined) throw new Refusal(404, 'No bonus payment with that id.');
    bulk.pays += 1;
    for (const [person, minor] of bulk.rows) {
      spend(minor);
      for (const one of submissions.values())
        if (one.study_id === bulk.study && one.participant_id === person)
          one.bonus_payments.push(minor);
    }
    return null;
  }

  function list(query: URLSearchParams): object {
    const page = Number(query.get('page') ?? '1');
    const size = Math.min(Number(query.get('page_size') ?? '20'), 100);
    const all = [...submissions.values()].filter((one) => one.study_id === query.get('study'));
    return {
      results: all.slice((page - 1) * size, page * size),
      meta: { count: all.length },
    };
  }

  const routes: readonly [
    string,
    RegExp,
    (id: string, body: unknown, q: URLSearchParams) => unknown,
  ][] = [
    [
      'GET',
      /^users\/me\/$/,
      () => ({ id: newId(), email: 'lab@example.org', first_name: 'A', last_name: 'Lab' }),
    ],
    [
      'GET',
      /^workspaces\/(\w+)\/balance\/$/,
      (id) => {
        if (id !== account.workspace) throw new Refusal(404, 'No workspace with that id.');
        return {
          currency_code: 'GBP',
          total_balance: account.balance,
          available_balance: account.balance,
        };
      },
    ],
    [
      'POST',
      /^studies\/$/,
      (_id, body) => {
        const study = { ...NewStudy.parse(body), id: newId(), status: 'UNPUBLISHED' };
        studies.set(study.id, study);
        return shown(study);
      },
    ],
    ['GET', /^studies\/(\w+)\/$/, (id) => shown(studyOf(id))],
    ['PATCH', /^studies\/(\w+)\/$/, changeStudy],
    ['POST', /^studies\/(\w+)\/transition\/$/, moveStudy],
    ['GET', /^submissions\/$/, (_id, _body, query) => list(query)],
    ['GET', /^submissions\/(\w+)\/$/, (id) => submissionOf(id)],
    ['POST', /^submissions\/(\w+)\/transition\/$/, moveSubmission],
    [
      'POST',
      /^submissions\/(\w+)\/request-return\/$/,
      (id) => {
        const submission = submissionOf(id);
        submission.return_requested ??= new Date().toISOString();
        return submission;
      },
    ],
    ['POST', /^submissions\/bonus-payments\/$/, (_id, body) => makeBonuses(body)],
    ['POST', /^bulk-bonus-payments\/(\w+)\/pay\/$/, payBonuses],
    [
      'POST',
      /^messages\/$/,
      (_id, body) => {
        messages.push(
          z
            .object({ recipient_id: z.string(), study_id: z.string(), body: z.string() })
            .parse(body),
        );
        return {};
      },
    ],
    [
      'POST',
      /^participant-groups\/(\w+)\/participants\/$/,
      (id, body) => {
        const group = groups.get(id);
        if (group === undefined) throw new Refusal(404, 'No group with that id.');
        for (const person of z.object({ participant_ids: z.array(z.string()) }).parse(body)
          .participant_ids)
          group.add(person);
        return { results: [...group].map((participant_id) => ({ participant_id })) };
      },
    ],
    ['POST', /^researchers\/participants\/$/, () => ({ participant_id: newId() })],
    [
      'POST',
      /^hooks\/secrets\/$/,
      () => ({ id: newId(), value: account.hookSecret, workspace_id: account.workspace }),
    ],
  ];

  function act(method: string, url: URL, body: unknown): unknown {
    const path = url.pathname.replace(/^\/api\/v1\//, '');
    for (const [verb, pattern, run] of routes) {
      const match = verb === method ? pattern.exec(path) : null;
      if (match !== null) return run(match[1] ?? '', body, url.searchParams);
    }
    throw new Refusal(404, 'There is nothing here.');
  }

  const keys = (): object => ({
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }],
  });

  function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const method = request.method ?? 'GET';
    const at = faults.findIndex(({ path }) => path.test(`${method} ${url.pathname}`));
    const fault = faults[at];
    if (fault !== undefined) {
      fault.times = (fault.times ?? 1) - 1;
      if (fault.times <= 0) faults.splice(at, 1);
    }
    const say = (status: number, body: unknown): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(body === null ? '' : JSON.stringify(body));
    let body: unknown = null;
    try {
      if (text !== '') body = JSON.parse(text);
    } catch {
      return say(400, { error: { title: 'Not JSON.' } });
    }
    requests.push({ method, path: `${url.pathname}${url.search}`, body });
    if (fault?.kind === 'cut') return void request.socket.destroy();
    if (fault?.kind === 'redirect')
      return void response.writeHead(307, { location: 'http://localhost:1/' }).end();
    if (fault?.kind === 'other-shape') return say(200, { something: 'else' });
    if (fault?.kind === 'status') {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      return say(fault.status ?? 500, { error: { title: 'A fault.', detail: 'on demand' } });
    }
    if (url.pathname === '/.well-known/study/jwks.json') return say(200, keys());
    if (request.headers.authorization !== `Token ${token}`)
      return say(401, { error: { title: 'Authentication credentials were not provided.' } });
    try {
      const result = act(method, url, body);
      if (fault?.kind === 'lost') return void request.socket.destroy();
      if (fault?.kind === 'late') return;
      say(result === null ? 202 : 200, result);
    } catch (error) {
      if (error instanceof Refusal) return say(error.status, { error: { title: error.title } });
      if (error instanceof z.ZodError)
        return say(400, { error: { title: z.prettifyError(error) } });
      throw error;
    }
  }

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    const isBonus = /bonus-payments/.test(request.url ?? '');
    if (isBonus) account.busy += 1;
    account.overlap = Math.max(account.overlap, account.busy);
    response.once('close', () => {
      if (isBonus) account.busy -= 1;
    });
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => answer(request, response, Buffer.concat(parts).toString('utf8')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);

  /** The headers and body of a webhook as the server signs it. */
  const signed = (
    event: object,
    at: { now: number; id?: string; secret?: string },
  ): { headers: Record<string, string>; body: string } => {
    const body = JSON.stringify(event);
    const timestamp = String(Math.floor(at.now / 1000));
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'x-event-id': at.id ?? newId(),
        'x-prolific-request-timestamp': timestamp,
        'x-prolific-request-signature': createHmac('sha256', at.secret ?? account.hookSecret)
          .update(timestamp + body)
          .digest('base64'),
      },
    };
  };

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    account,
    studies,
    submissions,
    bulks,
    groups,
    messages,
    requests,
    faults,
    close,
    newPerson: newId,
    signed,
    /** A signed link’s token for these claims. */
    jwt(claims: object): string {
      const encoded = [{ alg: 'ES256', kid: 'one', typ: 'JWT' }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      return `${encoded}.${sign('sha256', Buffer.from(encoded), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
    /** A study that stands at Prolific already. */
    addStudy(part: Partial<TestStudy> = {}): TestStudy {
      const study: TestStudy = {
        id: newId(),
        name: 'A study',
        internal_name: '',
        description: 'Judge texts.',
        external_study_url: 'https://assay.example.org/p/x',
        prolific_id_option: 'url_parameters',
        completion_codes: [
          {
            code: 'DONE',
            code_type: 'COMPLETED',
            actor: 'participant',
            actions: [{ action: 'MANUALLY_REVIEW' }],
          },
          {
            code: 'FIXED',
            code_type: 'OTHER',
            actor: 'researcher',
            actions: [{ action: 'MANUALLY_REVIEW' }],
          },
        ],
        total_available_places: 10,
        estimated_completion_time: 10,
        reward: 150,
        filters: [],
        status: 'ACTIVE',
        ...part,
      };
      studies.set(study.id, study);
      return study;
    },
    /** A person takes one of the Prolific places. */
    take(study: TestStudy, status = 'ACTIVE', person: string = newId()): TestSubmission {
      const submission: TestSubmission = {
        id: newId(),
        study_id: study.id,
        participant_id: person,
        status,
        started_at: new Date().toISOString(),
        completed_at: null,
        study_code: null,
        return_requested: null,
        bonus_payments: [],
      };
      submissions.set(submission.id, submission);
      return submission;
    },
  };
}
export type TestProlific = Awaited<ReturnType<typeof startProlific>>;
