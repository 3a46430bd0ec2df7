import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { recordAudit } from '#accounts/audit.js';
import { askForPublication } from '#generation/publish/ask.js';
import { decide } from '#generation/publish/decide.js';
import {
  candidateOfRow,
  getPublication,
  type Publication,
  publishedRowOf,
} from '#generation/publish/publication.js';
import { failPublication, publish } from '#generation/publish/publish.js';
import { sweepPublications } from '#generation/publish/publishJob.js';
import { getDataset, listDatasets } from '#datasets/dataset.js';
import type { Generation } from '#generation/generation.js';
import type { Database } from '#storage/database.js';
import type { Staff } from '#web/identity.js';
import { inTransaction } from '#storage/transaction.js';
import { testDatabase } from '../../support/database.js';
import { openSite } from '../../support/site.js';
import { buildGeneration, pipelineWith, statements } from './support.js';

const now = 1_000_000;
const context = (signal = new AbortController().signal) => ({ now: () => now, signal });

async function approved(database: Database, generation: Generation): Promise<Publication> {
  const asked = await askForPublication(database.db, { generation, staff: null, now });
  return decide(database.db, {
    publication: asked,
    approve: true,
    note: '',
    staff: null,
    approval: 'own',
    now,
  });
}

async function fileOf({ db }: Database, datasetId: number | null): Promise<string> {
  const rows = await db
    .selectFrom('example')
    .select('raw')
    .where('dataset_id', '=', datasetId ?? 0)
    .orderBy('line_number')
    .execute();
  return rows.map(({ raw }) => `${Buffer.from(raw).toString()}\n`).join('');
}

test('what was kept becomes a dataset, what was well formed and went another', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const generation = await buildGeneration(database, {
    written: [
      ...statements(6),
      {
        fields: { statement: 'Call me at 555 0100.' },
        label: 0,
        kept: 'personal-data',
        by: 'screen',
      },
      { fields: { statement: 'Ring 555 0101.' }, label: 0, kept: 'copy', by: 'write' },
      { fields: { other: 'nothing' }, label: 1, kept: 'near-duplicate' },
    ],
  });
  const publication = await approved(database, generation);
  expect(publication.counts).toEqual({
    kept: [
      { label: 'Yes', count: 2 },
      { label: 'No', count: 1 },
    ],
    dropped: [
      { label: 'Yes', reason: 'below-half', published: true, count: 1 },
      { label: 'No', reason: 'below-half', published: true, count: 2 },
      { label: 'Yes', reason: 'copy', published: false, count: 1 },
      { label: 'No', reason: 'near-duplicate', published: true, count: 1 },
      { label: 'Yes', reason: 'personal-data', published: false, count: 1 },
    ],
    published: null,
  });
  expect(await publish(database, publication.id, context())).toEqual({
    kept: 3,
    dropped: 3,
    leftOut: 1,
  });
  const done = await getPublication(db, publication.id);
  expect(done).toMatchObject({ state: 'published', published_at: now });
  expect(done.dropped_until).toBe(now + 365 * 24 * 3_600_000);
  expect(await listDatasets(db)).toMatchObject([
    { name: 'Kind persona', part: 'kept', source: 'generated', example_count: 3 },
    { name: 'Kind persona (dropped)', part: 'dropped', source: 'generated', example_count: 3 },
  ]);
  const kept = await getDataset(db, done.kept_dataset_id ?? 0);
  const file = await fileOf(database, kept.id);
  expect(kept.sha256).toBe(createHash('sha256').update(file).digest('hex'));
  expect(file.split('\n').map((line) => /person (\d)/.exec(line)?.[1])).toEqual([
    '2',
    '1',
    '0',
    undefined,
  ]);
  expect(file).toContain(`assay canary ${publication.public_id}`);
  const first = JSON.parse(file.split('\n')[0] ?? '') as { label_confidence: number };
  expect(first.label_confidence).toBeCloseTo((0.9 + 0.7 + 2 / 60) / 2, 5);
  expect(await fileOf(database, done.dropped_dataset_id)).not.toContain('555');

  const row = await candidateOfRow(db, { datasetId: kept.id, line: 1 });
  const candidate = await db
    .selectFrom('candidate')
    .select(['id', 'slot'])
    .where('public_id', '=', row?.candidate ?? '')
    .executeTakeFirstOrThrow();
  expect([row?.generation, candidate.slot]).toEqual([generation.public_id, 2]);
  expect(await publishedRowOf(db, candidate.id)).toEqual({
    dataset_id: kept.id,
    line_number: 1,
    part: 'kept',
  });

  const researcher = await site.visitor('researcher');
  const rowPath = `/generations/${generation.public_id}/rows/${kept.public_id}/1`;
  expect(await researcher.read(`/datasets/${kept.public_id}/examples/1`)).toContain(rowPath);
  const led = await researcher.request(rowPath, { redirect: 'manual' });
  expect(led.headers.get('location')).toBe(
    `/generations/${generation.public_id}/candidates/${row?.candidate}`,
  );
  const about = await researcher.read(`/datasets/${kept.public_id}`);
  expect(about).toMatch(new RegExp(`href="\\s*/generations/${generation.public_id}/publish"`));
  const actors = await db.selectFrom('audit_event').select(['action', 'actor']).execute();
  expect(actors.filter(({ action }) => action.endsWith('.publish'))).toEqual([
    { action: 'dataset.publish', actor: 'server' },
    { action: 'dataset.publish', actor: 'server' },
    { action: 'publication.publish', actor: 'server' },
  ]);
  const page = (await researcher.page(`/datasets/${kept.public_id}`)).replaceAll(/\s+/g, ' ');
  for (const words of [
    'Ada Lovelace',
    'To see whether models say that they are kind.',
    'writer, version 1',
  ])
    expect(page).toContain(words);
  const audit = await db.selectFrom('audit_event').select('action').orderBy('id').execute();
  expect(audit.map(({ action }) => action).filter((action) => /publi/.test(action))).toEqual([
    'publication.ask',
    'publication.approve',
    'dataset.publish',
    'dataset.publish',
    'publication.publish',
  ]);
});

