import { expect, test } from 'vitest';
import { sweepIds } from '#platforms/erasing.js';
import { whyBarred } from '#platforms/takingPart.js';
import { addListed } from '#platforms/recruitment.js';
import { inTransaction } from '#storage/transaction.js';
import { agree } from '../support/rating.js';
import { onceTest } from '../support/database.js';
import {
  arrive,
  backTo,
  buildRecruitment,
  prolificStudy,
  rateAll,
  recruitingSite,
  somebody,
  submissionsOf,
} from './support.js';

const day = 24 * 3_600_000;

test('ids are erased on their date, and fingerprints where an admin asks for it', async () => {
  const { site, study, recruitment } = await recruitingSite({
    environment: { PERSON_ID_DAYS: '30' },
  });
  const { application } = site.server;
  const { db } = application;
  const person = somebody();
  const { rater } = await arrive(site, recruitment, person);
  await agree(rater);
  await rateAll(rater);
  const admin = await site.visitor('admin');
  const page = `/studies/${study.public_id}/recruitment`;
  const read = async (): Promise<string> => (await admin.read(page)).replaceAll(/\s+/g, ' ');
  expect(await read()).toContain('1 id of people at their platform is kept, encrypted.');
  expect(await read()).toContain('They are erased 30 days after the study is closed.');

  const closed = Date.now();
  const later = (days: number) => sweepIds({ ...application, now: () => closed + days * day });
  await later(100);
  await db.updateTable('study').set({ state: 'closed', closed_at: closed }).execute();
  expect(await read()).toContain('make the last payment files before');
  await later(29);
  expect((await submissionsOf(site))[0]?.external_person).not.toBe(null);
  await later(30);
  await later(31);
  const [visit] = await submissionsOf(site);
  expect(visit?.external_person).toBe(null);
  expect(visit?.fingerprint).not.toBe(null);
  const audit = await db.selectFrom('audit_event').select(['action', 'actor']).execute();
  expect(audit.filter(({ action }) => action === 'recruitment.erase-ids')).toEqual([
    { action: 'recruitment.erase-ids', actor: 'server' },
  ]);
  // They are known all the same, and get their code again.
  const again = await arrive(site, recruitment, person);
  expect(again.leads).toBe('/rate');
  expect(await again.rater.page('/rate')).toContain(backTo(recruitment, 'done'));

  expect(await read()).toContain('1 fingerprint stays, so that nobody comes twice.');
  expect((await admin.post(`${page}/erase`, { fingerprints: 'yes' }, page)).status).toBe(422);
  const sure = { sure: 'yes', fingerprints: 'yes' };
  expect((await admin.post(`${page}/erase`, sure, page)).status).toBe(303);
  expect((await submissionsOf(site))[0]).toMatchObject({
    external_person: null,
    fingerprint: null,
  });
  const raters = await db.selectFrom('rater').select('fingerprint').execute();
  expect(raters).toEqual([{ fingerprint: null }]);
  const researcher = await site.visitor('researcher');
  expect((await researcher.post(`${page}/erase`, sure, page)).status).toBe(403);
});

onceTest('a retired recruitment leaves its study at the platform to another one', async () => {
  const { site, study, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  await expect(buildRecruitment(site, study)).rejects.toThrow(/unique/i);
  await db.updateTable('platform_study').set({ retired_at: 1 }).execute();
  const next = await buildRecruitment(site, study);
  expect(next.row.external_id).toBe(prolificStudy);
  expect((await arrive(site, next, somebody())).leads).toBe('/consent');
  expect((await arrive(site, recruitment, somebody())).leads).toBe(null);
});

test('lists are asked for one person, however long they are', async () => {
  const { site, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const add = (list: 'allow' | 'block', fingerprints: string[]) =>
    inTransaction(db, (trx) => addListed(trx, { recruitment, list, fingerprints, now: 1 }));
  const why = async (fingerprint: string) =>
    (await whyBarred(db, recruitment, fingerprint))?.because ?? null;
  expect(await why('a')).toBe(null);
  await add('block', ['a', 'b']);
  expect([await why('a'), await why('c')]).toEqual(['blocked', null]);
  await add('allow', ['b', 'c']);
  expect([await why('a'), await why('b'), await why('c'), await why('d')]).toEqual([
    'blocked',
    'blocked',
    null,
    'not-allowed',
  ]);
});
