import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { inviteRater } from '#raters/rater.js';
import { inTransaction } from '#storage/transaction.js';
import { allRoutes } from '../../src/app.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree, formOn, RaterVisitor } from '../support/rating.js';
import { openSite, type Site } from '../support/site.js';
import { openLoggedSite } from './support.js';

const secret = 'Zq3vT0kenThatNobodyMaySee-Zq3vT0kenThatNobo';

/** Sends a request target exactly as it is written and gives the status of the answer. */
async function statusOf(
  site: Site,
  target: string,
  method = 'GET',
  headers: Record<string, string> = {},
): Promise<number> {
  const sent = httpRequest(site.address, { method, path: target, headers });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode ?? 0;
}

/** Writes a whole request by hand, for targets that Node's client refuses to send. */
async function rawAnswer(site: Site, target: string): Promise<string> {
  const socket = connect(Number(new URL(site.address).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return answer;
}

onceTest(
  'a malformed path is 400 on every route with a parameter, and neither path nor error shows what stands in it',
  async () => {
    const { site, lines } = await openLoggedSite();
    const wrong: string[] = [];
    for (const route of allRoutes.filter(({ path }) => path.includes(':'))) {
      for (const ending of ['%', '%zz', '%C0%80', '%00']) {
        const target = route.path.replace(/:\w+/g, `${secret}${ending}`);
        const status = await statusOf(site, target, route.method.toUpperCase(), {
          authorization: `Bearer ${site.token}`,
        });
        if (status !== 400) wrong.push(`${route.method} ${target}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
    const log = lines.join('');
    expect(log).toContain('"path":"/r/…"');
    expect([log.includes(secret), log.includes('"level":50')]).toEqual([false, false]);
  },
);

onceTest('the log repeats no secret, however its address is written', async () => {
  const { site, lines } = await openLoggedSite();
  const ofAnother = [
    '/r/short',
    '/r/./short',
    '/r//short%',
    '/R/short',
    '//r//short',
    'http://other.example/r/short%',
    `HTTP://${secret}/r/short`,
  ];
  const long = [
    '//r//SECRET',
    '/r/SECRET/',
    '/r/SECRET;a',
    '/r%2FSECRET',
    '/%72/SECRET',
    '/SECRET',
    '/x/join/SECRET',
    'http://other.example/r/SECRET',
    '/r/SECRET?x=SECRET',
    '/r/SECRET#x',
    '/r\\SECRET',
    '/sign-in?to=SECRET',
  ];
  const targets = [...ofAnother, ...long.map((target) => target.replaceAll('SECRET', secret))];
  for (const target of targets)
    expect([target, await rawAnswer(site, target)]).toEqual([
      target,
      expect.stringMatching(/^HTTP\/1\.1 [234]\d\d /),
    ]);
  await site.server.stop();
  const log = lines.join('');
  expect([log.includes(secret), log.includes('short'), log.includes('"level":50')]).toEqual([
    false,
    false,
    false,
  ]);
  expect(lines.filter((line) => line.includes('"path":"')).length).toBe(targets.length);
});

onceTest('a target that is no address at all is refused and not logged', async () => {
  const { site, lines } = await openLoggedSite();
  for (const target of [`http://[/r/${secret}`, secret, `*${secret}`])
    expect(await rawAnswer(site, target)).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect(lines.join('')).not.toContain(secret);
});

onceTest('a path is logged as it is where it holds no secret', async () => {
  const { site, lines } = await openLoggedSite();
  const target = '/studies/Ab3-_x9Zq0Tt11Lk/report/plots/filter-relevance-Ab3-_x9Zq0Tt11Lk.svg';
  await statusOf(site, target);
  expect(lines.join('')).toContain(`"path":"${target}"`);
});

test('a NUL in a query is 400 on every route', async () => {
  const site = await openSite();
  const wrong: string[] = [];
  for (const route of allRoutes) {
    const target = `${route.path.replace(/:(line|version)\b/g, '1').replace(/:\w+/g, 'nothing')}?to=a%00b`;
    const status = await statusOf(site, target, route.method.toUpperCase(), {
      authorization: `Bearer ${site.token}`,
    });
    if (status !== 400) wrong.push(`${route.method} ${target}: ${status}`);
  }
  expect(wrong).toEqual([]);
});

test('a NUL in a body is 400 for forms, JSON and answers, and nothing is stored', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(4) }],
    now: Date.now(),
  });
  const { token } = await inTransaction(db, (trx) =>
    inviteRater(trx, { studyId: study.id, origin: 'rater', now: Date.now() }),
  );
  const admin = await site.visitor('admin');
  const rater = new RaterVisitor(site.address);
  await rater.request(`/r/${token}`);
  expect((await agree(rater)).status).toBe(303);
  const form = formOn(await rater.page('/rate'));
  if (form === undefined) throw new Error('there is no example to rate');
  const answers = Object.fromEntries(
    Object.entries(form.values).map(([name, values]) => [name, values[0] ?? '']),
  );
  const flag = `/rate/${form.fields['assignment'] ?? ''}/flag`;
  const json = (body: object): Promise<Response> =>
    fetch(new URL('/api/v1/studies', site.address), {
      method: 'POST',
      headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const refused = await Promise.all([
    admin.post('/sign-in', { email: 'a\0b@lab.example', password: 'some\0thing else' }, '/account'),
    admin.post(
      '/accounts',
      { email: 'new@lab.example', name: 'A\0da', role: 'researcher' },
      '/accounts',
    ),
    admin.post('/accounts', { 'na\0me': 'Ada' }, '/accounts'),
    rater.send(form, { ...answers, comment: 'a\0b' }),
    rater.post(flag, { kind: 'other', comment: 'a\0b' }, '/rate'),
    json({ title: 'A\0study', settings: { datasets: [] } }),
    json({ title: 'A study', settings: { datasets: ['a\0b'] } }),
    json({ title: 'A study', settings: { datasets: [] }, texts: { 'a\0b': '' } }),
  ]);
  for (const answer of refused)
    expect([answer.url, answer.status, (await answer.text()).includes('NUL')]).toEqual([
      answer.url,
      400,
      true,
    ]);
  expect(await db.selectFrom('judgment').select('revision').execute()).toEqual([]);
  expect(
    await db.selectFrom('account').select('id').where('email', '=', 'new@lab.example').execute(),
  ).toEqual([]);
});

test('a NUL in the name of an uploaded file is left out of its label', async () => {
  const site = await openSite();
  const body = Buffer.from(
    `--x\r\nContent-Disposition: form-data; name="path"\r\n\r\npersona/a\0b.jsonl\r\n--x\r\nContent-Disposition: form-data; name="files"; filename="a\0b.jsonl"\r\n\r\n{"a":"\0"}\r\n--x--\r\n`,
  );
  const answer = await fetch(new URL('/api/v1/imports', site.address), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${site.token}`,
      'content-type': 'multipart/form-data; boundary=x',
    },
    body,
  });
  expect(answer.status).toBeLessThan(500);
  expect(await answer.text()).not.toMatch(/\\u0000/);
});
