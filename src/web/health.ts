import { sql } from 'kysely';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Request, RequestHandler } from 'express';
import { outageOf } from '#storage/faults.js';
import type { Application } from './application.js';
import type { Route } from './route.js';

/** What Prometheus reads; one registry a process. */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics });
const answered = new Histogram({
  name: 'assay_http_request_seconds',
  help: 'Time to answer a request.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  registers: [metrics],
});
const inFlight = new Gauge({
  name: 'assay_http_requests_in_flight',
  help: 'Requests being answered now.',
  registers: [metrics],
});
/** Judgments stored by this process; the assignment feature counts them. */
export const judgmentsStored = new Counter({
  name: 'assay_judgments_total',
  help: 'Judgments stored by this process.',
  registers: [metrics],
});

const routePath = (request: Request): string =>
  (request.route as { path?: string } | undefined)?.path ?? 'none';

/** Measures every request by its route, never by its address. */
export const measureRequests: RequestHandler = (request, response, next) => {
  const begun = process.hrtime.bigint();
  inFlight.inc();
  response.once('close', () => {
    inFlight.dec();
    answered.observe(
      { method: request.method, route: routePath(request), status: response.statusCode },
      Number(process.hrtime.bigint() - begun) / 1e9,
    );
  });
  next();
};

/** How long the outcome of a trial write is believed, in milliseconds. */
const writtenEvery = 10_000;
interface TrialWrite {
  readonly at: number;
  readonly done: Promise<unknown>;
}
const trialWrites = new WeakMap<Application, TrialWrite>();

/**
 * Writes one row, every ten seconds at most: a database on a full disk still reads. Rejects where
 * it was not written.
 */
function trialWrite(application: Application): Promise<unknown> {
  const now = application.now();
  const last = trialWrites.get(application);
  if (last !== undefined && now >= last.at && now - last.at < writtenEvery) return last.done;
  const value = String(now);
  const done = application.db
    .insertInto('installation_value')
    .values({ name: 'last_trial_write', value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  trialWrites.set(application, { at: now, done });
  return done;
}

const notReady = {
  away: 'the database cannot be reached',
  full: 'the database cannot store anything',
  held: 'another program keeps the database locked',
} as const;

/** Why the database cannot serve; undefined where it reads and writes. */
async function databaseFault(application: Application): Promise<string | undefined> {
  try {
    await sql`select count(*) from installation_value`.execute(application.db);
    await trialWrite(application);
    return undefined;
  } catch (error) {
    application.log.error({ err: error }, 'the database is not ready');
    const outage = outageOf(error);
    return outage === undefined ? 'the database does not answer' : notReady[outage];
  }
}

export const healthRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/healthz',
    access: 'anyone',
    sessionless: true,
    handler: (_request, response) => void response.json({ status: 'ok' }),
  },
  {
    method: 'get',
    path: '/readyz',
    access: 'anyone',
    sessionless: true,
    handler: async (_request, response, application) => {
      const fault = await databaseFault(application);
      response.status(fault === undefined ? 200 : 503).json({ status: fault ?? 'ready' });
    },
  },
  {
    method: 'get',
    path: '/metrics',
    access: 'operator',
    handler: async (_request, response) => {
      response.type(metrics.contentType).send(await metrics.metrics());
    },
  },
];
