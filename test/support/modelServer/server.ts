import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messages } from './anthropic.js';
import { type Behaviour, plainBehaviour, Refusal } from './behaviour.js';
import { FaultPlan, type Fault } from './faults.js';
import { chatCompletions, completions, modelList } from './openai.js';

/** A request as the server saw it. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it was sent; JSON where it is a question. */
  readonly body: string;
  /**
   * `open`: not answered yet; `answered`: the whole answer was handed to the system; `cut`: the
   * client went before that, or the server cut it off.
   */
  outcome: 'open' | 'answered' | 'cut';
  /** The status that was written; null where there was none. */
  status: number | null;
}

export interface ModelServer {
  /** Without a path, as `http://127.0.0.1:41234`. */
  readonly address: string;
  /** The base of OpenAI's protocol. */
  readonly url: string;
  /** As `MODEL_HOSTS` names it. */
  readonly host: string;
  /** Every request since the start, the oldest first. */
  readonly log: readonly LoggedRequest[];
  /** Changes how the server answers from the next request on; schedules of faults begin anew. */
  behave(changes: Partial<Behaviour>): void;
  close(): Promise<void>;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const refusalOf = (path: string, { status, message, code }: Refusal): object =>
  path.endsWith('/messages')
    ? { type: 'error', error: { type: code ?? 'invalid_request_error', message } }
    : { error: { message, type: 'invalid_request_error', param: null, code }, status };

function retryAfter(fault: Extract<Fault, { kind: 'status' }>): Record<string, string> {
  if (fault.retryAfter === undefined) return {};
  const value =
    'seconds' in fault.retryAfter
      ? String(fault.retryAfter.seconds)
      : new Date(Date.now() + fault.retryAfter.dateInSeconds * 1_000).toUTCString();
  return { 'retry-after': value };
}

/** Starts a server on a free port of this machine. */
export async function startModelServer(changes: Partial<Behaviour> = {}): Promise<ModelServer> {
  let behaviour = { ...plainBehaviour, ...changes };
  let plan = new FaultPlan(behaviour.faults);
  const log: LoggedRequest[] = [];
  const times = new Map<string, number>();

  const timesOf = (prompt: string): number => {
    const seen = times.get(prompt) ?? 0;
    times.set(prompt, seen + 1);
    return seen;
  };

  function answerOf(logged: LoggedRequest, fault: Fault | null, path: string): object {
    const key =
      logged.headers['x-api-key'] ?? logged.headers.authorization?.replace(/^Bearer /, '');
    if (behaviour.key !== null && key !== behaviour.key)
      throw new Refusal(401, 'Incorrect API key provided.', 'invalid_api_key');
    if (logged.method === 'GET' && path === '/v1/models') return modelList(behaviour);
    const ask = { behaviour, fault, count: log.length, body: JSON.parse(logged.body || 'null') };
    if (path === '/v1/completions') return completions(ask);
    if (path === '/v1/chat/completions') return chatCompletions(ask);
    if (path === '/v1/messages') return messages({ ...ask, times: timesOf });
    throw new Refusal(404, `There is nothing at ${logged.method} ${path}.`);
  }

  function send(
    logged: LoggedRequest,
    response: ServerResponse,
    options: { status: number; body: string; headers?: Record<string, string>; part?: 'half' },
  ): void {
    const body = Buffer.from(options.body);
    logged.status = options.status;
    response.writeHead(options.status, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      ...options.headers,
    });
    if (options.part === 'half') response.write(body.subarray(0, body.length / 2));
    else response.end(body);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(request.url ?? '/', 'http://localhost');
    const logged: LoggedRequest = {
      method: request.method ?? '',
      path,
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: await bodyOf(request),
      outcome: 'open',
      status: null,
    };
    log.push(logged);
    response.on('finish', () => (logged.outcome = 'answered'));
    response.on('close', () => {
      if (logged.outcome === 'open') logged.outcome = 'cut';
    });
    const fault = plan.due({ path, body: logged.body });
    if (behaviour.latencyMs > 0) await wait(behaviour.latencyMs);
    if (response.destroyed) return;
    if (fault?.kind === 'silent') return;
    if (fault?.kind === 'hung-up') return void response.destroy();
    const other = otherAnswer(fault, request);
    if (other !== null) return send(logged, response, other);
    try {
      const body = JSON.stringify(answerOf(logged, fault, path));
      const half = fault?.kind === 'cut' || fault?.kind === 'stalled';
      send(logged, response, { status: 200, body, ...(half ? { part: 'half' } : {}) });
      // The half has to arrive first: what is written is flushed before the connection ends.
      if (fault?.kind === 'cut') response.socket?.end();
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, String(error));
      const body = JSON.stringify(refusalOf(path, refusal));
      send(logged, response, { status: refusal.status, body });
    }
  }

  const server = createServer((request, response) => {
    // A client that goes while its request is read leaves nobody to answer.
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  function otherAnswer(
    fault: Fault | null,
    request: IncomingMessage,
  ): { status: number; body: string; headers?: Record<string, string> } | null {
    if (fault?.kind === 'status') {
      const sentence = fault.sentence ?? `The server says ${fault.status}.`;
      const body = JSON.stringify(
        refusalOf(request.url ?? '', new Refusal(fault.status, sentence)),
      );
      return { status: fault.status, body, headers: retryAfter(fault) };
    }
    if (fault?.kind === 'html')
      return {
        status: 200,
        body: '<!doctype html><title>Sign in</title><p>Please sign in.</p>',
        headers: { 'content-type': 'text/html' },
      };
    if (fault?.kind === 'other-shape')
      return {
        status: 200,
        body: JSON.stringify({ generated_text: 'as another protocol has it' }),
      };
    if (fault?.kind === 'redirect')
      return {
        status: 307,
        body: '',
        headers: { location: `http://localhost:${port}${request.url}${fault.query ?? ''}` },
      };
    return null;
  }

  return {
    address: `http://127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/v1`,
    host: `127.0.0.1:${port}`,
    log,
    behave(next) {
      behaviour = { ...behaviour, ...next };
      plan = new FaultPlan(behaviour.faults);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
