import { expect, test } from 'vitest';
import { storeReview } from '#generation/storeReview.js';
import { onceTest } from '../support/database.js';
import { type BuiltGeneration, buildGeneration } from '../support/generation.js';
import { openSite, type Site, type Visitor } from '../support/site.js';

const statements = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ fields: { statement: `Statement ${index}.` } }));

const atReview = async (site: Site, count = 3): Promise<BuiltGeneration & { path: string }> => {
  const built = await buildGeneration(site.server.application.database, {
    state: 'review',
    stages: [{ state: 'done', made: statements(count) }, { state: 'done' }, { state: 'review' }],
  });
  return { ...built, path: `/generations/${built.generation.public_id}/review` };
};

const valueOf = (page: string, name: string): string =>
  new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(page)?.[1] ?? '';

/** What the form on the page sends, with what a reviewer adds. */
const formOf = (page: string, changes: Record<string, string>): Record<string, string> => ({
  candidate: valueOf(page, 'candidate'),
  seen: valueOf(page, 'seen'),
  field_statement: /<textarea[^>]*>([^<]*)</.exec(page)?.[1] ?? '',
  ...changes,
});

const rowsOf = ({ server }: Site) =>
  server.application.db
    .selectFrom('candidate_review')
    .select(['candidate_id', 'action', 'before', 'after', 'active_ms'])
    .orderBy('id')
    .execute();

const act = async (
  visitor: Visitor,
  path: string,
  changes: Record<string, string>,
): Promise<Response> => visitor.post(path, formOf(await visitor.read(path), changes), path);

test('candidates are accepted, edited, rejected, skipped and opened again, each as a row of its own', async () => {
  const site = await openSite();
  const { path, candidates } = await atReview(site, 4);
  const admin = await site.visitor('admin');
  expect((await act(admin, path, { action: 'accepted', active_ms: '1200' })).status).toBe(303);
  const edit = { action: 'edited', field_statement: 'Statement\r\none.', active_ms: '3000' };
  expect((await act(admin, path, edit)).status).toBe(303);
  expect((await act(admin, path, { action: 'rejected' })).status).toBe(303);
  expect((await act(admin, path, { action: 'skipped' })).status).toBe(303);
  const left = await admin.read(path);
  expect(left).toContain('3 of 4 reviewed');
  expect(left).toContain('You have reviewed or skipped every candidate that is left.');
  expect(left).toContain('1 candidate is not reviewed: it goes on as it is.');
  expect(left).toContain('You skipped candidate 4.1.');
  const undone = await admin.post(`${path}/reopen`, { row: valueOf(left, 'row') }, path);
  expect(undone.headers.get('location')).toBe(`${path}?candidate=${candidates[3]?.publicId}`);
  // Twice is once.
  await admin.post(`${path}/reopen`, { row: valueOf(left, 'row') }, path);
  expect(await admin.read(path)).toContain('Statement 3.');
  const rows = await rowsOf(site);
  expect(rows.map(({ action }) => action)).toEqual([
    'accepted',
    'edited',
    'rejected',
    'skipped',
    'reopened',
  ]);
  expect(rows[0]).toMatchObject({ candidate_id: candidates[0]?.id, active_ms: 1_200, after: null });
  expect(rows[1]).toMatchObject({
    before: '{"statement":"Statement 1."}',
    after: '{"statement":"Statement\\none."}',
    active_ms: 3_000,
  });
  const audit = await admin.read('/audit');
  expect(audit).toContain('candidate.edit');
  const run = await admin.read(path.replace('/review', ''));
  expect(run).toMatch(/\d+ seconds of people/);
  const one = await admin.read(path.replace('review', `candidates/${candidates[1]?.publicId}`));
  expect(one).toContain('<del>Statement 1.</del>');
  expect(one).toContain('<ins>Statement one.</ins>');
});

onceTest('what was skipped can be read again, one after another', async () => {
  const site = await openSite();
  const { path } = await atReview(site, 2);
  const admin = await site.visitor('admin');
  await act(admin, path, { action: 'skipped' });
  await act(admin, path, { action: 'skipped' });
  const left = await admin.read(path);
  expect(left).toContain(`href="${path}?skipped=0"`);
  const first = await admin.read(`${path}?skipped=0`);
  expect(first).toContain('Statement 0.');
  const skipped = valueOf(first, 'skipped');
  // Skipped once more, it makes room for the next.
  const sent = formOf(first, { action: 'skipped', skipped });
  const next = await admin.post(path, sent, path);
  expect(next.headers.get('location')).toBe(`${path}?skipped=${skipped}`);
  const second = await admin.read(`${path}?skipped=${skipped}`);
  expect(second).toContain('Statement 1.');
  await admin.post(
    path,
    formOf(second, { action: 'accepted', skipped: valueOf(second, 'skipped') }),
    path,
  );
  const run = await admin.read(path.replace('/review', ''));
  expect(run).toContain('1 accepted, 1 skipped');
});

