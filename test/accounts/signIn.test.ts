import { expect, test } from 'vitest';
import { networkOf } from '#web/rateLimit.js';
import { limits } from '#web/route.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { openSite, password, type Site, Visitor } from '../support/site.js';

// `onceTest`: how waits grow and end runs once; that tries are counted, also at the same moment,
// and that a wait ends, on both engines.

const cookieOf = (answer: Response): string =>
  answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
const tryPassword = (visitor: Visitor, email: string, tried: string): Promise<Response> =>
  visitor.post('/sign-in', { email, password: tried }, '/sign-in');
const isIn = async (visitor: Visitor): Promise<boolean> =>
  (await visitor.request('/account')).status === 200;

test('signing in renews the session, and the old one is worth nothing', async () => {
  const site = await openSite();
  const visitor = new Visitor(site.address);
  const before = cookieOf(await visitor.request('/sign-in'));
  const after = cookieOf(await tryPassword(visitor, ' Admin@Lab.example ', password));
  expect(after).toMatch(/^assay=/);
  expect(after).not.toBe(before);
  expect(await isIn(visitor)).toBe(true);
  expect(
    (await new Visitor(site.address).request('/account', { headers: { cookie: before } })).status,
  ).toBe(303);
  const stored = await site.server.application.db.selectFrom('session').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(decodeURIComponent(after).slice(8, 40));
});

test('signing out ends the session here and in the database', async () => {
  const site = await openSite();
  const visitor = await site.visitor('admin');
  const answer = await visitor.post('/sign-out', {}, '/account');
  expect(answer.headers.get('location')).toBe('/sign-in');
  expect(answer.headers.getSetCookie()[0]).toMatch(/^assay=;.*Expires=Thu, 01 Jan 1970/);
  expect(await isIn(visitor)).toBe(false);
  expect(
    await site.server.application.db
      .selectFrom('session')
      .select('id_hash')
      .where('data', 'like', '%accountId%')
      .execute(),
  ).toEqual([]);
});

onceTest(
  'a wrong password, an unknown address and an account without password get the same answer',
  async () => {
    const site = await openSite();
    await (
      await site.visitor('admin')
    ).post('/accounts', { email: 'new@lab.example', name: 'New', role: 'researcher' }, '/accounts');
    const answers = [];
    for (const email of ['admin@lab.example', 'nobody@lab.example', 'new@lab.example']) {
      const answer = await tryPassword(new Visitor(site.address), email, 'a wrong password');
      answers.push([
        answer.status,
        (await answer.text()).replaceAll(email, '').replace(/name="csrf" value="[^"]+"/, ''),
      ]);
    }
    expect(answers[0]?.[0]).toBe(422);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    for (const fields of [
      {},
      { email: 'admin@lab.example' },
      { email: 'x'.repeat(5000), password: 'y'.repeat(5000) },
    ])
      expect((await new Visitor(site.address).post('/sign-in', fields, '/sign-in')).status).toBe(
        422,
      );
  },
);

/** A site whose clock stands until it is set on, behind a proxy that names the caller. */
async function openAttackedSite() {
  const site = await openSite({ TRUSTED_PROXIES: '1' });
  let now = Date.now();
  Object.assign(site.server.application, { now: () => now });
  const attempt = async (email: string, tried: string, address: string): Promise<Response> => {
    const visitor = new Visitor(site.address);
    const csrf = await visitor.csrf('/sign-in');
    return visitor.request('/sign-in', {
      method: 'POST',
      headers: { 'x-forwarded-for': address },
      body: new URLSearchParams({ csrf, email, password: tried }),
    });
  };
  return { site, attempt, pass: (ms: number) => void (now += ms) };
}

const { perAddress, perAccount } = limits['sign-in'];
/** The waits in seconds after the last failure without one, and after each of the next. */
const waitsOf = (rule: typeof perAddress | typeof perAccount, length: number): number[] =>
  Array.from({ length }, (_, index) =>
    Math.min(rule.firstWaitSeconds * 2 ** index, rule.longestWaitMinutes * 60),
  );
const [stranger, owner] = ['198.51.100.1', '203.0.113.1'];

onceTest(
  'wrong passwords slow the next try for one account down, from that address alone',
  async () => {
    const { attempt, pass } = await openAttackedSite();
    for (let index = 0; index < perAccount.failures; index += 1)
      expect(
        (
          await attempt(
            index % 2 === 0 ? 'admin@lab.example' : ' ADMIN@lab.example',
            'wrong',
            stranger,
          )
        ).status,
      ).toBe(422);
    const waits: number[] = [];
    for (let failures = perAccount.failures; failures < 17; failures += 1) {
      // Not even the right password is looked at, and what is not looked at makes the wait no longer.
      const refused = [
        await attempt('admin@lab.example', password, stranger),
        await attempt('admin@lab.example', 'wrong', stranger),
      ];
      const [wait, same] = refused.map((answer) => Number(answer.headers.get('retry-after')));
      expect([refused.map(({ status }) => status), same]).toEqual([[429, 429], wait]);
      expect(await refused[0]?.text()).toMatch(/Too many tries\.[\s\S]*Wait \d+ (second|minute)/);
      waits.push(wait ?? 0);
      pass((wait ?? 0) * 1000);
      expect((await attempt('admin@lab.example', 'wrong', stranger)).status).toBe(422);
    }
    expect(waits).toEqual(waitsOf(perAccount, waits.length));
    expect(waits.at(-1)).toBe(perAccount.longestWaitMinutes * 60);
    expect((await attempt('admin@lab.example', password, owner)).status).toBe(303);
    expect((await attempt('researcher@lab.example', password, stranger)).status).toBe(303);
  },
);

