import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { renewPersonalLink } from '#raters/rater.js';
import { inTransaction } from '#storage/transaction.js';
import { up as upToNumbers } from '../../migrations/0012_rater_numbers.js';
import { buildInvitation, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree, consentForm, formOn, RaterVisitor } from '../support/rating.js';
import { openSite, type Site } from '../support/site.js';

async function studySite(): Promise<{ site: Site; study: Awaited<ReturnType<typeof buildStudy>> }> {
  const site = await openSite();
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(2) }],
    settings: {
      overlap: 2,
      sampleSize: 2,
      raterTitle: 'Reading study',
      contact: 'help@lab.example',
    },
    now: Date.now(),
  });
  return { site, study };
}

const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error?: { code?: string } }).error?.code;
const goesTo = (response: Response): (string | number | null)[] => [
  response.status,
  response.headers.get('location'),
];

test('an open link makes one rater of a browser, on consent and not before', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const count = async (): Promise<number> =>
    (
      await db
        .selectFrom('rater')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow()
    ).count;
  const rater = new RaterVisitor(site.address);
  await rater.request(`/join/${study.join_token}`);
  await rater.page('/consent');
  expect(await count()).toBe(0);
  await rater.join(study);
  expect(await count()).toBe(1);
  const row = await db.selectFrom('rater').selectAll().executeTakeFirstOrThrow();
  expect([row.state, row.pseudonym, row.origin, row.consent_version, row.warning_version]).toEqual([
    'consented',
    'r-01',
    'rater',
    1,
    1,
  ]);
  expect(row.token_hash).toMatch(/^[0-9a-f]{64}$/);
  expect(goesTo(await rater.request(`/join/${study.join_token}`))).toEqual([303, '/who']);
  expect(goesTo(await rater.request('/consent'))).toEqual([303, '/rate']);
  const another = new RaterVisitor(site.address);
  await another.join(study);
  expect(await count()).toBe(2);
});

test('a personal link brings a rater back on any device, gives a new session, and a renewed one closes the old', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const first = new RaterVisitor(site.address);
  const link = new URL(await first.join(study)).pathname;
  const before = /data-assignment="([^"]+)"/.exec(await first.page('/rate'))?.[1];
  const device = new RaterVisitor(site.address);
  const opened = await device.request(link);
  expect(goesTo(opened)).toEqual([303, '/rate']);
  expect(opened.headers.getSetCookie().join()).toContain('HttpOnly');
  expect(/data-assignment="([^"]+)"/.exec(await device.page('/rate'))?.[1]).toBe(before);
  const { id } = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
  await inTransaction(db, (trx) => renewPersonalLink(trx, id));
  const late = new RaterVisitor(site.address);
  const refused = await late.request(link);
  expect(refused.status).toBe(404);
  expect(await refused.text()).toContain('This link does not open a study.');
});

test('an invited rater consents first, and nothing of the study is there before', async () => {
  const { site, study } = await studySite();
  const { token, rater: invited } = await buildInvitation(
    site.server.application.database,
    study,
    Date.now(),
  );
  const rater = new RaterVisitor(site.address);
  expect(goesTo(await rater.request(`/r/${token}`))).toEqual([303, '/consent']);
  expect(goesTo(await rater.request('/rate'))).toEqual([303, '/consent']);
  expect(goesTo(await rater.request('/guidelines'))).toEqual([303, '/consent']);
  const agreed = await agree(rater);
  expect(goesTo(agreed)).toEqual([303, '/guidelines']);
  await rater.page('/guidelines');
  const row = await site.server.application.db
    .selectFrom('rater')
    .selectAll()
    .where('id', '=', invited.id)
    .executeTakeFirstOrThrow();
  expect([row.state, row.consent_version, row.guidelines_read_at !== null]).toEqual([
    'consented',
    1,
    true,
  ]);
});

onceTest('wrong links, no link, a draft, a closed study: each says what it is', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const stranger = new RaterVisitor(site.address);
  for (const path of ['/join/wrong', '/r/wrong', `/join/${study.public_id}`])
    expect((await stranger.request(path)).status).toBe(404);
  for (const path of ['/consent', '/rate', '/guidelines'])
    expect((await stranger.request(path)).status).toBe(403);
  const waiting = new RaterVisitor(site.address);
  await waiting.request(`/join/${study.join_token}`);
  await db.updateTable('study').set({ state: 'closed', closed_at: Date.now() }).execute();
  const closed = await waiting.page('/consent');
  expect(closed).toContain('takes no new raters');
  expect(closed).toContain('help@lab.example');
  const late = await waiting.request('/consent', {
    method: 'POST',
    body: new URLSearchParams({ agree: 'yes' }),
  });
  expect(late.status).toBe(403);
  expect(await db.selectFrom('rater').selectAll().execute()).toEqual([]);
  await db.updateTable('study').set({ state: 'draft' }).execute();
  expect((await stranger.request(`/join/${study.join_token}`)).status).toBe(404);
});

