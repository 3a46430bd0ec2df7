import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { DestinationStream } from 'pino';
import { createLink, hasAccounts } from '#accounts/account.js';
import { linkAddress } from '#accounts/administration.js';
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
import { jobKinds, startUp, type Sweep, sweeps } from './work.js';

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
    const database = await openReadyDatabase(config.database);
    givenBack.push(() => database.close());
    const log = createLog(config.logLevel, options.logTo);
    const jobs = createJobs({ database, log, now: Date.now, kinds: jobKinds(config) });
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
    const timers = (options.sweeps ?? sweeps).map((sweep) =>
      setInterval(() => {
        sweep
          .run(application)
          .catch((error: unknown) =>
            log.error({ err: error, sweep: sweep.name }, 'a sweep failed'),
          );
      }, sweep.everyMs),
    );
    givenBack.push(() => timers.forEach(clearInterval));
    return { application, address: application.config.baseUrl, stop: giveBack };
  } catch (error) {
    await giveBack();
    throw error;
  }
}

/** Why the server did not start, in words. */
function startFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const port = process.env['PORT'] ?? '3000';
  if (code === 'EADDRINUSE')
    return `Port ${port} is taken by another program. Choose another one: PORT=3001 npm start`;
  if (code === 'EACCES')
    return `This user may not listen on port ${port}. Choose one above 1023: PORT=3000 npm start`;
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL')
    return `HOST: “${process.env['HOST'] ?? ''}” is not an address of this machine. Leave it empty to listen on every address. Example: HOST=127.0.0.1`;
  return error instanceof Error ? error.message : String(error);
}

/**
 * The process of `npm start`: prints where Assay is, the set-up link at the first start, and stops
 * cleanly on a signal.
 */
export async function startServer(words: readonly string[]): Promise<void> {
  let server: RunningServer | null = null;
  let stopping = false;
  const end = (): void => {
    if (server === null) return;
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      console.log('Stopping: requests in flight are finished first.');
      end();
    });
  }
  try {
    server = await openServer(process.env);
  } catch (error) {
    console.error(startFault(error));
    process.exitCode = 1;
    return;
  }
  if (stopping) {
    end();
    return;
  }
  try {
    await welcome(server, words);
  } catch (error) {
    // Whoever stops a server that is still greeting closes the database under it.
    if (!stopping) throw error;
  }
}

/**
 * Says where the server is, prints the set-up link where nobody can sign in yet, and loads the demo
 * where it was asked for.
 */
async function welcome(server: RunningServer, words: readonly string[]): Promise<void> {
  const { application } = server;
  console.log(`Assay is at ${server.address}`);
  if (!(await hasAccounts(application.db))) {
    const secret = await createLink(application.db, {
      purpose: 'set-up',
      accountId: null,
      now: application.now(),
    });
    console.log(
      `Open this link once to set up the first admin (it works for seven days):\n${linkAddress(application, secret)}`,
    );
  }
  if (words.includes('--demo')) {
    const { loadDemo } = await import('./demo/load.js');
    await loadDemo(server);
  }
}