onceTest('a form that is sent twice is stored once', async () => {
  const site = await openSite();
  const { path } = await atReview(site);
  const admin = await site.visitor('admin');
  const page = await admin.read(path);
  for (const changes of [
    { action: 'edited', field_statement: 'Another.' },
    { action: 'skipped' },
  ]) {
    const form = formOf(await admin.read(path), changes);
    const answers = await Promise.all([
      admin.post(path, form, path),
      admin.copy().post(path, form, path),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  }
  expect((await rowsOf(site)).map(({ action }) => action)).toEqual(['edited', 'skipped']);
  // The form of the first candidate again, with something else: nothing is written over.
  const late = await admin.post(path, formOf(page, { action: 'rejected' }), path);
  expect(late.status).toBe(409);
  expect(await late.text()).toContain('Nothing of yours was stored.');
  expect(await rowsOf(site)).toHaveLength(2);
});

test('two reviewers get different candidates, and neither writes over the other', async () => {
  const site = await openSite();
  const { db } = site.server.application;
  await db.updateTable('account').set({ role: 'admin' }).where('role', '=', 'researcher').execute();
  const { path, generation } = await atReview(site, 3);
  const [ada, bob] = [await site.visitor('admin'), await site.visitor('researcher')];
  const pages = await Promise.all([ada.read(path), bob.read(path)]);
  const [first, second] = pages.map((page) => valueOf(page, 'candidate'));
  expect(first).not.toBe(second);
  // Both open the same one.
  const wanted = `${path}?candidate=${first}`;
  const seenByBob = await bob.read(wanted);
  expect((await ada.post(path, formOf(pages[0] ?? '', { action: 'accepted' }), path)).status).toBe(
    303,
  );
  const refused = await bob.post(path, formOf(seenByBob, { action: 'rejected' }), path);
  expect(refused.status).toBe(409);
  const told = await refused.text();
  expect(told).toContain('Nothing of yours was stored.');
  expect(told).toMatch(/admin\s+accepted it/);
  expect((await rowsOf(site)).map(({ action }) => action)).toEqual(['accepted']);
  // At the same moment, in the database.
  const accounts = await db.selectFrom('account').selectAll().execute();
  const both = await Promise.all(
    accounts.map((account) =>
      storeReview(db, {
        generation,
        candidate: second ?? '',
        staff: {
          accountId: account.id,
          publicId: account.public_id,
          email: account.email,
          name: account.name,
          role: 'admin',
        },
        choice: 'rejected',
        fields: {},
        seen: 0,
        activeMs: 1,
        now: Date.now(),
      }),
    ),
  );
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(['stored', 'taken']);
});

onceTest(
  'what is not screened is not reviewed, and an edit that cannot be stored is kept',
  async () => {
    const site = await openSite();
    const { path } = await atReview(site);
    const admin = await site.visitor('admin');
    const empty = await act(admin, path, { action: 'edited', field_statement: '  ' });
    expect(empty.status).toBe(422);
    expect(await empty.text()).toContain('To drop the candidate, reject it.');
    // Accepting a text that was changed means the changed text.
    await act(admin, path, { action: 'accepted', field_statement: 'Changed.' });
    expect((await rowsOf(site)).map(({ action }) => action)).toEqual(['edited']);
    const { db } = site.server.application;
    await db
      .updateTable('generation_stage')
      .set({ finished_at: null })
      .where('kind', '=', 'screen')
      .execute();
    const page = await admin.read(path);
    expect(page).not.toContain('Statement');
    expect(page).toContain('3 candidates of this stage were not screened');
  },
);

onceTest('a person is shown so many candidates in a day, and is told when to go on', async () => {
  const site = await openSite({ REVIEW_DAILY_CAP: '2' });
  const { path, candidates } = await atReview(site);
  const admin = await site.visitor('admin');
  await act(admin, path, { action: 'accepted' });
  await act(admin, path, { action: 'skipped' });
  const page = await admin.read(path);
  expect(page).toContain('You were shown 2 candidates today');
  expect(page).toContain('Go on from');
  expect(page).not.toContain('Statement 2');
  expect(await admin.read(`${path}?candidate=${candidates[2]?.publicId}`)).not.toContain(
    'Statement 2',
  );
  // The next day goes on.
  const { db } = site.server.application;
  await db.updateTable('candidate_opening').set({ at: 1 }).execute();
  expect(await admin.read(path)).toContain('Statement 2');
});

onceTest('going on ends the review and drops what was rejected', async () => {
  const site = await openSite();
  const { path, generation } = await atReview(site);
  const admin = await site.visitor('admin');
  await act(admin, path, { action: 'rejected' });
  const href = path.replace('/review', '');
  expect((await admin.post(`${href}/go-on`, {}, path)).status).toBe(303);
  expect((await admin.post(`${href}/go-on`, {}, '/account')).status).toBe(409);
  const { db } = site.server.application;
  const decisions = await db.selectFrom('candidate_decision').select('reason').execute();
  expect(decisions).toEqual([{ reason: 'rejected' }]);
  expect(await admin.read(path)).toContain('does not wait for a review now');
  expect(
    (await admin.post(path, { candidate: 'x', seen: '0', action: 'accepted' }, '/account')).status,
  ).toBe(409);
  expect(generation.pipeline.stages).toHaveLength(5);
});

onceTest('an edit in which a rule of the screening finds something is not stored', async () => {
  const site = await openSite();
  const { path } = await atReview(site);
  const admin = await site.visitor('admin');
  const edit = {
    action: 'edited',
    field_statement: 'Write to ada.lovelace@analytical-engine.net.',
  };
  const answer = await act(admin, path, edit);
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain('Screening finds “e-mail” in the edited text');
  expect(await rowsOf(site)).toEqual([]);
});
