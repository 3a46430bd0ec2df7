import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Lane } from '#jobs/kinds.js';
import { newPublicId } from '#storage/identifiers.js';
import { manyRows, smallImportBytes, smallImports } from '#datasets/imports/lanes.js';
import { watchStatements } from '../support/faults.js';
import { openSite, type Site, type Visitor } from '../support/site.js';
import { lines, personaRow } from './imports/support.js';

/** Uploads rows, as if they had so many bytes; gives the page of their import, and what starts it. */
async function upload(
  site: Site,
  admin: Visitor,
  bytes: number,
): Promise<{ href: string; readonly begin: () => Promise<Response> }> {
  const href = await admin.upload({ 'persona/help.jsonl': lines(personaRow('I help.')) });
  await site.server.application.db
    .updateTable('import_file')
    .set({ byte_count: bytes })
    .where('state', '=', 'reviewing')
    .execute();
  const id = /<label for="([^"]+)\.name"/.exec(await admin.page(href))?.[1] ?? '';
  const fields = { [`${id}.source`]: 'generated', goodRows: 'no', dropDuplicates: 'no' };
  return { href, begin: () => admin.post(href, { ...fields, action: 'start' }, href) };
}

/** Does the same and starts the import; gives its page. */
async function start(site: Site, admin: Visitor, bytes: number): Promise<string> {
  const { href, begin } = await upload(site, admin, bytes);
  expect((await begin()).status).toBe(303);
  return href;
}

/** Another process runs a job in this lane, and does not die while the test lasts. */
const occupy = (site: Site, lane: Lane): Promise<unknown> =>
  site.server.application.db
    .insertInto('job')
    .values({
      public_id: newPublicId(),
      kind: 'dataset-import',
      lane: lane.name,
      lane_no: 1,
      claim: newPublicId(),
      state: 'running',
      payload: '{"importId":0}',
      created_at: Date.now(),
      started_at: Date.now(),
      heartbeat_at: Date.now() + 3_600_000,
    })
    .execute();

test('a small import does not wait behind a large one', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  await occupy(site, manyRows);
  const behind = await start(site, admin, smallImportBytes + 1);
  const small = await start(site, admin, smallImportBytes);
  await vi.waitFor(
    async () => expect(await admin.page(small)).toContain('1 example from 1 file came in.'),
    { timeout: 60_000 },
  );
  expect(await admin.page(behind)).toContain('The import waits for its turn.');
});

test('an import that is cancelled while it waits in the queue leaves no file behind', async () => {
  const site = await openSite();
  const admin = await site.visitor('admin');
  await occupy(site, smallImports);
  const href = await start(site, admin, 100);
  // The process that had begun with it was stopped, and gave it back.
  await site.server.application.db.updateTable('import_file').set({ state: 'running' }).execute();
  expect((await admin.post(`${href}/cancel`, {}, '/imports/new')).status).toBe(303);
  expect(await admin.page(href)).toContain('The import was cancelled. Nothing of it was kept.');
  expect(
    await site.server.application.db.selectFrom('import_file').select('state').execute(),
  ).toEqual([{ state: 'cancelled' }]);
  const uploads = join(site.folder, 'uploads');
  expect(existsSync(uploads) ? readdirSync(uploads) : []).toEqual([]);
});

test.each([
  ['that has ended', { state: 'done', finished_at: 2 }, 0],
  ['that runs, twice,', { state: 'running', started_at: 2, heartbeat_at: 2 }, 1],
] as const)(
  'a cancel of an import %s is noted only where it asks for it',
  async (_, job, count) => {
    const site = await openSite();
    const { db } = site.server.application;
    const admin = await site.visitor('admin');
    const { id: jobId } = await db
      .insertInto('job')
      .values({
        public_id: newPublicId(),
        kind: 'of another process',
        lane: 'import',
        payload: '{}',
        created_at: 1,
        ...job,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const { public_id: id } = await db
      .insertInto('import')
      .values({
        public_id: newPublicId(),
        account_id: null,
        state: 'running',
        settings: '{}',
        job_id: jobId,
        created_at: 1,
        finished_at: null,
      })
      .returning('public_id')
      .executeTakeFirstOrThrow();
    const asked: (number | null)[] = [];
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await admin.post(`/imports/${id}/cancel`, {}, '/account')).status).toBe(303);
      const row = await db.selectFrom('job').selectAll().where('id', '=', jobId).executeTakeFirst();
      expect(row?.state).toBe(job.state);
      asked.push(row?.cancel_requested_at ?? null);
    }
    // The moment at which it was asked for first stays.
    expect(asked[1]).toBe(asked[0]);
    expect(asked[0] === null ? 0 : 1).toBe(count);
    const lines = await db
      .selectFrom('audit_event')
      .select('action')
      .where('action', '=', 'import.cancel')
      .execute();
    expect(lines).toHaveLength(count);
  },
);

test('an import that could not be queued can be started again', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  const admin = await site.visitor('admin');
  const { href, begin } = await upload(site, admin, 100);
  const faults = watchStatements();
  faults.arm({ fault: 'full', at: 1, from: 'once', matching: /^insert into "job"/ });
  expect((await begin()).status).toBe(503);
  faults.disarm();
  expect(await db.selectFrom('import').select(['state', 'job_id']).execute()).toEqual([
    { state: 'reviewing', job_id: null },
  ]);
  expect(await db.selectFrom('import_file').select('state').execute()).toEqual([
    { state: 'reviewing' },
  ]);
  expect((await begin()).status).toBe(303);
  await vi.waitFor(
    async () => expect(await admin.page(href)).toContain('1 example from 1 file came in.'),
    { timeout: 60_000 },
  );
});
