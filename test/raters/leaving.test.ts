import { expect, test } from 'vitest';
import { buildStudy, plainExamples } from '../support/builders.js';
import { onceTest } from '../support/database.js';
import { agree, formOn, RaterVisitor } from '../support/rating.js';
import { openSite, type Site } from '../support/site.js';
import type { Study } from '#studies/study.js';

async function studySite(
  environment: Record<string, string> = {},
): Promise<{ site: Site; study: Study }> {
  const site = await openSite(environment);
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples: plainExamples(3) }],
    settings: { overlap: 2, sampleSize: 3, contact: 'help@lab.example' },
    now: Date.now(),
  });
  return { site, study };
}

const answers = { answer_label: '0', answer_relevance: '3' };
async function rateOne(rater: RaterVisitor): Promise<void> {
  const form = formOn(await rater.page('/rate'));
  if (form === undefined) throw new Error('there is no form');
  expect((await rater.send(form, answers)).status).toBe(303);
}
/** Opens a page and gives how to send its form, once or again. */
async function sending(
  rater: RaterVisitor,
  path: string,
  from: string,
): Promise<() => Promise<Response>> {
  const csrf = await rater.csrf(from);
  return () => rater.request(path, { method: 'POST', body: new URLSearchParams({ csrf }) });
}
const freePlaces = async ({ server }: Site): Promise<number[]> =>
  (
    await server.application.db.selectFrom('item').select('free_places').orderBy('id').execute()
  ).map((item) => item.free_places);
const consents = ({ server }: Site) =>
  server.application.db
    .selectFrom('consent_event')
    .select(['rater_id', 'kind', 'consent_version', 'warning_version'])
    .orderBy('id')
    .execute();

test('who declines is not a rater: the event alone is kept, and the visit ends', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const visitor = new RaterVisitor(site.address);
  await visitor.request(`/join/${study.join_token}`);
  const consent = await visitor.page('/consent');
  expect(consent).toContain('I do not want to take part');
  const end = await visitor.post('/consent/decline', {}, '/consent');
  expect(end.status).toBe(200);
  expect(await end.text()).toContain('You are not taking part');
  expect((await visitor.request('/consent')).status).toBe(403);
  expect(await db.selectFrom('rater').selectAll().execute()).toEqual([]);
  expect(await consents(site)).toEqual([
    { rater_id: null, kind: 'declined', consent_version: 1, warning_version: 1 },
  ]);
  expect((await visitor.request('/consent/decline', { method: 'POST' })).status).toBe(403);
});

test('a rater stops: what was sent stays, what is held is free, nothing further comes', async () => {
  const { site, study } = await studySite();
  const rater = new RaterVisitor(site.address);
  const link = await rater.join(study);
  await rateOne(rater);
  expect(await rater.page('/rate')).toContain('href="/leave"');
  for (const path of ['/guidelines', '/leave'])
    expect((await rater.request(path)).status).toBe(200);
  const choices = await rater.page('/leave');
  for (const words of ['Stop and leave', 'you are paid for the time', 'Withdraw …'])
    expect(choices).toContain(words);
  const stop = await sending(rater, '/leave/stop', '/leave');
  for (let time = 0; time < 2; time += 1) expect((await stop()).status).toBe(303);
  const end = await rater.page('/rate');
  expect(end).toContain('You have stopped');
  expect(end).toContain('1 example done.');
  expect((await freePlaces(site)).filter((free) => free === 3)).toHaveLength(2);
  const admin = await site.visitor('admin');
  expect(await admin.page(`/studies/${study.public_id}`)).toMatch(
    /class="state stopped"|>stopped</,
  );
  const again = new RaterVisitor(site.address);
  await again.request(new URL(link).pathname);
  expect(await again.page('/rate')).toContain('You have stopped');
  const choicesNow = await again.page('/leave');
  expect(choicesNow).not.toContain('Go on rating');
  expect(choicesNow).not.toContain('action="/leave/stop"');
  expect(choicesNow).toContain('Withdraw …');
});

test('a rater withdraws by themselves, asked twice: answers are erased, the versions noted', async () => {
  const { site, study } = await studySite();
  const { db } = site.server.application;
  const rater = new RaterVisitor(site.address);
  await rater.join(study);
  await rateOne(rater);
  expect(await rater.page('/leave')).not.toContain('action="/leave/withdraw"');
  expect(await rater.page('/leave/withdraw')).toContain(
    'What you sent (1 answer) and your comments',
  );
  const withdraw = await sending(rater, '/leave/withdraw', '/leave/withdraw');
  for (let time = 0; time < 2; time += 1) expect((await withdraw()).status).toBe(303);
  expect(await rater.page('/rate')).toContain('You have withdrawn from this study');
  expect(
    await db.selectFrom('judgment').select(['label_choice', 'relevance', 'blank_reason']).execute(),
  ).toEqual([{ label_choice: null, relevance: null, blank_reason: 'withdrew by themselves' }]);
  expect(await freePlaces(site)).toEqual([3, 3, 3]);
  const { id } = await db.selectFrom('rater').select('id').executeTakeFirstOrThrow();
  const versions = { consent_version: 1, warning_version: 1 };
  expect(await consents(site)).toEqual([
    { rater_id: id, kind: 'given', ...versions },
    { rater_id: id, kind: 'withdrawn', ...versions },
  ]);
  expect(
    await db
      .selectFrom('audit_event')
      .select('detail')
      .where('action', '=', 'rater.withdraw')
      .execute(),
  ).toHaveLength(1);
  for (const path of ['/leave', '/leave/withdraw'])
    expect((await rater.request(path)).headers.get('location')).toBe('/rate');
});

onceTest('an open link takes so many who answer nothing, and the same form again', async () => {
  const { site, study } = await studySite({ OPEN_LINK_CAP: '2' });
  const first = new RaterVisitor(site.address);
  await first.join(study);
  const second = new RaterVisitor(site.address);
  await second.join(study);
  const third = new RaterVisitor(site.address);
  await third.request(`/join/${study.join_token}`);
  const refused = await agree(third);
  expect(refused.status).toBe(429);
  expect(await refused.text()).toContain('Come back later with the same link.');
  await rateOne(first);
  expect((await agree(third)).status).toBe(200);
});