test('a rater is one person in one study: a second study in the same browser is a new session', async () => {
  const { site, study } = await studySite();
  const other = await buildStudy(site.server.application.database, {
    datasets: [{ behaviour: 'shy', examples: plainExamples(2, 'Other') }],
    settings: { sampleSize: 2, raterTitle: 'Second study' },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const mine = /data-assignment="([^"]+)"/.exec(await rater.page('/rate'))?.[1] ?? '';
  await rater.join(other);
  expect(await rater.page('/rate')).toContain('Second study');
  expect((await rater.request(`/rate/${mine}/flag`)).status).toBe(404);
});

onceTest('skip, take up again, flag and leave without a script', async () => {
  const { site, study } = await studySite();
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const first = /data-assignment="([^"]+)"/.exec(await rater.page('/rate'))?.[1] ?? '';
  const flag = await rater.aside(`/rate/${first}/flag`);
  for (let time = 0; time < 2; time += 1)
    expect(goesTo(await flag({ kind: 'broken', comment: 'half a sentence' }))).toEqual([
      303,
      '/rate?saved=flagged',
    ]);
  expect(await site.server.application.db.selectFrom('flag').select('comment').execute()).toEqual([
    { comment: 'half a sentence' },
  ]);
  expect(await rater.page('/rate?saved=flagged')).toContain('Flagged');
  expect(
    (await rater.post(`/rate/${first}/flag`, { kind: 'broken' }, `/rate/${first}/flag`)).status,
  ).toBe(422);
  const skip = await rater.aside(`/rate/${first}/skip`);
  expect((await skip({ reason: 'because' })).status).toBe(422);
  for (let time = 0; time < 2; time += 1)
    expect(goesTo(await skip({ reason: 'unclear' }))).toEqual([303, '/rate']);
  const second = /data-assignment="([^"]+)"/.exec(await rater.page('/rate'))?.[1] ?? '';
  expect(second).not.toBe(first);
  expect(goesTo(await rater.post(`/rate/${first}/again`, {}, '/rate'))).toEqual([303, '/rate']);
  expect(/data-assignment="([^"]+)"/.exec(await rater.page('/rate'))?.[1]).toBe(first);
  const left = await (await rater.post('/rate/leave', {}, '/rate')).text();
  expect(left).toContain('See you');
  for (const path of ['/rate', '/guidelines', `/rate/${first}/skip`])
    expect((await rater.request(path)).status).toBe(403);
});

onceTest('leaving ends the rater’s visit and leaves staff signed in', async () => {
  const { site, study } = await studySite();
  const admin = await site.visitor('admin');
  await admin.request(`/join/${study.join_token}`);
  await agree(admin);
  expect((await admin.request('/rate')).status).toBe(200);
  expect((await admin.post('/rate/leave', {}, '/rate')).status).toBe(200);
  expect((await admin.request('/rate')).status).toBe(403);
  expect((await admin.request('/account')).status).toBe(200);
});

test('a new personal link ends the sessions that the old one opened, and none that it opens itself', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const form = formOn(await rater.page('/rate'));
  const { id } = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
  const token = await inTransaction(db, (trx) => renewPersonalLink(trx, id));
  for (const path of ['/rate', '/guidelines', '/consent'])
    expect((await rater.request(path)).status).toBe(403);
  if (form === undefined) throw new Error('no item');
  const late = await rater.send(
    form,
    { answer_label: '0', answer_relevance: '3' },
    { accept: 'application/json' },
  );
  expect([late.status, await codeOf(late)]).toEqual([403, 'rater_only']);
  expect(await db.selectFrom('judgment').selectAll().execute()).toEqual([]);
  await rater.request(`/r/${token}`);
  expect((await rater.request('/rate')).status).toBe(200);
  // Opened again, it leaves the session as it is: what stands in other tabs can still be sent.
  const page = formOn(await rater.page('/rate'));
  await rater.request(`/r/${token}`);
  expect(formOn(await rater.page('/rate'))?.fields['csrf']).toBe(page?.fields['csrf']);
});

