import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { projectFolder } from '#web/folders.js';
import { openServer } from '../../src/server.js';
import { engine, freshLocation, onceTest } from '../support/database.js';
import { openSite, Visitor } from '../support/site.js';

// `onceTest`: what a process does before or beside its database.

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'assay-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Started {
  readonly process: ChildProcess;
  /** Everything that it printed so far. */
  words(): string;
  /** Resolves once this was printed; rejects when the process ends before. */
  says(pattern: RegExp): Promise<string>;
  ended(): Promise<[number | null, NodeJS.Signals | null]>;
}

const start = `(await import(${JSON.stringify(join(projectFolder, '.build', 'src', 'main.js'))})).startServer([])`;

/** A server in a process of its own, as `npm start` runs it after compiling. */
function startProcess(
  environment: Record<string, string>,
  { user = {}, script = start }: { user?: { uid?: number; gid?: number }; script?: string } = {},
): Started {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    ...user,
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'silent',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let words = '';
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let heard = (): void => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      words += chunk.toString();
      heard();
    });
  }
  return {
    process: child,
    words: () => words,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        heard = () => {
          const found = pattern.exec(words);
          if (found !== null) resolve(found[1] ?? found[0]);
        };
        heard();
        void ended.then(() => reject(new Error(`It ended: ${words}`)));
      }),
    ended: () => ended,
  };
}

/** The settings of one installation on the run's engine. */
async function installation(): Promise<Record<string, string>> {
  const location = await freshLocation();
  return {
    ASSAY_DATA: newFolder(),
    ...(location.engine === 'postgres' ? { DATABASE_URL: location.url } : {}),
  };
}

onceTest('a stop finishes the request in flight, takes no new one, and ends', async () => {
  const site = await openSite();
  const visitor = new Visitor(site.address);
  const csrf = await visitor.csrf('/sign-in');
  const cookie = (await visitor.request('/sign-in')).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const port = Number(new URL(site.address).port);
  const body = `csrf=${csrf}&email=a%40lab.example&password=wrong`;
  let answer = '';
  const socket: Socket = connect(port, '127.0.0.1');
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(
    `POST /sign-in HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(socket, 'data');
  expect(answer).toMatch(/^HTTP\/1\.1 100 /);
  const stopped = site.server.stop();
  const late = connect(port, '127.0.0.1');
  const [refusal] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  expect(refusal.code).toBe('ECONNREFUSED');
  socket.write(body);
  await Promise.all([stopped, once(socket, 'close')]);
  expect(answer).toMatch(/HTTP\/1\.1 (422|403) /);
  expect(answer).toContain('</html>');
});

test('the first start prints a set-up link that works once; SIGTERM ends it with status 0', async () => {
  const settings = await installation();
  const first = startProcess(settings);
  const link = await first.says(/(http:\/\/localhost:\d+\/link\/[\w-]+)\n/);
  expect(first.words()).not.toMatch(/password/i);
  const address = new URL(link);
  const visitor = new Visitor(`http://127.0.0.1:${address.port}`);
  expect((await visitor.request(address.pathname)).headers.get('location')).toBe('/welcome-staff');
  const made = await visitor.post(
    '/welcome-staff',
    { email: 'ada@lab.example', name: 'Ada', password: 'seven quiet owls' },
    '/welcome-staff',
  );
  expect([made.status, made.headers.get('location')]).toEqual([303, '/']);
  expect((await new Visitor(visitor.address).request(address.pathname)).status).toBe(410);
  first.process.kill('SIGTERM');
  expect(await first.ended()).toEqual([0, null]);

  const second = startProcess(settings);
  await second.says(/Assay is at (\S+)/);
  second.process.kill('SIGINT');
  expect(await second.ended()).toEqual([0, null]);
  expect(second.words()).not.toContain('/link/');
});

onceTest(
  'a second server on the same folder is refused with a sentence, and a killed one leaves the folder free',
  async () => {
    const settings = await installation();
    const first = startProcess(settings);
    await first.says(/Assay is at (\S+)/);
    const sentence = /^Another Assay server already serves from .*ASSAY_DATA.*DATABASE_URL/;
    await expect(openServer({ ...settings, PORT: '0', LOG_LEVEL: 'silent' })).rejects.toThrow(
      sentence,
    );
    first.process.kill('SIGKILL');
    await first.ended();
    const server = await openServer({ ...settings, PORT: '0', LOG_LEVEL: 'silent' });
    onTestFinished(() => server.stop());
    await expect(openServer({ ...settings, PORT: '0', LOG_LEVEL: 'silent' })).rejects.toThrow(
      sentence,
    );
    await server.stop();
    await (await openServer({ ...settings, PORT: '0', LOG_LEVEL: 'silent' })).stop();
  },
);

onceTest('a taken port is said, with what to do, and nothing is kept', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  onTestFinished(() => void taken.close());
  const port = String((taken.address() as { port: number }).port);
  const settings = await installation();
  const started = startProcess({ ...settings, PORT: port });
  expect((await started.ended())[0]).toBe(1);
  expect(started.words()).toBe(
    `Port ${port} is taken by another program. Choose another one: PORT=3001 npm start\n`,
  );
  await expect(
    openServer({ ...settings, PORT: port, HOST: '127.0.0.1', LOG_LEVEL: 'silent' }),
  ).rejects.toThrow(/EADDRINUSE/);
  await (await openServer({ ...settings, PORT: '0', LOG_LEVEL: 'silent' })).stop();
});

