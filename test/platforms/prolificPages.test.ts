import { expect, test } from 'vitest';
import { type MismatchKind, mismatchKinds } from '#platforms/mismatches.js';
import { pollRecruitment } from '#platforms/prolific/poll.js';
import { sendAction } from '#platforms/prolific/send.js';
import { startProlific } from '../support/prolific.js';
import { openSite } from '../support/site.js';
import { openCrowd, secretKey } from './prolificSupport.js';

test('an account is added, checked, and its token is stored encrypted and never shown', async () => {
  const prolific = await startProlific({ token: 'the-very-secret-token' });
  const site = await openSite({ ASSAY_SECRET_KEY: secretKey, PROLIFIC_URL: prolific.url });
  const admin = await site.visitor('admin');
  const fields = {
    label: 'Lab',
    workspace: prolific.account.workspace,
    token: prolific.token,
    webhookSecret: 'hook-secret',
    currency: 'GBP',
    limit: '250.50',
  };
  const wrong = await admin.post('/platforms', { ...fields, limit: 'much' }, '/platforms');
  expect(wrong.status).toBe(422);
  expect((await admin.post('/platforms', fields, '/platforms')).status).toBe(303);
  const page = await admin.read('/platforms');
  expect(page).toContain('The token is A Lab’s. The workspace has 1000.00 GBP.');
  expect(page).toContain('0.00 of at most 250.50 GBP');
  for (const secret of [prolific.token, 'hook-secret']) expect(page).not.toContain(secret);
  const { secret } = await site.server.application.db
    .selectFrom('platform_account')
    .select('secret')
    .executeTakeFirstOrThrow();
  expect(Buffer.from(secret ?? []).toString('latin1')).not.toContain('secret');
});

test('a study is published, grows, is paused and stopped; spending is confirmed', async () => {
  const crowd = await openCrowd(3_000);
  const { prolific, atProlific } = crowd;
  atProlific.status = 'UNPUBLISHED';
  const admin = await crowd.site.visitor('admin');
  const page = `/studies/${crowd.study}/prolific`;
  const call = (fields: Record<string, string>): Promise<Response> =>
    admin.post(`${page}/${crowd.recruitment.public_id}/calls`, fields, page);
  expect((await call({ call: 'publish' })).status).toBe(409);
  expect((await call({ call: 'look' })).status).toBe(303);
  const asked = await call({ call: 'publish' });
  expect(await asked.text()).toContain('Spend 15.00?');
  expect(atProlific.status).toBe('UNPUBLISHED');
  expect((await call({ call: 'publish', confirm: '1499' })).status).toBe(200);
  expect((await call({ call: 'publish', confirm: '1500' })).status).toBe(303);
  expect(atProlific.status).toBe('ACTIVE');
  expect((await call({ call: 'places', total: '9' })).status).toBe(422);
  expect((await call({ call: 'places', total: '30', confirm: '3000' })).status).toBe(409);
  expect((await call({ call: 'places', total: '12', confirm: '300' })).status).toBe(303);
  expect(atProlific.total_available_places).toBe(12);
  for (const [action, status] of [
    ['pause', 'PAUSED'],
    ['resume', 'ACTIVE'],
    ['stop', 'AWAITING REVIEW'],
  ] as const) {
    await call({ call: action });
    expect(atProlific.status).toBe(status);
  }
  expect(await admin.read(page)).toContain('publish, 15.00 GBP: done');
  expect(prolific.requests.some(({ path }) => path.includes(prolific.token))).toBe(false);
});

test('a study is made at Prolific, as a draft, with its link and codes', async () => {
  const crowd = await openCrowd();
  const { db } = crowd.application;
  await db.updateTable('platform_study').set({ external_id: null }).execute();
  const admin = await crowd.site.visitor('admin');
  const page = `/studies/${crowd.study}/prolific`;
  await admin.post(
    `${page}/${crowd.recruitment.public_id}/calls`,
    {
      call: 'create-study',
      name: 'Judge short texts',
      description: 'You read texts.',
      places: '50',
      minutes: '12',
      reward: '2.40',
      researcherCode: 'BYHAND',
    },
    page,
  );
  const made = [...crowd.prolific.studies.values()].at(-1);
  expect(made).toMatchObject({
    name: 'Judge short texts',
    status: 'UNPUBLISHED',
    reward: 240,
    total_available_places: 50,
  });
  expect(made?.external_study_url).toContain('PROLIFIC_PID={{%PROLIFIC_PID%}}');
  const stored = await db
    .selectFrom('platform_study')
    .select('external_id')
    .executeTakeFirstOrThrow();
  expect(stored.external_id).toBe(made?.id);
});