test('what another rater’s page sends is refused with a code of its own, and nothing changes', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const other = await buildStudy(site.server.application.database, {
    datasets: [{ behaviour: 'shy', examples: plainExamples(2, 'Other') }],
    settings: { sampleSize: 2, raterTitle: 'Second study' },
    now: Date.now(),
  });
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  const before = formOn(await rater.page('/rate'));
  await rater.join(other);
  const now = formOn(await rater.page('/rate'));
  if (before === undefined || now === undefined) throw new Error('no item');
  const mark = before.fields['rater'] ?? '';
  expect(mark).toMatch(/^[0-9a-f]{20}$/);
  expect(now.fields['rater']).not.toBe(mark);
  const rows = async () => ({
    assignments: await db.selectFrom('assignment').selectAll().orderBy('id').execute(),
    flags: await db.selectFrom('flag').selectAll().execute(),
    judgments: await db.selectFrom('judgment').selectAll().execute(),
  });
  const stood = await rows();

  // With the token of the session that is open now, as a page does that reads it anew, and with the
  // one of its own session.
  for (const csrf of [now.fields['csrf'] ?? '', before.fields['csrf'] ?? '']) {
    const own = before.fields['assignment'] ?? '';
    for (const path of [
      '/rate',
      '/rate/ahead',
      `/rate/${own}/skip`,
      `/rate/${own}/flag`,
      `/rate/${own}/again`,
      `/rate/${own}/activity`,
      '/rate/keys',
      '/rate/leave',
      '/who',
    ]) {
      const body = new URLSearchParams({
        ...before.fields,
        csrf,
        answer_label: '0',
        answer_relevance: '3',
        reason: 'unclear',
        kind: 'broken',
        letterKeys: 'off',
      });
      const named = await rater.request(path, {
        method: 'POST',
        body,
        headers: { accept: 'application/json' },
      });
      expect([path, named.status, await codeOf(named)]).toEqual([path, 409, 'other_rater']);
      body.delete('rater');
      const headed = await rater.request(path, {
        method: 'POST',
        body,
        headers: { accept: 'application/json', 'x-rater': mark },
      });
      expect([path, headed.status, await codeOf(headed)]).toEqual([path, 409, 'other_rater']);
    }
  }
  const back = await rater.request(`/rate/${now.fields['assignment'] ?? ''}`, {
    headers: { accept: 'application/json', 'x-fragment': '1', 'x-rater': mark },
  });
  expect([back.status, await codeOf(back)]).toEqual([409, 'other_rater']);
  expect(await rows()).toEqual(stood);
  // A header that names the one and a field that names the other is nobody's page.
  const torn = await rater.send(
    { ...before, fields: { ...before.fields, csrf: now.fields['csrf'] ?? '' } },
    { answer_label: '0', answer_relevance: '3' },
    { accept: 'application/json', 'x-rater': now.fields['rater'] ?? '' },
  );
  expect([torn.status, await codeOf(torn)]).toEqual([409, 'other_rater']);

  const read = await (
    await rater.send(before, { answer_label: '0', answer_relevance: '3' })
  ).text();
  expect(read).toContain('in use by another rater');
  expect(read).toContain('open your own personal link again');
  expect((await rater.send(now, { answer_label: '0', answer_relevance: '3' })).status).toBe(303);
});

test('the open link asks in a rater’s own browser who is there; only who followed it may join as somebody else', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const { token } = await buildInvitation(site.server.application.database, study, Date.now());
  const rater = new RaterVisitor(site.address);
  await rater.request(`/r/${token}`);
  await agree(rater);
  // By a personal link alone nobody gets a second person in.
  expect(goesTo(await rater.request('/who'))).toEqual([303, '/rate']);
  expect(goesTo(await rater.post('/who', {}, '/rate'))).toEqual([303, '/rate']);
  expect((await rater.request('/rate')).status).toBe(200);

  expect(goesTo(await rater.request(`/join/${study.join_token}`))).toEqual([303, '/who']);
  const asked = await rater.page('/who');
  expect(asked).toContain('Are you r-01?');
  expect(asked).toContain('Go on as r-01');
  expect(
    (await rater.request('/who', { method: 'POST', body: new URLSearchParams() })).status,
  ).toBe(403);
  expect((await rater.request('/rate')).status).toBe(200);
  expect(goesTo(await rater.post('/who', {}, '/who'))).toEqual([303, '/consent']);
  expect((await rater.request('/rate')).status).toBe(403);
  await agree(rater);
  expect((await rater.request('/rate')).status).toBe(200);
  expect(
    (await db.selectFrom('rater').select(['pseudonym', 'state']).orderBy('id').execute()).map(
      ({ pseudonym, state }) => [pseudonym, state],
    ),
  ).toEqual([
    ['r-01', 'consented'],
    ['r-02', 'consented'],
  ]);
});