test('a publication that died is found as far as it came, and gives the same bytes', async () => {
  const generations = [];
  for (const place of ['unbroken', 'broken']) {
    const database = await testDatabase();
    const generation = await buildGeneration(database, {
      written: statements(40),
      pipeline: pipelineWith({ publish: { canary: false } }),
    });
    generations.push({ place, database, publication: await approved(database, generation) });
  }
  const [unbroken, broken] = generations;
  if (unbroken === undefined || broken === undefined) throw new Error('two are built');
  await publish(unbroken.database, unbroken.publication.id, context());
  // It dies with the first rows of what was kept, then with the first rows of what was dropped.
  for (const most of [1, 21]) {
    const controller = new AbortController();
    await expect(
      publish(broken.database, broken.publication.id, {
        ...context(controller.signal),
        fixedStep: { rows: 5, bytes: 1e6, pauseMs: 0 },
        report: ({ rows }) => rows >= most && controller.abort(),
      }),
    ).rejects.toThrow();
  }
  expect(await listDatasets(broken.database.db)).toHaveLength(1);
  await publish(broken.database, broken.publication.id, context());
  const shas = [];
  for (const { database } of generations)
    shas.push(
      (await listDatasets(database.db)).map(({ name, version, sha256 }) => [name, version, sha256]),
    );
  expect(shas[1]).toEqual(shas[0]);
  expect(shas[0]).toHaveLength(2);
  expect(await publish(broken.database, broken.publication.id, context())).toBeNull();
  const { links } = await broken.database.db
    .selectFrom('publication_row')
    .select((eb) => eb.fn.countAll<number>().as('links'))
    .executeTakeFirstOrThrow();
  expect(links).toBe(40);
});

test('only a generation that is done and has kept something is asked for, and once', async () => {
  const database = await testDatabase();
  const { db } = database;
  const ask = (generation: Generation) => askForPublication(db, { generation, staff: null, now });
  const running = await buildGeneration(database, { written: statements(2), run: 'running' });
  await expect(ask(running)).rejects.toMatchObject({ code: 'generation_not_done' });
  const empty = await testDatabase();
  const nothing = await buildGeneration(empty, {
    written: [{ fields: { statement: 'x' }, label: 0, kept: 'below-half' }],
  });
  await expect(
    askForPublication(empty.db, { generation: nothing, staff: null, now }),
  ).rejects.toMatchObject({ code: 'nothing_kept' });
  await db.updateTable('model_run').set({ state: 'done' }).execute();
  const publication = await ask(running);
  await expect(ask(running)).rejects.toMatchObject({ code: 'publication_asked' });

  // A stage that is done again makes it stale; refused, it can be asked for again.
  const last = await db
    .selectFrom('generation_stage')
    .selectAll()
    .orderBy('position', 'desc')
    .executeTakeFirstOrThrow();
  const { id, ...values } = last;
  await db.updateTable('generation_stage').set({ state: 'stale' }).where('id', '=', id).execute();
  await db
    .insertInto('generation_stage')
    .values({ ...values, attempt: 2 })
    .execute();
  const by = { publication, note: 'no', staff: null, approval: 'own', now } as const;
  await expect(decide(db, { ...by, approve: true })).rejects.toMatchObject({
    code: 'stages_done_again',
  });
  expect(await decide(db, { ...by, approve: false })).toMatchObject({
    state: 'refused',
    note: 'no',
  });
  await expect(decide(db, { ...by, approve: true })).rejects.toMatchObject({
    code: 'publication_decided',
  });
  expect((await ask(running)).state).toBe('asked');
});