test('a wait ends when the account signs in from there, or after a day without a failure', async () => {
  const { attempt, pass } = await openAttackedSite();
  const fail = async (times: number): Promise<void> => {
    for (let index = 0; index < times; index += 1)
      expect((await attempt('admin@lab.example', 'wrong', owner)).status).toBe(422);
  };
  await fail(perAccount.failures);
  pass(perAccount.firstWaitSeconds * 1000);
  expect((await attempt('admin@lab.example', password, owner)).status).toBe(303);
  await fail(perAccount.failures);
  expect((await attempt('admin@lab.example', password, owner)).status).toBe(429);
  pass(perAccount.forgottenAfterHours * 3_600_000);
  await fail(perAccount.failures);
});

test('of guesses at the same moment no more are looked at than one after the other', async () => {
  const { attempt } = await openAttackedSite();
  const answers = await Promise.all(
    Array.from({ length: perAccount.failures + 7 }, () =>
      attempt('admin@lab.example', 'wrong', stranger),
    ),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    ...Array<number>(perAccount.failures).fill(422),
    ...Array<number>(7).fill(429),
  ]);
});

onceTest(
  'failures from one address slow everybody there down, whatever the account, and lock nobody out; signing in counts nothing, nor does a form without its token',
  async () => {
    const { site, attempt, pass } = await openAttackedSite();
    // Addresses of one IPv6 network belong to one caller.
    const place = (index: number): string => `2001:db8:0:1::${index.toString(16)}`;
    const withoutToken = (index: number): Promise<Response> => {
      const body = new URLSearchParams({ email: 'admin@lab.example' });
      return new Visitor(site.address).request('/sign-in', {
        method: 'POST',
        headers: { 'x-forwarded-for': place(index) },
        body,
      });
    };
    for (let index = 0; index < perAddress.failures; index += 1) {
      expect((await attempt('admin@lab.example', password, place(index))).status).toBe(303);
      expect((await withoutToken(index)).status).toBe(403);
      expect((await attempt(`person${index}@lab.example`, 'wrong', place(index))).status).toBe(422);
    }
    const waits: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      const refused = await attempt('admin@lab.example', password, place(index));
      const wait = Number(refused.headers.get('retry-after'));
      expect([
        refused.status,
        (await attempt('admin@lab.example', password, '2001:db8:0:2::1')).status,
      ]).toEqual([429, 303]);
      waits.push(wait);
      pass(wait * 1000);
      // After the wait the right password is looked at, as often as somebody has it; the next failure
      // makes the wait longer.
      for (const email of ['admin@lab.example', 'researcher@lab.example'])
        expect((await attempt(email, password, place(index))).status).toBe(303);
      expect((await attempt(`another${index}@lab.example`, 'wrong', place(index))).status).toBe(
        422,
      );
    }
    expect(waits).toEqual(waitsOf(perAddress, waits.length));
    expect(waits.at(-1)).toBe(perAddress.longestWaitMinutes * 60);
    const kept = await site.server.application.db.selectFrom('rate_limit').select('key').execute();
    expect(JSON.stringify(kept)).not.toMatch(/lab\.example|2001:db8/);
  },
);

onceTest(
  'the wait of an address is forgotten after fifteen minutes without a failure, however many sign in',
  async () => {
    const { attempt, pass } = await openAttackedSite();
    const fail = async (round: string): Promise<void> => {
      for (let index = 0; index < perAddress.failures; index += 1)
        expect((await attempt(`${round}${index}@lab.example`, 'wrong', owner)).status).toBe(422);
      expect((await attempt('admin@lab.example', password, owner)).status).toBe(429);
    };
    await fail('first');
    for (let minute = 0; minute < perAddress.forgottenAfterMinutes; minute += 1) {
      pass(60_000);
      expect((await attempt('admin@lab.example', password, owner)).status).toBe(303);
    }
    await fail('second');
  },
);

onceTest('IPv4 addresses count whole, mapped into IPv6 or not; of IPv6 the first 64 bits', () => {
  expect(
    [
      '198.51.100.1',
      '::ffff:198.51.100.1',
      '2001:db8::1',
      '2001:DB8:0:0:ffff::2',
      '2001:db8:0:1:0:0:0:1',
      '::1',
      'fe80::1%eth0',
      'unknown',
    ].map(networkOf),
  ).toEqual([
    '198.51.100.1',
    '198.51.100.1',
    '2001:db8:0:0',
    '2001:db8:0:0',
    '2001:db8:0:1',
    '0:0:0:0',
    'fe80:0:0:0',
    'unknown',
  ]);
});

