import { expect, test } from 'vitest';
import type { AtWork } from '#assignment/atWork.js';
import { isNothing } from '#assignment/nothing.js';
import { excludeRater, withdrawRater } from '#assignment/revocation.js';
import { currentItem } from '#assignment/slots.js';
import { submitJudgment } from '#assignment/submit.js';
import { correctPay, postPay } from '#payments/ledger.js';
import { PayRule, storeRule } from '#payments/rule.js';
import { placeOfPerson } from '#platforms/hear.js';
import { prolific } from '#platforms/platform.js';
import { secretsOf } from '#platforms/secrets.js';
import type { Database } from '#storage/database.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite } from '../support/site.js';

const secretKey = 'a key that is long enough for every test';
const now = 2_000_000;

async function judge(at: AtWork, count: number, ms: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const shown = at.now + done * 60_000;
    const item = await currentItem({ ...at, now: shown });
    if (isNothing(item)) throw new Error('no item');
    await submitJudgment(
      { ...at, now: shown + 50_000 },
      {
        assignment: item.public_id,
        key: `key-${item.public_id}`,
        answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
        comment: null,
        activeMs: ms,
      },
      { fetchAhead: false },
    );
  }
}

/** Makes a rater somebody of a platform, with an id there. */
async function known(database: Database, raterId: number, studyId: number, id: string) {
  const { db } = database;
  const recruitment = await db
    .selectFrom('platform_study')
    .select('id')
    .where('study_id', '=', studyId)
    .executeTakeFirst();
  const { id: platformStudyId } =
    recruitment ??
    (await db
      .insertInto('platform_study')
      .values({
        public_id: 'recruitment',
        study_id: studyId,
        platform: 'prolific',
        platform_account_id: null,
        external_id: null,
        link_token: 'token',
        settings: JSON.stringify(prolific.defaults),
        created_at: 1,
        created_by: null,
        retired_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow());
  const submission = await db
    .insertInto('platform_submission')
    .values({
      public_id: `submission-${id}`,
      platform_study_id: platformStudyId,
      external_id: `session-${id}`,
      external_person: null,
      fingerprint: `print-${id}`,
      rater_id: raterId,
      state: 'arrived',
      reported: null,
      reported_at: 1,
      first_seen_at: 1,
      outcome: null,
      code: null,
      code_given_at: null,
      settled_at: null,
      settled_by: null,
      settled_reason: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .updateTable('platform_submission')
    .set({ external_person: secretsOf(secretKey).seal(placeOfPerson(submission.id), id) })
    .where('id', '=', submission.id)
    .execute();
}

const rule = PayRule.parse({
  currency: 'GBP',
  per: 'judgment',
  amount: 10,
  batch: 1,
  least: 0,
  floor: null,
  fee: 0.3,
});

async function working() {
  const site = await openSite({ ASSAY_SECRET_KEY: secretKey });
  const { database } = site.server.application;
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(12) }],
    settings: { overlap: 3, sampleSize: 12 },
    now,
  });
  const raters = await buildRaters(database, study, 3, now);
  for (const [index, { id }] of raters.entries())
    await judge({ database, raterId: id, now }, 4 + index, 20_000);
  return { site, database, study, raters };
}

const sumOf = async (database: Database): Promise<number> =>
  Number(
    (
      await database.db
        .selectFrom('ledger_entry')
        .select((eb) => eb.fn.sum<number | null>('amount_minor').as('sum'))
        .executeTakeFirstOrThrow()
    ).sum ?? 0,
  );