onceTest('a database that cannot be used is said in words, without its password', async () => {
  const folder = newFolder();
  const start = (settings: Record<string, string>): Promise<unknown> =>
    openServer({ PORT: '0', ASSAY_DATA: folder, LOG_LEVEL: 'silent', ...settings }).catch(
      (error: unknown) => (error instanceof Error ? error.message : error),
    );
  const [refused, absent] = await Promise.all([
    start({ DATABASE_URL: 'postgres://assay:geheim@127.0.0.1:1/assay' }),
    start({
      DATABASE_URL: `postgres://assay@localhost/assay?host=${encodeURIComponent(folder)}`,
    }),
  ]);
  expect(refused).toMatch(
    /^The PostgreSQL server of DATABASE_URL cannot be used\. Nothing listens there\./,
  );
  expect(refused).not.toContain('geheim');
  expect(absent).toMatch(/There is no such socket or folder/);
  writeFileSync(join(folder, 'file'), 'text');
  expect(await start({ ASSAY_DATA: join(folder, 'file') })).toMatch(
    /ASSAY_DATA.*There is a file where the folder should be/,
  );
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'other', 'assay.sqlite'), 'this is no database '.repeat(500));
  expect(await start({ ASSAY_DATA: join(folder, 'other') })).toMatch(
    /The file is not a SQLite database/,
  );
});

/**
 * A user who may not write what is read-only: another one where the tests run as root, whom no mode
 * stops.
 */
const plainUser = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const mayRead =
  spawnSync(
    process.execPath,
    ['-e', `fs.readFileSync(${JSON.stringify(join(projectFolder, 'package.json'))})`],
    plainUser,
  ).status === 0;

test.runIf(engine() === 'sqlite' && mayRead)(
  'a database whose file or folder is read-only is named at the start, with what to do',
  async () => {
    const folders: string[] = [];
    for (const [name, mode] of [
      ['assay.sqlite', 0o444],
      ['', 0o555],
    ] as const) {
      const folder = newFolder();
      folders.push(folder);
      const settings = { ASSAY_DATA: folder, PORT: '0', LOG_LEVEL: 'silent' };
      await (await openServer(settings)).stop();
      if (plainUser.uid !== undefined)
        for (const path of [folder, ...readdirSync(folder).map((file) => join(folder, file))])
          chownSync(path, plainUser.uid, plainUser.gid);
      chmodSync(join(folder, name), mode);
    }
    // One process of that user: what a refused start prints is tested above.
    const server = JSON.stringify(join(projectFolder, '.build', 'src', 'server.js'));
    const started = startProcess(
      {},
      {
        user: plainUser,
        script: `const { openServer } = await import(${server});
for (const ASSAY_DATA of ${JSON.stringify(folders)})
  await openServer({ ...process.env, ASSAY_DATA }).catch(({ message }) => console.log(message));`,
      },
    );
    await started.ended();
    for (const folder of folders) {
      expect(started.words()).toContain(
        `The database ${join(folder, 'assay.sqlite')} (folder: ASSAY_DATA) cannot be used. The user that runs Assay may not write to this file or to its folder. Give that user both`,
      );
      chmodSync(folder, 0o700);
    }
  },
);

test.runIf(engine() === 'postgres')(
  'a PostgreSQL server without this database, or with a newer schema, is said in words',
  async () => {
    const location = await freshLocation();
    if (location.engine !== 'postgres') throw new Error('this test is for PostgreSQL');
    const url = new URL(location.url);
    const settings = { PORT: '0', ASSAY_DATA: newFolder(), LOG_LEVEL: 'silent' };
    const missing = new URL(url);
    missing.pathname = '/no_such_database';
    await expect(openServer({ ...settings, DATABASE_URL: missing.href })).rejects.toThrow(
      /There is no database of that name/,
    );
    const server = await openServer({ ...settings, DATABASE_URL: url.href });
    await server.application.db
      .insertInto('kysely_migration' as 'installation_value')
      .values({ name: '9999_later', timestamp: '2099-01-01' } as never)
      .execute();
    await server.stop();
    await expect(openServer({ ...settings, DATABASE_URL: url.href })).rejects.toThrow(
      /newer version/,
    );
  },
);