const linkIn = (welcome: string): string =>
  /id="personal-link">[^<]*(\/r\/[^<]+)</.exec(welcome)?.[1] ?? '';

/** Visitors of a study's open link who have read the consent text and not yet agreed. */
async function readers(site: Site, study: { join_token: string }, count: number) {
  const waiting: { agree: () => Promise<Response> }[] = [];
  for (let index = 0; index < count; index += 1) {
    const visitor = new RaterVisitor(site.address);
    await visitor.request(`/join/${study.join_token}`);
    waiting.push({ agree: await consentForm(visitor) });
  }
  return waiting;
}

test('the consent form that is sent twice at once makes one rater, and both answers let them work', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const visitor = new RaterVisitor(site.address);
  await visitor.request(`/join/${study.join_token}`);
  const send = await consentForm(visitor);
  const twin = visitor.copy();
  const again = await consentForm(twin);
  const key = { agree: 'yes', key: 'the-key-of-both' };
  const answers = await Promise.all([send(key), again(key)]);
  expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
  for (const browser of [visitor, twin]) expect((await browser.request('/rate')).status).toBe(200);
  expect(await db.selectFrom('rater').select(['pseudonym', 'state']).execute()).toEqual([
    { pseudonym: 'r-01', state: 'consented' },
  ]);
  expect(
    await db.selectFrom('rater_event').select('action').where('action', '=', 'join').execute(),
  ).toHaveLength(1);
  const next = new RaterVisitor(site.address);
  expect(await next.join(study)).toContain('/r/');
  expect((await db.selectFrom('rater').select('pseudonym').orderBy('id').execute()).at(-1)).toEqual(
    { pseudonym: 'r-02' },
  );
});

test('the consent form that is sent again gives a fresh personal link; without its key nobody joins', async () => {
  const { site, study } = await studySite();
  const visitor = new RaterVisitor(site.address);
  await visitor.request(`/join/${study.join_token}`);
  const send = await consentForm(visitor);
  // The answer to the first click never arrived: the browser still has the cookie from before.
  const before = visitor.copy();
  const csrf = await before.csrf('/consent');
  expect(
    (
      await before.request('/consent', {
        method: 'POST',
        body: new URLSearchParams({ csrf, agree: 'yes' }),
      })
    ).status,
  ).toBe(422);
  const key = { agree: 'yes', key: 'the-key-of-both' };
  const first = linkIn(await (await send(key)).text());
  const second = linkIn(
    await (
      await before.request('/consent', {
        method: 'POST',
        body: new URLSearchParams({ csrf, ...key }),
      })
    ).text(),
  );
  expect(goesTo(await new RaterVisitor(site.address).request(second))).toEqual([303, '/rate']);
  expect((await new RaterVisitor(site.address).request(first)).status).toBe(404);
  expect((await visitor.request('/rate')).status).toBe(200);
  expect(await site.server.application.db.selectFrom('rater').select('id').execute()).toHaveLength(
    1,
  );
});

test('people who join at the same moment all get in, each under a number of their own', async () => {
  const { site, study } = await studySite();
  const waiting = await readers(site, study, 64);
  const answers = await Promise.all(waiting.map(({ agree }) => agree()));
  expect(answers.map((answer) => answer.status)).toEqual(waiting.map(() => 200));
  const raters = await site.server.application.db.selectFrom('rater').select('pseudonym').execute();
  const numbers = raters
    .map(({ pseudonym }) => Number(pseudonym.replace('r-', '')))
    .toSorted((left, right) => left - right);
  expect(numbers).toEqual(waiting.map((_, index) => index + 1));
});

test('raters numbered before the counter was there keep their pseudonyms, and nobody gets one of them', async () => {
  const { site, study } = await studySite();
  const { database, db } = site.server.application;
  const [first, second] = [
    await buildInvitation(database, study),
    await buildInvitation(database, study),
  ];
  await db
    .updateTable('rater')
    .set({ pseudonym: 'r-112' })
    .where('id', '=', first.rater.id)
    .execute();
  await db.schema.alterTable('study').dropColumn('raters_numbered').execute();
  await upToNumbers(db as unknown as Kysely<unknown>);
  const third = await buildInvitation(database, study);
  expect([second.rater.pseudonym, third.rater.pseudonym]).toEqual(['r-02', 'r-113']);
});
