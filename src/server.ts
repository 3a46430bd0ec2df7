import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { DestinationStream } from 'pino';
import { createJobs } from '#jobs/runner.js';
import { lockDataFolder } from '#storage/lock.js';
import { openReadyDatabase, unreachable } from '#storage/ready.js';
import type { Application } from '#web/application.js';
import { longestArrival } from '#web/arrival.js';
import { gentleClose } from '#web/gentleClose.js';
import { createLog } from '#web/log.js';
import type { ServerOptions } from '#web/server.js';
import { createApp } from './app.js';
import { type Config, readConfig } from './config.js';
import { jobKinds, startUp, type Sweep, sweeps } from './background.js';

/** A running server: where it listens and how to stop it. */
export interface RunningServer {
  readonly application: Application;
  readonly address: string;
  stop(): Promise<void>;
}

const stopWithin = 20_000;
function lockFolder(config: Config): () => void {
  if (config.database.engine !== 'sqlite') return () => undefined;
  try {
    return lockDataFolder(config.dataFolder);
  } catch (error) {
    throw error instanceof Error && 'code' in error ? unreachable(config.database, error) : error;
  }
}

const listen = (listening: Server, config: Config): Promise<number> =>
  new Promise((resolve, reject) => {
    listening.once('error', reject);
    listening.listen(config.port, ...(config.host === null ? [] : [config.host]), () =>
      resolve((listening.address() as AddressInfo).port),
    );
  });

/**
 * Starts the server with these settings; everything that it takes is given back by `stop`, and at
 * once where the start fails.
 * @param options.sweeps what it does again and again; none where a test keeps a clock of its own
 */
export async function openServer(
  environment: Record<string, string | undefined>,
  options: { logTo?: DestinationStream; sweeps?: readonly Sweep[] } & ServerOptions = {},
): Promise<RunningServer> {
  const config = readConfig(environment);
  const givenBack: (() => unknown)[] = [];
  const giveBack = async (): Promise<void> => {
    while (givenBack.length > 0) await givenBack.pop()?.();
  };
  try {
    givenBack.push(lockFolder(config));
    const log = createLog(config.logLevel, options.logTo);
    const database = await openReadyDatabase(config.database, { warn: (words) => log.warn(words) });
    givenBack.push(() => database.close());
    const jobs = createJobs({ database, log, now: Date.now, kinds: jobKinds(config) });
    const timers: NodeJS.Timeout[] = [];
    // They end after the jobs, which need their signs of life until then.
    givenBack.push(() => timers.forEach(clearInterval));
    givenBack.push(() => jobs.stop());
    const listening = createServer();
    // Node knows one limit for all requests; what is no upload has a shorter one in web/arrival.ts.
    listening.requestTimeout = longestArrival;
    // Longer than proxies keep a connection idle, so that none of them sends into one that was just
    // closed.
    listening.keepAliveTimeout = 75_000;
    let app: Express | null = null;
    const close = gentleClose(listening, stopWithin);
    const early: [IncomingMessage, ServerResponse][] = [];
    listening.on(
      'request',
      (request, response) =>
        void (app === null ? early.push([request, response]) : app(request, response)),
    );
    const port = await listen(listening, config);
    givenBack.push(close);
    const application: Application = {
      config: {
        ...config,
        port,
        baseUrl:
          config.port === 0 && !environment['BASE_URL']
            ? `http://localhost:${port}`
            : config.baseUrl,
      },
      database,
      db: database.db,
      log,
      jobs,
      now: Date.now,
    };
    await startUp(application);
    app = await createApp(application, options);
    for (const [request, response] of early) app(request, response);
    await jobs.start();
    for (const sweep of options.sweeps ?? sweeps) {
      const timer = setInterval(() => {
        sweep
          .run(application)
          .catch((error: unknown) =>
            log.error({ err: error, sweep: sweep.name }, 'a sweep failed'),
          );
      }, sweep.everyMs);
      timers.push(timer);
    }
    return { application, address: application.config.baseUrl, stop: giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}
