import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openSite, type Site } from '../support/site.js';
import { lines, personaRow } from '../datasets/imports/support.js';

/** A connection that is written by hand; `until` gives what was answered, once it holds this. */
function open(site: Site): { socket: Socket; until: (pattern: RegExp) => Promise<string> } {
  const socket = connect(Number(new URL(site.address).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let answer = '';
  let heard = (): void => undefined;
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString();
    heard();
  });
  return {
    socket,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        heard = () => {
          if (pattern.test(answer)) resolve(answer);
        };
        heard();
        socket.once('close', () => reject(new Error(`It was closed after: ${answer}`)));
      }),
  };
}

const head = (
  method: string,
  path: string,
  length: number,
  headers: readonly string[] = [],
): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'Host: localhost',
    `Content-Length: ${length}`,
    ...headers,
    '',
    '',
  ].join('\r\n');

test('a body that does not arrive in time is cut off, answered or not; an upload may take longer', async () => {
  const site = await openSite({}, { arrivalMs: 2000 });
  const content = lines(personaRow('a'));
  const upload = open(site);
  upload.socket.write(
    `${head('POST', '/api/v1/imports?path=persona/a.jsonl', content.length, [`Authorization: Bearer ${site.token}`])}${content.slice(0, 10)}`,
  );
  const [slow, answered] = [open(site), open(site)];
  slow.socket.write(
    `${head('POST', '/sign-in', 1000, ['Content-Type: application/x-www-form-urlencoded'])}email=`,
  );
  answered.socket.write(`${head('POST', '/nothing', 1000)}x`);
  expect(await answered.until(/<\/html>/)).toMatch(/^HTTP\/1\.1 404 /);
  const closed = Promise.all([slow, answered].map(({ socket }) => once(socket, 'close')));
  expect(await slow.until(/in time\.\n/)).toMatch(/^HTTP\/1\.1 408 .*\r\nConnection: close\r\n/s);
  await closed;
  upload.socket.write(content.slice(10));
  expect(await upload.until(/"id":/)).toMatch(/^HTTP\/1\.1 202 /);
});

test.each([
  ['POST', '/imports', ['Content-Type: multipart/form-data; boundary=x'], 401],
  ['POST', '/api/v1/imports', [], 401],
  ['POST', '/sign-in', ['Content-Type: application/x-www-form-urlencoded'], 413],
  ['POST', '/nothing', [], 404],
] as const)(
  '%s %s is refused early without a reset: the rest of the body is taken, and the connection goes on',
  async (method, path, headers, status) => {
    const site = await openSite();
    const { socket, until } = open(site);
    const body = 'x'.repeat(5_000_000);
    socket.write(`${head(method, path, body.length, headers)}${body.slice(0, 1000)}`);
    if (status !== 413)
      expect(await until(/<\/html>|"faults"/)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    socket.write(`${body.slice(1000)}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(await until(/"status":"ok"/)).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*HTTP/1\\.1 200 `),
    );
  },
);
