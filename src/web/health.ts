import { sql } from 'kysely';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Request, RequestHandler } from 'express';
import type { Application } from './application.js';
import type { Route } from './route.js';

/** What Prometheus reads; one registry a process. */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics });
const answered = new Histogram({ name: 'assay_http_request_seconds', help: 'Time to answer a request.', labelNames: ['method', 'route', 'status'], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5], registers: [metrics] });
const inFlight = new Gauge({ name: 'assay_http_requests_in_flight', help: 'Requests being answered now.', registers: [metrics] });
/** Judgments stored by this process; the assignment feature counts them. */
export const judgmentsStored = new Counter({ name: 'assay_judgments_total', help: 'Judgments stored by this process.', registers: [metrics] });

const routePath = (request: Request): string => (request.route as { path?: string } | undefined)?.path ?? 'none';

/** Measures every request by its route, never by its address. */
export const measureRequests: RequestHandler = (request, response, next) => {
  const begun = process.hrtime.bigint();
  inFlight.inc();
  response.once('close', () => {
    inFlight.dec();
    answered.observe({ method: request.method, route: routePath(request), status: response.statusCode }, Number(process.hrtime.bigint() - begun) / 1e9);
  });
  next();
};

async function databaseAnswers(application: Application): Promise<boolean> {
  try {
    await sql`select count(*) from installation_value`.execute(application.db);
    return true;
  } catch (error) {
    application.log.error({ err: error }, 'the database does not answer');
    return false;
  }
}

export const healthRoutes: readonly Route[] = [
  { method: 'get', path: '/healthz', access: 'anyone', sessionless: true, handler: (_request, response) => void response.json({ status: 'ok' }) },
  {
    method: 'get',
    path: '/readyz',
    access: 'anyone',
    sessionless: true,
    handler: async (_request, response, application) => {
      const ready = await databaseAnswers(application);
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'the database does not answer' });
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
