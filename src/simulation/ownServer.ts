import type { Application } from '#web/application.js';
import { Problem } from '#web/problem.js';
import type { RunningServer } from '../server.js';

/**
 * Opens a server over the installation of a command, on a free port of this machine. Throws a
 * `Problem` where another server already serves from the data folder: then that one has to be
 * named.
 */
export async function openOwnServer(application: Application): Promise<RunningServer> {
  const { openServer } = await import('../server.js');
  const { config } = application;
  try {
    const environment = {
      PORT: '0',
      HOST: '127.0.0.1',
      ASSAY_DATA: config.dataFolder,
      LOG_LEVEL: application.log.level,
      NODE_ENV: config.environment,
      ...(config.database.engine === 'postgres' ? { DATABASE_URL: config.database.url } : {}),
    };
    // Standard output belongs to the command.
    return await openServer(environment, { logTo: process.stderr });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (
      !(cause instanceof Error && 'code' in cause && String(cause.code).startsWith('SQLITE_BUSY'))
    )
      throw error;
    throw new Problem(
      409,
      'server_running',
      'A server runs on this data folder already.',
      `Name it, so that its pages are used: --url ${config.baseUrl}`,
    );
  }
}

/**
 * Where the pages of a running server are reached from its own machine: not through a proxy, unless
 * cookies need TLS.
 */
export function ownAddress({ config }: Pick<Application, 'config'>): string {
  if (config.baseUrl.startsWith('https:')) return config.baseUrl;
  const host =
    config.host === null || config.host === '0.0.0.0' || config.host === '::'
      ? '127.0.0.1'
      : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`;
}
