import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLink } from '#accounts/account.js';
import { commands as accountCommands } from '#accounts/commands.js';
import { commands as datasetCommands } from '#datasets/commands.js';
import { commands as oversightCommands } from '#oversight/commands.js';
import { commands as simulationCommands } from '#simulation/commands.js';
import { commands as studyCommands } from '#studies/commands.js';
import { enteredOf } from '#studies/editor/entered.js';
import { Form, formPresets } from '#studies/form.js';
import { defaultRaterTexts } from '#studies/raterTexts.js';
import { StudySettings } from '#studies/settings.js';
import type { Db } from '#storage/database.js';
import { newPublicId } from '#storage/identifiers.js';
import { buildDataset, buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { commandRunner } from '../support/commands.js';
import { type Faults, watchStatements } from '../support/faults.js';
import { openSite, password, type Site, Visitor } from '../support/site.js';
import { lines, personaRow } from '../datasets/imports/support.js';
import { judgeAll } from '../reports/judging.js';

const tableNames = new WeakMap<Db, readonly string[]>();

/** The tables of a database but sessions and counts of requests. */
async function tablesOf(db: Db): Promise<readonly string[]> {
  const known = tableNames.get(db);
  if (known !== undefined) return known;
  const names = (await db.introspection.getTables())
    .map(({ name }) => name)
    .filter((name) => name !== 'session' && name !== 'rate_limit');
  tableNames.set(db, names);
  return names;
}

/** Everything in these tables. */
async function contents(db: Db): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const name of await tablesOf(db)) {
    const rows = await db
      .selectFrom(name as 'job')
      .selectAll()
      .execute();
    found[name] = rows
      .map((row) =>
        JSON.stringify(row, (key, value: unknown) => (key === 'last_used_at' ? 0 : value)),
      )
      .toSorted();
  }
  return found;
}

/** What commits more after its line: a session, a job, the work of simulated raters. */
const goesOn = new Set([
  'account.invitation',
  'account.password',
  'account.password-reset',
  'account.set-up',
  'dataset.check',
  'dataset.delete',
  'study.simulate',
]);
/** What commits before: a sign-in first forgets failed ones. */
const commitsBefore: Readonly<Record<string, number>> = { 'account.sign-in': 1 };

/**
 * What is done fails when its line is to be written, and once more when it is to be stored, and
 * leaves nothing behind. Then it succeeds, with one line and one commit: a line that is stored by
 * itself before would need two.
 * @param act gives the status of the answer, or throws
 */
async function isOneWithItsLine(
  { db, faults }: { db: Db; faults: Faults },
  action: string,
  act: () => Promise<number>,
): Promise<void> {
  const matching = /insert into "audit_event"|^commit/i;
  const before = await contents(db);
  const last = 2 + (commitsBefore[action] ?? 0);
  for (let at = 1; at <= last; at += 1) {
    faults.arm({ fault: 'full', at, from: 'once', matching });
    const status = await act().catch(() => 503);
    const { fired } = faults;
    faults.disarm();
    const after = await contents(db);
    const changed = Object.keys(after).filter(
      (table) => JSON.stringify(after[table]) !== JSON.stringify(before[table]),
    );
    expect({ action, at, fired, status, changed }).toEqual({
      action,
      at,
      fired: 1,
      status: 503,
      changed: [],
    });
  }
  const ends = !goesOn.has(action);
  if (ends) faults.arm({ fault: 'full', at: last + 1, from: 'once', matching });
  const status = await act().catch(() => 503);
  if (ends) expect({ action, fired: faults.fired }).toEqual({ action, fired: 0 });
  faults.disarm();
  expect(status, action).toBeLessThan(400);
  const written = await db
    .selectFrom('audit_event')
    .select('action')
    .orderBy('id')
    .offset(before['audit_event']?.length ?? 0)
    .limit(10)
    .execute();
  expect(written).toEqual([{ action }]);
}

