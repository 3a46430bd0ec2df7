import { expect, test } from 'vitest';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import { submitJudgment } from '#assignment/submit.js';
import { postPay } from '#payments/ledger.js';
import { payableThere, payThere } from '#payments/payThere.js';
import { PayRule, storeRule } from '#payments/rule.js';
import { settle, surelyOver } from '#platforms/actions.js';
import { sweepActions } from '#platforms/prolific/send.js';
import { inTransaction } from '#storage/transaction.js';
import { requireStudy } from '#studies/study.js';
import { buildRaters } from '../support/builders.js';
import { watchStatements } from '../support/faults.js';
import { type Crowd, openCrowd } from '../platforms/prolificSupport.js';
import { arrive, rateAll, recruitingSite, somebody } from '../platforms/support.js';
import { agree } from '../support/rating.js';

const rule = PayRule.parse({
  currency: 'GBP',
  per: 'judgment',
  amount: 50,
  batch: 1,
  least: 0,
  floor: null,
  fee: 0.3,
});

/** Two people of Prolific, with two judgments each, whose visits are done. */
async function working(reward = 0) {
  const crowd = await openCrowd();
  const { application } = crowd.site.server;
  const { db, database } = application;
  const study = await requireStudy(db, crowd.study);
  const raters = await buildRaters(database, study, 2, Date.now());
  for (const { id: raterId } of raters) {
    const visit = await crowd.awaiting();
    await db
      .updateTable('platform_submission')
      .set({ rater_id: raterId, outcome: 'done', code: 'DONE' })
      .where('id', '=', visit.id)
      .execute();
    await judge(crowd, raterId, 2);
  }
  await storeRule(db, { study, rule: { ...rule, reward }, now: 1, staff: null });
  await postPay(db, { study, now: 2, staff: null });
  return { crowd, application, db, study, raters };
}

async function judge({ site }: Crowd, raterId: number, count: number): Promise<void> {
  const { database } = site.server.application;
  for (let done = 0; done < count; done += 1) {
    const at = { database, raterId, now: Date.now() };
    const item = await currentItem(at);
    if (isNothing(item)) throw new Error('no item');
    await submitJudgment(
      at,
      {
        assignment: item.public_id,
        key: `key-${item.public_id}`,
        answers: { labelChoice: 0, ambiguous: false, relevance: 4, others: {} },
        comment: null,
        activeMs: 20_000,
      },
      { fetchAhead: false },
    );
  }
}

/** What Prolific has paid as bonuses, in all. */
const paidAt = ({ prolific }: Crowd): number =>
  [...prolific.submissions.values()]
    .flatMap((one) => one.bonus_payments)
    .reduce((sum, minor) => sum + minor, 0);

/** What stands in files. */
async function filed({ site }: Crowd): Promise<number> {
  const { sum } = await site.server.application.db
    .selectFrom('payment_file_entry')
    .innerJoin('ledger_entry', 'ledger_entry.id', 'payment_file_entry.ledger_entry_id')
    .select((eb) => eb.fn.sum<number | null>('amount_minor').as('sum'))
    .executeTakeFirstOrThrow();
  return Number(sum ?? 0);
}

/** The process is dead: another one sweeps later, and a person looks where nobody knows. */
async function laterOn(crowd: Crowd, before: number): Promise<void> {
  const { db } = crowd.application;
  const now = (): number => Date.now() + 2 * surelyOver;
  await sweepActions({ ...crowd.application, now });
  await sweepActions({ ...crowd.application, now: () => now() + 2 * surelyOver });
  const unknown = await db
    .selectFrom('platform_action')
    .selectAll()
    .where('state', '=', 'unknown')
    .execute();
  for (const action of unknown)
    await inTransaction(db, (trx) =>
      settle(trx, action, {
        done: paidAt(crowd) > before,
        staff: crowd.staff,
        now: Date.now(),
        note: 'I looked.',
      }),
    );
}

test('what stands open is paid at Prolific once, after its sum was confirmed', async () => {
  const { crowd, db, study } = await working();
  const admin = await crowd.site.visitor('admin');
  const page = `/studies/${study.public_id}/pay`;
  const shown = (await admin.read(page)).replaceAll(/\s+/g, ' ');
  expect(shown).toContain('2.00 GBP for 2 people');
  const fields = { recruitment: crowd.recruitment.public_id };
  const asked = await admin.post(`${page}/there`, fields, page);
  expect(await asked.text()).toContain('2.00');
  expect(paidAt(crowd)).toBe(0);
  const wrong = await admin.post(`${page}/there`, { ...fields, confirm: '199' }, page);
  expect(await wrong.text()).toContain('2.00');
  expect((await admin.post(`${page}/there`, { ...fields, confirm: '200' }, page)).status).toBe(303);
  expect(paidAt(crowd)).toBe(200);
  expect(await admin.read(page)).toContain('paid at Prolific');
  // Neither a file nor another call pays it again.
  expect((await admin.post(`${page}/files`, fields, page)).status).toBe(409);
  expect((await admin.post(`${page}/there`, { ...fields, confirm: '0' }, page)).status).toBe(409);
  expect(paidAt(crowd)).toBe(200);
  expect(await filed(crowd)).toBe(200);
  const href = /href="([^"]+\/files\/[\w-]+\.csv)"/.exec(await admin.read(page))?.[1] ?? '';
  expect((await admin.request(href)).status).toBe(200);
  const audit = await db.selectFrom('audit_event').select('action').execute();
  expect(audit.map(({ action }) => action)).toContain('pay.download');
});