test('a second person approves, unless the operator says that any admin may', async () => {
  const site = await openSite();
  const { database, db } = site.server.application;
  const accounts = [];
  for (const name of ['starter', 'asker', 'other'])
    accounts.push(
      await db
        .insertInto('account')
        .values({
          public_id: name,
          email: `${name}@example.org`,
          name,
          role: 'admin',
          state: 'invited',
          password_hash: null,
          created_at: 1,
          last_sign_in_at: null,
        })
        .returning(['id', 'email', 'name', 'public_id'])
        .executeTakeFirstOrThrow(),
    );
  const [starter, asker, other] = accounts.map((account): Staff => ({
    accountId: account.id,
    publicId: account.public_id,
    email: account.email,
    name: account.name,
    role: 'admin',
  }));
  if (starter === undefined || asker === undefined || other === undefined)
    throw new Error('three are built');
  const generation = await buildGeneration(database, {
    written: statements(4),
    startedBy: starter.accountId,
  });
  const publication = await askForPublication(db, { generation, staff: asker, now });
  const by = { publication, approve: true, note: '', approval: 'second-person', now } as const;
  for (const staff of [starter, asker, null])
    await expect(decide(db, { ...by, staff })).rejects.toMatchObject({
      code: 'second_person_wanted',
    });
  const subject = `generation ${generation.public_id}`;
  const resumed = { at: now, staff: other, action: 'generation.resume', subject, detail: {} };
  await inTransaction(db, (trx) => recordAudit(trx, resumed));
  await expect(decide(db, { ...by, staff: other })).rejects.toMatchObject({
    code: 'second_person_wanted',
  });
  await db.deleteFrom('audit_event').where('subject', '=', subject).execute();
  expect(await decide(db, { ...by, staff: other })).toMatchObject({ state: 'approved' });
  await failPublication(db, { publicationId: publication.id, reason: 'The disk is full.', now });
  expect(await getPublication(db, publication.id)).toMatchObject({
    state: 'failed',
    note: 'The disk is full.',
  });
  expect(await decide(db, { ...by, staff: asker, approval: 'own' })).toMatchObject({
    state: 'approved',
  });
});

test('a publication that was approved on the command line is taken up by the server', async () => {
  const site = await openSite();
  const { application } = site.server;
  const generation = await buildGeneration(application.database, { written: statements(4) });
  const { id } = await approved(application.database, generation);
  await sweepPublications(application);
  await sweepPublications(application);
  await site.idle();
  expect(await getPublication(application.db, id)).toMatchObject({ state: 'published' });
  expect(await application.db.selectFrom('job').select('kind').execute()).toHaveLength(1);
});

test('what an earlier attempt of a screening dropped is not published', async () => {
  const database = await testDatabase();
  const { db } = database;
  const generation = await buildGeneration(database, { written: statements(4) });
  const { id, ...screen } = await db
    .selectFrom('generation_stage')
    .selectAll()
    .where('kind', '=', 'screen')
    .executeTakeFirstOrThrow();
  const first = await db
    .selectFrom('candidate')
    .select('id')
    .orderBy('slot')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('candidate_decision')
    .values({
      stage_id: id,
      candidate_id: first.id,
      kept: 0,
      reason: 'harm',
      detail: null,
      rank: null,
    })
    .execute();
  await db.updateTable('generation_stage').set({ state: 'stale' }).where('id', '=', id).execute();
  await db
    .insertInto('generation_stage')
    .values({ ...screen, attempt: 2 })
    .execute();
  const publication = await approved(database, generation);
  expect(publication.counts.kept.map(({ count }) => count)).toEqual([1]);
  expect(publication.counts.dropped.find(({ reason }) => reason === 'harm')).toMatchObject({
    published: false,
    count: 1,
  });
  expect(await publish(database, publication.id, context())).toMatchObject({ kept: 1 });
});

test('what is left out is counted alike after a death', async () => {
  const database = await testDatabase();
  const written = statements(8).map((one, index) => (index === 0 ? { ...one, label: null } : one));
  const generation = await buildGeneration(database, { written });
  const publication = await approved(database, generation);
  const stop = new AbortController();
  let reports = 0;
  const dying = publish(database, publication.id, {
    ...context(stop.signal),
    report: () => {
      reports += 1;
      if (reports === 2) stop.abort();
    },
  });
  await expect(dying).rejects.toThrow();
  expect(await publish(database, publication.id, context())).toMatchObject({ leftOut: 1 });
});