/** A site whose statements can fail, and how its pages are used there. */
async function faultySite(): Promise<{
  site: Site;
  db: Db;
  /** Sends a form as this visitor; the fault meets nothing but that. */
  sends: (
    visitor: Visitor,
    action: string,
    path: string,
    fields?: Readonly<Record<string, string>>,
    from?: string,
  ) => Promise<void>;
  /** Sends something to the API. */
  calls: (action: string, method: string, path: string, body: unknown) => Promise<void>;
  /** Runs a command. */
  runs: (
    action: string,
    name: string,
    positional: readonly string[],
    options?: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
}> {
  const site = await openSite();
  const { database, db } = site.server.application;
  const faults = watchStatements();
  const run = commandRunner(database, [
    ...accountCommands,
    ...datasetCommands,
    ...studyCommands,
    ...oversightCommands,
    ...simulationCommands,
  ]);
  return {
    site,
    db,
    sends: async (visitor, action, path, fields = {}, from = '/account') => {
      const body = new URLSearchParams({ csrf: await visitor.csrf(from), ...fields });
      await isOneWithItsLine({ db, faults }, action, async () => {
        // A copy: what failed may have changed what the browser holds.
        const response = await visitor.copy().request(path, { method: 'POST', body });
        await response.text();
        return response.status;
      });
    },
    calls: (action, method, path, body) =>
      isOneWithItsLine({ db, faults }, action, async () => {
        const headers = {
          authorization: `Bearer ${site.token}`,
          'content-type': 'application/json',
        };
        const init = { method, headers, body: JSON.stringify(body) };
        const response = await fetch(`${site.address}/api/v1${path}`, init);
        await response.text();
        return response.status;
      }),
    runs: (action, name, positional, options = {}) =>
      isOneWithItsLine({ db, faults }, action, async () => {
        const { status } = await run(name, positional, options);
        return status === 0 ? 200 : 500;
      }),
  };
}

const publicIdOf = async (db: Db, email: string): Promise<string> =>
  (
    await db
      .selectFrom('account')
      .select('public_id')
      .where('email', '=', email)
      .executeTakeFirstOrThrow()
  ).public_id;

test('what is done to accounts is one with its line of the audit log', async () => {
  const { site, db, sends, runs } = await faultySite();
  const { application } = site.server;
  const admin = await site.visitor('admin');
  const person = { email: 'ada@lab.example', name: 'Ada', role: 'researcher' };
  await sends(admin, 'account.invite', '/accounts', person);
  const account = `/accounts/${await publicIdOf(db, person.email)}`;
  await sends(admin, 'account.link', `${account}/link`);
  await sends(admin, 'account.change', account, { role: 'admin' });
  const { id: accountId } = await db
    .selectFrom('account')
    .select('id')
    .where('email', '=', person.email)
    .executeTakeFirstOrThrow();
  for (const purpose of ['invitation', 'password-reset'] as const) {
    const visitor = new Visitor(site.address);
    const secret = await createLink(db, { purpose, accountId, now: application.now() });
    await visitor.request(`/link/${secret}`);
    await sends(
      visitor,
      `account.${purpose}`,
      '/welcome-staff',
      { name: 'Ada', password },
      '/welcome-staff',
    );
  }
  await sends(
    new Visitor(site.address),
    'account.sign-in',
    '/sign-in',
    { email: person.email, password },
    '/sign-in',
  );
  const ada = new Visitor(site.address);
  await ada.post('/sign-in', { email: person.email, password }, '/sign-in');
  await sends(ada, 'token.create', '/account/tokens', { tokenName: 'laptop' });
  const token = await db
    .selectFrom('api_token')
    .select('public_id')
    .where('name', '=', 'laptop')
    .executeTakeFirstOrThrow();
  await sends(ada, 'token.revoke', `/account/tokens/${token.public_id}/revoke`);
  await sends(ada, 'account.password', '/account/password', {
    current: password,
    password: 'a short walk before breakfast',
  });
  await runs('account.invite', 'users add', ['eve@lab.example']);
  await runs('account.link', 'users reset', ['eve@lab.example']);
  await runs('account.change', 'users disable', [person.email]);
  await runs('account.change', 'users enable', [person.email]);
  await runs('token.create', 'tokens add', [person.email]);
});

test('the first admin is made together with a line of the audit log', async () => {
  const { site, db, sends } = await faultySite();
  await db.updateTable('account').set({ state: 'disabled' }).execute();
  const secret = await createLink(db, { purpose: 'set-up', accountId: null, now: Date.now() });
  const visitor = new Visitor(site.address);
  await visitor.request(`/link/${secret}`);
  await sends(
    visitor,
    'account.set-up',
    '/welcome-staff',
    { email: 'first@lab.example', name: 'First', password },
    '/welcome-staff',
  );
});

test('what is done to datasets is one with its line of the audit log', async () => {
  const { site, db, sends, runs } = await faultySite();
  const admin = await site.visitor('admin');
  const dataset = await buildDataset(db, { examples: plainExamples(3), confirmed: false });
  const behaviour = await db.selectFrom('behaviour').select('public_id').executeTakeFirstOrThrow();
  const path = `/datasets/behaviours/${behaviour.public_id}`;
  await sends(admin, 'behaviour.describe', path, { short: 'Is kind', long: '' });
  await sends(admin, 'behaviour.confirm', `${path}/confirm`, { version: '1' });
  await runs('behaviour.confirm', 'datasets confirm', ['kind'], { description: 'Is very kind' });
  await sends(admin, 'dataset.check', `/datasets/${dataset}/check`);
  await site.idle();
  await runs('dataset.check', 'datasets check', [dataset]);
  await sends(admin, 'dataset.delete', `/datasets/${dataset}/delete`);
  await site.idle();
  const second = await buildDataset(db, { examples: plainExamples(3) });
  await runs('dataset.delete', 'datasets delete', [second]);

  // No process here takes jobs of this kind: it stays in the queue.
  const job = await db
    .insertInto('job')
    .values({
      public_id: newPublicId(),
      kind: 'of another process',
      state: 'queued',
      payload: '{}',
      lane: 'import',
      created_at: 1,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const entry = await db
    .insertInto('import')
    .values({
      public_id: newPublicId(),
      account_id: null,
      state: 'running',
      settings: '{}',
      job_id: job.id,
      created_at: 1,
      finished_at: null,
    })
    .returning('public_id')
    .executeTakeFirstOrThrow();
  await sends(admin, 'import.cancel', `/imports/${entry.public_id}/cancel`);
  expect(await db.selectFrom('import').select('state').executeTakeFirstOrThrow()).toEqual({
    state: 'cancelled',
  });
});

test('a description that was written or confirmed before leaves no second line', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const admin = await site.visitor('admin');
  await buildDataset(db, { examples: plainExamples(1), confirmed: false });
  const behaviour = await db.selectFrom('behaviour').select('public_id').executeTakeFirstOrThrow();
  const path = `/datasets/behaviours/${behaviour.public_id}`;
  const run = commandRunner(database, datasetCommands);
  for (let turn = 0; turn < 2; turn += 1) {
    await admin.post(path, { short: 'Is kind', long: '' }, path);
    await admin.post(`${path}/confirm`, { version: '1' }, '/account');
    await admin.post(path, { short: 'Is kind', long: '', confirm: 'yes' }, path);
    expect((await run('datasets confirm', ['kind'], { description: 'Is kind' })).status).toBe(0);
  }
  const written = await db
    .selectFrom('audit_event')
    .select('action')
    .where('action', 'like', 'behaviour.%')
    .orderBy('id')
    .execute();
  expect(written.map((line) => line.action)).toEqual(['behaviour.describe', 'behaviour.confirm']);
});

test('what is done to a study and its raters is one with its line of the audit log', async () => {
  const { site, db, sends, runs } = await faultySite();
  const { database } = site.server.application;
  const admin = await site.visitor('admin');
  const draft = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { overlap: 1, sampleSize: 6 },
    open: false,
  });
  const path = `/studies/${draft.public_id}`;
  await sends(admin, 'study.register', `${path}/register`, {
    questions: 'Are the labels right?',
    exclusionRules: '',
  });
  await sends(admin, 'study.open', `${path}/open`);
  await sends(admin, 'study.pause', `${path}/pause`);
  await sends(admin, 'study.resume', `${path}/resume`);
  await sends(admin, 'study.close', `${path}/close`);
  await sends(admin, 'study.reopen', `${path}/reopen`);
  await sends(admin, 'study.resume', `${path}/resume`);
  await sends(admin, 'study.invite', `${path}/invitations`, { count: '2' });

  const study = await db
    .selectFrom('study')
    .selectAll()
    .where('id', '=', draft.id)
    .executeTakeFirstOrThrow();
  const raters = await buildRaters(database, study, 1);
  await judgeAll(database, raters, ({ label }) => ({ label }), { most: 3 });
  const rater = `${path}/raters/${raters[0]?.public_id ?? ''}`;
  for (const verb of ['exclude', 'restore', 'block', 'unblock', 'link', 'withdraw'])
    await sends(admin, `rater.${verb}`, `${rater}/${verb}`, { reason: 'A test.' });

  const truth = join(site.folder, 'truth.jsonl');
  const known = plainExamples(6).map(({ text }) => JSON.stringify({ text, choice: 'Yes' }));
  writeFileSync(truth, known.join('\n'));
  await runs('study.simulate', 'simulate', [study.public_id], {
    truth,
    raters: '2',
    most: '1',
    url: site.address,
    seed: 'seed',
  });
  const other = await buildStudy(database, {
    datasets: [{ behaviour: 'calm', examples: plainExamples(6, 'Calm') }],
    open: false,
  });
  await sends(admin, 'study.delete', `/studies/${other.public_id}/delete`);
});

