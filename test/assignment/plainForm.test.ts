import { expect, test } from 'vitest';
import { buildStudy, plainExamples } from '../support/builders.js';
import { formOn, RaterVisitor } from '../support/rating.js';
import { openSite } from '../support/site.js';

test('a rater without JavaScript goes from the open link to the last example', async () => {
  const site = await openSite();
  const { database } = site.server.application;
  const study = await buildStudy(database, { datasets: [{ source: 'generated', examples: plainExamples(2) }, { source: 'human', examples: plainExamples(2, 'Human') }], settings: { overlap: 1, raterTitle: 'Reading study', contact: 'help@lab.example' }, now: Date.now() });
  const rater = new RaterVisitor(site.address);

  const joined = await rater.request(`/join/${study.join_token}`);
  expect([joined.status, joined.headers.get('location')]).toEqual([303, '/consent']);
  expect(await rater.page('/consent')).toContain('I have read this and agree');
  const unticked = await rater.post('/consent', {}, '/consent');
  expect(unticked.status).toBe(422);
  const welcome = await rater.post('/consent', { agree: 'yes' }, '/consent');
  const link = /id="personal-link">([^<]+)</.exec(await welcome.text())?.[1] ?? '';
  expect(link).toMatch(/\/r\/[\w-]{20,}$/);
  expect(await rater.page('/guidelines')).toContain('Start rating');

  const texts: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const page = await rater.page('/rate');
    expect(page).toContain(`<span id="done">${turn}</span>`);
    const form = formOn(page);
    if (form === undefined) throw new Error(page);
    texts.push(form.text);
    const unanswered = await rater.send(form, { answer_relevance: '4' });
    expect(unanswered.status).toBe(422);
    const again = await unanswered.text();
    expect(again).toMatch(/value="4"[^>]* checked/);
    expect(again).toContain('This question is still open.');
    const sent = await rater.send(form, { answer_label: '0', answer_relevance: '4', answer_ambiguous: 'yes' });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/rate?saved=1']);
  }
  expect(new Set(texts).size).toBe(4);
  const done = await rater.page('/rate');
  expect(done).toContain('You are done');
  expect(done).toContain('help@lab.example');
  expect(done).toContain('4 examples done');

  const judgments = await database.db.selectFrom('judgment').select(['label_choice', 'ambiguous', 'relevance', 'revision']).execute();
  expect(judgments).toHaveLength(4);
  expect(judgments.every((row) => row.ambiguous === 1 && row.relevance === 4 && row.revision === 1)).toBe(true);

  const elsewhere = new RaterVisitor(site.address);
  const back = await elsewhere.request(new URL(link).pathname);
  expect([back.status, back.headers.get('location')]).toEqual([303, '/rate']);
  expect(await elsewhere.page('/rate')).toContain('You are done');
});