test('what is owed is entered once, nothing is taken back, and corrections are entries', async () => {
  const { database, study, raters } = await working();
  const { db } = database;
  const at = { study, now, staff: null };
  await expect(postPay(db, at)).rejects.toThrow('no rule for pay');
  await storeRule(db, { ...at, rule });
  const posted = await Promise.all([postPay(db, at), postPay(db, at)]);
  expect(posted.reduce((sum, { total }) => sum + total, 0)).toBe((4 + 5 + 6) * 10);
  expect(await postPay(db, at)).toEqual({ entries: 0, total: 0 });
  expect(await sumOf(database)).toBe(150);

  // Exclusion and withdrawal change nothing in it, and a lower rule takes nothing back.
  const [first, second, third] = raters.map(({ id }) => id);
  const action = { now, accountId: null, reason: 'as a test' };
  await excludeRater(db, { raterId: first ?? 0, ...action });
  await withdrawRater(db, { raterId: second ?? 0, ...action });
  await storeRule(db, { ...at, rule: { ...rule, amount: 5 } });
  expect(await postPay(db, at)).toEqual({ entries: 0, total: 0 });
  await storeRule(db, { ...at, rule: { ...rule, floor: 3600 } });
  // 20 s a judgment at 36.00 an hour are 20 pence: 10 more for each judgment, of everybody.
  expect(await postPay(db, at)).toEqual({ entries: 3, total: 150 });
  await judge({ database, raterId: third ?? 0, now: now + 3_600_000 }, 1, 20_000);
  expect((await postPay(db, at)).total).toBe(20);
  expect(await postPay(db, at)).toEqual({ entries: 0, total: 0 });

  // A raised rule: the floor that was topped up is a part of what it gives now.
  await storeRule(db, { ...at, rule: { ...rule, amount: 15, floor: 3600 } });
  expect(await postPay(db, at)).toEqual({ entries: 0, total: 0 });
  expect(await sumOf(database)).toBe(320);
  const correction = {
    ...at,
    raterId: first ?? 0,
    amount: -30,
    reason: 'paid elsewhere',
    key: 'k1-a-key',
  };
  await correctPay(db, correction);
  await correctPay(db, correction);
  expect(await sumOf(database)).toBe(150 + 150 + 20 - 30);
  await expect(correctPay(db, { ...correction, amount: -300, key: 'k2-a-key' })).rejects.toThrow(
    'no more than that can be taken off',
  );
  await expect(storeRule(db, { ...at, rule: { ...rule, currency: 'EUR' } })).rejects.toThrow(
    'in GBP',
  );
});

test('an hour is paid where no time was measured, and to who withdraws, whose times are erased', async () => {
  const { database, study, raters } = await working();
  const { db } = database;
  const at = { study, now, staff: null };
  const [first, second, third] = raters.map(({ id }) => id);
  // The page of the first measured nothing: 20 s, two minutes and an hour lie between shown and sent.
  const own = await db
    .selectFrom('judgment')
    .select(['assignment_id', 'submitted_at'])
    .where('rater_id', '=', first ?? 0)
    .orderBy('assignment_id')
    .execute();
  for (const [index, one] of own.entries())
    await db
      .updateTable('judgment')
      .set({
        active_ms: null,
        shown_at: one.submitted_at - ([20_000, 120_000, 3_600_000][index] ?? 0),
      })
      .where('assignment_id', '=', one.assignment_id)
      .execute();
  await withdrawRater(db, { raterId: second ?? 0, now, accountId: null, reason: 'as a test' });
  expect(
    await db
      .selectFrom('judgment')
      .select(['active_ms', 'visible_ms'])
      .distinct()
      .where('rater_id', '=', second ?? 0)
      .execute(),
  ).toEqual([{ active_ms: null, visible_ms: null }]);
  await storeRule(db, { ...at, rule: { ...rule, per: 'hour', amount: 3600 } });
  await postPay(db, at);
  const paid = await db
    .selectFrom('ledger_entry')
    .select(['rater_id', 'amount_minor'])
    .orderBy('rater_id')
    .execute();
  // A penny a second: 20 + 120 + 300 s, then five and six judgments of 20 s.
  expect(paid.map(({ rater_id: id, amount_minor: amount }) => [id, amount])).toEqual([
    [first, 440],
    [second, 100],
    [third, 120],
  ]);
});

