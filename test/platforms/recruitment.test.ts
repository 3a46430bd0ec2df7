import { expect, test } from 'vitest';
import { recruitmentOf } from '#platforms/recruitment.js';
import { secretsOf } from '#platforms/secrets.js';
import type { Study } from '#studies/study.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree } from '../support/rating.js';
import type { Site, Visitor } from '../support/site.js';
import {
  arrive,
  backTo,
  prolificId,
  prolificStudy,
  rateAll,
  recruitingSite,
  secretKey,
  somebody,
} from './support.js';

const back = 'https://app.prolific.com/submissions/complete?cc={code}';
const form = {
  platform: 'prolific',
  person: 'PROLIFIC_PID',
  study: 'STUDY_ID',
  submission: 'SESSION_ID',
  'address-done': back,
};

const pageOf = (study: Study): string => `/studies/${study.public_id}/recruitment`;
const add = (
  admin: Visitor,
  study: Study,
  fields: Record<string, string | string[]>,
): Promise<Response> =>
  admin.post(pageOf(study), { ...form, ...fields }, `${pageOf(study)}/new?platform=prolific`);
const newest = async ({ server }: Site) =>
  recruitmentOf(
    await server.application.db
      .selectFrom('platform_study')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow(),
  );

test('a recruitment is added with codes of its own, shown with its link, changed and retired', async () => {
  const { site, study } = await recruitingSite();
  const admin = await site.visitor('admin');
  const path = pageOf(study);
  expect(await admin.page(`/studies/${study.public_id}`)).toContain(`href="${path}"`);
  expect(await admin.page(path)).toContain('/recruitment/new?platform=template');
  expect(await admin.page(`${path}/new?platform=prolific`)).toContain(back);
  const added = await add(admin, study, { 'code-done': 'OURDONE', externalId: prolificId() });
  expect(added.headers.get('location')).toBe(path);
  const made = await newest(site);
  const codes = Object.values(made.settings.endings).map(({ code }) => code);
  expect(codes[0]).toBe('OURDONE');
  expect(codes.slice(1).every((code) => /^[2-9A-Z]{12}$/.test(code ?? ''))).toBe(true);
  expect(new Set(codes).size).toBe(5);
  const page = await admin.page(path);
  expect(page).toContain(
    `/p/${made.row.link_token}?PROLIFIC_PID={{%PROLIFIC_PID%}}&amp;STUDY_ID={{%STUDY_ID%}}&amp;SESSION_ID={{%SESSION_ID%}}`,
  );
  for (const code of codes) expect(page).toContain(code ?? 'a code');
  const edit = `${path}/${made.row.public_id}/edit`;
  expect(await admin.page(edit)).toContain('value="OURDONE"');
  const changed = await admin.post(edit, { ...form, 'code-done': 'OTHER', timeOut: '20' }, edit);
  expect(changed.status).toBe(303);
  expect((await newest(site)).settings).toMatchObject({
    timeOutMinutes: 20,
    endings: { done: { code: 'OTHER' } },
  });
  const retire = `${path}/${made.row.public_id}/retire`;
  expect((await admin.post(retire, {}, path)).status).toBe(303);
  expect(await admin.page(path)).toContain('retired');
  expect((await arrive(site, made, somebody())).leads).toBeNull();
  const researcher = await site.visitor('researcher');
  const seen = await researcher.page(path);
  expect(seen).toContain('OTHER');
  expect(seen).not.toContain('/retire"');
});

