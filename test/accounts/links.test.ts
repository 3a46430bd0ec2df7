import { expect, test } from 'vitest';
import { createLink, findLink, linkLifetimes, redeemLink } from '#accounts/account.js';
import { passwordFault } from '#accounts/password.js';
import { onceTest, testDatabase } from '../support/database.js';
import { openSite, type Site, Visitor } from '../support/site.js';

// `onceTest`: what asks no database.

const good = 'seven quiet owls';

async function invite(
  site: Site,
  email = 'ada@lab.example',
): Promise<{ path: string; id: string }> {
  const page = await (
    await site.visitor('admin')
  ).post('/accounts', { email, name: 'Ada', role: 'researcher' }, '/accounts');
  const { public_id: id } = await site.server.application.db
    .selectFrom('account')
    .select('public_id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return { path: /\/link\/[\w-]+/.exec(await page.text())?.[0] ?? 'no link', id };
}

async function open(site: Site, path: string): Promise<Visitor | number> {
  const visitor = new Visitor(site.address);
  const answer = await visitor.request(path);
  return answer.status === 303 ? visitor : answer.status;
}

async function opened(site: Site, path: string): Promise<Visitor> {
  const visitor = await open(site, path);
  if (typeof visitor === 'number') throw new Error(`the link answered ${visitor}`);
  return visitor;
}

test('an invitation opens once: its secret leaves the address, sets a password and signs in', async () => {
  const site = await openSite();
  const { path } = await invite(site);
  const visitor = await opened(site, path);
  const other = await opened(site, path);
  expect(await visitor.page('/welcome-staff')).not.toContain(path.slice(6));
  const twice = { email: ['a@lab.example', 'b@lab.example'], name: 'Ada', password: good };
  expect((await visitor.post('/welcome-staff', twice, '/welcome-staff')).status).toBe(422);
  const answer = await visitor.post(
    '/welcome-staff',
    { email: 'somebody.else@lab.example', name: 'Ada L.', password: good },
    '/welcome-staff',
  );
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
  expect(await visitor.page('/account')).toContain('ada@lab.example');
  expect((await visitor.request('/accounts')).status).toBe(403);
  expect([
    await open(site, path),
    (await other.request('/welcome-staff')).status,
    (await visitor.request('/welcome-staff')).status,
  ]).toEqual([410, 410, 410]);
  const stored = await site.server.application.db.selectFrom('account_link').selectAll().execute();
  expect(JSON.stringify(stored)).not.toContain(path.slice(6));
  expect(
    JSON.stringify(await site.server.application.db.selectFrom('account').selectAll().execute()),
  ).toContain('$argon2id$v=19$m=19456,t=2,p=1$');
});

onceTest(
  'bad passwords are sent back with what was entered, and the link still opens',
  async () => {
    const site = await openSite();
    const visitor = await opened(site, (await invite(site)).path);
    for (const [password, words] of [
      ['short', 'it needs at least 10'],
      ['ada@lab.example', 'must not be the e-mail address'],
      ['1234567890', 'among the first'],
      ['', 'it needs at least 10'],
    ] as const) {
      const answer = await visitor.post(
        '/welcome-staff',
        { name: 'Ada L.', password },
        '/welcome-staff',
      );
      const html = await answer.text();
      expect([
        password,
        answer.status,
        html.includes(words),
        html.includes('value="Ada L."'),
        html.includes('href="#password"'),
        /type="password"\s+value=""/.test(html),
      ]).toEqual([password, 422, true, true, true, true]);
    }
    expect(
      (await visitor.post('/welcome-staff', { name: 'Ada L.', password: good }, '/welcome-staff'))
        .status,
    ).toBe(303);
  },
);

onceTest('password rules: length counts, composition does not', () => {
  const fault = (password: string): string | undefined =>
    passwordFault(password, 'ada@lab.example');
  expect([
    fault('a b c d e f'),
    fault('日本語のパスワードです。'),
    fault('x'.repeat(3).concat('yzw'.repeat(60))),
  ]).toEqual([undefined, undefined, undefined]);
  expect(fault('123456789')).toMatch(/9 characters; it needs at least 10/);
  expect(fault('y'.repeat(201))).toMatch(/longer than 200/);
  expect(fault('abababababab')).toMatch(/among the first/);
  expect(fault('ADA@lab.example')).toMatch(/e-mail address/);
});

onceTest(
  'passwords that are tried first are refused, in capitals and with digits and signs around them too',
  () => {
    const fault = (password: string): string | undefined =>
      passwordFault(password, 'ada@lab.example');
    const common = [
      'QWERTYUIOP',
      'Leavemealone',
      'leavemealone!',
      'LeaveMeAlone1',
      'Gfhjkmgfhjkm',
      'administrator',
      '1q2w3e4r5t!',
      '123456789a',
    ];
    const withDigits = [
      'Password1234',
      'passw0rd2024',
      'welcome123',
      'letmein123',
      'admin12345',
      'changeme12',
      'iloveyou12',
      'football12',
    ];
    const withDigitsOrSigns = [
      'monkey1234',
      'dragon1234',
      'sunshine12',
      'princess12',
      'baseball12',
      'trustno123',
      '!!welcome!!',
      '2024-Dragon',
    ];
    const rows = [
      '0123456789',
      '9876543210',
      'abcdefghij',
      'poiuytrewq',
      'abcdef123456',
      '1234512345',
      'aaaabbbb1111',
    ];
    for (const password of [...common, ...withDigits, ...withDigitsOrSigns, ...rows])
      expect([password, fault(password)]).toEqual([
        password,
        expect.stringMatching(/among the first/),
      ]);
    const good = [
      'a long and quiet afternoon',
      'correct horse battery staple',
      'dragon 4823719462038',
      '48203-71946-20385',
      'quiet9afternoon',
      'Xk4-vvQ9_tz2',
    ];
    for (const password of good) expect([password, fault(password)]).toEqual([password, undefined]);
  },
);

onceTest('links run out after their time and not before', async () => {
  const { db } = await testDatabase();
  const now = 1_764_000_000_000;
  const secret = await createLink(db, { purpose: 'set-up', accountId: null, now });
  const end = now + linkLifetimes['set-up'];
  expect(await findLink(db, secret, end - 1)).toBeDefined();
  expect(await findLink(db, secret, end)).toBeUndefined();
  expect(await findLink(db, `${secret}x`, now)).toBeUndefined();
  const use = (at: number): Promise<unknown> =>
    redeemLink(db, { secret, password: good, email: 'ada@lab.example', name: 'Ada', now: at });
  await expect(use(end)).rejects.toMatchObject({ status: 410, code: 'link_used' });
  await expect(use(end - 1)).resolves.toMatchObject({ role: 'admin', state: 'active' });
  await expect(use(end - 1)).rejects.toMatchObject({ status: 410 });
});

test('of two people who use one link at the same moment one wins; set-up links end with the first admin', async () => {
  const { db } = await testDatabase();
  const secrets = [
    await createLink(db, { purpose: 'set-up', accountId: null, now: 1 }),
    await createLink(db, { purpose: 'set-up', accountId: null, now: 1 }),
  ];
  const results = await Promise.allSettled(
    [0, 0, 1, 1].map((index, turn) =>
      redeemLink(db, {
        secret: secrets[index] ?? '',
        password: good,
        email: `person${turn}@lab.example`,
        name: 'P',
        now: 2,
      }),
    ),
  );
  expect(results.filter((result) => result.status === 'fulfilled').length).toBe(1);
  expect((await db.selectFrom('account').select('id').execute()).length).toBe(1);
});

test('a new link ends older ones; a reset ends sessions; a disabled account has no link that opens', async () => {
  const site = await openSite();
  const { path, id } = await invite(site);
  const admin = await site.visitor('admin');
  const second =
    /\/link\/[\w-]+/.exec(
      await (await admin.post(`/accounts/${id}/link`, {}, '/accounts')).text(),
    )?.[0] ?? '';
  const ada = await opened(site, second);
  expect(
    (await ada.post('/welcome-staff', { name: 'Ada', password: good }, '/welcome-staff')).status,
  ).toBe(303);
  expect(await open(site, path)).toBe(410);
  const reset = async (): Promise<string> =>
    /\/link\/[\w-]+/.exec(
      await (await admin.post(`/accounts/${id}/link`, {}, '/accounts')).text(),
    )?.[0] ?? '';
  const again = await opened(site, await reset());
  expect(await again.page('/welcome-staff')).toContain('Choose a new password');
  await again.post('/welcome-staff', { password: 'eight quiet owls' }, '/welcome-staff');
  expect([
    (await ada.request('/account')).status,
    (await again.request('/account')).status,
  ]).toEqual([303, 200]);
  const last = await reset();
  await admin.post(`/accounts/${id}`, { state: 'disabled' }, '/accounts');
  expect(await open(site, last)).toBe(410);
  const refused = await admin.post(`/accounts/${id}/link`, {}, '/accounts');
  expect([refused.status, /This account is disabled/.test(await refused.text())]).toEqual([
    409,
    true,
  ]);
});

onceTest('inviting says what does not fit beside what was entered', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  const answer = await admin.post(
    '/accounts',
    { email: 'not an address', name: ' ', role: 'emperor' },
    '/accounts',
  );
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain('value="not an address"');
  expect(html).toMatch(/3 things need correcting/);
  const taken = await (
    await admin.post(
      '/accounts',
      { email: 'RESEARCHER@lab.example', name: 'R', role: 'researcher' },
      '/accounts',
    )
  ).text();
  expect(taken).toContain('researcher@lab.example has an account already.');
});