test('what Prolific pays by itself is taken off, and comes back where it did not pay', async () => {
  const { crowd, db, study, raters } = await working(80);
  expect(await payableThere({ db }, study, crowd.recruitment)).toEqual({ people: 2, total: 40 });
  await postPay(db, { study, now: 3, staff: null });
  expect(await payableThere({ db }, study, crowd.recruitment)).toEqual({ people: 2, total: 40 });
  const of = (raterId: number | undefined) =>
    db.updateTable('platform_submission').where('rater_id', '=', raterId ?? 0);
  await of(raters[0]?.id).set({ state: 'rejected' }).execute();
  for (const _twice of [1, 2]) await postPay(db, { study, now: 4, staff: null });
  expect(await payableThere({ db }, study, crowd.recruitment)).toEqual({ people: 2, total: 120 });
  await of(raters[0]?.id).set({ state: 'approved' }).execute();
  await postPay(db, { study, now: 5, staff: null });
  expect(await payableThere({ db }, study, crowd.recruitment)).toEqual({ people: 2, total: 40 });
  const page = await (await crowd.site.visitor('admin')).read(`/studies/${study.public_id}/pay`);
  expect(page).toContain('Paid by the platform itself');
});

test('wherever the process dies, the ledger and what Prolific paid agree to the penny', async () => {
  const { crowd, application, db, study } = await working();
  const faults = watchStatements();
  let deaths = 0;
  for (let at = 1; ; at += 1) {
    const before = paidAt(crowd);
    const { total } = await payableThere({ db }, study, crowd.recruitment);
    const given = { study, recruitment: crowd.recruitment, now: 10 + at, staff: crowd.staff };
    faults.arm({ fault: 'full', at, from: 'onwards' });
    await payThere(application, { ...given, confirmedMinor: total }).catch(() => undefined);
    const { fired } = faults;
    faults.disarm();
    await laterOn(crowd, before);
    // What was refused, or never left, stands open again: it is paid now.
    const again = await payableThere({ db }, study, crowd.recruitment);
    if (again.total > 0)
      await payThere(application, { ...given, confirmedMinor: again.total, now: 11 + at });
    expect(paidAt(crowd), `statement ${at}`).toBe(before + 50 * 2 * 2);
    expect(await filed(crowd)).toBe(paidAt(crowd));
    if (fired === 0) break;
    deaths += 1;
    // More work for the next round.
    await owe(crowd, study.id, at);
  }
  expect(deaths).toBeGreaterThan(10);
});

/** A pound more for each of the two people, as work would enter it. */
async function owe({ site }: Crowd, studyId: number, round: number): Promise<void> {
  const { db } = site.server.application;
  const raters = await db
    .selectFrom('rater')
    .select('id')
    .where('study_id', '=', studyId)
    .execute();
  for (const { id } of raters)
    await db
      .insertInto('ledger_entry')
      .values({
        public_id: `round-${round}-${id}`,
        study_id: studyId,
        rater_id: id,
        platform_submission_id: null,
        kind: 'work',
        amount_minor: 100,
        currency: 'GBP',
        reason: 'as a test',
        basis: '{}',
        request_key: `round ${round} ${id}`,
        at: 1,
        made_by: null,
      })
      .execute();
}

test('raters read what they have earned, and what the platform pays of it', async () => {
  const { site, study, recruitment } = await recruitingSite({ examples: 3 });
  const { db } = site.server.application;
  const { rater } = await arrive(site, recruitment, somebody());
  await agree(rater);
  await rateAll(rater, 1);
  expect(await rater.page('/leave')).not.toContain('earned');
  const at = { study, now: 1, staff: null };
  await storeRule(db, { ...at, rule: { ...rule, reward: 60 } });
  const earned = async (path: string): Promise<string> =>
    /For \d[^<]*/.exec(await rater.page(path))?.[0] ?? '';
  expect(await earned('/leave')).toBe(
    'For 1 judgment you have earned 0.50 GBP. Prolific pays 0.60 GBP for your visit once it is finished.',
  );
  await rateAll(rater);
  expect(await earned('/rate')).toBe(
    'For 3 judgments you have earned 1.50 GBP. Prolific pays 0.60 GBP of it for your visit once it is finished; the rest comes as a bonus.',
  );
  // What was entered is never less, also by a lower rule.
  await postPay(db, { ...at, now: 2 });
  await storeRule(db, { ...at, rule: { ...rule, amount: 10 } });
  expect(await earned('/rate')).toBe('For 3 judgments you have earned 1.50 GBP.');
});
