import compression from 'compression';
import express, { type Express } from 'express';
import { refuseMalformed } from './address.js';
import type { Application } from './application.js';
import { arriveInTime, usualArrival } from './arrival.js';
import { assetVersion, publicFolder } from './assets.js';
import { failureHandlers } from './failures.js';
import { securityHeaders, singleHost } from './headers.js';
import { measureRequests } from './health.js';
import { requestLog } from './log.js';
import { type Doorkeepers, register } from './register.js';
import type { Route } from './route.js';
import { sessionMiddleware } from './sessions.js';

/** What a test may set of an app. */
export interface ServerOptions {
  /** How long a request that is no upload may take to arrive, ms. */
  readonly arrivalMs?: number | undefined;
}

/**
 * The Express app over tables of routes: what stands before every route, the routes, what stands
 * behind them.
 */
export async function createServer(
  application: Application,
  routes: readonly Route[],
  doorkeepers: Doorkeepers,
  options: ServerOptions = {},
): Promise<Express> {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', application.config.trustedProxies);
  app.set('etag', false);
  app.use(
    arriveInTime(options.arrivalMs ?? usualArrival),
    singleHost,
    requestLog(application.log),
    measureRequests,
    securityHeaders(application.config),
  );
  app.use(
    `/assets/${assetVersion}`,
    compression(),
    express.static(publicFolder, {
      immutable: true,
      maxAge: '365d',
      index: false,
      redirect: false,
    }),
  );
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use(refuseMalformed);
  const session = await sessionMiddleware(application);
  register(app, routes, application, doorkeepers, session);
  const { nothingHere, failures } = failureHandlers(application);
  app.use(nothingHere);
  app.use(failures);
  return app;
}