onceTest(
  'links that open something count nothing; unknown ones are refused after so many, and known ones with them until the time is over',
  async () => {
    const { site, pass } = await openAttackedSite();
    const { database } = site.server.application;
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(4) }],
      now: Date.now(),
    });
    const open = async (path: string, address: string): Promise<Response> =>
      new Visitor(site.address).request(path, { headers: { 'x-forwarded-for': address } });
    const known = `/join/${study.join_token}`;
    const { failures: most, minutes: within } = limits.link.perAddress;
    for (let index = 0; index <= most; index += 1)
      expect((await open(known, owner)).status).toBe(303);
    const unknown = ['/join/unknown', '/r/unknown', '/link/unknown'];
    for (let index = 0; index < most; index += 1)
      expect([404, 410]).toContain((await open(unknown[index % 3] ?? '', owner)).status);
    const refused = await open(known, owner);
    expect([
      refused.status,
      Number(refused.headers.get('retry-after')),
      (await open(known, stranger)).status,
    ]).toEqual([429, within * 60, 303]);
    pass(within * 60_000);
    expect((await open(known, owner)).status).toBe(303);
  },
);

onceTest('after signing in people go where they wanted to, on this installation only', async () => {
  const site = await openSite();
  expect((await new Visitor(site.address).request('/accounts?x=1')).headers.get('location')).toBe(
    '/sign-in?to=%2Faccounts%3Fx%3D1',
  );
  const arrive = async (to: string): Promise<string | null> =>
    (
      await new Visitor(site.address).post(
        '/sign-in',
        { email: 'admin@lab.example', password, to },
        '/sign-in',
      )
    ).headers.get('location');
  expect(await arrive('/accounts?x=1')).toBe('/accounts?x=1');
  for (const to of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/a\r\nx: y',
    'javascript:alert(1)',
  ])
    expect([to, await arrive(to)]).toEqual([to, '/']);
  expect((await (await site.visitor('admin')).request('/')).headers.get('location')).toBe(
    '/studies',
  );
});

async function change(
  site: Site,
  email: string,
  fields: Record<string, string>,
): Promise<Response> {
  const { public_id: id } = await site.server.application.db
    .selectFrom('account')
    .select('public_id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return (await site.visitor('admin')).post(`/accounts/${id}`, fields, '/accounts');
}

test('disabling an account ends its sessions and tokens at once, and enabling it does not bring the sessions back', async () => {
  const site = await openSite();
  const researcher = await site.visitor('researcher');
  const token =
    /class="secret"[^>]*>([^<]+)</.exec(
      await (await researcher.post('/account/tokens', { tokenName: 'script' }, '/account')).text(),
    )?.[1] ?? '';
  const api = async (): Promise<number> =>
    (
      await new Visitor(site.address).request('/api/v1/datasets', {
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;
  expect([await isIn(researcher), await api()]).toEqual([true, 200]);
  expect((await change(site, 'researcher@lab.example', { state: 'disabled' })).status).toBe(303);
  expect([
    await isIn(researcher),
    await api(),
    (await tryPassword(new Visitor(site.address), 'researcher@lab.example', password)).status,
  ]).toEqual([false, 401, 422]);
  await change(site, 'researcher@lab.example', { state: 'active' });
  expect([
    await isIn(researcher),
    await api(),
    (await tryPassword(new Visitor(site.address), 'researcher@lab.example', password)).status,
  ]).toEqual([false, 200, 303]);
});

test('a changed role holds for the next request, and somebody always stays admin', async () => {
  const site = await openSite();
  const researcher = await site.visitor('researcher');
  expect((await researcher.request('/accounts')).status).toBe(403);
  await change(site, 'researcher@lab.example', { role: 'admin' });
  expect(await isIn(researcher)).toBe(false);
  const second = await site.visitor('researcher');
  expect((await second.request('/accounts')).status).toBe(200);
  expect((await change(site, 'researcher@lab.example', { role: 'researcher' })).status).toBe(303);
  for (const fields of [{ role: 'researcher' }, { state: 'disabled' }] as Record<
    string,
    string
  >[]) {
    const refused = await change(site, 'admin@lab.example', fields);
    expect([refused.status, /This is the last admin/.test(await refused.text())]).toEqual([
      409,
      true,
    ]);
  }
  expect((await change(site, 'researcher@lab.example', { role: 'emperor' })).status).toBe(422);
});

onceTest('a session ends thirty days after signing in, whatever happens in it', async () => {
  const site = await openSite();
  const { application } = site.server;
  const visitor = await site.visitor('admin');
  const old = Date.now() - 31 * 24 * 3_600_000;
  const row = await application.db
    .selectFrom('session')
    .selectAll()
    .where('data', 'like', '%accountId%')
    .executeTakeFirstOrThrow();
  await application.db
    .updateTable('session')
    .set({ data: row.data.replace(/"signedInAt":\d+/, `"signedInAt":${old}`) })
    .execute();
  expect(await isIn(visitor)).toBe(false);
});