test('an unknown bonus is an alert, until somebody says what they saw', async () => {
  const crowd = await openCrowd();
  const submission = await crowd.awaiting();
  crowd.prolific.faults.push({ path: /\/pay\/$/, kind: 'lost' });
  const action = await crowd.wanted({
    request: { kind: 'bonus', rows: [{ submissionId: submission.id, minor: 50 }] },
    amountMinor: 50,
  });
  await sendAction(crowd.application, action.id);
  const admin = await crowd.site.visitor('admin');
  const page = `/studies/${crowd.study}/prolific`;
  expect(await admin.read(page)).toContain('Nobody knows whether this was done: bonus, 0.50 GBP.');
  const settle = `${page}/settle/${action.public_id}`;
  expect((await admin.post(settle, { done: 'yes', note: 'Paid.' }, page)).status).toBe(303);
  expect(await admin.read(page)).not.toContain('Nobody knows');
});

test('the page of mismatches shows each kind, and is empty after its repairs', async () => {
  const crowd = await openCrowd();
  const { prolific, atProlific, application, recruitment } = crowd;
  const { db } = application;
  await db
    .updateTable('platform_study')
    .set((eb) => ({
      settings: eb.fn('replace', [
        'settings',
        eb.val('"done":{"code":null'),
        eb.val('"done":{"code":"DONE"'),
      ]),
    }))
    .execute();
  const person = prolific.newPerson();
  const states = [
    'ACTIVE',
    'ACTIVE',
    'TIMED-OUT',
    'RETURNED',
    'AWAITING REVIEW',
    'AWAITING REVIEW',
    'NEW WORD',
  ];
  const taken = states.map((status, index) =>
    index < 2 ? prolific.take(atProlific, status, person) : prolific.take(atProlific, status),
  );
  const [, , timedOut, returned, codeAlone, workAlone, unknown] = taken;
  if (codeAlone !== undefined) codeAlone.study_code = 'DONE';
  await pollRecruitment(application, recruitment);
  for (const one of [returned, workAlone])
    await db
      .updateTable('platform_submission')
      .set({ code: 'DONE', code_given_at: 5, outcome: 'done' })
      .where('external_id', '=', one?.id ?? '')
      .execute();
  const { id } = await db
    .selectFrom('platform_submission')
    .select('id')
    .where('external_id', '=', timedOut?.id ?? '')
    .executeTakeFirstOrThrow();
  await crowd.wanted({ request: { kind: 'approve' }, submissionId: id });
  const admin = await crowd.site.visitor('admin');
  const page = `/studies/${crowd.study}/mismatches`;
  const shown = await admin.read(page);
  const expected: MismatchKind[] = [
    'approved-timed-out',
    'second-session',
    'ended-after-work',
    'code-without-work',
    'work-without-code',
    'unknown-state',
  ];
  for (const kind of expected) expect(shown).toContain(mismatchKinds[kind].sentence);
  expect(shown.match(/<h2>Submission/g)).toHaveLength(expected.length);
  for (const [, path = '', section = ''] of shown.matchAll(
    /action="([^"]+\/mismatches\/[^"]+)">(.*?)<\/form>/g,
  )) {
    const repair = /value="(complete|request-return|approve|ask)"/.exec(section)?.[1] ?? 'keep';
    const fields = { repair, code: 'FIXED', confirm: '150' };
    const answer = await admin.post(path, fields, page);
    if (answer.status === 502 || repair === 'ask') {
      expect((await admin.post(path, { repair: 'keep' }, page)).status).toBe(422);
      await admin.post(path, { repair: 'keep', reason: 'Looked at it' }, page);
    }
  }
  const after = await admin.read(page);
  expect(after).toContain('Everything fits.');
  expect(after).toContain('Leave it as it is: Looked at it');
  expect(after).toContain('by admin@lab.example');
  expect(timedOut?.status).toBe('AWAITING REVIEW');
  expect(workAlone?.status).toBe('APPROVED');
  expect(codeAlone?.return_requested).not.toBeNull();
  expect(unknown?.status).toBe('NEW WORD');
});