test('an entry stands in one file, which is the same at every download', async () => {
  const { site, database, study, raters } = await working();
  const { db } = database;
  const [first, second, third] = raters;
  await known(database, first?.id ?? 0, study.id, 'person-one');
  await known(database, second?.id ?? 0, study.id, 'person-two');
  const admin = await site.visitor('admin');
  const page = `/studies/${study.public_id}/pay`;
  const fields = {
    currency: 'GBP',
    per: 'judgment',
    amount: '0.10',
    batch: '1',
    least: '0',
    floor: '',
    fee: '30',
  };
  const wrong = await admin.post(`${page}/rule`, { ...fields, amount: 'ten' }, page);
  expect([wrong.status, (await wrong.text()).includes('“ten” is no amount of GBP')]).toEqual([
    422,
    true,
  ]);
  await admin.post(`${page}/rule`, fields, page);
  expect(await admin.read(page)).toContain('Enter what is owed: 1.50 GBP');
  expect((await admin.post(`${page}/files`, { recruitment: 'recruitment' }, page)).status).toBe(
    409,
  );
  await admin.post(`${page}/post`, {}, page);
  await Promise.all([
    admin.copy().post(`${page}/files`, { recruitment: 'recruitment' }, page),
    admin.copy().post(`${page}/files`, { recruitment: 'recruitment' }, page),
  ]);
  const files = await db.selectFrom('payment_file').selectAll().execute();
  expect(files).toMatchObject([{ total_minor: 90, entries: 2, currency: 'GBP' }]);
  const listed = await admin.read(page);
  expect(listed).toContain(`${third?.pseudonym}: 0.60 GBP`);
  const href = `${page}/files/${files[0]?.public_id}.csv`;
  const download = async (): Promise<string> => (await admin.request(href)).text();
  expect(await download()).toBe('person-one,0.40\nperson-two,0.50\n');
  // What comes later is in the next file alone.
  await judge({ database, raterId: first?.id ?? 0, now: now + 3_600_000 }, 1, 20_000);
  await admin.post(`${page}/post`, {}, page);
  await admin.post(`${page}/files`, { recruitment: 'recruitment' }, page);
  const [, later] = await db.selectFrom('payment_file').selectAll().orderBy('id').execute();
  expect(await (await admin.request(`${page}/files/${later?.public_id}.csv`)).text()).toBe(
    'person-one,0.10\n',
  );
  expect(await download()).toBe('person-one,0.40\nperson-two,0.50\n');
  // Sums of files and of what is open are the sum of the ledger.
  const inFiles = files.concat(later ?? []).reduce((sum, file) => sum + file.total_minor, 0);
  expect(inFiles + 60).toBe(await sumOf(database));
  // No id of anybody stands on a page or in the log of what was done.
  expect(listed).not.toContain('person-one');
  const audit = JSON.stringify(await db.selectFrom('audit_event').selectAll().execute());
  expect(audit).not.toContain('person-one');
  const researcher = await site.visitor('researcher');
  expect((await researcher.request(href)).status).toBe(403);
  expect((await researcher.request(page)).status).toBe(200);
  // Once the ids are erased, no file is made again, and the ledger stays.
  await db.updateTable('platform_submission').set({ external_person: null }).execute();
  expect((await admin.request(href)).status).toBe(409);
  expect(await sumOf(database)).toBe(160);
});

test('a file and its entries are stored together: what fails in between leaves nothing', async () => {
  const { site, database, study, raters } = await working();
  const { db } = database;
  await known(database, raters[0]?.id ?? 0, study.id, 'person-one');
  await storeRule(db, { study, rule, now, staff: null });
  await postPay(db, { study, now, staff: null });
  // Another key opens none of the ids, after the file and its entries were written.
  const { makePaymentFile } = await import('#payments/files.js');
  const { application } = site.server;
  const other = {
    db,
    config: {
      ...application.config,
      platforms: { ...application.config.platforms, secretKey: 'another key that is long enough' },
    },
  };
  const recruitment = await db
    .selectFrom('platform_study')
    .select(['id', 'platform'])
    .executeTakeFirstOrThrow();
  const given = { study, recruitment, now, staff: null };
  await expect(makePaymentFile(other, given)).rejects.toThrow('ASSAY_SECRET_KEY');
  expect(await db.selectFrom('payment_file').selectAll().execute()).toEqual([]);
  expect(await db.selectFrom('payment_file_entry').selectAll().execute()).toEqual([]);
  await makePaymentFile(application, given);
  await expect(makePaymentFile(application, given)).rejects.toThrow('Nothing stands open');
});
