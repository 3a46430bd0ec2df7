import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { secretsOf } from '#platforms/secrets.js';
import { placeOfPerson } from '#platforms/hear.js';
import { template } from '#platforms/platform.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { engine, onceTest } from '../support/database.js';
import { agree, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';
import {
  arrive,
  backTo,
  buildRecruitment,
  codeOf,
  pathFor,
  prolificId,
  rateAll,
  recruitingSite,
  secretKey,
  somebody,
  submissionsOf,
} from './support.js';

test('somebody comes from Prolific, agrees, rates, and goes back with the code of that', async () => {
  const { site, study, recruitment, lines } = await recruitingSite();
  const { db } = site.server.application;
  const person = somebody();
  const { rater, leads } = await arrive(site, recruitment, person);
  expect(leads).toBe('/consent');
  expect((await agree(rater)).status).toBe(200);
  const end = await rateAll(rater);
  expect(end).toContain(backTo(recruitment, 'done'));
  expect(end).toContain(codeOf(recruitment, 'done'));
  // The same at every return, in another browser and by the link from Prolific too.
  const again = await arrive(site, recruitment, person);
  expect(again.leads).toBe('/rate');
  for (let time = 0; time < 2; time += 1)
    expect(await again.rater.page('/rate')).toContain(backTo(recruitment, 'done'));
  const [submission, ...others] = await submissionsOf(site);
  expect(others).toEqual([]);
  expect(submission).toMatchObject({
    external_id: person.session,
    state: 'arrived',
    outcome: 'done',
    code: codeOf(recruitment, 'done'),
  });
  const stored = await db
    .selectFrom('rater')
    .select(['id', 'arrival', 'fingerprint'])
    .executeTakeFirstOrThrow();
  expect(stored.arrival).toBe('prolific');
  expect([submission?.rater_id, submission?.fingerprint]).toEqual([stored.id, stored.fingerprint]);
  const sealed = submission?.external_person ?? new Uint8Array();
  expect(secretsOf(secretKey).open(placeOfPerson(submission?.id ?? 0), sealed)).toBe(person.person);
  expect(
    await db
      .selectFrom('consent_event')
      .select(['study_id', 'rater_id', 'platform_submission_id', 'kind'])
      .execute(),
  ).toEqual([
    {
      study_id: study.id,
      rater_id: stored.id,
      platform_submission_id: submission?.id,
      kind: 'given',
    },
  ]);
  expect(await everythingStored(site)).not.toContain(person.person);
  expect(lines.join('')).not.toContain(person.person);
});

/** Every byte of the database, as text. */
async function everythingStored({ folder, server }: Awaited<ReturnType<typeof openSite>>) {
  if (engine() === 'sqlite')
    return ['', '-wal']
      .map((ending) => join(folder, `assay.sqlite${ending}`))
      .filter((path) => existsSync(path))
      .map((path) => readFileSync(path, 'latin1'))
      .join('');
  const { db } = server.application;
  const tables = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'public'`.execute(
    db,
  );
  const all: string[] = [];
  for (const { name } of tables.rows) {
    const rows = await sql<{
      row: string;
    }>`select t::text as row from ${sql.table(name)} t`.execute(db);
    all.push(...rows.rows.map(({ row }) => row));
  }
  return all.join('\n');
}

test('the same person is one rater, whatever the session and the browser', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const first = somebody();
  const second = somebody({ person: first.person });
  const early = await arrive(site, recruitment, first);
  const late = await arrive(site, recruitment, second);
  // Two consents at one moment in two browsers make one rater too.
  const answers = await Promise.all([agree(early.rater), agree(late.rater)]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 303]));
  expect(await db.selectFrom('rater').selectAll().execute()).toHaveLength(1);
  const third = await arrive(site, recruitment, somebody({ person: first.person }));
  expect(third.leads).toBe('/rate');
  const submissions = await submissionsOf(site);
  expect(submissions).toHaveLength(3);
  expect(new Set(submissions.map((one) => one.rater_id)).size).toBe(1);
  expect(await rateAll(third.rater)).toContain(backTo(recruitment, 'done'));
  expect((await submissionsOf(site)).map(({ code }) => code !== null)).toEqual([
    false,
    false,
    true,
  ]);
});

test('who opens a link twice in a session is heard of once, and somebody else in it is refused', async () => {
  const { site, recruitment } = await recruitingSite();
  const person = somebody();
  for (let time = 0; time < 3; time += 1)
    expect((await arrive(site, recruitment, person)).leads).toBe('/consent');
  const { db } = site.server.application;
  expect(await db.selectFrom('platform_event').selectAll().execute()).toHaveLength(1);
  const other = somebody({ session: person.session });
  const refused = await new RaterVisitor(site.address).request(pathFor(recruitment, other));
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain('SESSION_ID');
});

const faulty: readonly (readonly [string, (path: string) => string, string, RegExp])[] = [
  ['missing', (path) => path.replace(/PROLIFIC_PID=\w+&/, ''), 'PROLIFIC_PID', /lacks/],
  ['empty', (path) => path.replace(/(SESSION_ID=)\w+/, '$1'), 'SESSION_ID', /lacks/],
  [
    'unfilled',
    (path) => path.replace(/(STUDY_ID=)\w+/, '$1{{%STUDY_ID%}}'),
    'STUDY_ID',
    /placeholder itself/,
  ],
  [
    'malformed',
    (path) => path.replace(/(PROLIFIC_PID=)\w+/, '$1Robert%27); drop'),
    'PROLIFIC_PID',
    /does not hold an id of Prolific/,
  ],
  ['twice', (path) => `${path}&PROLIFIC_PID=${'a'.repeat(24)}`, 'PROLIFIC_PID', /does not hold/],
  [
    'another study',
    (path) => path.replace(/(STUDY_ID=)\w+/, `$1${'b'.repeat(24)}`),
    'STUDY_ID',
    /names another study/,
  ],
];

onceTest('a faulty link names its parameter, and tells staff where to put it right', async () => {
  const { site, study, recruitment } = await recruitingSite();
  const admin = await site.visitor('admin');
  for (const [name, change, parameter, words] of faulty) {
    const path = change(pathFor(recruitment, somebody()));
    const response = await new RaterVisitor(site.address).request(path);
    const page = await response.text();
    expect([name, response.status]).toEqual([name, 400]);
    expect(page).toContain(parameter);
    expect(page).toMatch(words);
    expect(page).toContain('help@lab.example');
    expect(page).not.toContain('For staff');
    expect(await admin.page(path)).toContain(`/studies/${study.public_id}/recruitment`);
  }
  expect(await submissionsOf(site)).toEqual([]);
  const wrong = await new RaterVisitor(site.address).request('/p/wrong?PROLIFIC_PID=1');
  expect(wrong.status).toBe(404);
  for (const path of ['/arrival', '/consent'])
    expect((await new RaterVisitor(site.address).request(path)).status).toBe(403);
});

onceTest('without a key nobody can come, and staff read how to set it', async () => {
  const { site, recruitment } = await recruitingSite({ environment: { ASSAY_SECRET_KEY: '' } });
  const path = pathFor(recruitment, somebody());
  expect((await new RaterVisitor(site.address).request(path)).status).toBe(503);
  expect(await (await site.visitor('admin')).page(path)).toContain('ASSAY_SECRET_KEY');
});

onceTest('the id of a study that belongs to another recruitment is another study', async () => {
  const { site, study } = await recruitingSite();
  const open = await buildRecruitment(site, study, { externalId: null });
  const path = pathFor(open, somebody());
  expect((await new RaterVisitor(site.address).request(path)).status).toBe(400);
  const own = pathFor(open, somebody({ study: prolificId() }));
  expect((await new RaterVisitor(site.address).request(own)).status).toBe(303);
});

for (const state of ['closed', 'full'] as const)
  test(`who comes to a study that is ${state} learns it before consent, with a code`, async () => {
    const { site, study, recruitment } = await recruitingSite({ overlap: 1 });
    const { db } = site.server.application;
    if (state === 'full') {
      const first = await arrive(site, recruitment, somebody());
      await agree(first.rater);
      await rateAll(first.rater);
    } else await db.updateTable('study').set({ state, closed_at: Date.now() }).execute();
    const person = somebody();
    const late = await arrive(site, recruitment, person);
    expect(late.leads).toBe('/arrival');
    const page = await late.rater.page('/arrival');
    expect(page).toContain(
      state === 'closed' ? 'The study is closed' : 'nothing left to do here now',
    );
    expect(page).toContain(backTo(recruitment, 'nothing-left'));
    expect((await late.rater.request('/consent')).status).toBe(403);
    // The same at every return, also once places are free again.
    await db.updateTable('study').set({ state: 'open', closed_at: null }).execute();
    await db.updateTable('item').set({ free_places: 1 }).execute();
    const again = await arrive(site, recruitment, person);
    expect(again.leads).toBe('/arrival');
    expect(await again.rater.page('/arrival')).toContain(backTo(recruitment, 'nothing-left'));
    expect(await db.selectFrom('consent_event').selectAll().execute()).toHaveLength(
      state === 'full' ? 1 : 0,
    );
    expect(study.state).toBe('open');
  });

test('a study that closes while somebody reads the consent sends them back with a code', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const { rater } = await arrive(site, recruitment, somebody());
  await db.updateTable('study').set({ state: 'closed', closed_at: Date.now() }).execute();
  expect(await rater.page('/consent')).toContain(backTo(recruitment, 'nothing-left'));
});

test('who declines goes back with a code, and nothing of them is kept', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const person = somebody();
  const { rater } = await arrive(site, recruitment, person);
  const declined = await (await rater.post('/consent/decline', {}, '/consent')).text();
  expect(declined).toContain(backTo(recruitment, 'no-consent'));
  const [submission] = await submissionsOf(site);
  expect(submission).toMatchObject({
    external_person: null,
    fingerprint: null,
    rater_id: null,
    outcome: 'no-consent',
  });
  expect(
    await db.selectFrom('consent_event').select(['platform_submission_id', 'kind']).execute(),
  ).toEqual([{ platform_submission_id: submission?.id, kind: 'declined' }]);
  const again = await arrive(site, recruitment, person);
  expect(again.leads).toBe('/arrival');
  expect(await again.rater.page('/arrival')).toContain(backTo(recruitment, 'no-consent'));
  expect((await submissionsOf(site))[0]).toMatchObject({
    external_person: null,
    fingerprint: null,
  });
});

test('who stops or withdraws goes back with the code of that', async () => {
  const { site, recruitment } = await recruitingSite();
  for (const way of ['stop', 'withdraw']) {
    const { rater } = await arrive(site, recruitment, somebody());
    await agree(rater);
    await rateAll(rater, 1);
    const from = way === 'stop' ? '/leave' : '/leave/withdraw';
    expect((await rater.post(`/leave/${way}`, {}, from)).status).toBe(303);
    for (let time = 0; time < 2; time += 1)
      expect(await rater.page('/rate')).toContain(backTo(recruitment, 'withdrew'));
  }
  expect((await submissionsOf(site)).map(({ outcome }) => outcome)).toEqual([
    'withdrew',
    'withdrew',
  ]);
});

test('any other platform: its own parameters, an address with them, or a code to enter', async () => {
  const { site, study } = await recruitingSite();
  const back = 'https://panel.example/done?code={code}&who={worker}&of={job}';
  const panel = await buildRecruitment(site, study, {
    platform: template,
    externalId: 'job-7',
    settings: {
      parameters: { person: 'worker', study: 'job', submission: null },
      endings: { done: { code: 'OURS', address: back } },
    },
  });
  const path = `/p/${panel.row.link_token}?worker=Jo%C3%ABlle&job=job-7`;
  const rater = new RaterVisitor(site.address);
  expect((await rater.request(path)).headers.get('location')).toBe('/consent');
  await agree(rater);
  expect(await rateAll(rater)).toContain(
    'href="https://panel.example/done?code=OURS&amp;who=Jo%C3%ABlle&amp;of=job-7"',
  );
  const other = new RaterVisitor(site.address);
  await other.request(path.replace('Jo%C3%ABlle', 'x2'));
  const end = await (await other.post('/consent/decline', {}, '/consent')).text();
  expect(end).toContain('Enter this code where you came from.');
  expect(end).toContain(codeOf(panel, 'no-consent'));
  expect((await submissionsOf(site))[1]?.external_id).toMatch(/^declined /);
  const unfilled = path.replace('worker=Jo%C3%ABlle', 'worker=[worker_id]');
  expect(await other.page(unfilled)).toContain('The parameter worker of the link was not filled');
});

test('under another key a code is given without the address that needs the id', async () => {
  const { site, study } = await recruitingSite();
  const back = 'https://panel.example/done?code={code}&who={worker}';
  const panel = await buildRecruitment(site, study, {
    platform: template,
    externalId: null,
    settings: {
      parameters: { person: 'worker', study: null, submission: 'visit' },
      endings: { done: { code: 'OURS', address: back } },
    },
  });
  const rater = new RaterVisitor(site.address);
  await rater.request(`/p/${panel.row.link_token}?worker=w1&visit=v1`);
  await agree(rater);
  const { db } = site.server.application;
  const [submission] = await submissionsOf(site);
  const other = secretsOf('another key that is long enough for a test');
  await db
    .updateTable('platform_submission')
    .set({ external_person: other.seal(placeOfPerson(submission?.id ?? 0), 'w1') })
    .execute();
  const end = await rateAll(rater);
  expect(end).toContain('OURS');
  expect(end).toContain('Enter this code where you came from.');
  expect(end).not.toContain('panel.example');
});

test('where a code cannot be stored, a claim waits for the admin and its number is shown', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const { rater } = await arrive(site, recruitment, somebody());
  await agree(rater);
  await (engine() === 'sqlite'
    ? sql`create trigger no_code before update of code on platform_submission
        begin select raise(abort, 'the disk is full'); end`.execute(db)
    : sql`alter table platform_submission add constraint no_code check (code is null)`.execute(db));
  const end = await rateAll(rater);
  const [submission] = await submissionsOf(site);
  expect(end).toContain('You are done');
  expect(end).toContain(submission?.public_id);
  expect(end).toContain('claim number');
  expect(end).not.toContain('app.prolific.com');
  expect(submission?.code).toBeNull();
  expect(
    await db.selectFrom('platform_event').select('payload').where('source', '=', 'own').execute(),
  ).toEqual([{ payload: '{"claim":"done"}' }]);
});

test('a hundred people behind one address arrive at once, and none is refused', async () => {
  const { site, recruitment } = await recruitingSite({ overlap: 30 });
  const leads = await Promise.all(
    Array.from({ length: 100 }, async () => (await arrive(site, recruitment, somebody())).leads),
  );
  expect(new Set(leads)).toEqual(new Set(['/consent']));
  expect(await submissionsOf(site)).toHaveLength(100);
});

onceTest('a personal link leads its rater back to the code', async () => {
  const { site, recruitment } = await recruitingSite();
  const { rater } = await arrive(site, recruitment, somebody());
  const welcome = await (await agree(rater)).text();
  const link = /id="personal-link">([^<]+)</.exec(welcome)?.[1] ?? '';
  await rateAll(rater);
  const back = new RaterVisitor(site.address);
  await back.request(new URL(link).pathname);
  expect(await back.page('/rate')).toContain(backTo(recruitment, 'done'));
});

onceTest('fewer examples than one person was to judge end as nothing left', async () => {
  const { site, recruitment } = await recruitingSite({ settings: { raterLimit: 5 } });
  const { rater } = await arrive(site, recruitment, somebody());
  await agree(rater);
  expect(await rateAll(rater)).toContain(backTo(recruitment, 'nothing-left'));
});

onceTest('a draft takes nobody and gives no code', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  await db.updateTable('study').set({ state: 'draft' }).execute();
  const early = await arrive(site, recruitment, somebody());
  const page = await early.rater.page('/arrival');
  expect(page).toContain('has not begun yet');
  expect(page).not.toContain('app.prolific.com');
  await db.updateTable('study').set({ state: 'open' }).execute();
  expect((await early.rater.request('/arrival')).headers.get('location')).toBe('/consent');
});

onceTest('a person of another study of the project is another rater there', async () => {
  const { site, recruitment } = await recruitingSite();
  const other = await buildStudy(site.server.application.database, {
    datasets: [{ behaviour: 'shy', examples: plainExamples(2, 'Other') }],
    settings: { sampleSize: 2 },
    now: Date.now(),
  });
  const there = await buildRecruitment(site, other, { externalId: prolificId() });
  const person = somebody();
  await agree((await arrive(site, recruitment, person)).rater);
  const study = there.row.external_id ?? '';
  const second = await arrive(site, there, somebody({ person: person.person, study }));
  expect(second.leads).toBe('/consent');
  await agree(second.rater);
  const raters = await site.server.application.db
    .selectFrom('rater')
    .select(['study_id', 'fingerprint'])
    .execute();
  expect(new Set(raters.map(({ study_id: id }) => id)).size).toBe(2);
  expect(new Set(raters.map(({ fingerprint }) => fingerprint)).size).toBe(1);
});