test('making and editing a study is one with its line, on the page, through the API and by commands', async () => {
  const { site, db, sends, calls, runs } = await faultySite();
  const admin = await site.visitor('admin');
  const dataset = await buildDataset(db, { examples: plainExamples(6) });
  const newest = async (): Promise<string> => {
    const { public_id: id } = await db
      .selectFrom('study')
      .select('public_id')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    return id;
  };
  const settings = { datasets: [dataset], sampleSize: 6, overlap: 1 };
  const entered = enteredOf({
    title: 'On the page',
    settings: StudySettings.parse(settings),
    form: formPresets['standard']?.form ?? Form.parse({}),
    texts: { ...defaultRaterTexts, warning: '' },
  });
  const fields: Record<string, string> = { datasets: dataset };
  for (const [name, value] of Object.entries(entered))
    if (typeof value === 'string') fields[name] = value;
  for (const [index, { type, id, wording, ...question }] of entered.questions.entries())
    for (const [name, value] of Object.entries({ type, id, wording, ...question.fields }))
      fields[`q${index}_${name}`] = value;
  await sends(admin, 'study.create', '/studies', fields);
  await sends(admin, 'study.edit', `/studies/${await newest()}/edit`, { ...fields, title: 'Anew' });

  await calls('study.create', 'POST', '/studies', { title: 'Through the API', settings });
  await calls('study.edit', 'PATCH', `/studies/${await newest()}`, { title: 'Anew' });

  await runs('study.create', 'studies create', ['By commands', dataset], { n: '6', k: '1' });
  const study = await newest();
  await runs('study.open', 'studies open', [study]);
  await runs('study.invite', 'studies invite', [study]);
  await calls('study.edit', 'PATCH', `/studies/${study}`, { title: 'Anew' });
  await runs('study.pause', 'studies pause', [study]);
  await runs('study.resume', 'studies open', [study]);
  await runs('study.close', 'studies close', [study]);
  await runs('study.reopen', 'studies reopen', [study]);
});

test('a description that is confirmed in the review of an import is one with its line', async () => {
  const { site, sends } = await faultySite();
  const admin = await site.visitor('admin');
  const review = await admin.upload({ 'persona/help.jsonl': lines(personaRow('I help.')) });
  await sends(admin, 'behaviour.confirm', `${review}/descriptions`, {
    behaviour: 'help',
    short: 'Helps others',
    confirm: 'yes',
  });
});