const faults: readonly (readonly [Record<string, string | string[]>, string, RegExp])[] = [
  [{ 'address-done': 'http://panel.example/' }, 'address-done', /does not begin with https/],
  [{ 'address-done': 'panel' }, 'address-done', /not an address/],
  [{ 'address-done': `${back}&x={WORKER}` }, 'address-done', /\{WORKER\} stands for nothing/],
  [{ 'address-done': 'https://{code}.example/' }, 'address-done', /before the first \//],
  [{ 'address-done': `${back}&s={STUDY_ID}` }, 'externalId', /asks for the id of the study/],
  [{ 'code-done': 'A', 'code-withdrew': 'A' }, 'code-withdrew', /stands for two outcomes/],
  [{ 'code-done': 'TAKEN' }, 'code-done', /used in another recruitment/],
  [{ 'code-done': 'a b' }, 'code-done', /more than letters/],
  [{ study: 'PROLIFIC_PID' }, 'study', /Two parameters are named/],
  [{ person: '' }, 'person', /is missing/],
  [{ person: 'a b' }, 'person', /cannot be the name/],
  [{ externalId: 'x' }, 'externalId', /not an id of Prolific/],
  [{ externalId: prolificStudy }, 'externalId', /Another recruitment belongs/],
  [{ timeOut: '1.5' }, 'timeOut', /not a whole number/],
  [{ block: `${prolificId()}\nx` }, 'block', /Entry 2 of this list is not an id/],
];

onceTest('every fault of a recruitment is said at its field', async () => {
  const { site, study } = await recruitingSite({
    recruitment: { settings: { endings: { done: { code: 'TAKEN', address: null } } } },
  });
  const admin = await site.visitor('admin');
  for (const [fields, field, words] of faults) {
    const response = await add(admin, study, fields);
    const page = await response.text();
    expect([fields, response.status]).toEqual([fields, 422]);
    expect(page, field).toContain(`href="#${field}"`);
    expect(page).toContain(`id="${field}-fault"`);
    expect(page).toMatch(words);
  }
  const rows = await site.server.application.db.selectFrom('platform_study').select('id').execute();
  expect(rows).toHaveLength(1);
});

onceTest('without a key the page says that nobody can arrive, and no list is taken', async () => {
  const { site, study } = await recruitingSite({ environment: { ASSAY_SECRET_KEY: '' } });
  const admin = await site.visitor('admin');
  expect(await admin.page(pageOf(study))).toContain('openssl rand -base64 32');
  const refused = await add(admin, study, { block: prolificId() });
  expect(await refused.text()).toContain('need ASSAY_SECRET_KEY');
});

test('lists and earlier studies decide who may take part, and say why in words', async () => {
  const { site, study, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const admin = await site.visitor('admin');
  const second = await secondStudy(site);
  const rated = somebody();
  const { rater } = await arrive(site, recruitment, rated);
  await agree(rater);
  await rateAll(rater, 1);
  const onlyConsented = somebody();
  await agree((await arrive(site, recruitment, onlyConsented)).rater);
  const left = somebody();
  await arrive(site, recruitment, left);
  const blocked = somebody();
  const path = pageOf(second);
  const externalId = prolificId();
  const fields = { without: study.public_id, block: blocked.person, externalId };
  expect((await add(admin, second, fields)).status).toBe(303);
  const there = await newest(site);
  const comes = ({ person }: { person: string }) =>
    arrive(site, there, somebody({ person, study: externalId }));
  for (const [who, words] of [
    [rated, 'You took part in a study that this one follows'],
    [onlyConsented, 'You took part in a study that this one follows'],
    [blocked, 'keep a list of who cannot take part'],
  ] as const) {
    const { rater: barred, leads } = await comes(who);
    expect(leads).toBe('/arrival');
    const page = await barred.page('/arrival');
    expect(page).toContain(words);
    expect(page).not.toContain(study.title);
    expect(page).toContain(there.settings.endings['screened-out']?.code ?? 'a code');
  }
  // Who left before the consent did not take part.
  expect((await comes(left)).leads).toBe('/consent');
  const edit = `${path}/${there.row.public_id}/edit`;
  const only = { ...form, externalId, only: study.public_id, emptyBlock: 'yes' };
  expect((await admin.post(edit, only, edit)).status).toBe(303);
  expect((await comes(rated)).leads).toBe('/consent');
  expect((await comes(onlyConsented)).leads).toBe('/arrival');
  const said = async (person: string) =>
    (await admin.post(`${path}/${there.row.public_id}/why`, { person }, path)).text();
  expect(await said(rated.person)).toContain('They may take part.');
  expect(await said(left.person)).toContain('answered in none of the studies');
  expect(await said('x')).toContain('not an id of Prolific');
  const allowed = { ...form, externalId, allow: `${left.person}, ${prolificId()}` };
  expect((await admin.post(edit, allowed, edit)).status).toBe(303);
  expect(await said(left.person)).toContain('They may take part.');
  expect(await said(prolificId())).toContain('not on it');
  const stored = await db.selectFrom('platform_listed').select(['fingerprint', 'list']).execute();
  expect(stored.map(({ list }) => list)).toEqual(['allow', 'allow']);
  const project = await db.selectFrom('project').select('public_id').executeTakeFirstOrThrow();
  expect(stored.map(({ fingerprint }) => fingerprint)).toContain(
    secretsOf(secretKey).fingerprint({
      project: project.public_id,
      platform: 'prolific',
      id: left.person,
    }),
  );
});

/** A second open study of the same site. */
function secondStudy(site: Site): Promise<Study> {
  return buildStudy(site.server.application.database, {
    datasets: [{ behaviour: 'shy', examples: plainExamples(2, 'Other') }],
    settings: { sampleSize: 2 },
    now: Date.now(),
  });
}

onceTest('a claim waits on the page until its code is given', async () => {
  const { site, study, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  const { settings } = recruitment.row;
  const without = JSON.parse(settings) as { endings: Record<string, { code: string | null }> };
  without.endings['done'] = { ...without.endings['done'], code: null };
  await db
    .updateTable('platform_study')
    .set({ settings: JSON.stringify(without) })
    .execute();
  const { rater } = await arrive(site, recruitment, somebody());
  await agree(rater);
  const claim = /id="claim">([^<]+)</.exec(await rateAll(rater))?.[1] ?? '';
  expect(claim).toMatch(/^[\w-]{16}$/);
  const admin = await site.visitor('admin');
  expect(await admin.page(pageOf(study))).toContain(claim);
  await db.updateTable('platform_study').set({ settings }).execute();
  const give = `/studies/${study.public_id}/claims/${claim}`;
  expect((await admin.post(give, {}, pageOf(study))).status).toBe(303);
  expect(await admin.page(pageOf(study))).not.toContain(claim);
  expect(await rater.page('/rate')).toContain(backTo(recruitment, 'done'));
});

onceTest('a draft with a recruitment that somebody tried can be deleted', async () => {
  const { site, study, recruitment } = await recruitingSite();
  const { db } = site.server.application;
  await db.deleteFrom('item').execute();
  await db.updateTable('study').set({ state: 'draft', opened_at: null }).execute();
  await (await arrive(site, recruitment, somebody())).rater.page('/arrival');
  const admin = await site.visitor('admin');
  const path = `/studies/${study.public_id}/delete`;
  expect((await admin.post(path, {}, path)).headers.get('location')).toBe('/studies');
  expect(await db.selectFrom('platform_study').selectAll().execute()).toEqual([]);
});
